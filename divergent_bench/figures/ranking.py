"""Ranked means with their intervals: who scores how high, and how sure that is."""

from typing import Final

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from divergent_bench.figures import style
from divergent_bench.figures.rows import Rows, dress, make_rows

_WIDTH: Final = 8.0
_ROW: Final = 0.3


@style.styled
def draw_ranking(scores: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Draw the ranking: a row per condition if few, else per model.

    Parameters
    ----------
    scores
        As `divergent_bench.tables.read_table` gives it.
    summary
        As `divergent_bench.summaries.summarize_conditions` gives it.

    Notes
    -----
    Baselines stand in the ranking with a marker of their own and a dashed line through all rows.
    The human median and middle half are drawn for scores in the published space only.
    """
    rows = make_rows(scores, summary)
    table = rows.table
    figure = style.new_figure(
        _WIDTH,
        1.5 + _ROW * len(table),
        f"DAT score by {rows.unit}",
        [
            *rows.notes(),
            "Mean of the scorable answers and its 95 % interval (bootstrap over unique lists; "
            "none is drawn for a single list).",
        ],
    )
    axes = figure.subplots()
    legend = [*dress(axes, rows), *_draw_rows(axes, rows)]
    _write_counts(axes, table)
    if legend:
        figure.legend(handles=legend, loc="outside lower left", ncols=2)
    return figure


def _draw_rows(axes: Axes, rows: Rows) -> list[Artist]:
    legend: list[Artist] = []
    scored = rows.table[rows.table["n_scorable"] > 0]
    if rows.pooled:
        places = dict(zip(rows.table["label"], rows.table.index, strict=True))
        several = rows.table.set_index("label")["n_conditions"] > 1
        parts = rows.conditions[rows.conditions["label"].map(several).astype(bool)]
        axes.plot(
            parts["mean"], parts["label"].map(places) + 0.22, "|", color=style.GREY, markersize=4
        )
        legend.append(_key("|", style.GREY, "means of its conditions", size=4))
    for baseline, colour, marker, size, name in (
        (False, style.BLUE, "o", 5.5, "model"),
        (True, style.ORANGE, "D", 5.0, "baseline, no language model (dashed: its mean)"),
    ):
        part = scored[scored["baseline"] == baseline]
        if part.empty:
            continue
        axes.hlines(part.index, part["mean_low"], part["mean_high"], color=colour, linewidth=1.6)
        fill = "white" if baseline else colour
        axes.plot(part["mean"], part.index, marker, color=colour, mfc=fill, ms=size, zorder=4)
        if baseline:
            for mean in part["mean"]:
                axes.axvline(mean, color=colour, linewidth=0.7, dashes=(6, 4), alpha=0.8, zorder=1)
        legend.append(_key(marker, colour, name, fill=fill, size=size))
    return legend


def _write_counts(axes: Axes, table: pd.DataFrame) -> None:
    aside = axes.get_yaxis_transform()
    axes.text(
        1.02, -0.75, "scorable/n (unique lists)", transform=aside, color="#444444", va="bottom"
    )
    for place, row in zip(table.index, table.to_dict("records"), strict=True):
        counts = f"{row['n_scorable']:,}/{row['n']:,} ({row['n_unique_lists']:,})"
        axes.text(1.02, place, counts, transform=aside, va="center")


def _key(
    marker: str, colour: str, label: str, *, fill: str | None = None, size: float = 5.0
) -> Line2D:
    return Line2D(
        [], [], color=colour, marker=marker, mfc=fill or colour, ms=size, linestyle="", label=label
    )
