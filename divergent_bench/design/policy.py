"""What a config allows the gateway: pace, prices, budget, and by which way to ask."""

from collections.abc import Iterator
from typing import Any

from divergent_bench.base.names import closest
from divergent_bench.base.policy import RunPolicy
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.config import Config, config_error
from divergent_bench.config.loading import Location
from divergent_bench.config.provider_entry import ProviderEntry
from divergent_bench.design.entries import provider_entries

LIMITS = ("max_parallel", "rpm", "tpm")


def run_policy(config: Config) -> RunPolicy:
    """Return what the config allows the gateway: pace, prices, budget, and by which way to ask.

    It is a UserError when two entries give a provider or a model different limits or prices, or
    when the entries do not go with the proxy.
    """
    _check_proxy(config)
    limits: dict[str, dict[str, int]] = {}
    prices: dict[str, dict[str, float]] = {}

    def settle(known: dict[str, Any], key: str, value: Any, location: Location, what: str) -> None:
        if known.setdefault(key, value) != value:
            raise config_error(
                config,
                location,
                f"{what} is {value} here and {known[key]} elsewhere; "
                "give it once, or the same everywhere",
            )

    for location, _, entry in provider_entries(config):
        models = [(f"{entry.provider}/{model.model}", model) for model in entry.entries()]
        for rate_limit, settings in [(entry.provider, entry), *models]:
            for key in LIMITS:
                if (value := getattr(settings, key)) is not None:
                    of_endpoint = limits.setdefault(rate_limit, {})
                    settle(of_endpoint, key, value, location, f"{key} of {rate_limit}")
        for model, settings in models:
            if price := settings.price or entry.price:
                settle(prices, model, price.model_dump(), location, f"price of {model}")
    return RunPolicy(
        config.results().as_posix(),
        limits,
        prices,
        config.budget_usd,
        config.fresh,
        config.gateway.url if config.gateway else None,
        config.gateway.models if config.gateway else {},
    )


def _check_proxy(config: Config) -> None:
    """Make sure that models asked at a proxy have no other address, and those named are asked."""
    if config.gateway is None:
        return
    asked: set[str] = set()
    for location, entry in _asking_entries(config):
        if own := _own_address(entry):
            raise config_error(
                config,
                location,
                f"{entry.provider} has {own}, but by `gateway: url:` every model is asked at the "
                "proxy, which knows the addresses; take one of the two out",
            )
        asked.update(f"{entry.provider}/{model.model}" for model in entry.entries())
    for name in config.gateway.models:
        if name not in asked:
            raise config_error(
                config,
                ("gateway", "models", name),
                f"no experiment asks {name!r}{closest(name, asked)}; "
                "names are provider/model, as the experiments have them",
            )


def _asking_entries(config: Config) -> Iterator[tuple[Location, ProviderEntry]]:
    """Yield the entries whose models are asked over the network, with their places."""
    for location, _, entry in provider_entries(config):
        if find_provider(entry.provider).asks_models:
            yield location, entry


def _own_address(entry: ProviderEntry) -> str | None:
    if any(settings.api_base for settings in (entry, *entry.entries())):
        return "an `api_base`"
    provider = find_provider(entry.provider)
    if provider.endpoint():
        return f"an address in the environment ({' or '.join(provider.endpoint_variables())})"
    return None
