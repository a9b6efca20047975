"""What a run shows: its figures by name, in the order of the report, and the tables they draw."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Figure:
    """A figure of a run.

    Attributes
    ----------
    title
        For people.
    tables
        Names in `divergent_bench.tables.TABLES` of what it is drawn from.
    varies
        A factor without which there is nothing to draw; empty where there always is.
    """

    title: str
    tables: tuple[str, ...]
    varies: str = ""


FIGURES: Final = {
    "ranking": Figure("Means and their intervals", ("scores", "summary")),
    "distributions": Figure("Distributions", ("scores", "summary")),
}


def figures_of(varied: Collection[str]) -> dict[str, Figure]:
    """Return the figures of a run whose grid has several levels of the factors `varied`."""
    return {
        name: figure
        for name, figure in FIGURES.items()
        if not figure.varies or figure.varies in varied
    }
