"""Pictures of a run. The only importers of matplotlib; no pyplot, so no state and no display."""

from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from divergent_bench.reporting import figure_catalogue
from divergent_bench.reporting.figures.cost import draw_cost
from divergent_bench.reporting.figures.distributions import draw_distributions
from divergent_bench.reporting.figures.pairwise import draw_pairwise
from divergent_bench.reporting.figures.ranking import draw_ranking
from divergent_bench.reporting.figures.rarefaction import draw_rarefaction
from divergent_bench.reporting.figures.scorability import draw_scorability
from divergent_bench.reporting.figures.strategies import draw_strategies
from divergent_bench.reporting.figures.style import save
from divergent_bench.reporting.figures.temperatures import draw_temperatures
from divergent_bench.reporting.figures.variance import draw_variance_shares
from divergent_bench.reporting.figures.word_map import draw_word_map
from divergent_bench.reporting.figures.words import draw_words

# By the names in `reporting.figure_catalogue`; the parameters are the names of its tables.
FIGURES: Final[dict[str, Callable[..., Figure]]] = {
    "ranking": draw_ranking,
    "distributions": draw_distributions,
    "pairwise": draw_pairwise,
    "strategies": draw_strategies,
    "temperatures": draw_temperatures,
    "scorability": draw_scorability,
    "variance_shares": draw_variance_shares,
    "rarefaction": draw_rarefaction,
    "words": draw_words,
    "word_map": draw_word_map,
    "cost": draw_cost,
}

__all__ = ["FIGURES", "draw", "save"]


def draw(name: str, tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the figure called `name` from those of the tables that it needs."""
    needed = figure_catalogue.FIGURES[name].tables
    return FIGURES[name](**{table: tables[table] for table in needed})
