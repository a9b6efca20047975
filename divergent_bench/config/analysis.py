"""The parts of the config on what is made from the samples, as pydantic models."""

import re
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import Field, field_validator, model_validator

from divergent_bench.base.analysis_names import (
    DEFAULT_DECIDER,
    DEFAULT_TESTS,
    MEANINGS,
    Decider,
    Factor,
    StatisticalTest,
)
from divergent_bench.base.errors import UserError
from divergent_bench.base.names import format_temperature
from divergent_bench.config.values import InputFile, MaybeTemperature, PathSafeName, Strict
from divergent_bench.instrument.spaces.embedded import DEFAULT_SPACE
from divergent_bench.instrument.tasks import Task, find_task

if TYPE_CHECKING:  # numpy is slow to import, and configs are read without it
    from divergent_bench.instrument.scoring import ScoringOptions

ALL_LEVELS = "all"


class SpaceEntry(Strict):
    """A semantic space from a file of your own, or from a sentence encoder."""

    name: PathSafeName
    path: InputFile = Field(
        min_length=1,
        description="a file in GloVe, .vec or word2vec binary format, also zip or gz; or "
        "sentence-transformers:MODEL, an encoder by its name or its directory",
    )
    dictionary: InputFile | None = Field(
        None,
        min_length=1,
        description="words to keep, one per line (default: the 102,377 words of the published "
        "dictionary that the embedded spaces know)",
    )


Count = Annotated[int, Field(ge=2)]
OfTasks = Count | Annotated[dict[str, Count], Field(min_length=1)]  # for all tasks, or by name


class Scoring(Strict):
    """How a list is checked and scored, where that is not as published."""

    minimum: OfTasks | None = Field(
        None,
        description="words that have to count for a score (default: as the task says, which also "
        "says what counts); a number for all tasks, or {TASK: 3}",
    )
    scored: OfTasks | None = Field(
        None,
        description="how many of the first valid words are looked at (default: as the task says); "
        "likewise",
    )
    fold_diacritics: bool = Field(
        False, description="look façade up as facade; published scores drop the letter: faade"
    )

    @field_validator("minimum", "scored")
    @classmethod
    def _tasks_are_known(cls, given: OfTasks | None) -> OfTasks | None:
        for name in given if isinstance(given, dict) else ():
            try:
                find_task(name)
            except UserError as error:
                raise ValueError(str(error)) from error
        return given

    def options(self, task: Task) -> "ScoringOptions":
        """Return how answers to a task are scored."""
        minimum, scored = (
            given.get(task.name) if isinstance(given, dict) else given
            for given in (self.minimum, self.scored)
        )
        return task.options(minimum, scored, self.fold_diacritics)


class PlannedContrast(Strict):
    """Two levels of one factor that will be compared, whatever the answers turn out to be."""

    model: list[str] | None = Field(None, min_length=2, max_length=2, description="two models")
    strategy: list[str] | None = Field(
        None, min_length=2, max_length=2, description="two strategies"
    )
    temperature: list[MaybeTemperature | Literal["default", "all"]] | None = Field(
        None,
        min_length=2,
        max_length=2,
        description="two temperatures; null or default: left to the model",
    )

    @model_validator(mode="after")
    def _check(self) -> "PlannedContrast":
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("names one factor: {model: [A, B]}, or strategy, or temperature")
        _, (a, b) = self.levels()
        if a == ALL_LEVELS:
            raise ValueError(f"write {ALL_LEVELS!r} second: [A, {ALL_LEVELS}] is A against each")
        if a == b:
            raise ValueError(f"compares {a!r} with itself")
        return self

    def levels(self) -> tuple[str, list[str]]:
        """Return the factor and its two levels as text; ``all`` stands for each other level."""
        ((factor, pair),) = self.model_dump(exclude_none=True).items()
        return factor, [v if isinstance(v, str) else format_temperature(v) for v in pair]


class Analysis(Strict):
    """What is computed from the samples. Editing it never asks a model again."""

    generate_report: bool = Field(True, description="report.md and report.html")
    include_visualizations: bool = Field(True, description="the figures")
    statistical_tests: list[StatisticalTest] = Field(
        default=list(DEFAULT_TESTS),
        description="the tests and effect sizes of tests.csv, beside the difference of means. "
        + " ".join(f"{test}: {meaning.asks}" for test, meaning in MEANINGS.items()),
    )
    decided_by: Decider = Field(
        DEFAULT_DECIDER,
        description="what decides whether two levels differ: the test of the difference of means, "
        "or one of statistical_tests",
    )
    factors: list[Factor] = Field(
        default=list(get_args(Factor)),
        min_length=1,
        description="along which levels are compared",
    )
    primary: list[PlannedContrast] = Field(
        default=[],
        description="the planned, confirmatory contrasts (Holm), such as {model: [A, B]}; "
        "[A, all] is A against each other level. All else is exploratory (Benjamini-Hochberg)",
    )
    equivalence_margin: Annotated[float, Field(gt=0)] = Field(
        1.0, description="points within which two means count as equivalent"
    )

    @model_validator(mode="after")
    def _decider_is_done(self) -> "Analysis":
        tests = self.statistical_tests
        if tests and self.decided_by != "mean" and self.decided_by not in tests:
            raise ValueError(
                f"decided_by: {self.decided_by} is not among statistical_tests; add it there, or "
                "write `decided_by: mean`"
            )
        return self

    spaces: list[str | SpaceEntry] = Field(
        default=[DEFAULT_SPACE],
        min_length=1,
        description="semantic spaces to score in; the first is the one of the figures and tests. "
        "glove-6b-100d is embedded, and so are minilm-l6 and wordnet, which tells nothing of rare "
        "words; glove-840b-300d is the published one (a download of 2.2 GB); "
        "sentence-transformers:MODEL is an encoder",
    )
    scoring: Scoring = Field(default_factory=Scoring)
    norms: list[Literal["olson2021_study2", "bellemare2024_100k"]] = Field(
        default=["olson2021_study2", "bellemare2024_100k"],
        description="human samples to give percentiles of, in the spaces that they were scored in: "
        "olson2021_study2 in glove-840b-300d, glove-6b-100d and minilm-l6, bellemare2024_100k in "
        "glove-840b-300d",
    )


TableFormat = Literal["csv", "json", "markdown"]


class Output(Strict):
    """Where results go and which of them are made."""

    directory: str = Field("results/{name}", description="{name} stands for the name of the config")
    format: TableFormat | list[TableFormat] = Field(
        "csv", description="tables are always CSV; json, markdown (or both) add a copy of each"
    )
    include_raw_responses: bool = Field(
        False, description="add the text of each answer to scores.csv"
    )
    generate_summary: bool = Field(
        True,
        description="summary.csv, leaderboard.md, and the tables of variance, diversity, agreement",
    )

    @field_validator("directory")
    @classmethod
    def _resumable(cls, directory: str) -> str:
        if "{timestamp}" in directory:
            raise ValueError(
                "{timestamp} is filled in by `divergent-bench batch run`. Snakemake would start a "
                "new, empty directory at every run, so that nothing is ever resumed; write "
                "results/{name} instead"
            )
        if rest := re.search(r"[{}]", directory.replace("{name}", "")):
            raise ValueError(f"has a stray {rest.group()!r}; only {{name}} is filled in")
        return directory
