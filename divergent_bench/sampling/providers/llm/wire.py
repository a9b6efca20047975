"""What goes over the wire, whatever litellm makes of it: where to, how much, and what is believed.

litellm follows redirects with the keys in its headers, reads a body however long it becomes, fails
at token counts that are no whole numbers (so that a paid answer would be lost), and adds up
negative ones. A whole answer is kept here until it was read.
"""

import json
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from divergent_bench.base.answers import MOST_TOKENS, Flag
from divergent_bench.base.credentials import redacted

USUAL_END = "which ends in /v1 for most servers that speak OpenAI's format"
MOST_BYTES = 64 * 2**20  # of an answer, unpacked
_ANSWERS = frozenset({"choices", "candidates", "content", "message"})  # hold no counts
_COUNT = re.compile(r"(tokens|TokenCount|eval_count)$")  # of OpenAI and Anthropic, Gemini, Ollama
_OF_COUNTS = frozenset({"usage", "usageMetadata"})  # blocks
_A_STREAM = ("data:", "event:")  # sent although none was asked for


@dataclass
class Reply:
    """What came for a request.

    Attributes
    ----------
    flags
        What was not kept as it came.
    answer
        The body of a whole answer, as JSON, or as text where it is none; None where nothing came
        that anybody would bill: no body, half of one, an error, a page.
    """

    flags: set[Flag] = field(default_factory=set)
    answer: Any = None


# Of the request of this context.
reply: ContextVar[Reply] = ContextVar("reply")


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
            if content.lstrip().startswith(b"<"):
                raise WireError(
                    f"a web page came instead of an answer; check `api_base`, {USUAL_END}",
                    for_good=False,
                )
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
    came = reply.get(Reply())
    told = content.decode(errors="replace")  # a byte that is no UTF-8 is no reason to lose the rest
    try:
        body = json.loads(told.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        if told.startswith(_A_STREAM):
            came.answer = redacted(told)
        return content  # no answer, as litellm will say
    changed = told.encode() != content
    if not all(type(each) is int and 0 <= each <= MOST_TOKENS for each in _counts(body)):
        came.flags.add("usage_not_credible")
        body, changed = _without_counts(body), True
    # Within JSON a key may be spelt with escapes.
    safe = redacted(body)
    if safe != body:
        came.flags.add("key_redacted")
        body, changed = safe, True
    if _is_answer(body):
        came.answer = body
    return json.dumps(body).encode() if changed else content


def _is_answer(body: Any) -> bool:
    """Tell whether somebody would bill a body: it has text of an answer, or counts of tokens."""
    if isinstance(body, list):
        return any(map(_is_answer, body))
    if not isinstance(body, dict) or body.get("error"):
        return False
    parts = (body[key] for key in _ANSWERS if isinstance(body.get(key), dict | list))
    return any(map(_says_something, parts)) or any(count > 0 for count in _counts(body))


def _says_something(part: Any) -> bool:
    if isinstance(part, dict | list):
        return any(map(_says_something, part.values() if isinstance(part, dict) else part))
    return part is not None and bool(str(part).strip())


def _counts(body: Any) -> Iterator[Any]:
    if isinstance(body, list):
        body = dict(enumerate(body))
    if isinstance(body, dict):
        for key, value in body.items():
            if value is not None and _counts_tokens(key, value):
                yield value
            elif key not in _ANSWERS:
                yield from _counts(value)


def _counts_tokens(key: object, value: Any) -> bool:
    """Tell whether a value is where a count belongs; a block of counts may be one, wrongly."""
    return bool(_COUNT.search(str(key))) or (key in _OF_COUNTS and not isinstance(value, dict))


def _without_counts(body: Any) -> Any:
    """Return a body whose counts are all 0, which is how litellm says that there are none."""
    if isinstance(body, list):
        return [_without_counts(value) for value in body]
    if not isinstance(body, dict):
        return body
    return {
        key: ({} if key in _OF_COUNTS else 0)
        if _counts_tokens(key, value)
        else value
        if key in _ANSWERS
        else _without_counts(value)
        for key, value in body.items()
    }
