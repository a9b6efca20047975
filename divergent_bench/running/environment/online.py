"""Asking each provider once, to see whether its key, model and endpoint work; and proxies."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence

from divergent_bench.base.policy import Route, RunPolicy
from divergent_bench.base.requests import Request, label, request_at
from divergent_bench.running.environment import Finding
from divergent_bench.sampling.gateway.budget import own_price
from divergent_bench.sampling.providers import llm

_QUESTION = [{"role": "user", "content": "Name one word."}]
_MOST_TOKENS = 16  # the fewest that every provider takes
_FIX = "check key, name of the model, endpoint and network"


def look_at_proxies(routes: Iterable[Route]) -> Iterator[Finding]:
    """Ask each proxy whether it lists the models that it will be asked for. Costs nothing."""
    wanted: dict[str, set[str]] = {}
    for route in routes:
        wanted.setdefault(route.url, set()).add(route.model)
    for url, names in wanted.items():
        proxy = f"proxy {url}"
        try:
            missing = names.difference(llm.served_models(url))
        except OSError as error:
            yield Finding("problem", proxy, str(error), _FIX)
            continue
        if missing:
            unlisted = f"does not list {', '.join(sorted(missing))}; a wildcard may serve them"
            yield Finding("warning", proxy, unlisted, _FIX)
        else:
            yield Finding("ok", proxy, f"serves {', '.join(sorted(names))}")


def ask_once(
    templates: Sequence[tuple[Request, RunPolicy]], announce: Callable[[str], None]
) -> list[Finding]:
    """Send a short question for each template of requests, all at once; keep no answer.

    Before anything is sent, `announce` is told who will be asked, and for how much at most. A
    policy may know the price of its request.
    """
    if not templates:
        return []
    requests = [_short(template) for template, _ in templates]
    prices = [own_price(template, policy) for template, policy in templates]
    bounds = [
        llm.upper_bound_usd(request, price or llm.price_of(request))
        for request, price in zip(requests, prices, strict=True)
    ]
    named = ", ".join(label(request) for request in requests)
    unpriced = "" if None not in bounds else ", and what is not known of those without a price"
    known = sum(bound for bound in bounds if bound is not None)
    announce(f"asking {named} one short question: {known:.4f} USD at most{unpriced}")
    routes = [policy.route(template) for template, policy in templates]
    return asyncio.run(_ask_all(requests, routes))


async def _ask_all(requests: Sequence[Request], routes: Sequence[Route | None]) -> list[Finding]:
    try:
        return list(await asyncio.gather(*map(_ask, requests, routes)))
    finally:
        await llm.close_connections()


async def _ask(request: Request, route: Route | None) -> Finding:
    name = label(request)
    try:
        answer = await llm.answer(request, route=route)
    except llm.ModelRefusedError as error:
        return Finding("problem", name, str(error), _FIX)
    except llm.TransportError as error:
        return Finding("warning" if error.back_pressure else "problem", name, str(error), _FIX)
    return Finding("ok", name, f"answered within {answer.latency_s:.1f} s")


def _short(template: Request) -> Request:
    params = {k: v for k, v in template["params"].items() if k != "max_completion_tokens"}
    return {
        **request_at(template, 0),
        "messages": _QUESTION,
        "temperature": None,
        "max_tokens": _MOST_TOKENS,
        "structured": False,
        "seed": None,
        "params": {"timeout": 30, **params},
    }
