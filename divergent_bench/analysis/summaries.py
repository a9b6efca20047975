"""What each condition, and each model over its conditions, amounts to."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
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
    """Summarize every condition in every semantic space.

    Percentiles are given of the human samples `norms`, names in `instrument.norms.NORMS`.

    Returns
    -------
    DataFrame
        One row per (space, provider, model, strategy, temperature), spaces in the order of the
        table, the rest sorted:

        - ``n`` samples and how they ended (``n_ok`` ...);
        - ``n_scorable``, ``scorable_share`` (0 to 1) with its 95 % Wilson interval;
        - ``n_unique_lists`` and Kish's ``effective_n`` among the scorable samples;
        - ``mean`` with its 95 % interval by bootstrap over unique lists (missing with
          fewer than two of them), ``sd`` (n - 1), ``median``, ``min``, ``max``;
        - ``percentile_*``: where the mean stands among people; missing where a norm was not chosen,
          and outside the published space;
        - ``cost_usd``: sum of the known costs, missing where none is known; ``median_latency_s``.
    """
    return _summarize(scores, CONDITION, norms)


def rank_models(scores: pd.DataFrame, norms: Collection[str] = NORMS) -> pd.DataFrame:
    """Summarize all who answered, over their conditions in the primary space, highest mean first.

    Returns
    -------
    DataFrame
        The measures of `summarize_conditions` per (space, provider, model), and

        - ``label``: the name of the model, with the provider where two providers share it;
        - ``kind``: ``model``, ``people`` or ``baseline`` (a generator that is no language model);
        - ``baseline``: whether it is a baseline;
        - ``n_conditions``;
        - ``rank``: 1 for the highest mean of a model; missing for people and baselines, and where
          nothing is scorable.
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
        [dict(zip(by, key, strict=True)) | _measure(group) for key, group in groups],
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


def _measure(group: pd.DataFrame) -> dict[str, Any]:
    values = group["score"].to_numpy()
    scored = values[~np.isnan(values)]
    lists = unique_lists(group["codes"].to_numpy(), values)
    outcomes = group["outcome"].astype(str).value_counts()
    low, high = bootstrap_mean(lists)
    measures = {
        "n": len(group),
        **{f"n_{outcome}": int(outcomes.get(outcome, 0)) for outcome in OUTCOMES},
        "n_scorable": len(scored),
        "n_unique_lists": len(lists),
        "effective_n": lists.effective_n,
        "mean_low": low,
        "mean_high": high,
        "sd": scored.std(ddof=1) if len(scored) > 1 else np.nan,
        "cost_usd": group["cost_usd"].sum(min_count=1),
        "median_latency_s": group["latency_s"].median(),
    }
    if len(scored):
        measures |= {
            "mean": scored.mean(),
            "median": np.median(scored),
            "min": scored.min(),
            "max": scored.max(),
        }
    return measures
