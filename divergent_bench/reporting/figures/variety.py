"""Score and variety: how high the answers of a model score, and how much they differ."""

import pandas as pd
from matplotlib.figure import Figure

from divergent_bench.analysis.tables import MODEL, primary_scores, task_of
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import marks, style
from divergent_bench.reporting.figures.references import draw_norm, tell
from divergent_bench.reporting.figures.row_layout import mean_statement, ranked_names


@style.styled
def draw_variety(scores: pd.DataFrame, diversity: pd.DataFrame) -> Figure:
    """Draw the mean score of models, people and baselines against the variety of their lists.

    Variety is 1 less the mean cosine of two lists, in the primary space.
    """
    primary = primary_scores(scores)
    space, task = str(primary["space"].iloc[0]), task_of(primary)
    title = f"{task.score_name} and variety of the lists"
    ranking = ranked_names(primary)
    drawn, far = marks.near(_with_variety(ranking, diversity, space))
    notes = [
        f"{space_statement(space)}. {mean_statement(ranking, primary)}",
        "Variety: 1 less the cosine of two lists (means of the vectors of their words), on average "
        "over pairs, and its 95 % interval. At 0 all lists are alike in meaning.",
        *([f"Off the scale: {tell(far)}."] if len(far) else []),
    ]
    if drawn.empty:
        return style.page(title, [*notes, "Nothing to draw: nobody gave two lists and a score."])
    figure = marks.new_figure(len(drawn), title, notes)
    axes = figure.subplots()
    legend = marks.draw_marks(axes, drawn)
    style.label_axes(axes, "variety of the lists (1 less their mean cosine)", task.score_axis)
    legend += draw_norm(axes, task, space, across="y")
    marks.name_marks(figure, axes, drawn, legend)
    return figure


def _with_variety(ranking: pd.DataFrame, diversity: pd.DataFrame, space: str) -> pd.DataFrame:
    """Add the variety of those whose lists have one, and its ends, to those with a score."""
    found = diversity[diversity["space"].eq(space) & diversity["level"].eq("model")]
    found = found.assign(
        x=1 - found["mean_similarity"],
        x_low=1 - found["mean_similarity_high"],
        x_high=1 - found["mean_similarity_low"],
    )
    merged = ranking.astype(dict.fromkeys(MODEL, str)).merge(
        found[[*MODEL, "x", "x_low", "x_high"]].astype(dict.fromkeys(MODEL, str)), on=MODEL
    )
    return merged[merged["mean"].notna() & merged["x"].notna()].reset_index(drop=True)
