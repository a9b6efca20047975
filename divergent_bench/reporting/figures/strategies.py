"""Strategies and models: the mean score of every model under every strategy."""

import pandas as pd
from matplotlib.figure import Figure

from divergent_bench.analysis.statistics.design import answers, levels
from divergent_bench.analysis.tables import primary_scores, task_of
from divergent_bench.base.names import NOT_APPLICABLE
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.heatmap import draw_cells
from divergent_bench.reporting.figures.references import tell, tell_norm
from divergent_bench.reporting.figures.row_layout import ranked_names


@style.styled
def draw_strategies(scores: pd.DataFrame) -> Figure:
    """Draw the mean score of every model under every strategy, over its temperatures.

    Who was asked without a strategy (baselines, people, recorded answers whose prompt is unknown)
    stands in the heading, for comparison.
    """
    primary = primary_scores(scores)
    space, task = str(primary["space"].iloc[0]), task_of(primary)
    title = f"{task.score_name} by model and strategy"
    prompted = primary["strategy"] != NOT_APPLICABLE
    compared = answers(primary[prompted])
    notes = [f"{space_statement(space)}. {_over(compared)}"]
    others = ranked_names(primary[~prompted])
    scored = others[others["n_scorable"] > 0]
    if len(scored):
        notes.append(f"For comparison, without a strategy: {tell(scored)}.")
    notes += tell_norm(task, space)
    if compared.empty:
        return style.page(title, [*notes, "Nothing to draw: no model was asked with a strategy."])
    return draw_cells(compared, "strategy", title, notes)


def _over(compared: pd.DataFrame) -> str:
    """Say over which temperatures a cell goes."""
    among = levels(compared, "temperature")
    if len(among) < 2:
        return f"Temperature: {among[0]}." if among else ""
    asked = compared[["model", "strategy", "temperature"]].drop_duplicates()
    per_cell = asked.groupby(["model", "strategy"], observed=True).size()
    uneven = per_cell.min() < len(among)
    warning = " Not every cell covers all of them: compare with care." if uneven else ""
    return f"Over the temperatures {', '.join(among)}.{warning}"
