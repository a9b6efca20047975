"""Which groups differ: omnibus tests and pairs of models, strategies and temperatures."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from divergent_bench.analysis.statistics.design import answers, levels, taking_part
from divergent_bench.analysis.statistics.multiplicity import adjust
from divergent_bench.analysis.statistics.pairs import Pair, Row, pair_rows, pooling
from divergent_bench.analysis.statistics.ranks import rank_sums
from divergent_bench.analysis.statistics.strata import Group, Groups, confounders, split
from divergent_bench.analysis.statistics.units import list_codes
from divergent_bench.analysis.tables import are_compared, primary_scores, table_of
from divergent_bench.analysis.tables.facts import LeftOut, Omission, Unit, encode_left_out
from divergent_bench.design.analysis_plan import (
    CONFIRMATORY,
    EXPLORATORY,
    FACTORS,
    OMNIBUS,
    Contrast,
    Plan,
)

_DEFAULT: Final = Plan()


def compare(scores: pd.DataFrame, plan: Plan = _DEFAULT) -> pd.DataFrame:
    """Test the factors of the experiment in the primary space.

    Like is compared with like: two levels of a factor within the combinations of the other factors
    (strata) in which both have answers. Levels that share none are ``pooled``.

    Repeated lists are not independent. Rank tests and permutations count each unique list of a
    group once, in the stratum where it was given most often; means count every answer, their
    uncertainty rests on the unique lists. A group with fewer than two of them is degenerate and its
    scores are not tested. Only scorable answers have a score, so what is said of scores is
    conditional on being scorable; ``scorability`` and ``worst_case`` say what that may hide.

    Baselines are reference lines and take part in the contrasts that name them only.

    Returns
    -------
    DataFrame
        The table ``tests``, effects with 95 % intervals, positive where `group_a` is higher. For
        each factor with two levels or more one ``kruskal_wallis`` row over its levels (effect
        epsilon squared, 0 to 1; Tomczak & Tomczak 2014, Trends in Sport Sciences 1(21), 19-25), and
        for each pair of levels one of each other test or effect size that the plan names
        (`base.analysis_names.MEANINGS`), and always ``mean_difference`` (points), with
        ``worst_case`` where an answer was unscorable: the bounds of that difference for missing
        scores between the lowest and the highest score seen.

        ``p_adjusted`` is Holm's over the confirmatory rows of a test and Benjamini-Hochberg's over
        its exploratory ones, all factors together.
    """
    primary = primary_scores(scores)
    models = {
        level for each in plan.primary if each.factor == "model" for level in (each.a, each.b)
    }
    compared = answers(primary, baselines=models)
    compared = compared.assign(list=list_codes(compared))
    lowest, highest = float(primary["score"].min()), float(primary["score"].max())
    omnibus: list[Row] = []
    pairs: list[Row] = []
    for factor in FACTORS:
        here = taking_part(compared, factor)
        known = levels(here[are_compared(here["provider"])], factor)
        planned = [each for each in plan.primary if each.factor == factor]
        extra = {level for each in planned for level in (each.a, each.b)} - set(known)
        groups = split(here, factor, [*known, *sorted(extra)])
        explored = known if factor in plan.factors else []
        if OMNIBUS in plan.tests and len(explored) > 1:
            role = EXPLORATORY if plan.primary else CONFIRMATORY
            testing = [groups.by_level[level] for level in known]
            omnibus.append({"role": role} | _omnibus(groups, testing))
        for (a, b), role in _pairs(explored, planned).items():
            of_a, of_b = groups.by_level[a], groups.by_level[b]
            pair = Pair(groups, of_a, of_b, plan.margin, lowest, highest)
            pairs += [{"role": role} | row for row in pair_rows(pair, plan)]
    rows = [*omnibus, *pairs]
    adjust(rows)
    space = str(primary["space"].iloc[0])
    return table_of(({"space": space} | row for row in rows), "tests")


def _pairs(explored: Sequence[str], planned: Sequence[Contrast]) -> dict[tuple[str, str], str]:
    """Pair the levels, each two once, and give the role of the pair; the planned ones first."""
    pairs: dict[tuple[str, str], str] = {}
    for each in planned:
        if (each.b, each.a) not in pairs:
            pairs[each.a, each.b] = CONFIRMATORY
    for a, b in combinations(explored, 2):
        if (b, a) not in pairs:
            pairs.setdefault((a, b), EXPLORATORY)
    return pairs


def _omnibus(groups: Groups, levels: Sequence[Group]) -> Row:
    """Test whether some of the levels differ, within the strata that at least two of them share."""
    apart = {group.name: group.degenerate for group in levels if group.degenerate}
    testable = [group for group in levels if not group.degenerate]
    row: Row = {
        "test": OMNIBUS,
        "factor": groups.factor,
        "effect_name": "epsilon_squared",
        **pooling([]),
    }
    if len(testable) < 2:
        return row | {"reason": Omission.TOO_FEW_LEVELS, "left_out": _left_out(groups, apart)}
    present = [group.scorable > 0 for group in testable]
    shared = np.sum(present, axis=0) > 1
    if shared.any():
        within = [group.within(shared) for group in testable]
        apart |= {g.name: Omission.NO_COUNTERPART for g in within if not g.given.n_unique}
        entering = [group for group in within if group.given.n_unique]
    else:
        entering = [group.pooled() for group in testable]
        row |= pooling(confounders(groups, present))
    units = [group.given.units() for group in entering]
    n_units = sum(len(each.scores) for each in units)
    n_strata = int(shared.sum()) or 1
    row |= {
        "n_a": sum(int(group.scorable.sum()) for group in entering),
        "n_unique_a": n_units,
        "n_strata": n_strata,
        "n_groups": len(entering),
        "left_out": _left_out(groups, apart),
    }
    test = rank_sums(units)
    if test is None:
        return row | {"reason": Omission.EQUAL_SCORES}
    return row | {
        "statistic_name": test.name,
        "statistic": test.statistic,
        "effect": test.statistic / (n_units - n_strata),
        "p": test.p,
        "unit": Unit.LIST,
    }


def _left_out(groups: Groups, apart: Mapping[str, Omission]) -> str | None:
    return encode_left_out(LeftOut(groups.factor, name, why) for name, why in apart.items())
