"""The tests and factors of an analysis, by the names that configs and tables use."""

from typing import Literal

StatisticalTest = Literal[
    "kruskal_wallis",
    "mann_whitney",
    "permutation",
    "cliffs_delta",
    "hedges_g",
    "equivalence",
    "scorability",
]
Factor = Literal["model", "strategy", "temperature"]
DEFAULT_TESTS: tuple[StatisticalTest, ...] = (
    "kruskal_wallis",
    "mann_whitney",
    "hedges_g",
    "scorability",
)
