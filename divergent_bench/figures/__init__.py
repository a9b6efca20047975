"""Pictures of a run. The only importers of matplotlib; no pyplot, so no state and no display."""

from collections.abc import Callable
from typing import Final

from matplotlib.figure import Figure

from divergent_bench.figures.distributions import draw_distributions
from divergent_bench.figures.ranking import draw_ranking
from divergent_bench.figures.style import save

# By the names of `divergent_bench.exhibits.FIGURES`; the parameters are the names of its tables.
FIGURES: Final[dict[str, Callable[..., Figure]]] = {
    "ranking": draw_ranking,
    "distributions": draw_distributions,
}

__all__ = ["FIGURES", "save"]
