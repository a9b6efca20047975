"""How models compare with people."""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

import numpy as np
import pandas as pd

from divergent_bench.analysis.statistics.cells import Floats, match, split
from divergent_bench.analysis.statistics.design import COMPARED, answers, levels
from divergent_bench.analysis.statistics.estimates import difference, mean
from divergent_bench.analysis.tables import (
    are_ranked,
    kinds,
    model_labels,
    primary_scores,
    rows_of,
    table_of,
    task_of,
)
from divergent_bench.design.analysis_plan import DIFFERENCE

UPPER: Final[Mapping[str, float]] = {"half": 1 / 2, "quarter": 1 / 4, "tenth": 1 / 10}


def compare_with_people(scores: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    """Compare each model with each cohort of people in the primary space: the table ``people``.

    People have no prompt of a model's, so that the answers of a model are those to the plain
    prompt, at any temperature. Interval and p value are those of the difference of means in
    `tests`. What is told of the best of people has no test: the mean of the upper half, quarter and
    tenth of them, their number rounded up. No row without people, or without scores of models.
    """
    primary = primary_scores(scores)
    compared = answers(primary[COMPARED])
    scored = compared[compared["score"].notna()]
    cells = split(scored, "model", levels(scored, "model"), task_of(primary).plain)
    of_people = set(model_labels(primary)[kinds(primary["provider"]).eq("people")])
    models = set(model_labels(primary)[are_ranked(primary["provider"])])
    space = str(primary["space"].iloc[0])
    verdicts = _verdicts(tests[tests["space"].eq(space)])
    rows = []
    for cohort in sorted(of_people & set(cells.by_level)):
        for model in sorted(models & set(cells.by_level)):
            matched = match(cells, (model, cohort), lambda level: level.n)
            asked, people = matched.levels
            if not asked.n.any():
                continue  # nobody put the plain prompt to it
            own = mean(asked, matched.weights).value
            rows.append(
                {
                    "space": space,
                    "model": model,
                    "people": cohort,
                    "n_scorable": int(asked.n.sum()),
                    "n_people": int(people.n.sum()),
                    "mean": own,
                    "mean_people": mean(people, matched.weights).value,
                    "difference": difference(asked, people, matched.weights).value,
                    **verdicts.get((model, cohort), {}),
                    **_among(own, asked.all_scores, people.all_scores),
                }
            )
    return table_of(rows, "people")


def _verdicts(tests: pd.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """Return interval and p value of each tested pair of models, in both of its orders."""
    found = {}
    between = tests[tests["factor"].eq("model") & tests["test"].eq(DIFFERENCE)]
    for row in rows_of(between):
        low, high = row["effect_low"], row["effect_high"]
        shared = {name: row[name] for name in ("confidence", "p_adjusted")}
        a, b = row["group_a"], row["group_b"]
        found[a, b] = {"difference_low": low, "difference_high": high, **shared}
        found[b, a] = {"difference_low": -high, "difference_high": -low, **shared}
    return found


def _among(own: float, asked: Floats, people: Floats) -> dict[str, float]:
    """Say where the mean and the median of a model stand among people."""
    ordered = np.sort(people)[::-1]
    upper = {
        name: float(ordered[: ceil(share * len(ordered))].mean()) for name, share in UPPER.items()
    }
    return {
        "share_of_people_above_median": float((people > np.median(asked)).mean()),
        **{f"mean_upper_{name}": value for name, value in upper.items()},
        **{f"difference_upper_{name}": own - value for name, value in upper.items()},
    }
