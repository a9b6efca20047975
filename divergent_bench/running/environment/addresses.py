"""Where keys go that are not sent to the provider they are of."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from divergent_bench.base.credentials import PROXY_KEY, endpoint
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.requests import FREE_PROVIDERS
from divergent_bench.design.grid import Grid
from divergent_bench.running.environment.settings import KEYS

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
        provider, model = planned.template["provider"], planned.template["model"]
        if provider in FREE_PROVIDERS:
            continue
        variable = KEYS.get(provider, f"{provider.upper().replace('-', '_')}_API_KEY")
        # Some providers take an address for the name of a model.
        address = planned.template["api_base"] or (model if "://" in model else None)
        if address in (None, endpoint(provider)):
            continue
        # litellm knows more names than one for some keys, and some providers take that of another.
        key = variable if os.environ.get(variable) else f"whatever key there is for {provider}"
        yield from _told(key, address, "api_base")


def _told(variable: str, address: str, key: str) -> Iterator[str]:
    parts = urlsplit(address)
    if parts.hostname not in _THIS_MACHINE:
        openly = ", unencrypted" if parts.scheme == "http" else ""
        yield f"{variable} is sent to {parts.hostname}{openly}: the config says so (`{key}`)"
