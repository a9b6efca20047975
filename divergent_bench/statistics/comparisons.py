"""Which groups differ: omnibus and pairwise tests over models, strategies and temperatures."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import kruskal, mannwhitneyu
from statsmodels.stats.multitest import multipletests

from divergent_bench.statistics.design import FACTORS, answers, confounded_with, levels
from divergent_bench.statistics.effects import UNDEFINED, Effect, cliffs_delta, hedges_g
from divergent_bench.statistics.units import UniqueLists, list_codes, unique_lists
from divergent_bench.tables import TESTS, primary_scores

ALPHA: Final = 0.05
OMNIBUS: Final = "kruskal_wallis"
PAIRWISE: Final = "mann_whitney"
DIFFERENCE: Final = "mean_difference"
PLANNABLE: Final = (OMNIBUS, PAIRWISE)
_UNIT = "unit: unique list"


@dataclass(frozen=True)
class _Group:
    name: str
    lists: UniqueLists

    @property
    def degenerate(self) -> str:
        """Why the group cannot be tested; empty if it can."""
        if len(self.lists) > 1:
            return ""
        found = "one unique list" if len(self.lists) else "no scorable sample"
        return f"degenerate: {self.name} has {found}"


def compare(scores: pd.DataFrame, tests: Collection[str] = PLANNABLE) -> pd.DataFrame:
    """Test the factors of the experiment in the primary space.

    Baselines are reference lines and take no part. A group pools its samples over the other
    factors, and each unique list in it is one unit, however often it was given; a group with fewer
    than two unique lists is degenerate and not tested. Only scorable samples enter, so what the
    tests say is conditional on being scorable.

    Parameters
    ----------
    scores
        As `divergent_bench.tables.read_table` gives it.
    tests
        Which tests to do, of ``kruskal_wallis`` and ``mann_whitney``.

    Returns
    -------
    DataFrame
        For each factor with at least two levels:

        - one ``kruskal_wallis`` row over all testable levels, the effect epsilon squared (0 to 1);
        - per pair of levels a ``mann_whitney`` row (statistic U of `group_a`; effect Cliff's
          delta, -1 to 1) and a ``mean_difference`` row (statistic: difference in points, a - b;
          effect Hedges' g), effects with 95 % intervals, positive where `group_a` is higher.

        ``p_adjusted`` is Holm's over a family: the omnibus tests, or the pairs of one factor.
        ``note`` says the unit, and why a row has no p or must be read with care.

    References
    ----------
    Tomczak, M. & Tomczak, E. (2014). Trends in Sport Sciences 1(21), 19-25 (epsilon squared).
    """
    primary = primary_scores(scores)
    space = str(primary["space"].iloc[0])
    compared = answers(primary).assign(codes=lambda rows: list_codes(rows))
    scorable = compared[compared["score"].notna()]
    omnibus, pairs = [], []
    for factor in FACTORS:
        groups = _groups(compared, factor)
        if len(groups) < 2:
            continue
        confounds = confounded_with(scorable, factor)
        caveat = f"not balanced over {' and '.join(confounds)}" if confounds else ""
        if OMNIBUS in tests:
            omnibus.append(_omnibus(groups, factor, caveat))
        if PAIRWISE not in tests:
            continue
        tested = [_pair(a, b, factor, caveat) for a, b in combinations(groups, 2)]
        differences = [_difference(a, b, factor, caveat) for a, b in combinations(groups, 2)]
        pairs += [*_adjust(tested), *differences]
    table = pd.DataFrame([*_adjust(omnibus), *pairs], columns=list(TESTS))
    table["space"] = space
    return table.astype(dict(TESTS))


def _groups(compared: pd.DataFrame, factor: str) -> list[_Group]:
    rows = compared.groupby(factor, observed=True).indices
    codes, scores = compared["codes"].to_numpy(), compared["score"].to_numpy()
    return [
        _Group(level, unique_lists(codes[rows[level]], scores[rows[level]]))
        for level in levels(compared, factor)
    ]


def _omnibus(groups: list[_Group], factor: str, caveat: str) -> dict[str, Any]:
    testable = [group for group in groups if not group.degenerate]
    units = sum(len(group.lists) for group in testable)
    row = {
        "test": OMNIBUS,
        "factor": factor,
        "n_a": sum(group.lists.n_samples for group in testable),
        "n_unique_a": units,
        "effect_name": "epsilon_squared",
    }
    left_out = [f"left out, {group.degenerate}" for group in groups if group.degenerate]
    if len(testable) < 2:
        return row | {"note": _note(*left_out, "not tested: fewer than two testable groups")}
    values = [group.lists.scores for group in testable]
    if np.ptp(np.concatenate(values)) == 0:
        return row | {"note": _note(*left_out, "not tested: all scores are equal")}
    h, p = kruskal(*values)
    return row | {
        "statistic": h,
        "effect": h / (units - 1),
        "p": p,
        "note": _note(_UNIT, f"{len(testable)} groups", caveat, *left_out),
    }


def _pair(a: _Group, b: _Group, factor: str, caveat: str) -> dict[str, Any]:
    row = _compared(a, b, factor) | {"test": PAIRWISE, "effect_name": "cliffs_delta"}
    if a.degenerate or b.degenerate:
        return row | {"note": _note("not tested", a.degenerate, b.degenerate)}
    statistic, p = mannwhitneyu(a.lists.scores, b.lists.scores, alternative="two-sided")
    effect = cliffs_delta(a.lists.scores, b.lists.scores)
    return row | _columns(effect) | {"statistic": statistic, "p": p, "note": _note(_UNIT, caveat)}


def _difference(a: _Group, b: _Group, factor: str, caveat: str) -> dict[str, Any]:
    row = _compared(a, b, factor) | {"test": DIFFERENCE, "effect_name": "hedges_g"}
    if len(a.lists) and len(b.lists):
        row["statistic"] = a.lists.scores.mean() - b.lists.scores.mean()
    if a.degenerate or b.degenerate:
        return row | {"note": _note(_UNIT, a.degenerate, b.degenerate)}
    effect = hedges_g(a.lists.scores, b.lists.scores)
    unvaried = "no variation in either group" if effect is UNDEFINED else ""
    return row | _columns(effect) | {"note": _note(_UNIT, caveat, unvaried)}


def _compared(a: _Group, b: _Group, factor: str) -> dict[str, Any]:
    return {
        "factor": factor,
        "group_a": a.name,
        "group_b": b.name,
        "n_a": a.lists.n_samples,
        "n_b": b.lists.n_samples,
        "n_unique_a": len(a.lists),
        "n_unique_b": len(b.lists),
    }


def _columns(effect: Effect) -> dict[str, float]:
    return {"effect": effect.value, "effect_low": effect.low, "effect_high": effect.high}


def _adjust(family: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tested = [row for row in family if "p" in row]
    if tested:
        adjusted = multipletests([row["p"] for row in tested], alpha=ALPHA, method="holm")[1]
        for row, p in zip(tested, adjusted, strict=True):
            row |= {"p_adjusted": p, "adjustment": f"holm over {len(tested)}"}
    return family


def _note(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
