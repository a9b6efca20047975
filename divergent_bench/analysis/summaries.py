"""What each condition, and each model over its conditions, amounts to."""

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from divergent_bench.analysis.statistics.intervals import bootstrap_mean, wilson
from divergent_bench.analysis.statistics.units import list_codes, unique_lists
from divergent_bench.analysis.tables import (
    CONDITION,
    MODEL,
    OUTCOMES,
    SUMMARY,
    are_compared,
    are_ranked,
    kinds,
    model_labels,
    primary_scores,
    task_of,
)
from divergent_bench.instrument.norms import NORMS, Norm, percentile

_MEASURES = [column for column in SUMMARY if column not in {"space", *CONDITION}]


def summarize_conditions(scores: pd.DataFrame, norms: Collection[str] = NORMS) -> pd.DataFrame:
    """Summarize every condition in every semantic space: the table ``summary``.

    Spaces are in the order of the scores, the rest sorted. Intervals of means are missing with
    fewer than two unique lists, costs where none is known. Percentiles are given of the human
    samples `norms`, names in `instrument.norms.NORMS`, in the published space.
    """
    return _summarize(scores, CONDITION, norms)


def rank_models(scores: pd.DataFrame, norms: Collection[str] = NORMS) -> pd.DataFrame:
    """Summarize all who answered, over their conditions in the primary space, highest mean first.

    To the measures of `summarize_conditions` it adds ``label`` (the name of the model, with the
    provider where two providers share it), ``kind`` (``model``, ``people`` or ``baseline``),
    ``baseline``, ``n_conditions``, and ``rank``: 1 for the highest mean of a model; missing for
    people and baselines, and where nothing is scorable.
    """
    primary = primary_scores(scores)
    ranking = _summarize(primary, MODEL, norms)
    ranking["label"] = model_labels(ranking)
    ranking["kind"] = kinds(ranking["provider"])
    ranking["baseline"] = ~are_compared(ranking["provider"])
    conditions = primary[CONDITION].drop_duplicates().groupby(MODEL, observed=True).size()
    ranking["n_conditions"] = [conditions[tuple(key)] for key in ranking[MODEL].to_numpy()]
    ranking = ranking.sort_values(["mean", "label"], ascending=[False, True], ignore_index=True)
    competing = ranking.loc[are_ranked(ranking["provider"]), "mean"]
    ranking["rank"] = competing.rank(ascending=False, method="min").astype("Int64")
    return ranking


def chosen_norms(summary: pd.DataFrame) -> list[Norm]:
    """Return the norms that a summary or ranking has percentiles of."""
    return [norm for norm in NORMS.values() if summary[f"percentile_{norm.name}"].notna().any()]


def _summarize(scores: pd.DataFrame, keys: Sequence[str], norms: Collection[str]) -> pd.DataFrame:
    by = ["space", *keys]
    coded = scores.assign(codes=list_codes(scores))
    groups = coded.groupby(by, sort=False, dropna=False, observed=True)
    summary = pd.DataFrame(
        [dict(zip(by, key, strict=True)) | measure(group) for key, group in groups],
        columns=[*by, *_MEASURES],
    )
    low, high = wilson(summary["n_scorable"], summary["n"])
    summary["scorable_share"] = summary["n_scorable"] / summary["n"]
    summary["scorable_low"], summary["scorable_high"] = low, high
    task = task_of(scores)
    for name, norm in NORMS.items():
        holds = name in norms and name in task.norms
        comparable = summary["mean"].where(summary["space"].eq(norm.space) & holds)
        summary[f"percentile_{name}"] = percentile(comparable, name)
    order = {str(space): place for place, space in enumerate(scores["space"].unique())}
    typed = summary.astype({column: SUMMARY[column] for column in summary.columns})
    return typed.sort_values(
        by,
        key=lambda column: column.map(order) if column.name == "space" else column,
        ignore_index=True,
    )


def measure(group: pd.DataFrame) -> dict[str, Any]:
    """Measure a group of samples in one space, with their `list_codes` as ``codes``."""
    scored = group["score"].dropna()
    lists = unique_lists(group["codes"].to_numpy(), group["score"].to_numpy())
    outcomes = group["outcome"].astype(str).value_counts()
    low, high = bootstrap_mean(lists)
    return {
        "n": len(group),
        **{f"n_{outcome}": int(outcomes.get(outcome, 0)) for outcome in OUTCOMES},
        "n_scorable": len(scored),
        "n_unique_lists": len(lists),
        "effective_n": lists.effective_n,
        "mean_low": low,
        "mean_high": high,
        "mean": scored.mean(),
        "sd": scored.std(),
        "median": scored.median(),
        "min": scored.min(),
        "max": scored.max(),
        "cost_usd": group["cost_usd"].sum(min_count=1),
        "median_latency_s": group["latency_s"].median(),
    }
