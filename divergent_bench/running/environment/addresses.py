"""Where keys go that are not sent to the provider they are of."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from divergent_bench.base.credentials import PROXY_KEY
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.design.grid import Grid

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def where_keys_go(grid: Grid, policy: RunPolicy) -> list[str]:
    """Say which keys of the environment a config sends to an address of its own choice.

    A config may be a stranger's. This machine, and what the environment names, go without saying.
    """
    return list(dict.fromkeys(_to_proxy(policy.proxy) if policy.proxy else _diversions(grid)))


def _to_proxy(url: str) -> Iterator[str]:
    if os.environ.get(PROXY_KEY):
        yield from _told(PROXY_KEY, url, "gateway")


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
    if parts.hostname not in _THIS_MACHINE:
        openly = ", unencrypted" if parts.scheme == "http" else ""
        yield f"{variable} is sent to {parts.hostname}{openly}: the config says so (`{key}`)"
