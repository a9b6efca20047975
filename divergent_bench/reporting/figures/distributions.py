"""Distributions of the scores: every list where there are few, a box and a violin where many."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from divergent_bench.analysis.statistics.units import UniqueLists, list_codes, unique_lists
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import is_dense, looks, make_rows, set_up_axes

_WIDTH: Final = 8.0
_ROW: Final = 0.44
_DENSE_ROW: Final = 0.3
_STRIP_UP_TO: Final = 60  # unique lists
_BOX_FROM: Final = 12
_GOLDEN: Final = 0.6180339887498949


@style.styled
def draw_distributions(scores: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Draw how the scores spread, rows as in the ranking.

    Parameters
    ----------
    scores
        As `divergent_bench.analysis.tables.read_table` gives it.
    summary
        As `divergent_bench.analysis.summaries.summarize_conditions` gives it.

    Notes
    -----
    Up to 60 unique lists each one is a dot whose area grows with how often it was given; from 12
    on a box shows quartiles and median of the samples; beyond 60 a violin takes the dots' place.
    """
    rows = make_rows(scores, summary)
    table = rows.table
    figure = style.new_figure(
        _WIDTH,
        1.0 + (_DENSE_ROW if is_dense(table) else _ROW) * len(table),
        f"Distribution of DAT scores by {rows.unit}",
        [
            *rows.notes(),
            "A dot is a unique list, its area how often it was given; box: quartiles and median, "
            "whiskers: 5th and 95th percentile; the long tick marks the mean. Violins replace dots "
            f"beyond {_STRIP_UP_TO} unique lists.",
        ],
    )
    axes = figure.subplots()
    legend = set_up_axes(axes, rows)
    legend += [Patch(color=look.colour, alpha=0.6, label=look.name) for look in looks(table)]
    codes = list_codes(rows.samples)
    values = rows.samples["score"].to_numpy()
    members = rows.samples.groupby("label").indices
    aside = axes.get_yaxis_transform()
    for place, row in zip(table.index, table.to_dict("records"), strict=True):
        mine = members[row["label"]]
        lists = unique_lists(codes[mine], values[mine])
        if len(lists):
            _draw_row(axes, place, lists, style.LOOKS[row["kind"]].colour)
        counts = f"n = {lists.n_samples:,} ({len(lists):,} unique)"
        axes.text(1.02, place, counts, transform=aside, va="center")
    if legend:
        figure.legend(handles=legend, loc="outside lower left", ncols=2)
    return figure


def _draw_row(axes: Axes, place: int, lists: UniqueLists, colour: str) -> None:
    samples = np.repeat(lists.scores, lists.counts)
    many = len(lists) > _STRIP_UP_TO
    if many and np.ptp(samples) > 0:
        _draw_violin(axes, place, samples, colour)
    if not many:
        # Golden-ratio steps spread neighbours evenly and are the same at every drawing.
        shift = ((np.arange(len(lists)) * _GOLDEN) % 1 - 0.5) * 0.5
        axes.scatter(
            lists.scores,
            place + (shift if len(lists) > 1 else 0),
            s=np.minimum(12 * lists.counts, 400),
            facecolor=colour,
            edgecolor="white",
            linewidth=0.4,
            alpha=0.6,
            zorder=3,
        )
    if len(lists) >= _BOX_FROM:
        _draw_box(axes, place, samples, 0.12 if many else 0.3)
    if len(lists) == 1:
        return
    mean = samples.mean()
    axes.plot([mean, mean], [place - 0.34, place + 0.34], color=style.INK, linewidth=1.4, zorder=5)


def _draw_violin(axes: Axes, place: int, samples: NDArray[np.float64], colour: str) -> None:
    axes.violinplot(
        samples,
        [place],
        orientation="horizontal",
        widths=0.8,
        showextrema=False,
        facecolor=(colour, 0.35),
        linecolor=colour,
    )


def _draw_box(axes: Axes, place: int, samples: NDArray[np.float64], height: float) -> None:
    p5, low, median, high, p95 = np.quantile(samples, [0.05, 0.25, 0.5, 0.75, 0.95])
    axes.hlines([place, place], [p5, high], [low, p95], color=style.INK, linewidth=0.8, zorder=4)
    half = height / 2
    axes.plot(
        [low, high, high, low, low],
        [place - half, place - half, place + half, place + half, place - half],
        color=style.INK,
        linewidth=0.8,
        zorder=4,
    )
    axes.plot([median, median], [place - half, place + half], color=style.INK, lw=0.8, zorder=4)
