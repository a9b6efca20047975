"""What the tests of pairs say together."""

from collections.abc import Sequence

import pandas as pd

from divergent_bench.design.analysis_plan import ALPHA, CROSSING, DIFFERENCE


def rank_ranges(tests: pd.DataFrame, models: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return the ranks that the verdicts on pairs leave each of the `models`, by its label.

    From one more than the number of models that scored higher, to as many ranks from the end as
    scored lower, by the test of the difference of means after adjustment. A difference that changes
    its sign from cell to cell has no verdict. `tests` are of one space.
    The simultaneous confidence sets of Mogstad, Romano, Shaikh & Wilhelm (2024, Review of Economic
    Studies 91, 476-518) are made so from Holm's adjustment; from Benjamini and Hochberg's, the
    share of false verdicts is bounded and not the chance of any.
    """
    known = set(models)
    shown = tests[
        tests["factor"].eq("model")
        & tests["p_adjusted"].le(ALPHA)
        & tests["group_a"].isin(known)
        & tests["group_b"].isin(known)
    ]
    pairs = shown["group_a"].str.cat(shown["group_b"], sep="\0")
    crossing = pairs.isin(pairs[shown["test"].eq(CROSSING)])
    between = shown[shown["test"].eq(DIFFERENCE) & ~crossing]
    above, below = dict.fromkeys(models, 0), dict.fromkeys(models, 0)
    for row in between.to_dict("records"):
        a, b = row["group_a"], row["group_b"]
        higher, lower = (a, b) if row["effect"] > 0 else (b, a)
        below[higher] += 1
        above[lower] += 1
    return {model: (1 + above[model], len(models) - below[model]) for model in models}
