"""How models stand in the several tasks of a run."""

from collections.abc import Iterator, Sequence

import pandas as pd

from divergent_bench.analysis.over_tasks import (
    FEWEST_MODELS,
    correlate_tasks,
    rank_in_tasks,
)
from divergent_bench.analysis.tables import rows_of
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.leaderboard import rank_cell
from divergent_bench.reporting.report.results import Results
from divergent_bench.reporting.report.wording import MISSING, mean_with_interval, number


def over_tasks(of_tasks: Sequence[Results]) -> Iterator[str]:
    """Write the section on models over tasks: their ranks in each, and how alike the orders are."""
    yield "## Models over tasks"
    yield (
        "Each task has a scale of its own: scores of different tasks are neither pooled nor "
        "compared, and a mean says nothing beside that of another task. What can be compared is "
        "the order in which the tasks put the models."
    )
    rankings = {results.task.name: results.ranking for results in of_tasks}
    ranks = rank_in_tasks(rankings)
    if ranks.empty:
        yield "No answer of a model could be scored in any task."
        return
    yield _ranks(of_tasks, ranks)
    yield (
        "Rank in each task, in round brackets the ranks that hold for all of its models at once "
        "with 95 % confidence; then the mean of that task [95 % CI]. Without a rank: not asked, "
        "not scorable, or not shown to be above what the task wants before a score counts."
    )
    yield "### Agreement of the tasks"
    yield (
        "Spearman's rho and Kendall's tau-b of the means of the models that both tasks have "
        "ranked: 1 for the same order, -1 for the reverse one. n is the number of models. With few "
        f"models either is coarse; with fewer than {FEWEST_MODELS} there is none."
    )
    yield _correlations(correlate_tasks(rankings))


def _ranks(of_tasks: Sequence[Results], ranks: pd.DataFrame) -> str:
    by_model = {
        key: {str(row["task"]): row for row in rows_of(rows)}
        for key, rows in ranks.groupby(["provider", "model"], observed=True, sort=False)
    }
    rows = []
    for (provider, model), of_model in by_model.items():
        cells = [markdown.escape(provider), markdown.escape(model)]
        for results in of_tasks:
            row = of_model.get(results.task.name)
            cells += [MISSING] * 2 if row is None else [rank_cell(row), mean_with_interval(row)]
        rows.append(cells)
    header = ["provider", "model"]
    for results in of_tasks:
        header += [f"rank, {results.task.name}", results.task.score_name]
    return markdown.table(header, rows, "ll" + "rr" * len(of_tasks))


def _correlations(found: pd.DataFrame) -> str:
    rows = []
    for pair, of_pair in found.groupby(["task_a", "task_b"], sort=False, observed=True):
        values = {row["measure"]: row for row in rows_of(of_pair)}
        cells = [number(row["value"]) for row in values.values()]
        n_models = next(iter(values.values()))["n_models"]
        rows.append([", ".join(map(markdown.escape, pair)), f"{n_models:,}", *cells])
    return markdown.table(["tasks", "n", "Spearman's rho", "Kendall's tau-b"], rows, "lrrr")
