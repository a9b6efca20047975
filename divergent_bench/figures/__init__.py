"""Pictures of a run. The only importers of matplotlib; no pyplot, so no state and no display."""

from divergent_bench.figures.distributions import plot_distributions
from divergent_bench.figures.ranking import plot_ranking
from divergent_bench.figures.strategy_temperature import plot_strategy_temperature

FIGURES = {
    "ranking": plot_ranking,
    "distributions": plot_distributions,
    "strategy_temperature": plot_strategy_temperature,
}

__all__ = ["FIGURES", "plot_distributions", "plot_ranking", "plot_strategy_temperature"]
