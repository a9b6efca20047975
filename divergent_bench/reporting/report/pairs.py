"""What the table of tests says of each pair of levels."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from divergent_bench.analysis.tables import rows_of
from divergent_bench.design.analysis_plan import (
    ALPHA,
    CROSSING,
    DIFFERENCE,
    EQUIVALENCE,
    RANKS,
    SIMPLE_EFFECT,
    Plan,
)
from divergent_bench.reporting.report import markdown
from divergent_bench.reporting.report.wording import Row, missing

_EFFECT: Final = ("effect", "effect_low", "effect_high")
_MIDDLE: Final = {"probability_of_superiority": 0.5}  # of effects that are not 0 there
_IN_WORDS: Final = {"strategy": "prompt"}  # what sentences call a factor


@dataclass(frozen=True)
class PairResult:
    """What the tests say of two levels of a factor in one space."""

    factor: str
    a: str
    b: str
    rows: Mapping[str, Row]  # of the table of tests, by their test
    deciding: str | None  # the test that decides whether the two differ, if one was asked for
    planned: bool
    simple: Sequence[Row] = field(default_factory=list)  # the difference in each cell

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
    def depends(self) -> bool:
        """Whether the difference changes its sign from cell to cell."""
        return self.shows(CROSSING)

    @property
    def dependence(self) -> str:
        """What the sign of the difference depends on: ``depends on the prompt``."""
        differ = [_in_words(name) for name in self._depends_on]
        if len(differ) == 1:
            return f"depends on the {differ[0]}"
        return f"depends on the combination of {' and '.join(differ) or 'the other factors'}"

    @property
    def _depends_on(self) -> list[str]:
        cells = [json.loads(row["within"]) for row in self.simple]
        names = dict.fromkeys(name for cell in cells for name in cell)
        return [name for name in names if len({cell.get(name) for cell in cells}) > 1]

    def cell_in_words(self, row: Row) -> str:
        """Name the cell of a simple effect by what tells it from the others: ``prompt none``."""
        labels = json.loads(row["within"])
        named = (f"{_in_words(x)} {labels[x]}" for x in self._depends_on if x in labels)
        return markdown.escape(", ".join(named))

    @property
    def differs(self) -> bool:
        """Whether the deciding test shows a difference that has one sign."""
        return self.p <= ALPHA and not self.depends

    @property
    def pooled(self) -> bool:
        """Whether the two were compared across conditions that differ."""
        return self.decision is not None and bool(self.decision["pooled"])

    def shows(self, test: str) -> bool:
        """Tell whether a test was made and is significant after adjustment."""
        return test in self.rows and bool(self.rows[test]["p_adjusted"] <= ALPHA)

    @property
    def equivalent(self) -> bool:
        """Whether the test of equivalence shows that the means lie within the margin."""
        return self.shows(EQUIVALENCE)

    @property
    def higher(self) -> str:
        """The level that the deciding test points to; means nothing unless the two differ."""
        return self.a if self.decision is not None and _sign(self.decision) > 0 else self.b

    @property
    def lower(self) -> str:
        """The other level."""
        return self.other(self.higher)

    @property
    def disagreement(self) -> Row | None:
        """The row of ranks, or of means, that points the other way than the one that decides."""
        beside = self.rows.get(DIFFERENCE if self.deciding == RANKS else RANKS)
        if self.decision is None or beside is None or missing(beside["effect"]):
            return None
        return beside if _sign(beside) * _sign(self.decision) < 0 else None

    def verdict(self, a: str, b: str) -> str:
        """Say in a word or two what the tests show, with `a` and `b` as names of the levels."""
        if not self.tested:
            return "not tested"
        if self.depends:
            return self.dependence
        higher = a if self.higher == self.a else b
        said = f"{higher} higher" if self.differs else "not shown to differ"
        return f"{said}, equivalent" if self.equivalent else said

    def other(self, level: str) -> str:
        """Return the level that is compared with this one."""
        return self.b if level == self.a else self.a

    def in_cells(self, first: str) -> list[tuple[Row, float, float, float]]:
        """Return the simple effects, `first` minus the other, with their intervals; largest first.

        In points, each with its row.
        """
        turned = [(row, *_turned(row, first == self.a)) for row in self.simple]
        return sorted(turned, key=lambda cell: -cell[1])

    def points(self, first: str) -> tuple[float, float, float]:
        """Return the difference of means in points, `first` minus the other, and its interval."""
        return self.measure(DIFFERENCE, first)

    def measure(self, test: str, first: str) -> tuple[float, float, float]:
        """Return the effect of a row and its interval, larger where `first` is higher."""
        return _turned(self.rows.get(test, {}), first == self.a)


def pairs(tests: pd.DataFrame, plan: Plan) -> list[PairResult]:
    """Gather the rows of the tests in one space by pair, in the order of the table."""
    found: dict[tuple[str, str, str], dict[str, Row]] = {}
    simple: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows_of(tests[tests["group_b"].notna()]):
        key = (row["factor"], row["group_a"], row["group_b"])
        if row["test"] == SIMPLE_EFFECT:
            simple.setdefault(key, []).append(row)
        else:
            found.setdefault(key, {})[row["test"]] = row
    planned = {(each.factor, frozenset((each.a, each.b))) for each in plan.primary}
    return [
        PairResult(
            *key,
            rows,
            plan.deciding,
            (key[0], frozenset(key[1:])) in planned,
            simple.get(key, []),
        )
        for key, rows in found.items()
    ]


def _in_words(factor: str) -> str:
    """Name a factor, or the wording, as a setting in which others are compared."""
    return _IN_WORDS.get(factor, factor)


def _turned(row: Row, as_it_is: bool) -> tuple[float, float, float]:
    """Return the effect of a row and its interval, of the second level where not as it is."""
    value, low, high = (float(row.get(key, float("nan"))) for key in _EFFECT)
    if as_it_is:
        return value, low, high
    twice = 2 * _MIDDLE.get(row.get("effect_name", ""), 0.0)
    return twice - value, twice - high, twice - low


def _sign(row: Row) -> float:
    effect = float(row["effect"])
    return 0.0 if missing(effect) else effect - _MIDDLE.get(row["effect_name"], 0.0)
