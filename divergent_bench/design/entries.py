"""The entries of a config that say whom to ask."""

from collections.abc import Iterator

from divergent_bench.config import Config
from divergent_bench.config.experiment import Experiment
from divergent_bench.config.loading import Location
from divergent_bench.config.provider_entry import ProviderEntry


def provider_entries(config: Config) -> Iterator[tuple[Location, Experiment, ProviderEntry]]:
    """Yield every provider of every experiment, with its place in the config."""
    for i, experiment in enumerate(config.experiments):
        for j, entry in enumerate(experiment.providers):
            yield ("experiments", i, "providers", j), experiment, entry
