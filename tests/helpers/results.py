"""The tables of a run made by hand: what their contract says, whatever computes them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from divergent_bench.analysis.summaries import summarize_conditions
from divergent_bench.analysis.tables import table_of
from divergent_bench.analysis.tables.facts import LeftOut, Omission, encode_left_out
from divergent_bench.design.analysis_plan import Plan
from divergent_bench.reporting.report.results import Results
from tests.helpers.scores import scores_table

EXPLORED = {"adjusted_by": "benjamini-hochberg", "adjusted_over": 3}
PLANNED = {"adjusted_by": "holm", "adjusted_over": 1}
POOLED = {"pooled": True, "confounded_with": "strategy"}
Effect = tuple[float, float, float]


def around(mean: float, *, n: int = 30, sd: float = 1.0, **key: object) -> list[dict[str, object]]:
    """Give rows of scores around a mean."""
    values = np.random.default_rng(5).normal(mean, sd, n)
    return [{**key, "score": float(value)} for value in values]


def omnibus(factor: str = "model", p: float = 0.0001, **row: object) -> dict[str, Any]:
    """Give the row of a test over all levels of a factor."""
    return {
        "test": "kruskal_wallis",
        "factor": factor,
        "role": "confirmatory",
        "n_a": 90,
        "n_unique_a": 80,
        "statistic_name": "H",
        "statistic": 12.5,
        "effect_name": "epsilon_squared",
        "effect": 0.25,
        "p": p,
        "p_adjusted": p,
        "adjusted_by": "holm",
        "adjusted_over": 2,
        **row,
    }


def pair(
    a: str,
    b: str,
    p: float = 0.01,
    *,
    points: Effect = (2.0, 1.0, 3.0),
    delta: Effect = (0.4, 0.2, 0.6),
    factor: str = "model",
    role: str = "exploratory",
    **facts: object,
) -> list[dict[str, Any]]:
    """Give the rows that every tested pair has; `points` and `delta` with their intervals."""
    key = {"factor": factor, "group_a": a, "group_b": b, "n_a": 30, "n_b": 20}
    key |= {"n_unique_a": 28, "n_unique_b": 19, "n_strata": 1}
    key |= {**EXPLORED, **facts}
    rank = {"test": "mann_whitney", "role": role, "statistic_name": "U", "statistic": 400.0}
    rank |= {"effect_name": "cliffs_delta", "p": p, "p_adjusted": p}
    mean = {"test": "mean_difference", "role": "descriptive", "effect_name": "mean_difference"}
    return [key | rank | _effect(delta), key | mean | _effect(points)]


def further(test: str, a: str, b: str, effect: Effect, **row: object) -> dict[str, Any]:
    """Give a further row of a pair."""
    key = {"test": test, "factor": "model", "group_a": a, "group_b": b, "role": "exploratory"}
    return {**key, **EXPLORED, **_effect(effect), **row}


def degenerate(model: str) -> dict[str, Any]:
    """Give the facts of a pair that cannot be tested, as one model has a single list."""
    left_out = encode_left_out([LeftOut("model", model, Omission.ONE_LIST)])
    return {"reason": Omission.DEGENERATE, "left_out": left_out}


def table(name: str, rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    """Give a table of a run from its rows; what these do not say is missing."""
    plain = {"space": "wordnet", "pooled": False}
    return table_of([{**plain, **row} for row in rows], name)


def results(
    scores: Sequence[dict[str, object]] | pd.DataFrame,
    tests: Iterable[dict[str, object]] | pd.DataFrame = (),
    *,
    plan: Plan = Plan(),  # noqa: B008 - immutable
    diversity: pd.DataFrame | None = None,
    power: Iterable[dict[str, object]] = (),
    variance: Iterable[dict[str, object]] = (),
    norms: Sequence[str] = ("olson2021_study2", "bellemare2024_100k"),
) -> Results:
    """Give the results of a run from its scores and the rows of its other tables."""
    table_of_scores = scores if isinstance(scores, pd.DataFrame) else scores_table(scores)
    return Results(
        scores=table_of_scores,
        summary=summarize_conditions(table_of_scores, norms),
        tests=tests if isinstance(tests, pd.DataFrame) else table("tests", tests),
        diversity=table("diversity", []) if diversity is None else diversity,
        power=table("power", power),
        variance=table("variance", variance),
        plan=plan,
    )


def power_row(**row: object) -> dict[str, object]:
    """Give the power of a factor."""
    return {
        "factor": "model",
        "n_comparisons": 3,
        "alpha": 0.05 / 3,
        "effective_n": 20.5,
        "sd": 2.25,
        "smallest_difference": 2.345,
        "smallest_difference_alone": 1.875,
        "n_for_one_point": 138,
        **row,
    }


def _effect(effect: Effect) -> dict[str, float]:
    return dict(zip(("effect", "effect_low", "effect_high"), effect, strict=True))
