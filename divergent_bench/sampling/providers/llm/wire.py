"""What goes over the wire, whatever litellm makes of it: where to, how much, and what is believed.

litellm follows redirects with the keys in its headers, reads a body however long it becomes, fails
at token counts that are no whole numbers (so that a paid answer would be lost), and adds up
negative ones.
"""

import json
import re
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from divergent_bench.base.answers import MOST_TOKENS, Flag
from divergent_bench.base.credentials import redacted

MOST_BYTES = 64 * 2**20  # of an answer, unpacked
_ANSWERS = frozenset({"choices", "candidates", "content", "message"})  # hold no counts
_COUNT = re.compile(r"(tokens|TokenCount|eval_count)$")  # of OpenAI and Anthropic, Gemini, Ollama

# What is wrong with the body of the answer to the request of this context.
flags: ContextVar[set[Flag]] = ContextVar("flags")


class WireError(Exception):
    """A reply that is not taken.

    `for_good` says that the next one would be none either.
    """

    def __init__(self, message: str, *, for_good: bool) -> None:
        super().__init__(message)
        self.for_good = for_good


def guard() -> None:
    """Have all that this process sends by httpx keep to the rules of this module; once."""
    import httpx
    from httpx._client import BaseClient  # of clients with and without asyncio

    build = BaseClient._build_redirect_request
    send = httpx.AsyncClient.send

    def build_redirect(client: Any, request: httpx.Request, reply: httpx.Response) -> httpx.Request:
        following = build(client, request, reply)
        if _origin(following.url) != _origin(request.url):
            raise WireError(
                f"{_shown(request.url)} sends requests on to {_shown(following.url)}, and keys do "
                "not go there; if that is the right address, write it as `api_base`",
                for_good=True,
            )
        return following

    async def send_and_check(
        client: httpx.AsyncClient, request: httpx.Request, *, stream: bool = False, **options: Any
    ) -> httpx.Response:
        reply = await send(client, request, stream=True, **options)
        if stream:
            return reply
        try:
            content = await _content(reply)
        finally:
            await reply.aclose()
        if reply.is_success:
            content = _checked(content)
        packed = {"content-encoding", "content-length", "transfer-encoding"}
        headers = [each for each in reply.headers.raw if each[0].decode().lower() not in packed]
        whole = httpx.Response(
            reply.status_code,
            headers=headers,
            content=content,
            request=reply.request,
            extensions=reply.extensions,
            history=reply.history,
        )
        whole.elapsed = reply.elapsed
        return whole

    BaseClient._build_redirect_request = build_redirect  # type: ignore[assignment,method-assign]
    httpx.AsyncClient.send = send_and_check  # type: ignore[assignment,method-assign]


def _origin(url: Any) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _shown(url: Any) -> str:
    return f"{url.scheme}://{url.netloc.decode().rpartition('@')[2]}"


async def _content(reply: Any) -> bytes:
    content = bytearray()
    async for part in reply.aiter_bytes():  # unpacked as it comes
        content += part
        if len(content) > MOST_BYTES:
            raise WireError(f"the answer is longer than {MOST_BYTES:,} bytes", for_good=False)
    return bytes(content)


def _checked(content: bytes) -> bytes:
    """Return the body of an answer without keys, and without counts that cannot be right."""
    try:
        told = content.decode()
        body = json.loads(told)
    except ValueError:
        return content  # no answer, as litellm will say
    found = flags.get(set())
    changed = False
    if not all(map(_is_count, _counts(body))):
        found.add("usage_not_credible")
        body, changed = _without_counts(body), True
    # Within JSON a key may be spelt with escapes.
    safe = redacted(body)
    if safe != body:
        found.add("key_redacted")
        body, changed = safe, True
    return json.dumps(body).encode() if changed else content


def _counts(body: Any) -> Iterator[Any]:
    if isinstance(body, list):
        body = dict(enumerate(body))
    if isinstance(body, dict):
        for key, value in body.items():
            if isinstance(value, dict | list):
                yield from () if key in _ANSWERS else _counts(value)
            elif _COUNT.search(str(key)) and value is not None:
                yield value


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_TOKENS


def _without_counts(body: Any) -> Any:
    """Return a body whose counts are all 0, which is how litellm says that there are none."""
    if isinstance(body, list):
        return [_without_counts(value) for value in body]
    if not isinstance(body, dict):
        return body
    return {
        key: 0
        if _COUNT.search(key) and not isinstance(value, dict | list)
        else value
        if key in _ANSWERS
        else _without_counts(value)
        for key, value in body.items()
    }
