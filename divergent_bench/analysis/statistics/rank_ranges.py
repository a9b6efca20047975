"""Which ranks the tests of pairs leave each model."""

from collections.abc import Sequence

import pandas as pd

from divergent_bench.analysis.statistics.multiplicity import HOLM, adjust
from divergent_bench.analysis.tables import rows_of
from divergent_bench.design.analysis_plan import ALPHA, CROSSING, DIFFERENCE


def rank_ranges(tests: pd.DataFrame, models: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return ranks that hold for all `models` at once with 95 % confidence, by their labels.

    From one more than the number of models that scored higher, to as many ranks from the end as
    scored lower, by the tests of the difference of means between them, adjusted by Holm: Mogstad,
    Romano, Shaikh & Wilhelm 2024, Review of Economic Studies 91, 476-518. The adjustment of
    Benjamini and Hochberg would leave some model a wrong range in a third of runs. A difference
    that changes its sign from cell to cell says nothing of ranks. `tests` are of one space.
    """
    known = set(models)
    between = tests[
        tests["factor"].eq("model")
        & tests["group_a"].isin(known)
        & tests["group_b"].isin(known)
        & tests["p"].notna()
    ]
    pairs = between["group_a"].str.cat(between["group_b"], sep="\0")
    crossing = pairs[between["test"].eq(CROSSING) & between["p_adjusted"].le(ALPHA)]
    decided = between[between["test"].eq(DIFFERENCE)]
    shown = adjust(decided["p"].to_numpy(), HOLM) <= ALPHA
    above, below = dict.fromkeys(models, 0), dict.fromkeys(models, 0)
    for row in rows_of(decided[shown & ~pairs[decided.index].isin(crossing)]):
        a, b = row["group_a"], row["group_b"]
        higher, lower = (a, b) if row["effect"] > 0 else (b, a)
        below[higher] += 1
        above[lower] += 1
    return {model: (1 + above[model], len(models) - below[model]) for model in models}
