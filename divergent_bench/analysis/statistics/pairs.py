"""Two levels of a factor: the rows of the table of tests about them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from divergent_bench.analysis.statistics.cells import (
    STIMULI,
    Cells,
    Level,
    Matched,
    by_wording,
    match,
)
from divergent_bench.analysis.statistics.decision import Decision, decide
from divergent_bench.analysis.statistics.effects import (
    UNDEFINED,
    Effect,
    cliffs_delta,
    hedges_g,
    superiority,
)
from divergent_bench.analysis.statistics.estimates import (
    Estimate,
    difference,
    independent_differences,
)
from divergent_bench.analysis.statistics.interaction import crossing, heterogeneity
from divergent_bench.analysis.statistics.intervals import LEVEL
from divergent_bench.analysis.statistics.ranks import rank_sum
from divergent_bench.analysis.statistics.scorability import (
    bounds,
    compare_scorable,
    risk_difference,
)
from divergent_bench.analysis.tables.facts import LeftOut, Omission, Unit, encode_left_out
from divergent_bench.design.analysis_plan import (
    ALPHA,
    CLIFFS_DELTA,
    CROSSING,
    DESCRIPTIVE,
    DIFFERENCE,
    EQUIVALENCE,
    HEDGES_G,
    INTERACTION,
    LOGICAL_BOUNDS,
    PERMUTATION,
    RANKS,
    SCORABILITY,
    SIMPLE_EFFECT,
    WORST_CASE,
    Plan,
)

_EQUIVALENCE_LEVEL: Final = 0.90  # of the interval that two tests at 5 % amount to

Row = dict[str, Any]
DECISION: Final = "decision"  # in a row, but in no column: what its interval is made of


@dataclass(frozen=True)
class Pair:
    """Two of the levels, and what their comparison needs to know."""

    cells: Cells
    names: tuple[str, str]
    margin: float  # of equivalence, in points
    seen: tuple[float, float]  # the lowest and the highest score of all, in points
    possible: tuple[float, float]  # likewise, that there can be

    @cached_property
    def scored(self) -> Matched:
        """The levels where both have scores; where both have several, if they do anywhere."""
        several = match(self.cells, self.names, lambda level: np.where(level.n > 1, level.n, 0))
        if len(several.settings):
            return several
        return match(self.cells, self.names, lambda level: level.n)

    @cached_property
    def asked(self) -> Matched:
        """The levels where both have answers."""
        return match(self.cells, self.names, lambda level: level.answers)

    @cached_property
    def ranked(self) -> Matched:
        """The levels where both have scores, drawn wordings apart."""
        return by_wording(self.scored)

    @property
    def without_score(self) -> list[LeftOut]:
        """Those of the two that have no score, or none that the other is compared with."""
        found = []
        for name, matched in zip(self.names, self.scored.levels, strict=True):
            why = self.cells.by_level[name].empty
            if why or not matched.n.any():
                found.append(LeftOut(self.cells.factor, name, why or Omission.NO_COUNTERPART))
        return found

    @cached_property
    def decision(self) -> Decision | None:
        """The test of the difference of means; None where there is no standard error."""
        a, b = self.scored.levels
        return decide(a, b, self.scored.weights)

    @cached_property
    def independent(self) -> list[tuple[list[int], Estimate]]:
        """The differences in the cells, where they are several and have standard errors."""
        a, b = self.scored.levels
        found = independent_differences(a, b, self.scored.weights)
        return found if len(found) > 1 and all(each.se > 0 for _, each in found) else []


def pair_rows(pair: Pair, plan: Plan) -> list[Row]:
    """Compare two levels in every way that a plan names, as rows of the table ``tests``.

    A row has a ``role`` only where it is descriptive.
    """
    if pair.without_score:
        left = encode_left_out(pair.without_score)
        why = {"reason": Omission.NO_SCORE, "left_out": left}
        rows = [_row(pair, pair.scored, test, why) for test in _tests_of(plan, _ON_SCORES)]
    else:
        tests = _tests_of(plan, _ON_SCORES)
        tests += [INTERACTION, CROSSING] if plan.tests and pair.independent else []
        rows = []
        for test in tests:
            matched = pair.ranked if test in _ON_RANKS else pair.scored
            rows.append(_row(pair, matched, test, _ON_SCORES[test](pair)))
    a, b = pair.asked.levels
    if SCORABILITY in plan.tests:
        rows.append(_row(pair, pair.asked, SCORABILITY, _scorability(pair)))
    if a.answers.any() and b.answers.any() and ((a.answers > a.n).any() or (b.answers > b.n).any()):
        for test, scores in ((WORST_CASE, pair.seen), (LOGICAL_BOUNDS, pair.possible)):
            rows.append(_row(pair, pair.asked, test, _bounds(pair, scores)))
    return rows


def simple_effects(pair: Pair) -> Iterator[Row]:
    """Compare two levels in each cell, or in the cells of one strategy's drawn wordings."""
    a, b = pair.scored.levels
    for cells, _ in pair.independent:
        here = np.isin(np.arange(len(pair.scored.weights)), cells)
        weights = pair.scored.weights[here] / pair.scored.weights[here].sum()
        of_a, of_b = a.within(here), b.within(here)
        matched = Matched((of_a, of_b), pair.scored.settings[here], weights, (0, 0))
        labels = {
            name: str(values.iloc[0])
            for name, values in matched.settings.items()
            if values.nunique() == 1 and (name != "wording" or pair.cells.weights.min() < 1)
        }
        found = _of_decision(decide(of_a, of_b, weights), difference(of_a, of_b, weights))
        within = json.dumps(labels, ensure_ascii=False)
        yield _row(pair, matched, SIMPLE_EFFECT, found) | {"within": within}


