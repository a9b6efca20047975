"""What was planned to be tested before the answers were seen. Standard library only."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, get_args

from divergent_bench.base.analysis_names import DEFAULT_TESTS, Factor, StatisticalTest

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
# What `tests.csv` has beside them of every pair: two measures, and the standing of a test.
DIFFERENCE: Final = "mean_difference"
WORST_CASE: Final = "worst_case"
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

    `primary` are the confirmatory contrasts. Where none is named, the omnibus tests are
    confirmatory; all else is exploratory.
    """

    tests: tuple[str, ...] = DEFAULT_TESTS
    factors: tuple[str, ...] = FACTORS  # along which levels are compared
    primary: tuple[Contrast, ...] = ()
    margin: float = 1.0  # points within which two means count as equivalent, above 0

    @property
    def deciding(self) -> str | None:
        """The test that decides whether a pair differs, if any; the other is a check of it."""
        return next((test for test in self.tests if test in (RANKS, PERMUTATION)), None)

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
        )
