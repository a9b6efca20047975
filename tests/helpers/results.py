"""The tables of a run made by hand: what their contract says, whatever computes them.

And how a test asks what a text says of them: which names and numbers a sentence holds, in order.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.statistics.power import estimate_power
from divergent_bench.analysis.statistics.variance import decompose_variance
from divergent_bench.analysis.summaries import summarize_conditions
from divergent_bench.analysis.tables import table_of
from divergent_bench.analysis.tables.facts import LeftOut, Omission, encode_left_out
from divergent_bench.design.analysis_plan import Plan
from divergent_bench.reporting.report.results import Results
from tests.helpers.scores import scores_table

EXPLORED = {"adjusted_by": "benjamini-hochberg", "adjusted_over": 3}
PLANNED = {"role": "confirmatory", "adjusted_by": "holm", "adjusted_over": 1}
POOLED = {"pooled": True, "confounded_with": "strategy"}
Effect = tuple[float, float, float]
Rows = Iterable[dict[str, object]] | pd.DataFrame


def around(mean: float, *, n: int = 30, sd: float = 1.0, **key: object) -> list[dict[str, object]]:
    """Give rows of scores around a mean."""
    values = np.random.default_rng(5).normal(mean, sd, n)
    return [{**key, "score": float(value)} for value in values]


def same(score: float, *, n: int = 20, **key: object) -> list[dict[str, object]]:
    """Give rows of one answer that came again and again."""
    words = f"{key.get('model', 'a')}|b|c|d|e|f|g"
    return [{**key, "score": score, "scored_words": words} for _ in range(n)]


def omnibus(factor: str = "model", p: float = 0.0001, **row: object) -> dict[str, Any]:
    """Give the row of a test over all levels of a factor."""
    return {
        "test": "kruskal_wallis",
        "factor": factor,
        "role": "exploratory",
        "n_a": 90,
        "n_groups": 3,
        "n_strata": 1,
        "statistic_name": "H",
        "statistic": 12.5,
        "effect_name": "epsilon_squared",
        "effect": 0.25,
        "p": p,
        "p_adjusted": p,
        "adjusted_by": "benjamini-hochberg",
        "adjusted_over": 1,
        "unit": "answer",
        **row,
    }


def pair(
    a: str,
    b: str,
    p: float = 0.01,
    *,
    points: Effect = (2.0, 1.0, 3.0),
    chance: Effect = (0.7, 0.6, 0.8),
    factor: str = "model",
    **facts: object,
) -> list[dict[str, Any]]:
    """Give the rows that every tested pair has: the means, which decide, and the ranks."""
    key = {"factor": factor, "group_a": a, "group_b": b, "n_a": 30, "n_b": 20, "n_strata": 1}
    mean = {"test": "mean_difference", "role": "exploratory", "effect_name": "mean_difference"}
    mean |= {"statistic_name": "t", "statistic": 2.5, "p": p, "p_adjusted": p, "unit": "answer"}
    mean |= {"confidence": 0.98, "computation": "t_distribution", **EXPLORED}
    rank = {"test": "mann_whitney", "role": "exploratory", "statistic_name": "U", "p": p}
    rank |= {"effect_name": "probability_of_superiority", "p_adjusted": p, "confidence": 0.95}
    shared = {name: facts[name] for name in ("pooled", "confounded_with") if name in facts}
    return [
        key | rank | EXPLORED | shared | _effect(chance),
        key | mean | _effect(points) | facts,
    ]


def crossing(
    a: str, b: str, cells: Mapping[str, Effect], factor: str = "model", p: float = 0.001
) -> list[dict[str, Any]]:
    """Give the rows of a pair whose difference is another in each of the `cells`.

    These are written ``strategy=none temperature=1``.
    """
    key = {"factor": factor, "group_a": a, "group_b": b, "role": "exploratory", **EXPLORED}
    tested = {"p": p, "p_adjusted": p, "n_strata": len(cells)}
    rows = [{**key, **tested, "test": test} for test in ("interaction", "crossing")]
    for cell, effect in cells.items():
        labels = dict(each.split("=") for each in cell.split(" "))
        shown = 0.01 if effect[1] * effect[2] > 0 else 0.5
        simple = {"test": "simple_effect", "within": json.dumps(labels), "confidence": 0.975}
        simple |= {"adjusted_by": "holm", "adjusted_over": len(cells), "p_adjusted": shown}
        rows.append(key | simple | _effect(effect))
    return rows


def further(test: str, a: str, b: str, effect: Effect, **row: object) -> dict[str, Any]:
    """Give a further row of a pair."""
    key = {"test": test, "factor": "model", "group_a": a, "group_b": b, "role": "exploratory"}
    return {**key, **EXPLORED, **_effect(effect), **row}


def bounds(a: str, b: str, seen: tuple[float, float], any_: tuple[float, float]) -> list[Any]:
    """Give the rows of what unscorable answers could change: as seen, and as there can be."""
    ends = {"worst_case": seen, "logical_bounds": any_}
    return [
        further(test, a, b, (float("nan"), *pair_of_ends), role="descriptive")
        for test, pair_of_ends in ends.items()
    ]


def untested(model: str, why: Omission = Omission.NONE_SCORABLE) -> dict[str, Any]:
    """Give the facts of a pair that cannot be tested, as one model has no score."""
    left_out = encode_left_out([LeftOut("model", model, why)])
    return {"reason": Omission.NO_SCORE, "left_out": left_out}


def table(name: str, rows: Rows) -> pd.DataFrame:
    """Give a table of a run from its rows, unless it is one; what these do not say is missing."""
    if isinstance(rows, pd.DataFrame):
        return rows
    return table_of([{"space": "wordnet", **row} for row in rows], name)


def results(
    scores: Sequence[dict[str, object]] | pd.DataFrame,
    tests: Rows = (),
    *,
    plan: Plan = Plan(),  # noqa: B008 - immutable
    diversity: pd.DataFrame | None = None,
    power: Rows = (),
    variance: Rows = (),
    norms: Sequence[str] = ("olson2021_study2", "bellemare2024_100k"),
    **others: Any,
) -> Results:
    """Give the results of a run from its scores and the rows of its other tables."""
    table_of_scores = scores if isinstance(scores, pd.DataFrame) else scores_table(scores)
    return Results(
        scores=table_of_scores,
        summary=summarize_conditions(table_of_scores, norms),
        tests=table("tests", tests),
        diversity=table("diversity", []) if diversity is None else diversity,
        power=table("power", power),
        variance=table("variance", variance),
        plan=plan,
        **others,
    )


def computed(
    scores: Sequence[dict[str, object]] | pd.DataFrame,
    plan: Plan = Plan(),  # noqa: B008 - immutable
) -> Results:
    """Give the results of a run as the analysis computes them from its scores."""
    found = scores if isinstance(scores, pd.DataFrame) else scores_table(scores)
    return results(
        found,
        compare(found, plan),
        plan=plan,
        power=estimate_power(found, plan),
        variance=decompose_variance(found),
    )


def power_row(**row: object) -> dict[str, object]:
    """Give the power of a factor."""
    return {
        "factor": "model",
        "n_comparisons": 3,
        "alpha": 0.05 / 3,
        "sd": 2.25,
        "smallest_difference": 2.345,
        "smallest_difference_worst": 3.456,
        "smallest_difference_alone": 1.875,
        "n_cannot_reject": 0,
        "n_for_one_point": 138,
        **row,
    }


def says(text: str, *parts: str) -> bool:
    """Tell whether some sentence of a text holds these names, words and numbers, in this order."""
    wanted = re.compile(".*".join(rf"(?<!\w){re.escape(part)}(?!\w)" for part in parts))
    return any(wanted.search(sentence) for sentence in re.split(r"(?<=[.!?])\s+|\n", text))


def _effect(effect: Effect) -> dict[str, float]:
    return dict(zip(("effect", "effect_low", "effect_high"), effect, strict=True))
