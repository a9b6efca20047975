"""How many answers could be scored, and why the others could not."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from divergent_bench.analysis.tables import rows_of
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import (
    Rows,
    head_beside,
    kind_styles,
    make_rows,
    write_beside,
)

_BAR: Final = 0.46  # of the room of a row
_ABOVE: Final = 0.14  # the middle of a row; the interval stands as much below it and a little more
_WIDE: Final = 0.3  # inches of the page, of the share of the answers that has room for its number

# Why an answer has no score, by its outcome: colour, hatch and name.
_REASONS: Final = {
    "ok": (style.GREY, "", "too few valid words"),
    "truncated": ("#E69F00", "////", "truncated"),
    "refused": ("#F0E442", "xxxx", "refused"),
    "filtered": ("#56B4E9", "....", "filtered"),
    "empty": ("white", "", "empty"),
    "unreadable": ("#009E73", "oo", "unreadable"),
}


@style.styled
def draw_scorability(scores: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Draw the share of scorable answers and how the others ended, rows as in the ranking.

    A bar holds all answers of its row. An answer that was cut off or refused may still hold
    enough valid words: it then counts as scorable.
    """
    rows = make_rows(scores, summary)
    table = rows.table
    total, scorable = int(table["n"].sum()), int(table["n_scorable"].sum())
    figure = rows.figure(
        f"Scorable answers by {rows.unit}",
        f"{scorable:,} of {total:,} answers have a score; the others hold "
        f"{rows.task.unscorable}. Bar: all answers of the row, by how they ended; mark: share "
        "of scorable answers and its 95 % Wilson interval.",
        1.5,
        (0.3, 0.22),
    )
    axes = figure.subplots()
    rows.name_on(axes)
    axes.set_xlim(0, 100)
    axes.set_xlabel("answers, %")
    axes.spines["left"].set_visible(False)
    legend = _draw_bars(axes, rows)
    _draw_shares(axes, table)
    style.explain(figure, legend, 4)
    return figure


def _draw_bars(axes: Axes, rows: Rows) -> list[Artist]:
    table = rows.table
    labels = rows.samples["label"]
    legend: list[Artist] = [
        Patch(color=_light(kind.colour), label=f"scorable: {kind.name}")
        for kind in kind_styles(table)
    ] or [Patch(color=_light(style.BLUE), label="scorable")]
    colours = [_light(style.KINDS[kind].colour) for kind in table["kind"]]
    at = table.index.to_numpy() - _ABOVE
    axes.barh(at, 100 * table["scorable_share"], color=colours, height=_BAR)
    left = table["scorable_share"].to_numpy()
    unscorable = rows.samples["score"].isna()
    wide = _WIDE / style.layout().width
    outcome = rows.samples["outcome"].astype(str)
    for key, (colour, hatch, name) in _REASONS.items():
        counts = labels[unscorable & (outcome == key)].value_counts()
        number = table["label"].map(counts).fillna(0).to_numpy(dtype=np.int64)
        if not number.any():
            continue
        look: dict[str, Any] = {"fc": colour, "hatch": hatch, "ec": style.INK}
        share = number / table["n"].to_numpy()
        there = np.flatnonzero(number)
        axes.barh(
            at[there], 100 * share[there], left=100 * left[there], height=_BAR, lw=0.5, **look
        )
        for place in np.flatnonzero(share >= wide):
            axes.text(
                100 * (left[place] + share[place] / 2),
                at[place],
                f"{number[place]:,}",
                ha="center",
                va="center",
                size=style.SMALL,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )
        legend.append(Patch(label=f"{name} ({number.sum():,})", linewidth=0.5, **look))
        left = left + share
    return legend


def _draw_shares(axes: Axes, table: pd.DataFrame) -> None:
    for kind, look in style.KINDS.items():
        part = table[table["kind"] == kind]
        if part.empty:
            continue
        low, high = 100 * part["scorable_low"], 100 * part["scorable_high"]
        at = part.index + 1.8 * _ABOVE
        axes.hlines(at, low, high, color=style.INK, linewidth=1.2, zorder=4)
        axes.plot(
            100 * part["scorable_share"],
            at,
            look.marker,
            color=style.INK,
            mfc=look.fill,
            ms=4,
            zorder=5,
            clip_on=False,
        )
    head_beside(axes, "scorable/n")
    for place, row in zip(table.index, rows_of(table), strict=True):
        write_beside(axes, place, f"{row['n_scorable']:,}/{row['n']:,}")


def _light(colour: str) -> tuple[float, float, float]:
    """Mix a colour with white, three parts of white to two."""
    red, green, blue, _ = to_rgba(colour)
    return 0.4 * red + 0.6, 0.4 * green + 0.6, 0.4 * blue + 0.6
