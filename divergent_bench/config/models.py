"""The config as a pydantic model: the one source of its keys, defaults, checks, descriptions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveInt, PrivateAttr, field_validator, model_validator

from divergent_bench.base.names import NOT_APPLICABLE, slug
from divergent_bench.config.analysis import Analysis, Output
from divergent_bench.config.experiment import Defaults, Experiment
from divergent_bench.config.figures import Figures
from divergent_bench.config.notify import Notify
from divergent_bench.config.provider_entry import ProviderEntry
from divergent_bench.config.proxy_entry import ProxyEntry
from divergent_bench.config.strategy import ALL_STRATEGIES, OwnStrategy
from divergent_bench.config.values import Location, PathSafeName, Strict
from divergent_bench.instrument.prompts import Strategy
from divergent_bench.instrument.tasks import known_strategies

# See docs/decisions/0006-jobs-and-seeds.md for the measurements behind it.
SMALL_GRID = 200  # samples
SAMPLES_PER_JOB = (1, 10, 100)


class Config(Strict):
    """A benchmark of divergent thinking."""

    name: str = Field(min_length=1, description="names the results: results/{name}")
    description: str = ""
    defaults: Defaults = Field(default_factory=Defaults)
    experiments: list[Experiment] = Field(min_length=1)
    strategies: dict[PathSafeName, OwnStrategy] = Field(
        default_factory=dict, description="prompts of your own, by name"
    )
    budget_usd: Annotated[float, Field(gt=0)] | None = Field(
        None,
        description="what this config may spend, in all its runs: no request is sent that could "
        "pass it; null for no limit",
    )
    fresh: bool = Field(
        False,
        exclude=True,
        description="ask again for whatever is due, also where the ledger has an answer; meant for "
        "one run: --config fresh=true",
    )
    partial: bool = Field(
        False,
        exclude=True,
        description="ask nobody and analyse the samples that are there; where some are missing, "
        "into a directory of its own (partial); meant for one run: --config partial=true",
    )
    limit: PositiveInt | None = Field(
        None,
        exclude=True,
        description="a trial: ask for the first so many samples of each condition only; the whole "
        "run goes on from them. Its analysis goes into a directory of its own (partial); meant for "
        "one run: --config limit=2",
    )
    gateway: ProxyEntry | None = Field(
        None, description="a proxy between this machine and the providers; null for none"
    )
    seeds_per_job: PositiveInt | Literal["auto"] = Field(
        "auto",
        description="the most samples that a job collects, each into its own file: 1, 10 or 100, "
        "and of another number the nearest of these; auto is 1 up to "
        f"{SMALL_GRID:,} samples and 100 above",
    )
    analysis: Analysis = Field(default_factory=Analysis)
    figures: Figures = Field(default_factory=Figures)
    output: Output = Field(default_factory=Output)
    notify: Notify | None = Field(
        None, description="who is told how a run ended; {} for the defaults, null for nobody"
    )
    _sources: tuple[Path, ...] = PrivateAttr(())

    @field_validator("name")
    @classmethod
    def _names_a_directory(cls, name: str) -> str:
        if not slug(name):
            raise ValueError("needs at least one letter or digit (A-Z, 0-9): it names a directory")
        if slug(name).casefold() == "ledger":
            raise ValueError("'ledger' is where paid answers are kept; choose another name")
        return name

    @field_validator("strategies")
    @classmethod
    def _free_names(cls, own: dict[str, OwnStrategy]) -> dict[str, OwnStrategy]:
        for name in own:
            if name in {*known_strategies(), ALL_STRATEGIES, NOT_APPLICABLE}:
                raise ValueError(f"{name!r} is the name of a built-in; choose another")
        return own

    @model_validator(mode="after")
    def _one_part(self) -> "Config":
        if self.partial and self.limit:
            raise ValueError("has both `partial` and `limit`; keep one")
        return self

    def provider_entries(self) -> Iterator[tuple[Location, Experiment, ProviderEntry]]:
        """Yield every provider of every experiment, with its place in the config."""
        for i, experiment in enumerate(self.experiments):
            for j, entry in enumerate(experiment.providers):
                yield ("experiments", i, "providers", j), experiment, entry

    def all_strategies(self) -> dict[str, Strategy]:
        """Return the built-in strategies and those of the config, by name."""
        own = {name: strategy.strategy(name) for name, strategy in self.strategies.items()}
        return known_strategies() | own

    def sampling_json(self) -> str:
        """Return, as JSON, the part of the config that decides what is sampled, and where."""
        shared = {"name", "defaults", "experiments", "strategies"}
        part = self.model_dump(mode="json", include=shared, exclude_unset=True) | {
            "output": self.output.model_dump(include={"directory"}),
            "analysis": self.analysis.model_dump(include={"spaces"}),  # the oracle looks at one
        }
        if self.limit:
            part["limit"] = self.limit
        return json.dumps(part, ensure_ascii=False)

    def table_suffixes(self) -> list[str]:
        """Return the suffixes of the copies of the tables, beside CSV."""
        chosen = self.output.format
        formats = [chosen] if isinstance(chosen, str) else chosen
        return [{"json": "json", "markdown": "md"}[name] for name in formats if name != "csv"]

    def job_size(self, samples: int) -> int:
        """Return how many samples a job collects at most, where the config has so many in all."""
        if self.seeds_per_job == "auto":
            return SAMPLES_PER_JOB[0 if samples <= SMALL_GRID else -1]
        wanted = self.seeds_per_job
        return min(SAMPLES_PER_JOB, key=lambda size: abs(size - wanted))

    def results(self) -> Path:
        """Return the directory of the results."""
        return Path(self.output.directory.replace("{name}", slug(self.name)))
