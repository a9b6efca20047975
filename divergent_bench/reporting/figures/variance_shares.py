"""Sources of variance: how much of the variance of the scores each factor accounts for."""

from typing import Final

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import name_rows, write_beside

_TITLE: Final = "Sources of variance of the score"
_WIDTH: Final = 7.0
_OFFSET: Final = 0.16  # rows between the marks of two spaces


@style.styled
def draw_variance_shares(variance: pd.DataFrame) -> Figure:
    """Draw the share of the variance that each component accounts for.

    The primary space has filled marks, the others hollow ones below.
    """
    if variance.empty:
        return style.page(_TITLE, ["Nothing to draw: no answer of a model has a score."])
    spaces = [str(space) for space in variance["space"].unique()]
    notes = [
        f"{space_statement(spaces[0])}. Share of the sum of all components and its 95 % interval "
        "(bootstrap over unique lists).",
        *_told(variance),
    ]
    drawn = variance[variance["share"].notna()]
    if drawn.empty:
        return style.page(_TITLE, [*notes, "Nothing to draw: no score differs from another."])
    components = [str(component) for component in drawn["component"].unique()]
    height = 0.9 + (0.34 + _OFFSET * 0.6 * (len(spaces) - 1)) * len(components)
    figure = style.new_figure(_WIDTH, height + 0.18 * len(spaces), _TITLE, notes)
    axes = figure.subplots()
    legend: list[Artist] = []
    for number, space in enumerate(spaces):
        part = drawn[drawn["space"] == space]
        at = part["component"].map({name: place for place, name in enumerate(components)})
        _draw_space(axes, part, at + _OFFSET * (number - (len(spaces) - 1) / 2), number)
        marker, colour, fill = _mark_of(number)
        legend.append(style.key(style.fit(space, 40, 1), marker, colour, fill=fill))
    first = drawn.drop_duplicates("component").set_index("component")
    names = [_name(component, str(first.loc[component, "n_levels"])) for component in components]
    name_rows(axes, names)
    axes.grid(axis="x")
    axes.axvline(0, color=style.GREY, linewidth=0.8, zorder=1)
    axes.set_xlim(-2, 102)
    axes.set_xlabel("share of the variance, %")
    if len(spaces) > 1:
        style.explain(figure, legend, 3)
    return figure


def _told(variance: pd.DataFrame) -> list[str]:
    """Write what the table notes, and of which space where it is not the same in all."""
    noted = variance.drop_duplicates("space").fillna({"note": ""})
    notes = dict(zip(noted["space"], noted["note"], strict=True))
    if len(set(notes.values())) == 1:
        notes = {"": noted["note"].iloc[0]}
    return [
        f"{space}: {note}." if space else f"{note[0].upper()}{note[1:]}."
        for space, note in notes.items()
        if note
    ]


def _draw_space(axes: Axes, part: pd.DataFrame, at: "pd.Series[float]", number: int) -> None:
    marker, colour, fill = _mark_of(number)
    bounded = part["share_low"].notna()
    axes.hlines(
        at[bounded],
        100 * part.loc[bounded, "share_low"],
        100 * part.loc[bounded, "share_high"],
        color=colour,
        linewidth=1.6 if number == 0 else 1.0,
    )
    axes.plot(100 * part["share"], at, marker, color=colour, mfc=fill, ms=5.5, zorder=3)
    if number == 0:
        for place, share in zip(at, part["share"], strict=True):
            write_beside(axes, place, f"{100 * share:.1f} %")


def _mark_of(number: int) -> tuple[str, str, str]:
    if number == 0:
        return "o", style.BLUE, style.BLUE
    return style.SERIES_MARKERS[number % len(style.SERIES_MARKERS)], style.GREY, "white"


def _name(component: str, n_levels: str) -> str:
    if component == "within":
        return "lists within a condition"
    times = " \N{MULTIPLICATION SIGN} "
    return f"{component.replace(':', times)} ({n_levels.replace('x', times)} levels)"
