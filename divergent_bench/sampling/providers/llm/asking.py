"""One request, sent once, and the answer that came back."""

import asyncio
import math
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from divergent_bench.base.answers import Answer, Flag, Outcome, now, outcome_of, versions
from divergent_bench.base.credentials import redact
from divergent_bench.base.policy import Route
from divergent_bench.base.requests import Request
from divergent_bench.sampling.providers.llm import proxy, wire
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
# DeepSeek's: cut off for want of resources. litellm knows no such end and calls it a good one.
_ENDS_OF_NEED = frozenset({"insufficient_system_resource"})


async def answer(
    request: Request, price: Price | None = None, route: Route | None = None
) -> Answer:
    """Send one request, once, and return what came back.

    The `price` of a token is given where it is known better than from litellm's table, and a
    `route` where the request goes to a proxy instead of its provider. A ModelRefusedError says that
    asking this model again in this way is pointless, a TransportError that it may help.
    """
    outgoing = check(request, route)
    flags: set[Flag] = set()
    wire.flags.set(flags)
    started = time.monotonic()
    try:
        response = await _complete(request, outgoing, route)
    except Exception as error:
        if not is_content_policy(error):
            raise translated(error, request, route) from error
        latency_s = _seconds_since(started)
        # An error is not billed.
        found = Answer("", "filtered", raw={"error": redact(str(error))}, cost_usd=0.0)
    else:
        latency_s = _seconds_since(started)
        found = _answer_of(response, partial(told, request, route))
        found.cost_usd = cost(response, request, price)
        if found.cost_usd is not None and not 0 <= found.cost_usd < math.inf:
            found.cost_usd = None
            flags.add("usage_not_credible")
    found.flags = sorted(flags)
    found.sent, found.parameters = outgoing.sent, outgoing.parameters
    found.latency_s, found.answered_at, found.versions = latency_s, now(), _versions()
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


def _seconds_since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _answer_of(response: Any, said: Callable[[str], str]) -> Answer:
    raw = _json_of(response, said)
    try:
        choice = raw["choices"][0]
        message = choice["message"]
        text: str = message["content"] or ""
    except (KeyError, IndexError, TypeError) as error:
        raise TransportError(
            said("the provider sent an answer without a message"), maybe_paid=True
        ) from error
    refusal = message.get("refusal") or _specific(message, "refusal")
    if _specific(choice, "native_finish_reason") in _ENDS_OF_NEED:  # where litellm changed it
        raise TransportError(
            said("the provider ran out of resources"), back_pressure=True, maybe_paid=True
        )
    finish_reason = choice.get("finish_reason")
    usage = raw.get("usage") or {}  # litellm makes up zeros where there are no counts
    return Answer(
        text=text or refusal or "",
        outcome=_outcome(text, refusal, finish_reason),
        raw=raw,
        served_model=proxy.deployment(response) or raw.get("model"),
        finish_reason=finish_reason,
        usage=usage if usage.get("total_tokens") else None,
    )


def _specific(part: dict[str, Any], name: str) -> str | None:
    """Return what litellm keeps of a provider's own words, in its own place."""
    found: str | None = (part.get("provider_specific_fields") or {}).get(name)
    return found


def _json_of(response: Any, said: Callable[[str], str]) -> dict[str, Any]:
    try:
        raw: dict[str, Any] = response.model_dump(mode="json")
    except Exception as error:  # whatever litellm made of a body that is no answer
        raise TransportError(
            said("the provider sent an answer that cannot be read"), maybe_paid=True
        ) from error
    return raw


def _outcome(text: str, refusal: str | None, finish_reason: str | None) -> Outcome:
    if refusal:
        return "refused"
    return outcome_of(text, finish_reason)


@cache
def _versions() -> dict[str, str]:
    import importlib.metadata

    return versions() | {"litellm": importlib.metadata.version("litellm")}
