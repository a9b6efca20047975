"""Preflight: what would go wrong with some requests, said before anything is sent."""

from collections.abc import Iterable

from divergent_bench.gateway.purse import own_price, unbounded
from divergent_bench.providers import llm
from divergent_bench.requests import FREE_PROVIDERS, Request
from divergent_bench.terms import Terms


def problems(templates: Iterable[Request], terms: Terms) -> list[str]:
    """Return what is wrong with these requests, each thing once; loads litellm.

    Parameters
    ----------
    templates
        Requests without their seeds.
    """
    found: dict[str, None] = {}
    for template in templates:
        if template["provider"] in FREE_PROVIDERS:
            continue
        try:
            llm.check({**template, "seed": 0})
        except llm.ModelRefusedError as error:
            found[str(error)] = None
            continue
        price = own_price(template, terms) or llm.price_of(template)
        if terms.budget_usd is not None and llm.upper_bound_usd(template, price) is None:
            found[unbounded(template)] = None
    return list(found)
