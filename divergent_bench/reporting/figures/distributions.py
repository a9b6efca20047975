"""Distributions of the scores: every list where there are few, a box and a violin where many."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from divergent_bench.analysis.statistics.repetition import ScoredLists, lists_by
from divergent_bench.analysis.tables import rows_of
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import (
    draw_lists,
    kind_styles,
    make_rows,
    write_beside,
)

_STRIP_UP_TO: Final = 60  # different lists
_BOX_FROM: Final = 12


@style.styled
def draw_distributions(scores: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Draw how the scores spread, rows as in the ranking.

    Up to 60 different lists each one is a dot whose area says how often it was given; from 12 on a
    box shows quartiles and median of the answers; beyond 60 a violin takes the dots' place.
    """
    rows = make_rows(scores, summary)
    table = rows.table
    figure = rows.figure(
        f"Distribution of {rows.task.score_name}s by {rows.unit}",
        "A dot is a list; its area says how often it was given. Box: quartiles and median of the "
        "answers, whiskers: 5th and 95th percentile; the long tick marks their mean. Violins "
        f"replace dots beyond {_STRIP_UP_TO} different lists.",
        1.0,
        (0.44, 0.25),
    )
    axes = figure.subplots()
    legend = rows.set_up(axes)
    legend += [Patch(color=kind.colour, alpha=0.6, label=kind.name) for kind in kind_styles(table)]
    found = lists_by(rows.samples, "label")
    for place, row in zip(table.index, rows_of(table), strict=True):
        lists = found[row["label"]]
        if len(lists):
            _draw_row(axes, place, lists, style.KINDS[row["kind"]].colour)
        write_beside(axes, place, f"n = {lists.n_samples:,} ({_count(len(lists))})")
    style.explain(figure, legend, 2)
    return figure


def _count(lists: int) -> str:
    return f"{lists:,} list{'s' * (lists != 1)}"


def _draw_row(axes: Axes, place: int, lists: ScoredLists, colour: str) -> None:
    samples = np.repeat(lists.scores, lists.counts)
    many = len(lists) > _STRIP_UP_TO
    if not many:
        draw_lists(axes, place, lists, colour, 12, alpha=0.6, zorder=3)
    elif np.ptp(samples) > 0:
        axes.violinplot(
            samples,
            [place],
            orientation="horizontal",
            widths=0.8,
            showextrema=False,
            facecolor=(colour, 0.35),
            linecolor=colour,
        )
    if len(lists) >= _BOX_FROM:
        _draw_box(axes, place, samples, 0.12 if many else 0.3)
    if len(lists) == 1:
        return
    mean = samples.mean()
    axes.plot([mean, mean], [place - 0.34, place + 0.34], color=style.INK, linewidth=1.4, zorder=5)


def _draw_box(axes: Axes, place: int, samples: NDArray[np.float64], height: float) -> None:
    p5, low, median, high, p95 = np.quantile(samples, [0.05, 0.25, 0.5, 0.75, 0.95])
    pen: dict[str, Any] = {"color": style.INK, "linewidth": 0.8, "zorder": 4}
    axes.hlines([place, place], [p5, high], [low, p95], **pen)
    top, bottom = place - height / 2, place + height / 2
    axes.plot([low, high, high, low, low], [top, top, bottom, bottom, top], **pen)
    axes.plot([median, median], [top, bottom], **pen)
