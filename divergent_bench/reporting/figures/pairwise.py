"""Differences between models, pair by pair: a matrix of effects, or a forest of a few."""

from math import inf
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from divergent_bench.analysis.tables import rows_of
from divergent_bench.base.names import percent
from divergent_bench.design.analysis_plan import CONFIRMATORY, DIFFERENCE, RANKS
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import in_places, name_rows, write_beside

MOST_IN_A_FOREST: Final = 4  # models
MOST_WITH_VALUES: Final = 30
_LEVELS: Final = (0.05, 0.01, 0.001)
# Without its ends, on which neither frame nor text could be seen.
_COLOURS: Final = ListedColormap(mpl.colormaps["PuOr"](np.linspace(0.13, 0.87, 255)))
_PAIR: Final = ["group_a", "group_b"]
_AT_MOST: Final = "\N{LESS-THAN OR EQUAL TO}"
_STARS: Final = ", ".join(  # no line ends between a sign and what it says
    f"{'*' * (place + 1)} p {_AT_MOST} {level}".replace(" ", "\N{NO-BREAK SPACE}")
    for place, level in enumerate(_LEVELS)
)


@style.styled
def draw_pairwise(tests: pd.DataFrame) -> Figure:
    """Draw which models differ in the primary space, and by how many points.

    Up to four models: the difference of the means of each pair with its interval. More: a matrix
    of differences, without their values beyond thirty models, and, where ranks were tested, of
    probabilities of superiority. The p values are those of the differences.
    """
    between = tests[tests["factor"].eq("model") & tests["group_b"].notna()]
    pairs = between[between["test"].eq(DIFFERENCE)]
    pairs = pairs[pairs["space"].eq(tests["space"].iloc[0])] if len(pairs) else pairs
    if pairs.empty:
        return style.page("Differences between pairs", ["No pair was tested."])
    planned = between.loc[between["role"].eq(CONFIRMATORY), _PAIR]
    of_plan = pd.MultiIndex.from_frame(pairs[_PAIR]).isin(pd.MultiIndex.from_frame(planned))
    pairs = pairs.assign(planned=of_plan, superiority=_superiority(between, pairs))
    models = sorted({*pairs["group_a"], *pairs["group_b"]})
    draw = _draw_forest if len(models) <= MOST_IN_A_FOREST else _draw_matrix
    return draw(pairs, models, _notes(pairs))


def _superiority(tests: pd.DataFrame, pairs: pd.DataFrame) -> list[float]:
    """Give, for each pair, how probably an answer of its first scores higher; NaN if not tested."""
    ranks = tests[tests["test"].eq(RANKS) & tests["space"].eq(pairs["space"].iloc[0])]
    by_pair = ranks.set_index(_PAIR)["effect"]
    return by_pair.reindex(pd.MultiIndex.from_frame(pairs[_PAIR])).tolist()


def _notes(pairs: pd.DataFrame) -> list[str]:
    how = sorted(set(pairs["adjustment"].dropna()))
    adjusted = f"p adjusted: {'; '.join(how)}" if how else "no p value"
    numbers = pd.concat([pairs["n_a"], pairs["n_b"]])
    least, most = int(numbers.min()), int(numbers.max())
    n = f"n = {least:,}{f' to {most:,}' * (most > least)} scorable answers on each side"
    return [
        f"{space_statement(str(pairs['space'].iloc[0]))}.",
        f"Test of the difference of means; {adjusted}. {n}."
        f"{' Boxes: planned comparisons.' * bool(pairs['planned'].any())}",
    ]


# A few models: a forest


def _draw_forest(pairs: pd.DataFrame, _: list[str], notes: list[str]) -> Figure:
    rows = in_places(_highest_first(pairs))
    figure = style.new_figure(
        1.0 + 0.46 * style.layout().row_pitch * len(rows),
        "Differences between pairs, in points",
        [
            *notes,
            "Right of 0 the first is higher. The interval is adjusted as p is: it leaves 0 out "
            f"exactly where p {_AT_MOST} 0.05 (filled).",
        ],
    )
    axes = figure.subplots()
    names = [
        f"{style.fit(higher, 36, 1)}\nover {style.fit(lower, 31, 1)}"
        for higher, lower in zip(rows["higher"], rows["lower"], strict=True)
    ]
    name_rows(axes, names)
    axes.axvline(0, color=style.GREY, linewidth=0.8)
    axes.grid(axis="x")
    axes.set_xlabel("difference of mean scores, points")
    axes.hlines(rows.index, rows["low"], rows["high"], color=style.BLUE, linewidth=1.6)
    sure = rows["p_adjusted"] <= _LEVELS[0]
    for part, fill in ((rows[sure], style.BLUE), (rows[~sure], "white")):
        axes.plot(part["value"], part.index, "o", color=style.BLUE, mfc=fill, ms=5.5, zorder=4)
    aside = axes.get_yaxis_transform()
    for place, row in zip(rows.index, rows_of(rows), strict=True):
        p, value = row["p_adjusted"], row["value"]
        text = "not tested" if pd.isna(p) else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
        number = "" if pd.isna(value) else f"{value:+.2f}   "
        write_beside(axes, place, f"{number}{text}")
        if row["planned"]:
            box = Rectangle(
                (0, place - 0.45), 1, 0.9, transform=aside, fill=False, lw=1.2, clip_on=False
            )
            axes.add_patch(box)
    return figure


