"""Asking each provider once, to see whether its key, model and endpoint work."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from divergent_bench.gateway.purse import own_price
from divergent_bench.providers import llm
from divergent_bench.requests import Request
from divergent_bench.terms import Terms

_QUESTION = [{"role": "user", "content": "Name one word."}]
_MOST_TOKENS = 16  # the fewest that every provider takes


class Heard(NamedTuple):
    """What came back; `trouble` is None where it is an answer."""

    label: str
    trouble: Literal["warning", "problem"] | None
    message: str


def ask_once(
    templates: Sequence[tuple[Request, Terms]], announce: Callable[[str], None]
) -> list[Heard]:
    """Send a short question for each template, all at once; the answers are not kept.

    Parameters
    ----------
    templates
        Requests without seeds, and the terms that may price them.
    announce
        Told who will be asked, and for how much at most, before anything is sent.
    """
    if not templates:
        return []
    requests = [_short(template) for template, _ in templates]
    prices = [own_price(template, terms) for template, terms in templates]
    bounds = [
        llm.upper_bound_usd(request, price or llm.price_of(request))
        for request, price in zip(requests, prices, strict=True)
    ]
    named = ", ".join(_label(request) for request in requests)
    unpriced = "" if None not in bounds else ", and what is not known of those without a price"
    known = sum(bound for bound in bounds if bound is not None)
    announce(f"asking {named} one short question: {known:.4f} USD at most{unpriced}")
    return asyncio.run(_ask_all(requests))


async def _ask_all(requests: Sequence[Request]) -> list[Heard]:
    try:
        return list(await asyncio.gather(*map(_ask, requests)))
    finally:
        await llm.close_connections()


async def _ask(request: Request) -> Heard:
    label = _label(request)
    try:
        answer = await llm.answer(request)
    except llm.ModelRefusedError as error:
        return Heard(label, "problem", str(error))
    except llm.TransportError as error:
        return Heard(label, "warning" if error.back_pressure else "problem", str(error))
    return Heard(label, None, f"answered within {answer.latency_s:.1f} s")


def _short(template: Request) -> Request:
    params = {k: v for k, v in template["params"].items() if k != "max_completion_tokens"}
    return {
        **template,
        "messages": _QUESTION,
        "temperature": None,
        "max_tokens": _MOST_TOKENS,
        "structured": False,
        "seed": None,
        "params": {"timeout": 30, **params},
    }


def _label(request: Request) -> str:
    return f"{request['provider']}/{request['model']}"