def pooling(confounders: Sequence[str]) -> Row:
    """Return the columns that say whether a row compares across cells."""
    return {"pooled": bool(confounders), "confounded_with": "|".join(confounders) or None}


def _tests_of(plan: Plan, known: Mapping[str, Any]) -> list[str]:
    return [*(test for test in plan.tests if test in known), DIFFERENCE]


def _row(pair: Pair, matched: Matched, test: str, found: Row) -> Row:
    a, b = matched.levels
    on_answers = matched is pair.asked
    n_a, n_b = (level.answers if on_answers else level.n for level in (a, b))
    return {
        "test": test,
        "factor": pair.cells.factor,
        "group_a": a.name,
        "group_b": b.name,
        "n_a": int(n_a.sum()),
        "n_b": int(n_b.sum()),
        "n_strata": len(matched.weights),
        "n_unmatched_a": matched.unmatched[0],
        "n_unmatched_b": matched.unmatched[1],
        **pooling(matched.confounders),
        **found,
    }


def _of_decision(decision: Decision | None, estimate: Estimate) -> Row:
    row: Row = {"effect_name": DIFFERENCE, "effect": estimate.value}
    if decision is None:
        return row | {"reason": Omission.SINGLE_ANSWERS}
    low, high = decision.interval(ALPHA)
    return row | {
        "statistic_name": "t",
        "statistic": decision.t,
        "p": decision.p,
        "effect_low": low,
        "effect_high": high,
        "confidence": LEVEL,
        "computation": decision.computation,
        "reason": Omission.NO_VARIATION if estimate.certain else None,
        DECISION: decision,
    }


def _mean_difference(pair: Pair) -> Row:
    a, b = pair.scored.levels
    row = _of_decision(pair.decision, difference(a, b, pair.scored.weights))
    return row | {"unit": _unit(a, b)} if pair.decision else row


def _unit(a: Level, b: Level) -> Unit:
    if min(a.n.min(), b.n.min()) < 2:
        return Unit.CELL
    strata = np.concatenate([a.strata, b.strata])
    if (strata == STIMULI).any():
        return Unit.STIMULUS
    return Unit.WORDING if (strata >= 0).any() else Unit.ANSWER


def _permutation(pair: Pair) -> Row:
    a, b = pair.scored.levels
    decision = decide(a, b, pair.scored.weights, permuted=True)
    row = _of_decision(decision, difference(a, b, pair.scored.weights))
    return row | {"unit": _unit(a, b)} if decision else row


def _mann_whitney(pair: Pair) -> Row:
    a, b = pair.ranked.levels
    effect = superiority(a, b, pair.ranked.weights)
    row = {"effect_name": "probability_of_superiority", **_columns(effect), "confidence": LEVEL}
    test = rank_sum(a, b)
    if test is None:
        return row | {"reason": Omission.EQUAL_SCORES}
    return row | _tested(test.name, test.statistic, test.p) | {"unit": Unit.ANSWER}


