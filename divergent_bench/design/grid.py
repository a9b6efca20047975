"""What is sampled: conditions, their seeds, requests and paths."""

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from divergent_bench.base.names import format_temperature, slug, unique_slug
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.base.records import STIMULUS
from divergent_bench.base.requests import (
    Request,
    canonical_json,
    count_wordings,
    digest,
    request_at,
)
from divergent_bench.config.models import SAMPLES_PER_JOB
from divergent_bench.instrument.tasks import DEFAULT, known_tasks


@dataclass(frozen=True, slots=True)
class Condition:
    """What is compared: a model of a provider, a strategy, a temperature; and the stimulus."""

    provider: str
    model: str  # its label: the alias where the config gives one
    strategy: str
    temperature: float | None  # 0 to 2, or None where it is left to the model or does not apply
    stimulus: str | None = None  # what is asked about, where the task has stimuli

    def directory(self) -> PurePosixPath:
        """Return where the samples of the condition are, below the directory of samples.

        The stimulus stands behind the strategy and a ``~``, which no slug has.
        """
        about = "" if self.stimulus is None else f"~{unique_slug(self.stimulus)}"
        return PurePosixPath(
            self.provider,
            slug(self.model),
            f"{slug(self.strategy)}{about}",
            f"t{format_temperature(self.temperature)}",
        )

    def key(self) -> dict[str, Any]:
        """Return what names the condition in records; a stimulus only where there is one."""
        key = asdict(self)
        if self.stimulus is None:
            del key[STIMULUS]
        return key

    def __str__(self) -> str:
        temperature = format_temperature(self.temperature)
        about = "" if self.stimulus is None else f"~{self.stimulus}"
        return f"{self.provider}/{self.model}, {self.strategy}{about}, t{temperature}"


@dataclass(frozen=True, slots=True)
class Sample:
    """One completion to get: its condition, its seed, what to ask, where it goes."""

    condition: Condition
    seed: int
    template: Request  # of its condition
    path: str

    @property
    def request(self) -> Request:
        """What to ask."""
        return request_at(self.template, self.seed)

    @property
    def wording(self) -> int:
        """Which wording of the strategy that is, from 0."""
        return self.seed % count_wordings(self.template)


@dataclass(frozen=True)
class PlannedCondition:
    """A condition, the seeds it is sampled at, and what their requests share."""

    condition: Condition
    seeds: tuple[int, ...]
    template: Request  # without a seed, and with every wording: see `base.requests`
    directory: str  # of its sample files, relative to where the workflow runs
    # What its samples are answers to: one task, but for lists of baselines and people, which may be
    # answers to several.
    tasks: tuple[str, ...] = (DEFAULT,)

    def samples(self) -> Iterator[Sample]:
        """Yield the samples in the order of their seeds."""
        for seed in self.seeds:
            yield Sample(self.condition, seed, self.template, self.path(seed))

    def path(self, seed: int) -> str:
        """Return the path of the sample at `seed`."""
        return f"{self.directory}/seed{seed}.json"

    def blocks(self, largest: int) -> list[range]:
        """Split the seeds into hundreds, tens and single ones, none longer than `largest`.

        A hundred or ten shares all but its last digits, and all of its seeds are wanted.
        """
        left, found = set(self.seeds), []
        for size in (size for size in reversed(SAMPLES_PER_JOB) if size <= largest):
            for start in sorted({seed - seed % size for seed in left}):
                block = range(start, start + size)
                if left.issuperset(block):
                    left.difference_update(block)
                    found.append(block)
        return found

    def condition_json(self) -> str:
        """Return what names the condition, as records and tables carry it."""
        return canonical_json(self.condition.key())

    def template_json(self, seed: int | None = None) -> str:
        """Return the canonical JSON of the template; with a seed, in the wording of that alone."""
        if seed is None:
            return canonical_json(self.template)
        request = request_at(self.template, seed)
        del request["seed"]
        return canonical_json(request)


@dataclass(frozen=True)
class Grid:
    """All samples of a config."""

    conditions: tuple[PlannedCondition, ...]

    @cached_property
    def tasks(self) -> list[str]:
        """The tasks that its samples are answers to, in the order of the registry."""
        asked = {task for planned in self.conditions for task in planned.tasks}
        return [task for task in known_tasks() if task in asked]

    def of_task(self, task: str) -> "Grid":
        """Return the part of the grid whose samples are answers to a task."""
        return Grid(tuple(planned for planned in self.conditions if task in planned.tasks))

    @cached_property
    def by_directory(self) -> dict[str, PlannedCondition]:
        """The conditions by the directory of their samples."""
        return {planned.directory: planned for planned in self.conditions}

    @cached_property
    def by_path(self) -> dict[str, Sample]:
        """The samples by their files."""
        return {sample.path: sample for sample in self.samples()}

    @cached_property
    def digests(self) -> dict[str, str]:
        """The digests of the requests that the samples answer, by their files."""
        return {sample.path: digest(sample.request) for sample in self.samples()}

    def restricted_to(self, paths: Collection[str]) -> "Grid":
        """Return the part of the grid whose sample files are among `paths`.

        Conditions without any are left out.
        """
        kept = (
            replace(planned, seeds=tuple(s for s in planned.seeds if planned.path(s) in paths))
            for planned in self.conditions
        )
        return replace(self, conditions=tuple(planned for planned in kept if planned.seeds))

    def first(self, most: int) -> "Grid":
        """Return the part of the grid with the first seeds of each condition, at most so many."""
        if max(self.seed_counts(), default=0) <= most:
            return self
        cut = (replace(planned, seeds=planned.seeds[:most]) for planned in self.conditions)
        return replace(self, conditions=tuple(cut))

    def existing(self) -> "Grid":
        """Return the part of the grid whose sample files are there now."""
        return self.restricted_to({path for path in self.paths() if Path(path).exists()})

    def missing_from(self, part: "Grid") -> list[PlannedCondition]:
        """Return the conditions that a part of the grid has no sample of."""
        return [each for each in self.conditions if each.directory not in part.by_directory]

    def asks_models(self) -> bool:
        """Say whether any sample is missing that a language model has to be asked for."""
        return any(
            find_provider(planned.condition.provider).asks_models
            and any(not Path(planned.path(seed)).exists() for seed in planned.seeds)
            for planned in self.conditions
        )

    def samples(self) -> Iterator[Sample]:
        """Yield every sample, condition by condition."""
        for planned in self.conditions:
            yield from planned.samples()

    def paths(self) -> list[str]:
        """Return the path of every sample, in the order of `samples`."""
        return [planned.path(seed) for planned in self.conditions for seed in planned.seeds]

    def seed_counts(self) -> list[int]:
        """Return the number of samples of each condition."""
        return [len(planned.seeds) for planned in self.conditions]
