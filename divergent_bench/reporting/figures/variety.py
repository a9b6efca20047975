"""Score and variety: how high the answers of a model score, and how much they differ."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from divergent_bench.analysis.tables import MODEL, primary_scores, task_of
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.marks import draw_marks, interval_lines, write_key
from divergent_bench.reporting.figures.placement import place_labels
from divergent_bench.reporting.figures.references import draw_norm, tell
from divergent_bench.reporting.figures.row_layout import mean_statement, ranked_names

_MOST_NAMES: Final = 15  # named beside their mark; more get numbers and a key
_REACH: Final = 20.0  # points from models and people within which baselines are drawn at least


@style.styled
def draw_variety(scores: pd.DataFrame, diversity: pd.DataFrame) -> Figure:
    """Draw the mean score of models, people and baselines against the variety of their lists.

    Variety is 1 less the mean cosine of two lists, in the primary space.
    """
    primary = primary_scores(scores)
    space, task = str(primary["space"].iloc[0]), task_of(primary)
    title = f"{task.score_name} and variety of the lists"
    ranking = ranked_names(primary)
    drawn, far = _near(_with_variety(ranking, diversity, space))
    notes = [
        f"{space_statement(space)}. {mean_statement(ranking, primary)}",
        "Variety: 1 less the cosine of two lists (means of the vectors of their words), on average "
        "over pairs, and its 95 % interval. At 0 all lists are alike in meaning.",
        *([f"Off the scale: {tell(far)}."] if len(far) else []),
    ]
    if drawn.empty:
        return style.page(title, [*notes, "Nothing to draw: nobody gave two lists and a score."])
    numbered = len(drawn) > _MOST_NAMES
    names = [style.fit(label, 44, 1) for label in drawn["label"]]
    height = max(4.6, 0.6 + 0.135 * len(drawn) if numbered else 0)
    figure = style.new_figure(style.WIDTH, height, title, notes)
    axes = figure.subplots()
    legend = draw_marks(axes, drawn, "variety", "mean")
    axes.grid()
    axes.set_xlabel("variety of the lists (1 less their mean cosine)")
    axes.set_ylabel(task.score_axis)
    axes.margins(0.08)
    # A mean depends on the order of its samples in the last digits, and SVG names paths by all.
    axes.set(xlim=np.round(axes.get_xlim(), 6), ylim=np.round(axes.get_ylim(), 6))
    legend += draw_norm(axes, task, space, across="y")
    style.explain(figure, legend, 3)
    if numbered:
        names = write_key(axes, names)
    lines = interval_lines(drawn, "variety", "mean")
    place_labels(figure, axes, drawn[["variety", "mean"]].to_numpy(), names, lines)
    return figure


def _with_variety(ranking: pd.DataFrame, diversity: pd.DataFrame, space: str) -> pd.DataFrame:
    """Add the ``variety`` of those whose lists have one, and its ends, to those with a score."""
    found = diversity[diversity["space"].eq(space) & diversity["level"].eq("model")]
    found = found.assign(
        variety=1 - found["mean_similarity"],
        variety_low=1 - found["mean_similarity_high"],
        variety_high=1 - found["mean_similarity_low"],
    )
    columns = [*MODEL, "variety", "variety_low", "variety_high"]
    merged = ranking.astype(dict.fromkeys(MODEL, str)).merge(
        found[columns].astype(dict.fromkeys(MODEL, str)), on=MODEL
    )
    return merged[merged["mean"].notna() & merged["variety"].notna()].reset_index(drop=True)


def _near(found: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part those to draw from baselines so far off that the others would run together."""
    others = found.loc[found["kind"] != "baseline", "mean"]
    if others.empty:
        return found, found[:0]
    reach = max(others.max() - others.min(), _REACH)
    near = found["mean"].between(others.min() - reach, others.max() + reach)
    return found[near].reset_index(drop=True), found[~near]
