"""Keys that a config sends to another address than that of their provider."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from divergent_bench.base.credentials import PROXY_KEY, is_on_this_machine
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.design.grid import Grid


def where_keys_go(grid: Grid, policy: RunPolicy) -> list[str]:
    """Say which keys of the environment a config sends to an address of its own choice.

    Somebody else may have written the config. Addresses on this machine, and those that the
    environment names, are not reported.
    """
    if not policy.proxy:
        return list(dict.fromkeys(_diversions(grid)))
    return list(_told(PROXY_KEY, policy.proxy, "gateway")) if os.environ.get(PROXY_KEY) else []


def _diversions(grid: Grid) -> Iterator[str]:
    for planned in grid.conditions:
        provider = find_provider(planned.template["provider"])
        model = planned.template["model"]
        if not provider.asks_models:
            continue
        # Some providers take an address for the name of a model.
        address = planned.template["api_base"] or (model if "://" in model else None)
        if address in (None, provider.endpoint()):
            continue
        # litellm knows more names than one for some keys, and some providers take that of another.
        variable = provider.key_variable
        is_set = os.environ.get(variable)
        key = variable if is_set else f"whatever key there is for {provider.name}"
        yield from _told(key, address, "api_base")


def _told(variable: str, address: str, key: str) -> Iterator[str]:
    parts = urlsplit(address)
    if not is_on_this_machine(address):
        openly = ", unencrypted" if parts.scheme == "http" else ""
        yield f"{variable} is sent to {parts.hostname}{openly}: the config says so (`{key}`)"
