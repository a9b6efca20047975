"""Whether a config and the proxy that it names go together."""

from collections.abc import Iterator

from divergent_bench.base.credentials import endpoint
from divergent_bench.base.names import closest
from divergent_bench.base.requests import FREE_PROVIDERS
from divergent_bench.config.loading import Location, config_error
from divergent_bench.config.models import Config, ProviderEntry


def check_proxy(config: Config) -> None:
    """Check what a config says of its proxy, if it has one.

    Raises
    ------
    UserError
        When a model that is asked there has an address of its own, or when a model has a name there
        but is not asked.
    """
    if config.gateway is None:
        return
    asked: set[str] = set()
    for location, entry in _entries_for_a_proxy(config):
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


def _entries_for_a_proxy(config: Config) -> Iterator[tuple[Location, ProviderEntry]]:
    for i, experiment in enumerate(config.experiments):
        for j, entry in enumerate(experiment.providers):
            if entry.provider not in FREE_PROVIDERS:
                yield ("experiments", i, "providers", j), entry


def _own_address(entry: ProviderEntry) -> str | None:
    if any(settings.api_base for settings in (entry, *entry.entries())):
        return "an `api_base`"
    if endpoint(entry.provider):
        variable = f"{entry.provider.upper().replace('-', '_')}_BASE_URL"
        return f"an address in the environment ({variable}, or ..._API_BASE)"
    return None
