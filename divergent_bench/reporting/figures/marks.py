"""Mean scores against something else: a mark for each model, people and baseline."""

from collections.abc import Sequence
from itertools import product
from math import inf
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.placement import place_labels

_FEW: Final = 15
_PIECES: Final = 60  # into which a curve is cut for labels to keep off
_REACH: Final = 20.0  # points from models and people within which baselines are drawn at least


def near(found: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part those to draw from baselines so far off that the others would run together."""
    others = found.loc[found["kind"] != "baseline", "mean"]
    if others.empty:
        return found, found[:0]
    reach = max(others.max() - others.min(), _REACH)
    within = found["mean"].between(others.min() - reach, others.max() + reach)
    return found[within].reset_index(drop=True), found[~within]


def new_figure(n: int, title: str, notes: Sequence[str]) -> Figure:
    """Make a figure for `n` marks; title and notes are as for `style.new_figure`."""
    here = style.layout(narrow=inf if n > style.MOST_BELOW else 0)
    key = 0.6 + 0.135 * n if n > here.most_names and not here.narrow else 0
    return style.new_figure(max(here.scatter_height, key), title, notes, here)


def draw_marks(axes: Axes, drawn: pd.DataFrame) -> list[Artist]:
    """Draw a mark and two intervals for each row; return the legend.

    Columns: kind, x, x_low, x_high, mean, mean_low, mean_high; and grey where some do not count.
    """
    legend: list[Artist] = []
    few = len(drawn) <= _FEW
    grey = drawn["grey"] if "grey" in drawn else pd.Series(False, index=drawn.index)
    for (kind, look), is_grey in product(style.KINDS.items(), (False, True)):
        part = drawn[drawn["kind"].eq(kind) & grey.eq(is_grey)]
        if part.empty:
            continue
        colour, fill = (style.GREY, "white") if is_grey else (look.colour, look.fill)
        pen: dict[str, Any] = {"color": colour, "linewidth": 1.0, "alpha": 0.7 if few else 0.4}
        axes.hlines(part["mean"], part["x_low"], part["x_high"], **pen)
        axes.vlines(part["x"], part["mean_low"], part["mean_high"], **pen)
        mark: dict[str, Any] = {"color": colour, "mfc": fill, "ms": look.size, "zorder": 3}
        axes.plot(part["x"], part["mean"], look.marker, linestyle="", **mark)
        name = f"{look.name} that does not count" if is_grey else look.name
        legend.append(style.key(name, look.marker, colour, fill=fill, size=look.size))
    axes.grid()
    axes.margins(0.08)
    # A mean depends on the order of its samples in the last digits, and SVG names paths by all.
    axes.set(xlim=np.round(axes.get_xlim(), 6), ylim=np.round(axes.get_ylim(), 6))
    return legend


def name_marks(
    figure: Figure,
    axes: Axes,
    drawn: pd.DataFrame,
    legend: Sequence[Artist],
    curves: Sequence[Line2D] = (),
) -> None:
    """Write the ``label`` of each mark, as `name_points` does.

    Labels keep off the intervals and, where they can, off the `curves`.
    """
    # Ends of what a label should not lie on: x, y, x, y; of curves, of each small piece.
    across = drawn[["x_low", "mean", "x_high", "mean"]].dropna().to_numpy()
    along = drawn[["x", "mean_low", "x", "mean_high"]].dropna().to_numpy()
    pieces = [_pieces(curve) for curve in curves]
    lines = np.vstack([across, along, *pieces]).astype(np.float64)
    names = [style.fit(label, 42, 1) for label in drawn["label"]]
    name_points(figure, axes, drawn[["x", "mean"]].to_numpy(), names, lines, legend)


def name_points(
    figure: Figure,
    axes: Axes,
    points: NDArray[np.float64],
    names: Sequence[str],
    lines: NDArray[np.float64],
    legend: Sequence[Artist],
) -> None:
    """Write a name beside each point, or where they are many its number, and a key; and a legend.

    `points` and `lines` are as for `place_labels`.
    """
    key: list[str] = []
    if len(names) > style.layout().most_names:
        names, key = style.number(names)
        if not style.is_narrow(figure):
            look: dict[str, Any] = {"va": "top", "size": style.SMALL, "linespacing": 1.25}
            axes.text(1.02, 1, "\n".join(key), transform=axes.transAxes, **look)
            key = []
    style.explain(figure, legend, 3, key)
    place_labels(figure, axes, points, names, lines)


def _pieces(curve: Line2D) -> NDArray[np.float64]:
    x, y = (np.asarray(values, dtype=np.float64) for values in curve.get_data())
    at = np.linspace(0, len(x) - 1, _PIECES + 1)
    ends = np.column_stack([np.interp(at, np.arange(len(x)), values) for values in (x, y)])
    return np.hstack([ends[:-1], ends[1:]])