def _highest_first(pairs: pd.DataFrame) -> pd.DataFrame:
    """Turn each pair so that its first is the higher one, the largest difference on top."""
    back = pairs["effect"] < 0
    value, low, high = pairs["effect"], pairs["effect_low"], pairs["effect_high"]
    turned = pairs.assign(
        value=value.abs(),
        low=low.where(~back, -high),
        high=high.where(~back, -low),
        higher=pairs["group_a"].where(~back, pairs["group_b"]),
        lower=pairs["group_b"].where(~back, pairs["group_a"]),
    )
    by = ["value", "higher", "lower"]
    return turned.sort_values(by, ascending=[False, True, True], ignore_index=True)


# Many models: a matrix


def _draw_matrix(pairs: pd.DataFrame, models: list[str], notes: list[str]) -> Figure:
    limit = float(np.nanmax(pairs["effect"].abs(), initial=1.0))
    effects = _square(pairs, models, pairs["effect"])
    effects = np.where(np.isnan(effects), -effects.T, effects)
    p = _square(pairs, models, pairs["p_adjusted"])
    p = np.where(np.isnan(p), p.T, p)
    planned = _square(pairs, models, pairs["planned"].astype(float))
    planned = np.fmax(planned, planned.T)
    higher = _square(pairs, models, pairs["superiority"])
    higher = np.where(np.isnan(higher), 1 - higher.T, higher)
    order = _best_first(effects, p, models)
    models = [models[i] for i in order]
    effects, p, planned, higher = (
        square[np.ix_(order, order)] for square in (effects, p, planned, higher)
    )
    untested = np.isnan(effects) | (np.isnan(p) & pairs["p_adjusted"].notna().any())

    size, detailed = len(models), len(models) <= MOST_WITH_VALUES
    few = f"+ or {style.MINUS}: p {_AT_MOST} 0.05"
    cell, width = (float(np.clip(4.8 / size, 0.36, 0.42)), 26) if detailed else (0.24, 52)
    by_ranks = detailed and bool(pairs["superiority"].notna().any())
    above = (
        "Above: of 100 pairs of an answer of each, those in which that of the row scores higher; "
        "half of the ties count. " * by_ranks
    )
    figure = style.new_figure(
        cell * size + 0.9,
        "Differences between pairs, in points",
        [
            *notes,
            "Below the diagonal: mean of the column less that of the row; positive (purple): the "
            f"column scores higher. {_STARS if detailed else few}. Hatched: not tested. {above}"
            "What is above most others comes first.",
        ],
        style.layout(wide=cell * size + 0.066 * width + 0.6, narrow=inf),
    )
    axes = figure.subplots()
    below = np.tril(np.ones((size, size), dtype=bool), k=-1)
    image = axes.imshow(
        np.ma.masked_where(~below | untested, effects.T),
        cmap=_COLOURS,
        vmin=-limit,
        vmax=limit,
        interpolation="nearest",
    )
    itself = np.ma.masked_equal(np.eye(size), 0)
    axes.imshow(itself, cmap=ListedColormap([style.PALE]), interpolation="nearest")
    for row, column in np.argwhere(below).tolist():
        if planned[row, column] == 1:
            _frame(axes, row, column, edgecolor=style.INK, linewidth=1.6, zorder=5)
        if by_ranks and not np.isnan(share := higher[column, row]):
            style.write_in_cell(axes, row, column, percent(share), style.INK)
        if untested[row, column]:
            _frame(axes, row, column, hatch="////", edgecolor=style.GREY, linewidth=0)
            continue
        effect, p_value = effects[column, row], p[row, column]
        text = "*" * sum(p_value <= level for level in _LEVELS)
        if detailed:
            text = f"{round(effect, 1) + 0.0:+.1f}\n{text}".rstrip()
        elif text:
            text = "+" if effect > 0 else "-"
        colour = style.text_colour(_COLOURS((effect / limit + 1) / 2))
        style.write_in_cell(
            axes, column, row, text.replace("-", style.MINUS), colour, linespacing=0.9
        )
    _name_both(axes, models, width, detailed)
    style.scale_below(image, axes, "points, column less row", cell * size + 0.7)
    return figure


def _name_both(axes: Axes, models: list[str], width: int, detailed: bool) -> None:
    """Name the rows, with their numbers, and number the columns."""
    places, size = range(len(models)), 7.5 if detailed else style.SMALL
    numbers = [f"{place + 1}" for place in places]
    names = [style.fit(model, width, 2 if detailed else 1) for model in models]
    axes.set_yticks(places, map("  ".join, zip(names, numbers, strict=True)))
    axes.set_xticks(places, numbers)
    axes.tick_params(length=0, labelsize=size, labelbottom=False, labeltop=True)
    axes.spines[:].set_visible(False)


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
    wins = ((effects > 0) & (p <= _LEVELS[0])).sum(axis=1)
    mean = np.nan_to_num(effects).sum(axis=1)
    return sorted(range(len(models)), key=lambda i: (-wins[i], -mean[i], models[i]))


def _frame(axes: Axes, row: int, column: int, **look: Any) -> None:
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, **look))
