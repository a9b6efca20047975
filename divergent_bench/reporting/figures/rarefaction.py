"""Distinct words against the number of lists: how soon a model repeats itself."""

from math import inf
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from divergent_bench.analysis.tables import MODEL, kinds, task_of
from divergent_bench.instrument.norms import human_diversity
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import name_kinds

_TITLE: Final = "Distinct words in so many lists"
_LABEL_HEIGHT: Final = 0.135  # inches
_LABEL_WIDTH: Final = 36
_THIN_FROM: Final = 12  # curves
_LEADER: Final = {"arrowstyle": "-", "color": style.GREY, "lw": 0.5, "ls": (0, (1, 2))}


@style.styled
def draw_rarefaction(rarefaction: pd.DataFrame, scores: pd.DataFrame) -> Figure:
    """Draw the rarefaction curve of every model."""
    first = rarefaction["space"].isin(rarefaction["space"].unique()[:1])
    points = rarefaction[first & rarefaction["level"].eq("model")]
    if points.empty:
        return style.page(_TITLE, [style.NO_VALID_WORD])
    points = points.assign(kind=kinds(points["provider"]), label=name_kinds(points))
    curves = [curve for _, curve in points.groupby(MODEL, sort=False)]
    curves.sort(key=lambda curve: str(curve["label"].iloc[0]))
    space = str(points["space"].iloc[0])
    human = human_diversity(task_of(scores), space)
    notes = [
        "Words expected in lists drawn at random from those of a model, over all its conditions; "
        f"all words valid in the space {space} count, not only the scored ones. Both axes are "
        "logarithmic. Compare at equal numbers of lists."
    ]
    if human:
        notes.append(
            f"Star: {human.n_lists:,} people with {human.n_distinct_words:,} words "
            f"({human.source}), in the same space."
        )
    here = style.layout(narrow=inf if len(curves) > style.MOST_BELOW else 0)
    figure = style.new_figure(
        max(here.scatter_height, 0.9 + _LABEL_HEIGHT * 1.1 * (len(curves) + 1)),
        _TITLE,
        notes,
        here,
    )
    axes = figure.subplots()
    ends = [_draw_curve(axes, curve, len(curves)) for curve in curves]
    if human:
        star = (human.n_lists, human.n_distinct_words)
        axes.plot(*star, "*", color=style.PURPLE, ms=9, zorder=5)
        ends.append((*star, "published sample of people"))
    _set_up_axes(axes, ends, points["expected_distinct_words"].min())
    if here.narrow:
        numbers, key = style.number([style.fit(label, 42, 1) for *_, label in ends])
        ends = [(x, y, number) for (x, y, _), number in zip(ends, numbers, strict=True)]
        style.explain(figure, [], 2, key)
    figure.draw_without_rendering()  # how high the axes are
    _label_ends(axes, ends, axes.get_window_extent().height / figure.dpi)
    return figure


_End = tuple[float, float, str]  # where a curve ends, and its label


def _draw_curve(axes: Axes, curve: pd.DataFrame, n_curves: int) -> _End:
    look, label = style.KINDS[curve["kind"].iloc[0]], str(curve["label"].iloc[0])
    x, y = curve["n_lists"].to_numpy(), curve["expected_distinct_words"].to_numpy()
    axes.plot(
        x,
        y,
        color=look.colour,
        linewidth=look.width or (1.3 if n_curves < _THIN_FROM else 0.9),
        linestyle=look.curve,
        zorder=4 if look.width else 3,
    )
    axes.plot(x[-1], y[-1], look.marker, color=look.colour, mfc=look.fill, ms=3.5, zorder=4)
    return float(x[-1]), float(y[-1]), label


def _set_up_axes(axes: Axes, ends: list[_End], fewest: float) -> None:
    most = max(end[0] for end in ends)
    words = [fewest, *(end[1] for end in ends)]
    axes.set(xscale="log", yscale="log", xlabel="lists", ylabel="expected distinct words")
    axes.set(xlim=(0.9, most * 1.15), ylim=(min(words) * 0.9, max(words) * 1.15))
    for axis, low, high in ((axes.xaxis, 1, most), (axes.yaxis, min(words), max(words))):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.set_minor_locator(NullLocator())
        steps = [step * 10**power for power in range(9) for step in (1, 2, 5)]
        axis.set_ticks([step for step in steps if low * 0.9 <= step <= high])
    axes.grid()


def _label_ends(axes: Axes, ends: list[_End], height: float) -> None:
    """Write the labels beside the axes, `height` inches high, apart and tied to their ends."""
    ends = sorted(ends, key=lambda end: (end[1], end[2]))
    low, high = np.log(axes.get_ylim())
    wanted = np.array([(np.log(end[1]) - low) / (high - low) for end in ends])
    places = _apart(wanted, _LABEL_HEIGHT / height)
    for (x, y, label), place in zip(ends, places, strict=True):
        text = style.fit(label, _LABEL_WIDTH, 1)
        axes.text(1.06, place, text, transform=axes.transAxes, va="center", size=7)
        lead: dict[str, Any] = {**_LEADER, "shrinkA": 0, "shrinkB": 3}
        axes.annotate("", (x, y), (1.055, place), textcoords="axes fraction", arrowprops=lead)


def _apart(wanted: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Move sorted places, as little as may be, so that they are `gap` apart and in 0 to 1.

    Places that would be closer form a block around their mean: isotonic regression of the places
    less the room that is needed below each.
    """
    needed = gap * np.arange(len(wanted))
    return np.asarray(needed + np.clip(isotonic_regression(wanted - needed).x, 0, 1 - needed[-1]))
