"""One request, sent once, and the answer that came back."""

import asyncio
import math
import re
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from divergent_bench.base.answers import (
    OUT_OF_RESOURCES,
    Answer,
    is_fault,
    is_no_good_end,
    now,
    outcome_of,
    versions,
)
from divergent_bench.base.credentials import redact
from divergent_bench.base.policy import Route
from divergent_bench.base.requests import Request
from divergent_bench.sampling.providers.llm import proxy, reading, wire
from divergent_bench.sampling.providers.llm.faults import (
    TransportError,
    is_content_policy,
    told,
    translated,
)
from divergent_bench.sampling.providers.llm.loading import bookkeeping_off, load_litellm
from divergent_bench.sampling.providers.llm.pricing import Price, cost
from divergent_bench.sampling.providers.llm.sending import Outgoing, arguments, check

TIMEOUT_SECONDS = 600
_A_FILE = re.compile(r"^(~|\.{1,2})?/|\\|^[A-Za-z]:/|/.*\.(gguf|ggml|bin|safetensors|onnx)$")


async def answer(
    request: Request, price: Price | None = None, route: Route | None = None
) -> Answer:
    """Send one request, once, and return what came back.

    The `price` of a token is given where it is known better than from litellm's table, and a
    `route` where the request goes to a proxy instead of its provider. A ModelRefusedError says that
    asking this model again in this way is pointless, a TransportError that it may help.
    """
    outgoing = check(request, route)
    came = wire.Reply()
    wire.reply.set(came)
    started = time.monotonic()
    said = partial(told, request, route)
    try:
        response = await _complete(request, outgoing, route)
        found = _answer_of(response, came, said)
    except TransportError:
        raise
    except Exception as error:
        if is_content_policy(error):
            # An error is not billed.
            response, found = None, Answer("", "filtered", raw={"error": redact(str(error))})
            found.cost_usd = 0.0
        elif came.answer is None:
            raise translated(error, request, route) from error
        else:
            response, found = _read(came, said)
    found.latency_s = round(time.monotonic() - started, 3)
    if response is not None:
        found.cost_usd = cost(response, request, price)
        if found.cost_usd is not None and not 0 <= found.cost_usd < math.inf:
            found.cost_usd = None
            came.flags.add("usage_not_credible")
    found.flags = sorted(came.flags)
    found.sent, found.parameters = outgoing.sent, outgoing.parameters
    found.answered_at, found.versions = now(), _versions()
    return found


async def _complete(request: Request, outgoing: Outgoing, route: Route | None) -> Any:
    seconds = request["params"].get("timeout") or TIMEOUT_SECONDS
    bookkeeping_off().set(True)
    try:
        # litellm's own timeout is one between two bytes.
        async with asyncio.timeout(seconds):
            return await load_litellm().acompletion(
                messages=request["messages"],
                timeout=seconds,
                drop_params=True,
                num_retries=0,
                max_retries=0,
                **arguments(request, outgoing, route),
            )
    except TimeoutError as error:
        raise TimeoutError(f"no answer within {seconds:g} s") from error


def _answer_of(response: Any, came: wire.Reply, said: Callable[[str], str]) -> Answer:
    """Return the answer in a response of litellm's.

    A TransportError says that the provider failed while it answered, any other exception that the
    answer cannot be read.
    """
    raw: dict[str, Any] = response.model_dump(mode="json", warnings=False)
    choice = raw["choices"][0]
    message = choice["message"]
    text = reading.text_of(message["content"] or "")
    if text is None:
        raise ValueError("the provider sent an answer without a message")
    refusal = reading.text_of(message.get("refusal") or _specific(message, "refusal") or "")
    finish_reason = choice.get("finish_reason")
    # litellm calls every end that it does not know a good one, and keeps its name.
    own = _specific(choice, "native_finish_reason")
    end = own if isinstance(own, str) and is_no_good_end(own) else finish_reason
    if is_fault(end):
        raise TransportError(
            said(f"the provider failed while it answered: {end}"),
            back_pressure=end in OUT_OF_RESOURCES,
            maybe_paid=True,
        )
    usage = raw.get("usage") or {}  # litellm makes up zeros where there are no counts
    return Answer(
        text=text or refusal or "",
        outcome="refused" if refusal else outcome_of(text, end),
        raw=raw,
        served_model=_served_model(response, raw, came.answer),
        finish_reason=end,
        usage=usage if usage.get("total_tokens") else None,
    )


def _read(came: wire.Reply, said: Callable[[str], str]) -> tuple[Any, Answer]:
    """Return a whole answer that litellm could not read: read here, or kept raw if it cannot be."""
    text, response = reading.read(came.answer)
    found = _answer_of(response, came, said)
    if text is None:
        found.outcome = "unreadable"
    found.raw = came.answer if isinstance(came.answer, dict) else {"body": came.answer}
    return response, found


def _specific(part: dict[str, Any], name: str) -> Any:
    """Return what litellm keeps of a provider's own words, in its own place."""
    own = part.get("provider_specific_fields")
    return own.get(name) if isinstance(own, dict) else None


def _served_model(response: Any, raw: dict[str, Any], body: Any) -> str | None:
    """Return the model that says it answered: as it came, before litellm put its own name to it."""
    sent = body.get("model") if isinstance(body, dict) else None
    name = proxy.deployment(response) or sent or raw.get("model")
    if not isinstance(name, str):
        return None
    # A server of one's own may name the file, whose directories are nobody's business.
    return re.split(r"[/\\]", name.rstrip("/\\"))[-1] if _A_FILE.search(name) else name


@cache
def _versions() -> dict[str, str]:
    import importlib.metadata

    return versions() | {"litellm": importlib.metadata.version("litellm")}
