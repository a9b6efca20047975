"""The tables that are made from the scores and the words of a run, which are read once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from divergent_bench.analysis.tables import TABLES, of_task, read_table, tasks_in
from divergent_bench.base.analysis_names import OVER_TASKS
from divergent_bench.base.errors import UserError
from divergent_bench.design.analysis_plan import Plan


@dataclass(frozen=True)
class Analysis:
    """What the tables of a run are made from; of several tasks, each is analysed by itself."""

    scores_file: Path  # as `analysis.evaluation` makes it
    words_file: Path  # likewise
    space: Path  # directory of the store of the primary semantic space
    plans: Mapping[str, Plan]  # by task
    norms: Collection[str]  # names in `instrument.norms.SAMPLES`, to give percentiles of

    @cached_property
    def tasks(self) -> "dict[str, TaskAnalysis]":
        """The analyses by task, in the order of the scores; both tables are read once."""
        scores = read_table("scores", self.scores_file)
        words = read_table("words", self.words_file)
        return {
            task: TaskAnalysis(
                of_task(scores, task),
                of_task(words, task),
                self.space,
                self.plans[task],
                self.norms,
            )
            for task in tasks_in(scores)
        }

    def table(self, name: str) -> pd.DataFrame:
        """Make a table by its name in `analysis.tables.TABLES`: the tables of the tasks as one."""
        if name in OVER_TASKS:
            from divergent_bench.analysis.over_tasks import correlate_tasks, rank_in_tasks

            rankings = {task: analysis.ranking for task, analysis in self.tasks.items()}
            return {"ranks": rank_in_tasks, "task_agreement": correlate_tasks}[name](rankings)
        made = [each.table(name).assign(task=task) for task, each in self.tasks.items()]
        made = [table for table in made if len(table)] or made[:1]  # an empty one has no types
        columns = dict(TABLES[name])
        return pd.concat(made, ignore_index=True)[list(columns)].astype(columns)


@dataclass(frozen=True)
class TaskAnalysis:
    """What the tables of one task are made from."""

    scores: pd.DataFrame
    words: pd.DataFrame
    space: Path
    plan: Plan
    norms: Collection[str]

    @cached_property
    def tests(self) -> pd.DataFrame:
        """The table ``tests``, made once."""
        from divergent_bench.analysis.statistics.comparisons import compare

        return compare(self.scores, self.plan)

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """The leaderboard."""
        from divergent_bench.analysis.summaries import rank_models

        primary = self.tests["space"].eq(str(self.scores["space"].iloc[0]))
        return rank_models(self.scores, self.norms, self.tests[primary])

    def table(self, name: str) -> pd.DataFrame:
        """Make a table by its name; its column ``task`` is left to whoever joins tables.

        What a table needs is imported when it is made: scipy.stats, for one, takes longer to load
        than most tables take to make.
        """
        match name:
            case "summary":
                from divergent_bench.analysis.summaries import summarize_conditions

                return summarize_conditions(self.scores, self.norms)
            case "tests":
                return self.tests
            case "people":
                from divergent_bench.analysis.people import compare_with_people

                return compare_with_people(self.scores, self.tests)
            case "frontier":
                from divergent_bench.analysis.frontier import measure_frontier

                return measure_frontier(self.scores)
            case "power":
                from divergent_bench.analysis.statistics.power import estimate_power

                return estimate_power(self.scores, self.plan)
            case "variance":
                from divergent_bench.analysis.statistics.variance import decompose_variance

                return decompose_variance(self.scores)
            case "agreement":
                from divergent_bench.analysis.statistics.agreement import compare_spaces

                return compare_spaces(self.scores)
            case "diversity":
                from divergent_bench.analysis.statistics.diversity import measure_diversity
                from divergent_bench.instrument.spaces.store import open_space

                return measure_diversity(self.words, open_space(self.space))
            case "homogeneity":
                from divergent_bench.analysis.statistics.homogeneity import measure_homogeneity
                from divergent_bench.instrument.spaces.store import open_space

                return measure_homogeneity(self.words, open_space(self.space))
            case "rarefaction":
                from divergent_bench.analysis.statistics.diversity import rarefy

                return rarefy(self.words)
            case "overlap":
                from divergent_bench.analysis.statistics.diversity import compare_vocabularies

                return compare_vocabularies(self.words)
        raise UserError(f"{name}: there is no such table")
