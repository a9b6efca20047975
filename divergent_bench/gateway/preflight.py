"""Preflight: what would go wrong with some requests, said before anything is sent."""

from collections.abc import Iterable

from divergent_bench.gateway.ledger import Spending
from divergent_bench.gateway.purse import own_price, unbounded
from divergent_bench.providers import llm
from divergent_bench.requests import FREE_PROVIDERS, Request
from divergent_bench.terms import Terms


def problems(templates: Iterable[Request], terms: Terms, spending: Spending) -> list[str]:
    """Return what is wrong with these requests, each thing once; loads litellm.

    Parameters
    ----------
    templates
        Requests without their seeds.
    spending
        What the batch has spent so far.
    """
    found: dict[str, None] = {}
    for template in templates:
        if template["provider"] in FREE_PROVIDERS:
            continue
        try:
            llm.check({**template, "seed": 0}, terms.route(template))
        except llm.ModelRefusedError as error:
            found[str(error)] = None
            continue
        if terms.budget_usd is not None and (problem := _unaffordable(template, terms, spending)):
            found[problem] = None
    return list(found)


def _unaffordable(template: Request, terms: Terms, spending: Spending) -> str | None:
    bound = llm.upper_bound_usd(template, own_price(template, terms) or llm.price_of(template))
    if bound is None:
        return unbounded(template)
    left = (terms.budget_usd or 0.0) - sum(spending)
    if bound <= left:
        return None
    return (
        f"{template['provider']}/{template['model']}: one request could cost up to {bound:.4f} "
        f"USD, and of the budget of {terms.budget_usd:g} USD {max(left, 0.0):.4f} are left; raise "
        "`budget_usd`, or lower `max_tokens` (without it an answer is as long as the model likes)"
    )
