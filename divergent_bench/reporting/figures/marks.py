"""Marks in a plane, with an interval each way: models, people and baselines."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from numpy.typing import NDArray

from divergent_bench.reporting.figures import style


def draw_marks(axes: Axes, drawn: pd.DataFrame, x: str, y: str) -> list[Artist]:
    """Draw the marks of each kind at two columns, which have their ends beside them; give keys."""
    legend: list[Artist] = []
    for kind, look in style.KINDS.items():
        part = drawn[drawn["kind"] == kind]
        if part.empty:
            continue
        pen: dict[str, Any] = {"color": look.colour, "linewidth": 1.0, "alpha": 0.7}
        axes.hlines(part[y], part[f"{x}_low"], part[f"{x}_high"], **pen)
        axes.vlines(part[x], part[f"{y}_low"], part[f"{y}_high"], **pen)
        mark: dict[str, Any] = {
            "color": look.colour,
            "mfc": look.fill,
            "ms": look.size,
            "zorder": 3,
        }
        axes.plot(part[x], part[y], look.marker, linestyle="", **mark)
        legend.append(
            style.key(look.name, look.marker, look.colour, fill=look.fill, size=look.size)
        )
    return legend


def interval_lines(drawn: pd.DataFrame, x: str, y: str) -> NDArray[np.float64]:
    """List the intervals, which a label should not lie on, as x, y, x, y."""
    across = drawn[[f"{x}_low", y, f"{x}_high", y]].dropna().to_numpy()
    along = drawn[[x, f"{y}_low", x, f"{y}_high"]].dropna().to_numpy()
    return np.vstack([across, along]).astype(np.float64)


def write_key(axes: Axes, names: list[str]) -> list[str]:
    """Write names beside the axes, numbered; return the numbers, to stand at the marks."""
    key = "\n".join(f"{number} {name}" for number, name in enumerate(names, start=1))
    axes.text(1.02, 1, key, transform=axes.transAxes, va="top", size=style.SMALL, linespacing=1.25)
    return [str(number) for number in range(1, len(names) + 1)]
