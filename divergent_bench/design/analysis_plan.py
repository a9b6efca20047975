"""What was planned to be tested before the answers were seen. Standard library only."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, get_args

from divergent_bench.base.analysis_names import (
    DEFAULT_DECIDER,
    DEFAULT_TESTS,
    Decider,
    Factor,
    StatisticalTest,
)

FACTORS: Final[tuple[str, ...]] = get_args(Factor)
TESTS: Final[tuple[str, ...]] = get_args(StatisticalTest)
# Those of them that other code asks for.
OMNIBUS: Final = "kruskal_wallis"
RANKS: Final = "mann_whitney"
PERMUTATION: Final = "permutation"
CLIFFS_DELTA: Final = "cliffs_delta"
HEDGES_G: Final = "hedges_g"
EQUIVALENCE: Final = "equivalence"
SCORABILITY: Final = "scorability"
# What `tests.csv` has beside them: of every pair, and of temperatures.
DIFFERENCE: Final = "mean_difference"
INTERACTION: Final = "interaction"
CROSSING: Final = "crossing"
SIMPLE_EFFECT: Final = "simple_effect"
WORST_CASE: Final = "worst_case"
LOGICAL_BOUNDS: Final = "logical_bounds"
TREND: Final = "trend"
# The standing of a test.
CONFIRMATORY: Final = "confirmatory"
EXPLORATORY: Final = "exploratory"
DESCRIPTIVE: Final = "descriptive"  # never has a p
ALPHA: Final = 0.05


@dataclass(frozen=True)
class Contrast:
    """Two levels of a factor that are compared, by their labels in the tables."""

    factor: str
    a: str
    b: str


@dataclass(frozen=True)
class Plan:
    """The plan of analysis.

    `primary` are the confirmatory contrasts; all else is exploratory.
    """

    tests: tuple[str, ...] = DEFAULT_TESTS
    factors: tuple[str, ...] = FACTORS  # along which levels are compared
    primary: tuple[Contrast, ...] = ()
    margin: float = 1.0  # points within which two means count as equivalent, above 0
    decided_by: Decider = DEFAULT_DECIDER

    @property
    def deciding(self) -> str | None:
        """The test that decides whether a pair differs; None where no test was asked for."""
        if not self.tests:
            return None
        return DIFFERENCE if self.decided_by == "mean" else self.decided_by

    def to_json(self) -> str:
        """Write the plan as JSON, as it travels to a script."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """Read what `to_json` wrote."""
        values: Mapping[str, Any] = json.loads(text)
        return cls(
            tests=tuple(values["tests"]),
            factors=tuple(values["factors"]),
            primary=tuple(Contrast(**each) for each in values["primary"]),
            margin=float(values["margin"]),
            decided_by=values["decided_by"],
        )
