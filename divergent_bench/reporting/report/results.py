"""What the sections of a report are written from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from divergent_bench.analysis.summaries import chosen_norms, rank_models
from divergent_bench.analysis.tables import (
    MODEL,
    are_ranked,
    model_labels,
    of_task,
    rows_of,
    table_of,
    task_of,
    tasks_in,
)
from divergent_bench.base.provider_catalogue import Kind
from divergent_bench.design.analysis_plan import OMNIBUS, TREND, Plan
from divergent_bench.instrument.norms import norms_of
from divergent_bench.instrument.tasks import Task
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.pairs import PairResult, pairs
from divergent_bench.reporting.report.wording import Row, listed, named


def results_by_task(
    tables: Mapping[str, pd.DataFrame], plans: Mapping[str, Plan]
) -> "list[Results]":
    """Return the results of each task of a run, from its tables and the plans by task."""
    found = []
    for task in tasks_in(tables["scores"]):
        of_this: dict[str, Any] = {name: of_task(table, task) for name, table in tables.items()}
        found.append(Results(**of_this, plan=plans[task]))
    return found


@dataclass(frozen=True)
class Results:
    """The tables of a task in a run, each as `analysis.tables.read_table` gives it, and the plan.

    Sections look at the primary space unless they say otherwise.

    Attributes
    ----------
    scoring
        What differs from the published scoring; empty where nothing does.
    verification
        By space, a Markdown table of what was verified in it.
    figures
        Those that were drawn, by name, with their paths as seen from the report.
    model_pages
        The figure of each model, and group of people, by provider and model; paths likewise.
    """

    scores: pd.DataFrame
    summary: pd.DataFrame
    tests: pd.DataFrame
    diversity: pd.DataFrame
    power: pd.DataFrame
    variance: pd.DataFrame
    plan: Plan
    homogeneity: pd.DataFrame = field(default_factory=lambda: table_of([], "homogeneity"))
    frontier: pd.DataFrame = field(default_factory=lambda: table_of([], "frontier"))
    people: pd.DataFrame = field(default_factory=lambda: table_of([], "people"))
    scoring: str = ""
    verification: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    model_pages: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """The models, people and baselines over all their conditions, highest mean first."""
        norms = [norm.name for norm in chosen_norms(self.summary)]
        return rank_models(self.scores, norms, self.tests_in(self.spaces[0]))

    @cached_property
    def spaces(self) -> list[str]:
        """The semantic spaces, the primary one first."""
        return [str(space) for space in self.scores["space"].unique()]

    @property
    def space(self) -> str:
        """The primary semantic space."""
        return self.spaces[0]

    def tests_in(self, space: str) -> pd.DataFrame:
        """Return the tests in a space."""
        return self.tests[self.tests["space"] == space]

    @cached_property
    def _primary_tests(self) -> Sequence[Row]:
        return rows_of(self.tests_in(self.space))

    @cached_property
    def conditions(self) -> pd.DataFrame:
        """The summary of each condition, with the ``label`` of its model."""
        primary = self.summary[self.summary["space"] == self.space]
        return primary.assign(label=model_labels(primary))

    @property
    def task(self) -> Task:
        """The task that the scores are of."""
        return task_of(self.scores)

    @property
    def has_reference(self) -> bool:
        """Whether published scores, or norms of people, are in the primary space."""
        is_published = self.space in self.task.published_spaces
        return is_published or bool(norms_of(self.task, self.space))

    def of_kind(self, kind: Kind, *, scorable: bool = False) -> pd.DataFrame:
        """Return the rows of the ranking that are ``model``, ``people`` or ``baseline``."""
        rows = self.ranking[self.ranking["kind"] == kind]
        return rows[rows["n_scorable"] > 0] if scorable else rows

    @cached_property
    def in_the_running(self) -> pd.DataFrame:
        """The rows of the models that can have a rank: scorable, and not below the gate."""
        models = self.of_kind("model", scorable=True)
        return models[~models["failed_gate"]]

    @cached_property
    def leader(self) -> Row | None:
        """The model with the highest mean of those that can have a rank."""
        rows = rows_of(self.in_the_running.head(1))
        return rows[0] if rows else None

    @cached_property
    def compared(self) -> pd.DataFrame:
        """The rows of the ranking that tests compare: models and people."""
        return self.ranking[~self.ranking["baseline"]]

    def is_model(self, label: str) -> bool:
        """Tell whether a level of the factor model is one, and not people or a baseline."""
        return self._kinds.get(label) == "model"

    def name(self, label: str, factor: str = "model") -> str:
        """Name a level of a factor in a sentence, as Markdown."""
        if factor == "model":
            return named(label, self._kinds.get(label))
        return f"{factor} {markdown.escape(label)}"

    def subject(self, label: str, factor: str = "model") -> str:
        """Name a level at the beginning of a sentence; the name of a model stays as it is."""
        name = self.name(label, factor)
        return name if factor == "model" and self.is_model(label) else name[0].upper() + name[1:]

    def omnibus(self, factor: str) -> Row | None:
        """Return the test over all levels of a factor, if there is one."""
        rows = (row for row in self._primary_tests if row["test"] == OMNIBUS)
        return next((row for row in rows if row["factor"] == factor), None)

    def trends(self) -> list[Row]:
        """Return the slopes over temperature: over all models, then of each."""
        return [row for row in self._primary_tests if row["test"] == TREND]

    @cached_property
    def pairs(self) -> list[PairResult]:
        """The pairs of levels, as the table of tests has them."""
        return self._by_space[self.space]

    @cached_property
    def _by_space(self) -> dict[str, list[PairResult]]:
        return {space: pairs(self.tests_in(space), self.plan) for space in self.spaces}

    def spaces_that_agree(self, pair: PairResult) -> int:
        """Count the spaces, the primary one included, in which a pair has the same verdict."""
        key = (pair.factor, pair.a, pair.b)
        same = [
            each
            for found in self._by_space.values()
            for each in found
            if (each.factor, each.a, each.b) == key
        ]
        return sum(each.verdict("a", "b") == pair.verdict("a", "b") for each in same)

    def pairs_of(self, factor: str) -> list[PairResult]:
        """Return the pairs of levels of a factor."""
        return [pair for pair in self.pairs if pair.factor == factor]

    def pairs_with(self, label: str) -> list[PairResult]:
        """Return the pairs that a model, people or a baseline is in."""
        return [pair for pair in self.pairs_of("model") if label in (pair.a, pair.b)]

    @property
    def planned(self) -> list[PairResult]:
        """The pairs whose comparison was planned."""
        return [pair for pair in self.pairs if pair.planned]

    def others(self, pairs: Sequence[PairResult], label: str) -> str:
        """Name in a sentence those that one is compared with."""
        return listed([self.name(pair.other(label)) for pair in pairs])

    @cached_property
    def _kinds(self) -> dict[str, str]:
        return dict(zip(self.ranking["label"], self.ranking["kind"], strict=True))

    @cached_property
    def of_models(self) -> pd.DataFrame:
        """The conditions in which models were asked."""
        return self.conditions[are_ranked(self.conditions["provider"])]

    @cached_property
    def n_models(self) -> int:
        """How many models were asked."""
        return len(self.of_models[MODEL].drop_duplicates())
