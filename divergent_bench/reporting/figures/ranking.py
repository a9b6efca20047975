"""Ranked means with their intervals."""

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import (
    Rows,
    head_beside,
    kind_styles,
    make_rows,
    write_beside,
)


@style.styled
def draw_ranking(scores: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Draw the ranking: a row per condition if few, else per model.

    Baselines and people stand in the ranking with a marker of their own and a dashed line through
    all rows. The human median and middle half are drawn for scores in the published space only.
    """
    rows = make_rows(scores, summary)
    table = rows.table
    figure = rows.figure(
        f"{rows.task.score_name} by {rows.unit}",
        "Mean of the scorable answers and its 95 % interval (bootstrap over unique lists; "
        "none is drawn for a single list). Dashed: means of baselines and people.",
        1.5,
        (0.3, 0.2),
    )
    axes = figure.subplots()
    legend = [*rows.set_up(axes), *_draw_rows(axes, rows)]
    head_beside(axes, -0.75, "scorable/n (unique lists)")
    for place, row in zip(table.index, table.to_dict("records"), strict=True):
        counts = f"{row['n_scorable']:,}/{row['n']:,} ({row['n_unique_lists']:,})"
        write_beside(axes, place, counts)
    style.explain(figure, legend, 2)
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
        legend.append(style.key("means of its conditions", "|", style.GREY, size=4))
    for kind, look in style.KINDS.items():
        part = scored[scored["kind"] == kind]
        if part.empty:
            continue
        ends = part["mean_low"], part["mean_high"]
        axes.hlines(part.index, *ends, color=look.colour, linewidth=1.6)
        axes.plot(
            part["mean"],
            part.index,
            look.marker,
            color=look.colour,
            mfc=look.fill,
            ms=look.size,
            zorder=4,
        )
        for mean in part["mean"] if look.is_reference else ():
            axes.axvline(mean, color=look.colour, lw=0.7, dashes=(6, 4), alpha=0.8, zorder=1)
    keys = [
        style.key(look.name, look.marker, look.colour, fill=look.fill, size=look.size)
        for look in kind_styles(scored)
    ]
    return [*legend, *keys]
