"""Tables of scores made by hand or by a seeded generator."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from divergent_bench.analysis.tables import SCORES
from divergent_bench.analysis.tables.facts import typed
from divergent_bench.instrument.tasks import find_task, known_tasks


def scores_table(rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    """Make a table of scores; what a row does not say gets a plain value.

    Every row is a list of its own unless it gives `scored_words`.
    """
    complete = []
    for number, row in enumerate(rows):
        score = row.get("score", np.nan)
        scorable = not pd.isna(score)
        complete.append(
            {
                "task": "dat",
                "space": "wordnet",
                "provider": "openai",
                "model": "a",
                "strategy": "none",
                "stimulus": np.nan,
                "wording": 0,
                "temperature": 0.7,
                "seed": number,
                "outcome": "ok",
                "score": score,
                "n_words": 10,
                "n_valid": 7 if scorable else 3,
                "n_unknown": 0,
                "n_no_noun": 0,
                "n_proper_noun": 0,
                "n_very_rare": 0,
                "scored_words": f"list{number}|b|c|d|e|f|g" if scorable else np.nan,
                "layout": "numbered",
                "flags": np.nan,
                "requested": "temperature|seed",
                "sent": "temperature|seed",
                "served_model": row.get("model", "a"),
                "cost_usd": np.nan,
                "latency_s": 1.0,
                "digest": "0",
                "text_digest": str(row.get("scored_words", number)),
                "sample": f"seed{number}.json",
            }
            | row
        )
    tasks = {str(row["task"]) for row in complete} & set(known_tasks())
    measures = [measure for task in sorted(tasks) for measure in find_task(task).measures]
    columns = SCORES | {measure.column: measure.dtype for measure in measures}
    return typed({name: [row.get(name, np.nan) for row in complete] for name in columns}, columns)


def condition(scores: Iterable[float], **key: object) -> list[dict[str, object]]:
    """Return the rows of the answers of a condition, given their scores."""
    return [{**key, "score": float(score)} for score in scores]


def only(table: pd.DataFrame, **where: object) -> "pd.Series[Any]":
    """Return the row of a table that has these values; there must be one."""
    chosen = table
    for column, value in where.items():
        chosen = chosen[chosen[column] == value]
    assert len(chosen) == 1, chosen
    return chosen.iloc[0]


def grid(
    models: Sequence[str],
    strategies: Sequence[str] = ("none",),
    temperatures: Sequence[float | None] = (0.7,),
    *,
    n: int = 8,
    space: str = "wordnet",
    unscorable: str | None = None,
    baselines: bool = True,
    people: bool = False,
) -> pd.DataFrame:
    """Make a balanced grid with plausible scores, every fourth list a repetition."""
    rng = np.random.default_rng(7)
    conditions = [
        ("openai", model, strategy, temperature, 75 + 3 * place + 2 * len(strategy) % 5)
        for place, model in enumerate(models)
        for strategy in strategies
        for temperature in temperatures
    ]
    if baselines:
        conditions += [
            ("baseline", "random-nouns", "not-applicable", None, 90),
            ("baseline", "oracle", "not-applicable", None, 105),
        ]
    if people:
        conditions.append(("people", "people", "not-applicable", None, 84))
    rows = []
    for number, (provider, model, strategy, temperature, mean) in enumerate(conditions):
        values = rng.normal(mean, 3, n)
        for seed in range(n):
            kept = seed - 1 if seed % 4 == 3 else seed
            row = {
                "space": space,
                "provider": provider,
                "model": model,
                "strategy": strategy,
                "temperature": temperature,
                "seed": seed,
                "score": values[kept],
                "scored_words": f"{number}-{kept}|b|c|d|e|f|g",
            }
            if model == unscorable:
                row |= {"score": np.nan, "scored_words": np.nan, "outcome": "refused"}
            rows.append(row)
    return scores_table(rows)