def _cliffs_delta(pair: Pair) -> Row:
    a, b = pair.ranked.levels
    effect = cliffs_delta(a, b, pair.ranked.weights)
    how = {
        "effect_name": CLIFFS_DELTA,
        "role": DESCRIPTIVE,
        "unit": Unit.ANSWER,
        "confidence": LEVEL,
    }
    return _columns(effect) | how


def _equivalence(pair: Pair) -> Row:
    a, b = pair.scored.levels
    estimate = difference(a, b, pair.scored.weights)
    row = {"effect_name": DIFFERENCE, "effect": estimate.value, "margin": pair.margin}
    if pair.decision is None or estimate.certain:
        single = pair.decision is None
        return row | {"reason": Omission.SINGLE_ANSWERS if single else Omission.NO_VARIATION}
    low, high = estimate.interval(_EQUIVALENCE_LEVEL)
    tested = _tested("t", *estimate.equivalence(pair.margin))
    interval = {"effect_low": low, "effect_high": high, "confidence": _EQUIVALENCE_LEVEL}
    return row | interval | tested | {"unit": _unit(a, b)}


def _hedges_g(pair: Pair) -> Row:
    a, b = pair.scored.levels
    row: Row = {"effect_name": HEDGES_G, "role": DESCRIPTIVE}
    estimate = difference(a, b, pair.scored.weights)
    effect = hedges_g(a, b, estimate)
    if effect is UNDEFINED:
        certain = estimate.certain
        return row | {"reason": Omission.NO_VARIATION if certain else Omission.TOO_FEW_ANSWERS}
    return row | _columns(effect) | {"unit": _unit(a, b), "confidence": LEVEL}


def _interaction(pair: Pair) -> Row:
    found = [estimate for _, estimate in pair.independent]
    values = [each.value for each in found]
    test = heterogeneity(found)
    row = {"effect_name": "range_of_differences", "effect": max(values) - min(values)}
    return row | (_tested("F", *test) if test else {"reason": Omission.SINGLE_ANSWERS})


def _crossing(pair: Pair) -> Row:
    test = crossing([estimate for _, estimate in pair.independent])
    return _tested("Q", *test) if test else {"reason": Omission.SINGLE_ANSWERS}


def _scorability(pair: Pair) -> Row:
    a, b = pair.asked.levels
    row: Row = {"effect_name": "risk_difference"}
    if not (a.answers.any() and b.answers.any()):
        return row | {"reason": Omission.NO_ANSWER}
    test = compare_scorable(a, b)
    if test is None:
        alike = Omission.ALL_SCORABLE if a.n.any() else Omission.NONE_SCORABLE
        return row | {"effect": 0.0, "reason": alike}
    effect = risk_difference(a, b, pair.asked.weights)
    tested = _tested("odds_ratio", test.odds_ratio, test.p)
    return row | _columns(effect) | tested | {"unit": Unit.ANSWER, "confidence": LEVEL}


def _bounds(pair: Pair, scores: tuple[float, float]) -> Row:
    a, b = pair.asked.levels
    low, high = bounds(a, b, pair.asked.weights, *scores)
    return {
        "role": DESCRIPTIVE,
        "effect_name": DIFFERENCE,
        "effect_low": low,
        "effect_high": high,
        "assumed_low": scores[0],
        "assumed_high": scores[1],
        "unit": Unit.ANSWER,
    }


def _columns(effect: Effect) -> Row:
    return {"effect": effect.value, "effect_low": effect.low, "effect_high": effect.high}


def _tested(name: str, statistic: float, p: float) -> Row:
    return {"statistic_name": name, "statistic": statistic, "p": p}


_ON_RANKS: Final = (RANKS, CLIFFS_DELTA)
_ON_SCORES: Final[Mapping[str, Callable[[Pair], Row]]] = {
    RANKS: _mann_whitney,
    PERMUTATION: _permutation,
    CLIFFS_DELTA: _cliffs_delta,
    HEDGES_G: _hedges_g,
    EQUIVALENCE: _equivalence,
    DIFFERENCE: _mean_difference,
    INTERACTION: _interaction,
    CROSSING: _crossing,
}
