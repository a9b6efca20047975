"""Differences between models, pair by pair: a triangle of effects, or a forest of a few."""

from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from divergent_bench.design.analysis_plan import CLIFFS_DELTA, PERMUTATION, RANKS
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import name_rows, write_beside

MOST_IN_A_FOREST: Final = 4  # models
MOST_WITH_VALUES: Final = 30
_DIFFERENCE: Final = "mean_difference"
_LEVELS: Final = (0.05, 0.01, 0.001)
_NAMES: Final = {
    RANKS: "Mann-Whitney test",
    PERMUTATION: "Permutation test",
    CLIFFS_DELTA: "Cliff's delta without a test",
}
# Without its ends, on which neither frame nor text could be seen.
_COLOURS: Final = ListedColormap(mpl.colormaps["PuOr"](np.linspace(0.13, 0.87, 255)))
_MINUS: Final = "\N{MINUS SIGN}"  # as wide as +
_PAIR: Final = ["group_a", "group_b"]
_STARS: Final = "* p < 0.05, ** p < 0.01, *** p < 0.001"


@style.styled
def draw_pairwise(tests: pd.DataFrame) -> Figure:
    """Draw which models differ, and by how much.

    Up to four models: differences of means in points. More: Cliff's delta of every pair in a
    triangle, without its values beyond thirty models. The p values are those of the first of
    Mann-Whitney and permutation test that was done.
    """
    between = tests[tests["factor"].eq("model") & tests["group_b"].notna()]
    test = next((name for name in _NAMES if between["test"].eq(name).any()), None)
    if test is None:
        return style.page("Differences between pairs", ["No pair was tested."])
    pairs = between[between["test"] == test]
    models = sorted({*pairs["group_a"], *pairs["group_b"]})
    notes = _notes(pairs, test)
    points = between[between["test"] == _DIFFERENCE]
    if len(models) <= MOST_IN_A_FOREST and not points.empty:
        return _draw_forest(pairs, points, notes)
    deltas = between[between["effect_name"] == CLIFFS_DELTA].drop_duplicates(_PAIR)
    if deltas.empty:
        return _draw_triangle(pairs, points, "difference of means, points", models, notes)
    return _draw_triangle(pairs, deltas, "Cliff's delta", models, notes)


def _notes(pairs: pd.DataFrame, test: str) -> list[str]:
    space = space_statement(str(pairs["space"].iloc[0]))
    how = sorted(set(pairs["adjustment"].dropna()))
    numbers = pd.concat([pairs["n_unique_a"], pairs["n_unique_b"]])
    unit = f"Unit: unique list, {numbers.min():,} to {numbers.max():,} on each side"
    adjusted = f"p adjusted: {'; '.join(how)}" if how else "no p value"
    planned = bool(pairs["role"].eq("confirmatory").any())
    return [
        f"{space}.",
        f"{_NAMES[test]}; {adjusted}. {unit}.{' Boxes: planned comparisons.' * planned}",
    ]


# A few models: a forest


def _draw_forest(pairs: pd.DataFrame, points: pd.DataFrame, notes: list[str]) -> Figure:
    merged = pairs.merge(points, on=_PAIR, how="left", suffixes=("_decides", ""))
    rows = _highest_first(merged)
    figure = style.new_figure(
        style.WIDTH,
        1.0 + 0.46 * len(rows),
        "Differences between pairs, in points",
        [
            *notes,
            "Difference of the means and its 95 % interval; right of 0 the first is higher. "
            "Filled: p < 0.05.",
        ],
    )
    axes = figure.subplots()
    names = [
        f"{style.fit(higher, 40, 1)}\nover {style.fit(lower, 36, 1)}"
        for higher, lower in zip(rows["higher"], rows["lower"], strict=True)
    ]
    name_rows(axes, names)
    axes.axvline(0, color=style.GREY, linewidth=0.8)
    axes.grid(axis="x")
    axes.set_xlabel("difference of mean scores, points")
    axes.hlines(rows.index, rows["low"], rows["high"], color=style.BLUE, linewidth=1.6)
    sure = rows["p_adjusted_decides"] < _LEVELS[0]
    for part, fill in ((rows[sure], style.BLUE), (rows[~sure], "white")):
        axes.plot(part["value"], part.index, "o", color=style.BLUE, mfc=fill, ms=5.5, zorder=4)
    aside = axes.get_yaxis_transform()
    for place, row in zip(rows.index, rows.to_dict("records"), strict=True):
        p, value = row["p_adjusted_decides"], row["value"]
        text = "not tested" if pd.isna(p) else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
        number = "" if pd.isna(value) else f"{value:+.2f}   "
        write_beside(axes, place, f"{number}{text}")
        if row["role_decides"] == "confirmatory":
            box = Rectangle(
                (0, place - 0.45), 1, 0.9, transform=aside, fill=False, lw=1.2, clip_on=False
            )
            axes.add_patch(box)
    return figure


