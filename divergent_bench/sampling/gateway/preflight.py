"""Preflight: what would go wrong with some requests, said before anything is sent."""

from collections.abc import Iterable

from divergent_bench.base.failures import Failure
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.requests import Request, each_wording, label, request_at
from divergent_bench.sampling.gateway.budget import own_price, unbounded
from divergent_bench.sampling.gateway.ledger import Spending
from divergent_bench.sampling.providers import llm


def problems(templates: Iterable[Request], policy: RunPolicy, spending: Spending) -> list[Failure]:
    """Return what is wrong with the requests of these templates, each thing once.

    The `spending` is that of the batch so far. Loads litellm.
    """
    found: dict[Failure, None] = {}
    for template in templates:
        if not find_provider(template["provider"]).asks_models:
            continue
        try:
            llm.check(request_at(template, 0), policy.route(template))
        except llm.ModelRefusedError as error:
            found[error.failure] = None
            continue
        if policy.budget_usd is not None and (problem := _unaffordable(template, policy, spending)):
            found[Failure("budget", problem)] = None
    return list(found)


def _unaffordable(template: Request, policy: RunPolicy, spending: Spending) -> str | None:
    price = own_price(template, policy) or llm.price_of(template)
    bounds = [llm.upper_bound_usd(request, price) for request in each_wording(template)]
    known = [bound for bound in bounds if bound is not None]
    if not known:
        return unbounded(template)
    bound = max(known)
    left = (policy.budget_usd or 0.0) - sum(spending)
    if bound <= left:
        return None
    return (
        f"{label(template)}: one request could cost up to {bound:.4f} USD, and of the budget of "
        f"{policy.budget_usd:g} USD {max(left, 0.0):.4f} are left; raise `budget_usd`, or lower "
        "`max_tokens` (without it an answer is as long as the model likes)"
    )
