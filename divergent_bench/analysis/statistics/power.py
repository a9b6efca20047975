"""Which differences the answers can show, and how many answers a difference needs."""

from collections.abc import Sequence
from math import ceil, comb, sqrt
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.special import nctdtr, nctdtrinc, ndtri, stdtrit

from divergent_bench.analysis.statistics.cells import Cells, Level, split
from divergent_bench.analysis.statistics.decision import FEW
from divergent_bench.analysis.statistics.design import COMPARED, answers, levels, taking_part
from divergent_bench.analysis.statistics.pairs import Pair
from divergent_bench.analysis.statistics.permutation import least_p
from divergent_bench.analysis.tables import primary_scores, table_of, task_of
from divergent_bench.analysis.tables.facts import Computation, LeftOut, Omission, encode_left_out
from divergent_bench.design.analysis_plan import ALPHA, Plan

TARGET: Final = 0.8


def estimate_power(scores: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Say for each factor which difference of two levels its answers would have shown.

    Of each pair of levels that is compared: with the standard error that its difference of means
    has, at 5 % over the number of comparisons. That is what a pair has to reach where no other
    differs, by either adjustment. Where the plan names contrasts of a factor, these are the
    comparisons, else all pairs of its levels. Baselines take no part; people are a level beside the
    models. The standard deviation is that within cells, of the median level.

    The table ``power`` has a row per factor with at least two levels. What cannot be told is
    missing, and `reason` says why.
    """
    primary = primary_scores(scores)
    compared = answers(primary[COMPARED])
    plain = task_of(scores).plain
    rows = []
    for factor in plan.factors:
        here = taking_part(compared, factor)
        names = levels(here, factor)
        if len(names) > 1:
            cells = split(here, factor, names, plain)
            rows.append({"space": str(primary["space"].iloc[0]), **_of_factor(cells, plan)})
    return table_of(rows, "power")


def smallest_difference(se: float, df: float, alpha: float = ALPHA, power: float = TARGET) -> float:
    """Return the true difference that a two-sided t test finds with this power.

    In points, as its standard error `se`, above 0. Cohen, J. (1988). Statistical Power Analysis for
    the Behavioral Sciences, 2nd edition, chapter 2 (noncentral t).
    """
    critical = -float(stdtrit(df, alpha / 2))
    return se * float(nctdtrinc(df, 1 - power, critical))


def n_per_group(sd: float, alpha: float = ALPHA, power: float = TARGET) -> int:
    """Return how many answers of each of two levels show a difference of one point.

    `sd` is that within each level, in points, above 0.
    """
    # With a known standard deviation; the t test needs a few more.
    quantiles = ndtri(alpha / 2) + ndtri(1 - power)
    n: int = max(2, ceil(2 * (quantiles * sd) ** 2))
    while _power(sqrt(n / 2) / sd, 2 * n - 2, alpha) < power:
        n += 1
    return n


def can_reject(sizes: Sequence[tuple[int, int]], alpha: float) -> bool:
    """Tell whether any scores could give a p of at most alpha; `sizes` are those in each cell.

    Of answers that are compared by themselves: not of drawn wordings, nor of cells.
    """
    if min(map(min, sizes)) < 2:
        return False
    totals = [sum(side) for side in zip(*sizes, strict=True)]
    return min(totals) >= FEW or least_p(sizes) <= alpha


def _power(noncentrality: float, df: float, alpha: float) -> float:
    critical = -float(stdtrit(df, alpha / 2))
    return 1 - float(nctdtr(df, noncentrality, critical))


def _of_factor(cells: Cells, plan: Plan) -> dict[str, Any]:
    usable = [name for name, level in cells.by_level.items() if level.n.sum() > 1]
    planned = [(e.a, e.b) for e in plan.primary if e.factor == cells.factor]
    pairs = planned or [(a, b) for i, a in enumerate(usable) for b in usable[i + 1 :]]
    pairs = [pair for pair in pairs if set(pair) <= set(usable)]
    n_comparisons = len(planned) or comb(len(usable), 2)
    left_out = [
        LeftOut(cells.factor, name, level.empty or Omission.TOO_FEW_ANSWERS)
        for name, level in cells.by_level.items()
        if name not in usable
    ]
    row: dict[str, Any] = {
        "factor": cells.factor,
        "n_comparisons": n_comparisons,
        "left_out": encode_left_out(left_out),
    }
    if not pairs:
        return row | {"reason": Omission.TOO_FEW_LEVELS}
    sds = [_sd(cells.by_level[name]) for name in usable]
    sd = float(np.nanmedian(sds)) if np.isfinite(sds).any() else float("nan")
    alpha = ALPHA / n_comparisons
    row |= {"alpha": alpha, "sd": sd}
    shown: list[float] = []
    alone: list[float] = []
    for names in pairs:
        pair = Pair(cells, names, plan.margin, (0, 0), (0, 0))
        if pair.without_score or pair.decision is None or pair.decision.estimate.certain:
            continue
        _, se, df = pair.decision.estimate
        by_t = pair.decision.computation == Computation.T
        sizes = list(zip(*(level.n.tolist() for level in pair.scored.levels), strict=True))
        for found, each in ((shown, alpha), (alone, ALPHA)):
            possible = by_t or can_reject(sizes, each)
            found.append(smallest_difference(se, df, each) if possible else np.inf)
    if not shown:
        nothing = Omission.NO_VARIATION if sd == 0 else Omission.SINGLE_ANSWERS
        return row | {"reason": nothing}
    if sd > 0:
        row["n_for_one_point"] = n_per_group(sd, alpha)
    row |= {
        "n_cannot_reject": int(np.isinf(shown).sum()),
        "smallest_difference_alone": _finite(np.median(alone)),
    }
    if np.isinf(shown).all():
        return row | {"reason": Omission.CANNOT_REJECT}
    worst = float(np.max(shown))
    return row | {
        "smallest_difference": _finite(np.median(shown)),
        "smallest_difference_worst": _finite(worst),
    }


def _sd(level: Level) -> float:
    """Return the standard deviation of answers within cells; NaN where none has two."""
    freedom = np.maximum(level.n - 1, 0)
    squares = float(np.nansum(freedom * level.variances))
    return float(np.sqrt(squares / freedom.sum())) if freedom.any() else float("nan")


def _finite(value: float) -> float:
    return float(value) if np.isfinite(value) else float("nan")
