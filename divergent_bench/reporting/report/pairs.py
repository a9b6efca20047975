"""What the table of tests says of each pair of levels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from divergent_bench.design.analysis_plan import (
    ALPHA,
    CLIFFS_DELTA,
    DIFFERENCE,
    EQUIVALENCE,
    RANKS,
    Plan,
)
from divergent_bench.reporting.report.wording import Row, missing

_EFFECT: Final = ("effect", "effect_low", "effect_high")


@dataclass(frozen=True)
class PairResult:
    """What the tests say of two levels of a factor."""

    factor: str
    a: str
    b: str
    rows: Mapping[str, Row]  # of the table of tests, by their test
    deciding: str | None  # the test that decides whether the two differ, if one was asked for
    planned: bool

    @property
    def decision(self) -> Row | None:
        """The row of the deciding test, if there is one."""
        return self.rows.get(self.deciding) if self.deciding else None

    @property
    def tested(self) -> bool:
        """Whether the deciding test gave a p value."""
        return not missing(self.p)

    @property
    def p(self) -> float:
        """The adjusted p value of the deciding test; NaN where there is none."""
        return float(self.decision["p_adjusted"]) if self.decision else float("nan")

    @property
    def differs(self) -> bool:
        """Whether the deciding test shows a difference, after adjustment."""
        return self.p < ALPHA

    @property
    def pooled(self) -> bool:
        """Whether the two were compared across conditions that differ."""
        return self.decision is not None and bool(self.decision["pooled"])

    def shows(self, test: str) -> bool:
        """Tell whether a test was made and is significant after adjustment."""
        return test in self.rows and bool(self.rows[test]["p_adjusted"] < ALPHA)

    @property
    def equivalent(self) -> bool:
        """Whether the test of equivalence shows that the means lie within the margin."""
        return self.shows(EQUIVALENCE)

    @property
    def higher(self) -> str:
        """The level that the deciding test points to; means nothing unless the two differ."""
        return self.a if self.decision and self.decision["effect"] > 0 else self.b

    @property
    def lower(self) -> str:
        """The other level."""
        return self.other(self.higher)

    def verdict(self, a: str, b: str) -> str:
        """Say in a word or two what the tests show, with `a` and `b` as names of the levels."""
        if not self.tested:
            return "not tested"
        higher = a if self.higher == self.a else b
        said = f"{higher} higher" if self.differs else "not shown to differ"
        return f"{said}, equivalent" if self.equivalent else said

    def other(self, level: str) -> str:
        """Return the level that is compared with this one."""
        return self.b if level == self.a else self.a

    def points(self, first: str) -> tuple[float, float, float]:
        """Return the difference of means in points, `first` minus the other, and its interval."""
        return self.measure(DIFFERENCE, first)

    def delta(self, first: str) -> tuple[float, float, float]:
        """Return Cliff's delta and its interval, whichever test gave it."""
        given = next((test for test in (RANKS, CLIFFS_DELTA) if test in self.rows), "")
        return self.measure(given, first)

    def measure(self, test: str, first: str) -> tuple[float, float, float]:
        """Return the effect of a row and its interval, positive where `first` is higher."""
        row = self.rows.get(test, {})
        value, low, high = (row.get(key, float("nan")) for key in _EFFECT)
        return (value, low, high) if first == self.a else (-value, -high, -low)


def pairs(tests: pd.DataFrame, plan: Plan) -> list[PairResult]:
    """Gather the rows of the table of tests by pair, in the order of the table."""
    found: dict[tuple[str, str, str], dict[str, Row]] = {}
    for row in tests[tests["group_b"].notna()].to_dict("records"):
        key = (row["factor"], row["group_a"], row["group_b"])
        found.setdefault(key, {})[row["test"]] = row
    planned = {(each.factor, frozenset((each.a, each.b))) for each in plan.primary}
    return [
        PairResult(factor, a, b, rows, plan.deciding, (factor, frozenset((a, b))) in planned)
        for (factor, a, b), rows in found.items()
    ]
