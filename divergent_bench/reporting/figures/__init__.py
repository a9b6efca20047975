"""Pictures of a run. The only importers of matplotlib; no pyplot, so no state and no display.

A figure NAME of `reporting.figure_catalogue` is drawn by `draw_NAME` of the module NAME here, whose
parameters are the names of its tables.
"""

from collections.abc import Callable, Mapping
from importlib import import_module

import pandas as pd
from matplotlib.figure import Figure

from divergent_bench.reporting.figure_catalogue import FIGURES
from divergent_bench.reporting.figures.style import save

__all__ = ["draw", "drawer", "save"]


def drawer(name: str) -> Callable[..., Figure]:
    """Return the function that draws the figure called `name`."""
    found: Callable[..., Figure] = getattr(import_module(f"{__name__}.{name}"), f"draw_{name}")
    return found


def draw(name: str, tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the figure called `name` from those of the tables that it needs."""
    return drawer(name)(**{table: tables[table] for table in FIGURES[name].tables})
