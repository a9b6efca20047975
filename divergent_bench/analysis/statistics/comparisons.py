"""Which levels differ: models, strategies and temperatures, over all and pair by pair."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Final

import pandas as pd

from divergent_bench.analysis.statistics.cells import Cells, by_wording, match, split
from divergent_bench.analysis.statistics.design import COMPARED, answers, levels, taking_part
from divergent_bench.analysis.statistics.multiplicity import (
    BENJAMINI_HOCHBERG,
    HOLM,
    adjust,
    interval_alpha,
)
from divergent_bench.analysis.statistics.pairs import (
    DECISION,
    Pair,
    Row,
    pair_rows,
    pooling,
    simple_effects,
)
from divergent_bench.analysis.statistics.ranks import rank_sums
from divergent_bench.analysis.statistics.trend import trend_rows
from divergent_bench.analysis.tables import are_compared, table_of, task_of
from divergent_bench.analysis.tables.facts import LeftOut, Omission, Unit, encode_left_out
from divergent_bench.design.analysis_plan import (
    ALPHA,
    CONFIRMATORY,
    CROSSING,
    EXPLORATORY,
    FACTORS,
    OMNIBUS,
    Contrast,
    Plan,
)

_DEFAULT: Final = Plan()
_Family = tuple[Any, ...]


def compare(scores: pd.DataFrame, plan: Plan = _DEFAULT) -> pd.DataFrame:
    """Test the factors of the experiment, in each space by itself.

    Like is compared with like: two levels of a factor within the combinations of the other factors
    (cells) in which both have answers, each cell with the same weight. Levels that share none are
    ``pooled``. Every answer counts; see `cells`. Only scorable answers have a score, so what is
    said of scores is conditional on being scorable; ``scorability`` and the bounds say what that
    may hide.

    Baselines are reference lines and take part in the contrasts that name them only.

    Returns
    -------
    DataFrame
        The table ``tests``, effects with 95 % intervals, positive where `group_a` is higher. For
        each factor with two levels or more one ``kruskal_wallis`` row over its levels (effect
        epsilon squared, 0 to 1; Tomczak & Tomczak 2014, Trends in Sport Sciences 1(21), 19-25), and
        for each pair of levels one of each other test or effect size that the plan names
        (`base.analysis_names.MEANINGS`), and always ``mean_difference`` (points). Where the two
        share several cells, ``interaction`` and ``crossing`` say whether the difference depends on
        the cell, and whether its sign does; then ``simple_effect`` rows tell it in each. Where an
        answer was unscorable, ``worst_case`` and ``logical_bounds`` bound the difference.
        Temperatures have ``trend`` rows beside.

        ``p_adjusted`` is Holm's over the planned contrasts of a factor, by the test that decides,
        and Benjamini-Hochberg's over all else of a test and factor. The intervals of the deciding
        test are adjusted alike: they leave 0 out exactly where it rejects.
    """
    models = {
        level for each in plan.primary if each.factor == "model" for level in (each.a, each.b)
    }
    task = task_of(scores)
    rows: list[Row] = []
    for space in scores["space"].unique():
        here = scores[COMPARED][scores["space"] == space]
        compared = answers(here, baselines=models)
        seen = (float(here["score"].min()), float(here["score"].max()))
        found = [
            row
            for factor in FACTORS
            for row in _of_factor(compared, factor, plan, task.plain, (seen, task.score_range))
        ]
        rows += [{"space": str(space)} | row for row in found]
    return table_of(rows, "tests")


def _of_factor(
    compared: pd.DataFrame,
    factor: str,
    plan: Plan,
    plain: str,
    ranges: tuple[tuple[float, float], tuple[float, float]],
) -> list[Row]:
    here = taking_part(compared, factor)
    known = levels(here[are_compared(here["provider"])], factor)
    planned = [each for each in plan.primary if each.factor == factor]
    extra = {level for each in planned for level in (each.a, each.b)} - set(known)
    cells = split(here, factor, [*known, *sorted(extra)], plain)
    explored = known if factor in plan.factors else []
    rows: list[Row] = []
    if OMNIBUS in plan.tests and len(explored) > 1:
        rows.append(_omnibus(cells, known))
    if factor == "temperature" and plan.tests:
        rows += trend_rows(cells, explored)
    pairs = []
    for (a, b), role in _pairs(explored, planned).items():
        pair = Pair(cells, (a, b), plan.margin, *ranges)
        found = pair_rows(pair, plan)
        pairs.append((pair, found))
        for row in found:
            decides = row["test"] == plan.deciding
            row.setdefault("role", role if decides else EXPLORATORY)
        rows += found
    adjust_rows(rows)
    for pair, found in pairs:
        depends = (row for row in found if row["test"] == CROSSING and "p_adjusted" in row)
        if any(row["p_adjusted"] <= ALPHA for row in depends):
            simple = [{"role": EXPLORATORY, **row} for row in simple_effects(pair)]
            adjust_rows(simple, HOLM)
            rows += simple
    return rows


def adjust_rows(rows: Sequence[Row], method: str | None = None) -> None:
    """Add to rows with a ``p`` its adjustment over the rows of their test and role.

    Intervals of the difference of means are adjusted with it. A test that could not be done does
    not count. The method is that of the role where none is given.
    """
    families: dict[_Family, list[Row]] = {}
    for row in rows:
        if "p" in row:
            families.setdefault((row["test"], row["role"]), []).append(row)
    for (_, role), family in families.items():
        by = method or (HOLM if role == CONFIRMATORY else BENJAMINI_HOCHBERG)
        adjusted = adjust([row["p"] for row in family], by)
        alpha = interval_alpha(adjusted, by)
        for row, p in zip(family, adjusted.tolist(), strict=True):
            row |= {"p_adjusted": p, "adjusted_by": by, "adjusted_over": len(family)}
            if DECISION in row:
                low, high = row[DECISION].interval(alpha)
                row |= {"effect_low": low, "effect_high": high, "confidence": 1 - alpha}


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


def _omnibus(cells: Cells, known: Sequence[str]) -> Row:
    """Test whether some of the levels differ, within the cells that all of them share."""
    row: Row = {
        "test": OMNIBUS,
        "factor": cells.factor,
        "role": EXPLORATORY,
        "effect_name": "epsilon_squared",
        **pooling([]),
    }
    # Those who were not asked in prompts cannot stand beside all of the answers to these.
    apart = {
        level.name: level.empty or Omission.NO_COUNTERPART
        for level in map(cells.by_level.__getitem__, known)
        if level.empty or (level.name in cells.unasked and not set(known) <= cells.unasked)
    }
    entering = [name for name in known if name not in apart]
    left = encode_left_out(LeftOut(cells.factor, name, why) for name, why in apart.items())
    row["left_out"] = left
    if len(entering) < 2:
        return row | {"reason": Omission.TOO_FEW_LEVELS}
    matched = by_wording(match(cells, entering, lambda level: level.n))
    n = sum(int(level.n.sum()) for level in matched.levels)
    n_cells = len(matched.weights)
    row |= {
        "n_a": n,
        "n_strata": n_cells,
        "n_groups": len(entering),
        **pooling(matched.confounders),
    }
    test = rank_sums(matched.levels)
    if test is None:
        return row | {"reason": Omission.EQUAL_SCORES}
    return row | {
        "statistic_name": test.name,
        "statistic": test.statistic,
        "effect": test.statistic / max(n - n_cells, 1),
        "p": test.p,
        "unit": Unit.ANSWER,
    }
