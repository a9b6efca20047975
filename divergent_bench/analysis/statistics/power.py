"""Which differences the answers can show, and how many answers a difference needs."""

from math import ceil, comb
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import nct, norm, t

from divergent_bench.analysis.statistics.design import answers, levels
from divergent_bench.analysis.statistics.units import list_codes, lists_by
from divergent_bench.analysis.tables import primary_scores, table_of
from divergent_bench.analysis.tables.facts import LeftOut, Omission, encode_left_out
from divergent_bench.design.analysis_plan import ALPHA, FACTORS, Plan

TARGET: Final = 0.8


def estimate_power(scores: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Say for each factor which difference of two levels its answers would have shown.

    Baselines take no part; people are a level beside the models. Each unique list counts once for
    the standard deviation, which is that within conditions, pooled over them. Repetitions lower the
    effective number of lists instead. Levels with fewer than two unique lists are left out. Where
    the plan names contrasts of a factor, these are the comparisons, else all pairs of its levels.

    The table ``power`` has a row per factor with at least two levels; its effective number of lists
    is the median of the levels. What cannot be told is missing, and `reason` says why.
    """
    primary = primary_scores(scores)
    compared = answers(primary)
    compared = compared.assign(code=list_codes(compared))
    rows = [
        {"space": str(primary["space"].iloc[0]), **_of_factor(compared, factor, plan)}
        for factor in plan.factors
        if len(levels(compared, factor)) > 1
    ]
    return table_of(rows, "power")


def smallest_difference(sd: float, n: float, alpha: float = ALPHA, power: float = TARGET) -> float:
    """Return the true difference of two means that a two-sided t test finds with this power.

    In points, as `sd`, which is that within each group and above 0. `n`, at least 2, is per group;
    an effective number need not be whole. Cohen, J. (1988). Statistical Power Analysis for the
    Behavioral Sciences, 2nd edition, chapter 2 (noncentral t).
    """
    high = 1.0
    while _power(high, n, alpha) < power:
        high *= 2
    noncentrality = brentq(lambda value: _power(value, n, alpha) - power, 0, high)
    return float(noncentrality * sd * np.sqrt(2 / n))


def n_per_group(sd: float, alpha: float = ALPHA, power: float = TARGET) -> int:
    """Return how many observations per group show one point; as for `smallest_difference`."""
    # With a known standard deviation; the t test needs a few more.
    quantiles = norm.isf(alpha / 2) + norm.isf(1 - power)
    n: int = max(2, ceil(2 * (quantiles * sd) ** 2))
    while _power(np.sqrt(n / 2) / sd, n, alpha) < power:
        n += 1
    return n


def _power(noncentrality: float, n: float, alpha: float) -> float:
    """Return the power of a two-sided t test between two groups of `n`."""
    freedom = 2 * n - 2
    critical = t.isf(alpha / 2, freedom)
    upper = nct.sf(critical, freedom, noncentrality)
    # nct.cdf(-critical, freedom, noncentrality) is the same, but NaN where it is nearly 0.
    lower = nct.sf(critical, freedom, -noncentrality)
    return float(upper + lower)


def _of_factor(compared: pd.DataFrame, factor: str, plan: Plan) -> dict[str, Any]:
    found = lists_by(compared, factor)
    lists = {level: found[level] for level in levels(compared, factor)}
    usable = [level for level, each in lists.items() if len(each) > 1]
    n_planned = sum(contrast.factor == factor for contrast in plan.primary)
    n_comparisons = n_planned or comb(len(usable), 2)
    left_out = [
        LeftOut(factor, level, Omission.ONE_LIST if len(each) else Omission.NONE_SCORABLE)
        for level, each in lists.items()
        if level not in usable
    ]
    row: dict[str, Any] = {
        "factor": factor,
        "n_comparisons": n_comparisons,
        "left_out": encode_left_out(left_out),
    }
    if len(usable) < 2:
        return row | {"reason": Omission.TOO_FEW_LEVELS}
    alpha = ALPHA / n_comparisons
    effective_n = float(np.median([lists[level].effective_n for level in usable]))
    sd = _pooled_sd(compared[compared[factor].isin(usable)])
    row |= {"alpha": alpha, "effective_n": effective_n, "sd": sd}
    if not sd > 0:
        return row | {"reason": Omission.NO_VARIATION}
    row["n_for_one_point"] = n_per_group(sd, alpha)
    if effective_n < 2:
        return row | {"reason": Omission.TOO_FEW_LISTS}
    return row | {
        "smallest_difference": smallest_difference(sd, effective_n, alpha),
        "smallest_difference_alone": smallest_difference(sd, effective_n),
    }


def _pooled_sd(rows: pd.DataFrame) -> float:
    """Return the standard deviation of unique lists within conditions; NaN where none has two."""
    different = rows[rows["score"].notna()].drop_duplicates([*FACTORS, "code"])
    by_condition = different.groupby(list(FACTORS), observed=True)["score"]
    within = different["score"] - by_condition.transform("mean")
    freedom = len(different) - by_condition.ngroups
    return float(np.sqrt((within**2).sum() / freedom)) if freedom else float("nan")
