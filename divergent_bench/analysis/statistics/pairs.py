"""Two levels of a factor: the rows of the table of tests about them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from divergent_bench.analysis.statistics.effects import UNDEFINED, Effect, cliffs_delta, hedges_g
from divergent_bench.analysis.statistics.intervals import LEVEL
from divergent_bench.analysis.statistics.means import Difference, mean_difference
from divergent_bench.analysis.statistics.permutation import MOST_UNITS, permute
from divergent_bench.analysis.statistics.ranks import rank_sum
from divergent_bench.analysis.statistics.scorability import (
    compare_scorable,
    risk_difference,
    worst_case,
)
from divergent_bench.analysis.statistics.strata import Group, Groups, Matched, Units, match
from divergent_bench.analysis.tables.facts import (
    Computation,
    LeftOut,
    Omission,
    Unit,
    encode_left_out,
)
from divergent_bench.design.analysis_plan import (
    CLIFFS_DELTA,
    DESCRIPTIVE,
    DIFFERENCE,
    EQUIVALENCE,
    HEDGES_G,
    PERMUTATION,
    RANKS,
    SCORABILITY,
    WORST_CASE,
    Plan,
)

_EQUIVALENCE_LEVEL: Final = 0.90  # of the interval that two tests at 5 % amount to

Row = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """Two of the groups, and what their comparison needs to know."""

    groups: Groups
    a: Group
    b: Group
    margin: float  # of equivalence, in points
    lowest: float  # in points; a missing score lies between it
    highest: float  # and this

    @cached_property
    def scored(self) -> Matched:
        """The groups where both have scorable answers."""
        return match(self.groups, self.a, self.b, lambda group: group.scorable)

    @cached_property
    def asked(self) -> Matched:
        """The groups where both have answers."""
        return match(self.groups, self.a, self.b, lambda group: group.answers)

    @cached_property
    def degenerate(self) -> list[LeftOut]:
        """The groups that have too few lists for a test of scores."""
        return [
            LeftOut(self.groups.factor, group.name, group.degenerate)
            for group in (self.scored.a, self.scored.b)
            if group.degenerate
        ]

    @cached_property
    def difference(self) -> Difference:
        """The difference of means; undefined where a group has no score."""
        a, b = self.scored.a.given, self.scored.b.given
        if not (a.n_unique and b.n_unique):
            return Difference(np.nan, np.nan, np.nan)
        return mean_difference(a, b)

    @cached_property
    def units(self) -> tuple[Units, Units]:
        """The scored lists of both, each counted once."""
        return self.scored.a.given.units(), self.scored.b.given.units()

    @property
    def asked_both(self) -> bool:
        """Whether both groups have answers."""
        return bool(self.asked.a.answers.any() and self.asked.b.answers.any())

    @property
    def uncertain(self) -> Omission | None:
        """Why the difference of means has no standard error; None if it has."""
        if self.degenerate:
            return Omission.DEGENERATE
        if not np.isnan(self.difference.se):
            return None
        a, b = self.scored.a.given, self.scored.b.given
        many = a.n_unique > a.n_strata and b.n_unique > b.n_strata
        return Omission.NO_VARIATION if many else Omission.SINGLE_LISTS


def pair_rows(pair: Pair, plan: Plan) -> list[Row]:
    """Compare two groups in every way that a plan names, as rows of the table ``tests``.

    A row has a ``role`` only where it is descriptive.
    """
    on_scores = [test for test in plan.tests if test in _ON_SCORES]
    on_answers = [SCORABILITY] if SCORABILITY in plan.tests else []
    asked = (pair.asked.a, pair.asked.b)
    if pair.asked_both and any((group.answers > group.scorable).any() for group in asked):
        on_answers.append(WORST_CASE)
    return [
        *(_row(pair, pair.scored, test, _ON_SCORES[test]) for test in [*on_scores, DIFFERENCE]),
        *(_row(pair, pair.asked, test, _ON_ANSWERS[test]) for test in on_answers),
    ]


def pooling(confounders: Sequence[str]) -> Row:
    """Return the columns that say whether a row compares across strata."""
    return {"pooled": bool(confounders), "confounded_with": "|".join(confounders) or None}


def _row(pair: Pair, matched: Matched, test: str, compare: Callable[[Pair], Row]) -> Row:
    a, b, unmatched, confounders = matched
    n_a, n_b = (g.answers if matched is pair.asked else g.scorable for g in (a, b))
    row: Row = {
        "test": test,
        "factor": pair.groups.factor,
        "group_a": a.name,
        "group_b": b.name,
        "n_a": n_a.sum(),
        "n_b": n_b.sum(),
        "n_unique_a": a.given.n_unique,
        "n_unique_b": b.given.n_unique,
        "n_strata": a.given.n_strata,
        "n_unmatched_a": unmatched[0],
        "n_unmatched_b": unmatched[1],
        **pooling(confounders),
        **compare(pair),
    }
    if row.get("reason") is Omission.DEGENERATE:
        row["left_out"] = encode_left_out(pair.degenerate)
    return row


def _mann_whitney(pair: Pair) -> Row:
    row: Row = {"effect_name": "cliffs_delta"}
    if pair.degenerate:
        return row | {"reason": Omission.DEGENERATE}
    test = rank_sum(*pair.units)
    if test is None:
        return row | {"reason": Omission.APART}
    return row | _in_ranks(pair) | _tested(test.name, test.statistic, test.p)


def _cliffs_delta(pair: Pair) -> Row:
    row: Row = {"effect_name": "cliffs_delta", "role": DESCRIPTIVE}
    return row | ({"reason": Omission.DEGENERATE} if pair.degenerate else _in_ranks(pair))


def _in_ranks(pair: Pair) -> Row:
    a, b = pair.units
    effect = cliffs_delta(a, b)
    known = {"reason": Omission.APART} if effect is UNDEFINED else {"unit": Unit.LIST}
    return _columns(effect) | known | {"n_strata": len(np.intersect1d(a.strata, b.strata))}


def _mean_difference(pair: Pair) -> Row:
    clustered = {"role": DESCRIPTIVE, "unit": Unit.CLUSTERED, "reason": pair.uncertain}
    return _difference(pair) | clustered


def _permutation(pair: Pair) -> Row:
    row = _difference(pair)
    if pair.degenerate:
        return row | {"reason": Omission.DEGENERATE}
    if sum(len(units.scores) for units in pair.units) > MOST_UNITS:
        if pair.uncertain:
            return row | {"reason": pair.uncertain}
        how = {"unit": Unit.CLUSTERED, "computation": Computation.T}
        return row | _tested("t", *pair.difference.t_test()) | how
    # From the name that comes first, so that a against b is b against a.
    turned = pair.b.name < pair.a.name
    test = permute(*reversed(pair.units)) if turned else permute(*pair.units)
    if test is None:
        return row | {"reason": Omission.SINGLE_LISTS}
    how = {"unit": Unit.LIST, "computation": Computation.ALL if test.exact else Computation.RANDOM}
    return row | _tested("t", -test.t if turned else test.t, test.p) | how


def _equivalence(pair: Pair) -> Row:
    row = _difference(pair, _EQUIVALENCE_LEVEL) | {"margin": pair.margin}
    if pair.uncertain:
        return row | {"reason": pair.uncertain}
    tested = _tested("t", *pair.difference.equivalence(pair.margin))
    return row | tested | {"unit": Unit.CLUSTERED}


def _hedges_g(pair: Pair) -> Row:
    row: Row = {"effect_name": "hedges_g", "role": DESCRIPTIVE}
    if pair.uncertain:
        return row | {"reason": pair.uncertain}
    effect = hedges_g(pair.scored.a.given, pair.scored.b.given, pair.difference)
    too_few = Omission.TOO_FEW_LISTS if effect is UNDEFINED else None
    return row | _columns(effect) | {"unit": Unit.CLUSTERED, "reason": too_few}


def _scorability(pair: Pair) -> Row:
    a, b = pair.asked.a, pair.asked.b
    row: Row = {"effect_name": "risk_difference"}
    if not pair.asked_both:
        return row | {"reason": Omission.NO_ANSWER}
    test = compare_scorable(a, b)
    if test is None:
        alike = Omission.ALL_SCORABLE if a.scorable.any() else Omission.NONE_SCORABLE
        return row | {"effect": 0.0, "reason": alike}
    tested = _tested("odds_ratio", test.odds_ratio, test.p)
    return row | _columns(risk_difference(a, b)) | tested | {"unit": Unit.ANSWER}


def _worst_case(pair: Pair) -> Row:
    low, high = worst_case(pair.asked.a, pair.asked.b, pair.lowest, pair.highest)
    return {
        "role": DESCRIPTIVE,
        "effect_name": DIFFERENCE,
        "effect_low": low,
        "effect_high": high,
        "assumed_low": pair.lowest,
        "assumed_high": pair.highest,
        "unit": Unit.ANSWER,
    }


def _difference(pair: Pair, level: float = LEVEL) -> Row:
    effect = Effect(pair.difference.value, *pair.difference.interval(level))
    return {"effect_name": DIFFERENCE, **_columns(effect)}


def _columns(effect: Effect) -> Row:
    return {"effect": effect.value, "effect_low": effect.low, "effect_high": effect.high}


def _tested(name: str, statistic: float, p: float) -> Row:
    return {"statistic_name": name, "statistic": statistic, "p": p}


_ON_SCORES: Final[Mapping[str, Callable[[Pair], Row]]] = {
    RANKS: _mann_whitney,
    PERMUTATION: _permutation,
    CLIFFS_DELTA: _cliffs_delta,
    HEDGES_G: _hedges_g,
    EQUIVALENCE: _equivalence,
    DIFFERENCE: _mean_difference,
}
_ON_ANSWERS: Final[Mapping[str, Callable[[Pair], Row]]] = {
    SCORABILITY: _scorability,
    WORST_CASE: _worst_case,
}
