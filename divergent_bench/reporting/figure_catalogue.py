"""What a run shows: its figures by name, in the order of the report, and the tables they draw.

`figures/NAME.py` draws the figure called NAME; ``workflow/report/NAME.rst`` is its caption.
"""

from collections.abc import Set
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Figure:
    """A figure of a run."""

    title: str
    tables: tuple[str, ...]  # names in `analysis.tables.TABLES` of what it is drawn from
    varies: tuple[str, ...] = ()  # it is drawn where one of these factors has several levels
    of_people: bool = False  # it is drawn where models and people are in the run
    gated: bool = False  # it is drawn where a task says what scores have to be above to count


_FACTORS: Final = ("model", "strategy", "temperature")
FIGURES: Final = {
    "ranking": Figure("Means and their intervals", ("scores", "summary", "tests")),
    "distributions": Figure("Distributions", ("scores", "summary")),
    "pairwise": Figure("Differences between pairs", ("tests",), ("model",)),
    "people": Figure("Models against people", ("people",), of_people=True),
    "strategies": Figure("Strategies and models", ("scores",), ("strategy",)),
    "temperatures": Figure("Response to temperature", ("scores", "summary"), ("temperature",)),
    "scorability": Figure("How many answers could be scored", ("scores", "summary")),
    "variance_shares": Figure("Sources of variance", ("variance",), _FACTORS),
    "rarefaction": Figure("Distinct words against lists", ("rarefaction", "scores")),
    "variety": Figure("Score and variety of the lists", ("scores", "diversity")),
    "rarity": Figure("Score and rarity of the words", ("scores", "words")),
    "words": Figure("Words and models", ("words",)),
    "kinds": Figure("What kinds of things are named", ("words",)),
    "frontier": Figure("Score and gate", ("frontier",), gated=True),
    "cost": Figure("Cost and score", ("scores",), ("model",)),
}
PORTRAYED: Final = frozenset({"scores", "summary", "diversity"})  # tables of the page of a model


def figures_of(varied: Set[str], *, people: bool = False, gate: bool = False) -> dict[str, Figure]:
    """Return the figures of a task whose grid has several levels of the factors `varied`.

    `people` tells whether models and people are in it, `gate` whether the task has one.
    """
    return {
        name: figure
        for name, figure in FIGURES.items()
        if (not figure.varies or not varied.isdisjoint(figure.varies))
        and (people or not figure.of_people)
        and (gate or not figure.gated)
    }