def _highest_first(merged: pd.DataFrame) -> pd.DataFrame:
    """Turn each pair so that its first is the higher one, the largest difference on top."""
    back = merged["effect"] < 0
    value, low, high = merged["effect"], merged["effect_low"], merged["effect_high"]
    turned = merged.assign(
        value=value.abs(),
        low=low.where(~back, -high),
        high=high.where(~back, -low),
        higher=merged["group_a"].where(~back, merged["group_b"]),
        lower=merged["group_b"].where(~back, merged["group_a"]),
    )
    by = ["value", "higher", "lower"]
    return turned.sort_values(by, ascending=[False, True, True], ignore_index=True)


# Many models: a triangle


def _draw_triangle(
    pairs: pd.DataFrame, measured: pd.DataFrame, name: str, models: list[str], notes: list[str]
) -> Figure:
    limit = float(np.nanmax(measured["effect"].abs(), initial=1.0))  # of a delta, it is 1
    effects = _square(measured, models, measured["effect"])
    effects = np.where(np.isnan(effects), -effects.T, effects)
    p = _square(pairs, models, pairs["p_adjusted"])
    p = np.where(np.isnan(p), p.T, p)
    planned = _square(pairs, models, pairs["role"].eq("confirmatory").astype(float))
    planned = np.fmax(planned, planned.T)
    order = _best_first(effects, p, models)
    models = [models[i] for i in order]
    effects, p, planned = (square[np.ix_(order, order)] for square in (effects, p, planned))
    untested = np.isnan(effects) | (np.isnan(p) & pairs["p_adjusted"].notna().any())

    detailed = len(models) <= MOST_WITH_VALUES
    cell = 0.42 if detailed else 0.24
    width = 26 if detailed else 52
    inches = max(6.5, cell * len(models) + 0.066 * width + 0.4)
    figure = style.new_figure(
        inches,
        cell * len(models) + 0.7,
        f"Differences between pairs: {name}",
        [
            *notes,
            "A column stands for the name on top of it, a row for the one at its right end; "
            "positive (purple): the column scores higher. What is above most others comes first. "
            f"{_STARS if detailed else f'+ or {_MINUS}: p < 0.05'}. Hatched: not tested.",
        ],
    )
    axes = figure.subplots()
    size = len(models)
    right = (inches - 0.4) / cell - 0.5  # beyond the cells, for the name of the last
    axes.set(xlim=(-0.55, right), ylim=(size - 0.5, -0.5), aspect="equal", anchor="SW")
    axes.set_axis_off()
    below = np.tril(np.ones((size, size), dtype=bool), k=-1)
    image = axes.imshow(
        np.ma.masked_where(~below | untested, effects.T),  # the column over the row
        cmap=_COLOURS,
        vmin=-limit,
        vmax=limit,
        extent=(-0.5, size - 0.5, size - 0.5, -0.5),
        interpolation="nearest",
    )
    for row, column in np.argwhere(below).tolist():
        if planned[row, column] == 1:
            _frame(axes, row, column, edgecolor=style.INK, linewidth=1.6, zorder=5)
        if untested[row, column]:
            _frame(axes, row, column, hatch="////", edgecolor=style.GREY, linewidth=0)
            continue
        effect, p_value = effects[column, row], p[row, column]
        text = "*" * sum(p_value < level for level in _LEVELS)
        if detailed:
            text = f"{round(effect, 2) + 0.0:+.2f}\n{text}".rstrip()
        elif text:
            text = "+" if effect > 0 else "-"
        colour = style.text_colour(_COLOURS((effect / limit + 1) / 2))
        style.write_in_cell(axes, column, row, text.replace("-", _MINUS), colour, linespacing=0.9)
    for place, model in enumerate(models):
        axes.text(
            place - 0.4,
            place,
            style.fit(model, width, 2 if detailed else 1),
            va="center",
            size=7.5 if detailed else style.SMALL,
        )
    figure.colorbar(
        image,
        ax=axes,
        label=f"{name}, column over row",
        orientation="horizontal",
        location="bottom",
        ticks=MaxNLocator(4),
        fraction=0.12 / (cell * size + 0.7),
        pad=0.02,
        shrink=3 / inches,
        aspect=25,
        anchor=(0.0, 1.0),
    )
    return figure


def _square(
    pairs: pd.DataFrame, models: list[str], values: "pd.Series[float]"
) -> NDArray[np.float64]:
    """Put the values of pairs at (group_a, group_b); NaN elsewhere."""
    places = {model: place for place, model in enumerate(models)}
    square = np.full((len(models), len(models)), np.nan)
    square[pairs["group_a"].map(places), pairs["group_b"].map(places)] = values
    return square


def _best_first(
    effects: NDArray[np.float64], p: NDArray[np.float64], models: list[str]
) -> list[int]:
    wins = ((effects > 0) & (p < _LEVELS[0])).sum(axis=1)
    mean = np.nan_to_num(effects).sum(axis=1)
    return sorted(range(len(models)), key=lambda i: (-wins[i], -mean[i], models[i]))


def _frame(axes: Axes, row: int, column: int, **look: Any) -> None:
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, **look))
