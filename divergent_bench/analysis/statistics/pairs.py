"""Two levels of a factor: the rows of the table of tests about them."""

from collections.abc import Callable, Mapping
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

UNIT: Final = "unit: unique list"
_CLUSTERED: Final = "unit: answer, clustered by unique list"
_EQUIVALENCE_LEVEL: Final = 0.90  # of the interval that two tests at 5 % amount to
_APART: Final = "no condition has lists of both groups once each list is counted once"
_TOO_FEW: Final = "a group has a single list in each condition"

Row = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """Two groups, and what their comparison needs to know.

    Attributes
    ----------
    groups
        Where `a` and `b` are from.
    a, b
        The groups.
    margin
        Of equivalence, in points.
    lowest, highest
        Between which a missing score may lie, in points.
    """

    groups: Groups
    a: Group
    b: Group
    margin: float
    lowest: float
    highest: float

    @cached_property
    def scored(self) -> Matched:
        """The groups where both have scorable answers."""
        return match(self.groups, self.a, self.b, "scorable")

    @cached_property
    def asked(self) -> Matched:
        """The groups where both have answers."""
        return match(self.groups, self.a, self.b, "answers")

    @cached_property
    def degenerate(self) -> str:
        """Why scores cannot be tested; empty if they can."""
        return note(self.scored.a.degenerate, self.scored.b.degenerate)

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
    def unscorable(self) -> int:
        """Number of answers without a score."""
        groups = (self.asked.a, self.asked.b)
        return int(sum((group.answers - group.scorable).sum() for group in groups))

    @property
    def uncertain(self) -> str:
        """Why the difference of means has no standard error; empty if it has."""
        if self.degenerate or not np.isnan(self.difference.se):
            return self.degenerate
        a, b = self.scored.a.given, self.scored.b.given
        many = a.n_unique > a.n_strata and b.n_unique > b.n_strata
        return "no variation in either group" if many else _TOO_FEW


def pair_rows(pair: Pair, plan: Plan) -> list[Row]:
    """Compare two groups in every way that a plan names.

    Returns
    -------
    list of dict
        Columns of `divergent_bench.analysis.tables.TESTS`; ``role`` only where it is descriptive.
    """
    on_scores = [test for test in plan.tests if test in _ON_SCORES]
    on_answers = [SCORABILITY] if SCORABILITY in plan.tests else []
    if pair.asked_both and pair.unscorable:
        on_answers.append(WORST_CASE)
    return [
        *(_row(pair, pair.scored, test, _ON_SCORES[test]) for test in [*on_scores, DIFFERENCE]),
        *(_row(pair, pair.asked, test, _ON_ANSWERS[test]) for test in on_answers),
    ]


def note(*parts: str) -> str:
    """Join what there is to say."""
    return "; ".join(part for part in parts if part)


def _row(pair: Pair, matched: Matched, test: str, compare: Callable[[Pair], Row]) -> Row:
    a, b, caveat = matched
    row = {
        "test": test,
        "group_a": a.name,
        "group_b": b.name,
        "n_a": a.scorable.sum(),
        "n_b": b.scorable.sum(),
        "n_unique_a": a.given.n_unique,
        "n_unique_b": b.given.n_unique,
        "n_strata": a.given.n_strata,
    } | compare(pair)
    return row | {"note": note(row["note"], caveat)}


def _mann_whitney(pair: Pair) -> Row:
    row: Row = {"effect_name": "cliffs_delta"}
    if pair.degenerate:
        return row | {"note": note("not tested", pair.degenerate)}
    a, b = pair.units
    test = rank_sum(a, b)
    if test is None:
        return row | {"note": note("not tested", _APART)}
    return row | _in_ranks(pair) | _tested(test.name, test.statistic, test.p)


def _cliffs_delta(pair: Pair) -> Row:
    row: Row = {"effect_name": "cliffs_delta", "role": DESCRIPTIVE}
    return row | ({"note": pair.degenerate} if pair.degenerate else _in_ranks(pair))


def _in_ranks(pair: Pair) -> Row:
    a, b = pair.units
    effect = cliffs_delta(a, b)
    return _columns(effect) | {
        "n_strata": len(np.intersect1d(a.strata, b.strata)),
        "note": _APART if effect is UNDEFINED else UNIT,
    }


def _mean_difference(pair: Pair) -> Row:
    return _difference(pair) | {"role": DESCRIPTIVE, "note": note(_CLUSTERED, pair.uncertain)}


def _permutation(pair: Pair) -> Row:
    row = _difference(pair)
    if pair.degenerate:
        return row | {"note": note("not tested", pair.degenerate)}
    if sum(len(units.scores) for units in pair.units) > MOST_UNITS:
        if pair.uncertain:
            return row | {"note": note("not tested", pair.uncertain)}
        statistic, p = pair.difference.t_test()
        return (
            row
            | _tested("t", statistic, p)
            | {"note": note(_CLUSTERED, "large sample: t distribution")}
        )
    # From the name that comes first, so that a against b is b against a.
    turned = pair.b.name < pair.a.name
    test = permute(*reversed(pair.units)) if turned else permute(*pair.units)
    if test is None:
        return row | {"note": note("not tested", _TOO_FEW)}
    how = "all permutations" if test.exact else ""
    return row | _tested("t", -test.t if turned else test.t, test.p) | {"note": note(UNIT, how)}


def _equivalence(pair: Pair) -> Row:
    row = _difference(pair, _EQUIVALENCE_LEVEL)
    margin = f"margin: {pair.margin:g} point{'' if pair.margin == 1 else 's'}"
    if pair.uncertain:
        return row | {"note": note("not tested", pair.uncertain, margin)}
    return (
        row
        | _tested("t", *pair.difference.equivalence(pair.margin))
        | {"note": note(_CLUSTERED, margin)}
    )


def _hedges_g(pair: Pair) -> Row:
    row: Row = {"effect_name": "hedges_g", "role": DESCRIPTIVE}
    if pair.uncertain:
        return row | {"note": pair.uncertain}
    effect = hedges_g(pair.scored.a.given, pair.scored.b.given, pair.difference)
    too_few = "too few lists for a standard deviation" if effect is UNDEFINED else ""
    return row | _columns(effect) | {"note": note(_CLUSTERED, too_few)}


def _scorability(pair: Pair) -> Row:
    a, b, _ = pair.asked
    row: Row = {"n_a": a.answers.sum(), "n_b": b.answers.sum(), "effect_name": "risk_difference"}
    if not pair.asked_both:
        return row | {"note": "not tested: a group has no answer"}
    test = compare_scorable(a, b)
    if test is None:
        share = "every" if a.scorable.any() else "no"
        return row | {"effect": 0.0, "note": f"not tested: {share} answer was scorable"}
    return (
        row
        | _columns(risk_difference(a, b))
        | _tested("odds_ratio", test.odds_ratio, test.p)
        | {"note": "unit: answer"}
    )


def _worst_case(pair: Pair) -> Row:
    a, b, _ = pair.asked
    low, high = worst_case(a, b, pair.lowest, pair.highest)
    return {
        "n_a": a.answers.sum(),
        "n_b": b.answers.sum(),
        "role": DESCRIPTIVE,
        "effect_name": DIFFERENCE,
        "effect_low": low,
        "effect_high": high,
        "note": f"bounds: missing scores between {pair.lowest:.1f} and {pair.highest:.1f}",
    }


def _difference(pair: Pair, level: float = LEVEL) -> Row:
    low, high = pair.difference.interval(level)
    value = pair.difference.value
    return {"effect_name": DIFFERENCE, "effect": value, "effect_low": low, "effect_high": high}


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
