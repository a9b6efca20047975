"""Sources of variance: how much of the variance of the scores each factor accounts for."""

from typing import Final

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import name_rows, write_beside

_TITLE: Final = "Sources of variance of the score"
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
        "(bootstrap over answers).",
        *_told(variance),
    ]
    drawn = variance[variance["share"].notna()]
    if drawn.empty:
        return style.page(_TITLE, [*notes, "Nothing to draw: no share can be estimated."])
    components = [str(component) for component in drawn["component"].unique()]
    pitch = style.layout().row_pitch
    height = 0.9 + (0.34 + _OFFSET * 0.6 * (len(spaces) - 1)) * pitch * len(components)
    figure = style.new_figure(height + 0.18 * len(spaces), _TITLE, notes)
    axes = figure.subplots()
    legend: list[Artist] = []
    for number, space in enumerate(spaces):
        part = drawn[drawn["space"] == space]
        at = part["component"].map({name: pitch * i for i, name in enumerate(components)})
        at = at + _OFFSET * (number - (len(spaces) - 1) / 2)
        marker = style.SERIES_MARKERS[number % len(style.SERIES_MARKERS)]
        colour, fill = (style.GREY, "white") if number else (style.BLUE, style.BLUE)
        share, low, high = (100 * part[f"share{end}"] for end in ("", "_low", "_high"))
        known = low.notna()
        width = 1.0 if number else 1.6
        axes.hlines(at[known], low[known], high[known], color=colour, linewidth=width)
        axes.plot(share, at, marker, color=colour, mfc=fill, ms=5.5, zorder=3)
        for place, value in zip(at, share, strict=True) if number == 0 else ():
            write_beside(axes, place, f"{value:.1f} %")
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


def _name(component: str, n_levels: str) -> str:
    if component == "within":
        return "answers within a condition"
    times = " \N{MULTIPLICATION SIGN} "
    return f"{component.replace(':', times)} ({n_levels.replace('x', times)} levels)"
