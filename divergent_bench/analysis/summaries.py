"""What each condition, and each model over its conditions, amounts to."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from divergent_bench.analysis.frontier import failed_models
from divergent_bench.analysis.statistics.cells import Cells, match, split
from divergent_bench.analysis.statistics.design import answers, drawn_stimuli, levels
from divergent_bench.analysis.statistics.estimates import mean
from divergent_bench.analysis.statistics.intervals import FEWEST, mean_interval, wilson
from divergent_bench.analysis.statistics.rank_ranges import rank_ranges
from divergent_bench.analysis.statistics.repetition import list_codes
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
from divergent_bench.instrument.norms import NORMS, SAMPLES, Norm, percentile
from divergent_bench.instrument.tasks import RULES

_MEASURES = [column for column in SUMMARY if column not in {"task", "space", *CONDITION}]


def summarize_conditions(scores: pd.DataFrame, norms: Collection[str] = SAMPLES) -> pd.DataFrame:
    """Summarize every condition in every semantic space: the table ``summary``.

    Spaces are in the order of the scores, the rest sorted. Intervals of means are missing with
    fewer than three scores, costs where none is known, shares of words that break a rule where the
    task has no such rule. Percentiles are given of the human samples
    `norms`, names in `instrument.norms.SAMPLES`, each in its own spaces.
    """
    return _summarize(scores, CONDITION, norms)


def rank_models(
    scores: pd.DataFrame, norms: Collection[str] = SAMPLES, tests: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Summarize all who answered, over their conditions in the primary space, highest mean first.

    The ``mean`` of a model is that of the cells (strategy and temperature) that all models with a
    score share, each with the same weight, so that it does not depend on how often which prompt was
    asked; ``raw_mean`` is that of its answers. Where they share no cell, cells are those of the
    strategy, or of the temperature, or there is one. To the other measures of
    `summarize_conditions` it adds ``label`` (the name of the model, with the provider where two
    providers share it), ``kind`` (``model``, ``people`` or ``baseline``), ``baseline``,
    ``n_conditions``, ``n_cells`` (of the mean), ``failed_gate`` (`frontier.failed_models`), and
    ``rank``: 1 for the highest mean of a model; missing for people and baselines, where nothing is
    scorable, and for those that did not pass the gate of the task. With the table of `tests`,
    ``rank_low`` and ``rank_high`` are those of `rank_ranges`.
    """
    primary = primary_scores(scores)
    ranking = _summarize(primary, MODEL, norms)
    ranking["label"] = model_labels(ranking)
    ranking["kind"] = kinds(ranking["provider"])
    ranking["baseline"] = ~are_compared(ranking["provider"])
    conditions = primary[CONDITION].drop_duplicates().groupby(MODEL, observed=True).size()
    ranking["n_conditions"] = [conditions[tuple(key)] for key in ranking[MODEL].to_numpy()]
    ranking["raw_mean"] = ranking["mean"]
    ranking["n_cells"] = ranking["n_conditions"]
    ranked = are_ranked(ranking["provider"]) & ranking["n_scorable"].gt(0)
    if ranked.any():
        equal = _equal_weight_means(primary[are_ranked(primary["provider"])])
        for column in ("mean", "mean_low", "mean_high", "n_cells"):
            ranking.loc[ranked, column] = ranking.loc[ranked, "label"].map(equal[column])
    ranking = ranking.sort_values(["mean", "label"], ascending=[False, True], ignore_index=True)
    failed = failed_models(primary)
    names = zip(ranking["provider"].astype(str), ranking["model"].astype(str), strict=True)
    ranking["failed_gate"] = [name in failed for name in names]
    competing = ranking.loc[are_ranked(ranking["provider"]) & ~ranking["failed_gate"], "mean"]
    ranking["rank"] = competing.rank(ascending=False, method="min").astype("Int64")
    models = ranking.loc[ranking["rank"].notna(), "label"]
    ranges = rank_ranges(tests, list(models)) if tests is not None else {}
    for column, end in (("rank_low", 0), ("rank_high", 1)):
        found = [ranges[label][end] if label in ranges else None for label in ranking["label"]]
        ranking[column] = pd.array(found, dtype="Int64")
    return ranking


def _equal_weight_means(asked: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each model over shared cells, by its label."""
    compared = answers(asked)
    scored = compared[compared["score"].notna()]
    names = levels(scored, "model")
    matched = match(_cells_in_common(scored, names), names, lambda level: level.n)
    rows = []
    for level in matched.levels:
        estimate = mean(level, matched.weights)
        enough = level.n.sum() >= FEWEST
        low, high = estimate.interval() if enough else (np.nan, np.nan)
        rows.append((estimate.value, low, high, len(matched.weights)))
    columns = ["mean", "mean_low", "mean_high", "n_cells"]
    return pd.DataFrame(rows, index=names, columns=columns)


def _cells_in_common(scored: pd.DataFrame, names: Sequence[str]) -> Cells:
    """Split answers into the finest cells of which all models share one."""
    for dropped in ([], ["temperature"], ["strategy"], ["strategy", "temperature"]):
        coarser = scored.assign(**dict.fromkeys(dropped, ""))
        cells = split(coarser, "model", names, "")
        if np.logical_and.reduce([cells.by_level[name].n > 0 for name in names]).any():
            break
    return cells


def chosen_norms(summary: pd.DataFrame) -> list[Norm]:
    """Return the norms that a summary or ranking has percentiles of."""
    spaces = {str(space) for space in summary["space"].unique()}
    return [
        norm
        for norm in NORMS
        if norm.space in spaces
        and summary.loc[summary["space"] == norm.space, f"percentile_{norm.name}"].notna().any()
    ]


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
    summary.insert(0, "task", task.name)
    for norm in NORMS:  # a sample of people has one for each space that it was scored in
        here = summary["space"].eq(norm.space) & (norm.name in norms) & (norm.name in task.norms)
        column = f"percentile_{norm.name}"
        known = summary.get(column, np.nan)
        summary[column] = np.where(here, percentile(summary["mean"], norm), known)
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
    outcomes = group["outcome"].astype(str).value_counts()
    answered = group.loc[scored.index]
    stimuli = drawn_stimuli(answered)
    clusters = answered["wording"].to_numpy() if stimuli is None else stimuli
    low, high = mean_interval(scored.to_numpy(), clusters)
    return {
        "n": len(group),
        **{f"n_{outcome}": int(outcomes.get(outcome, 0)) for outcome in OUTCOMES},
        "n_only_reasoning": int(_only_reasoned(group).sum()),
        "n_scorable": len(scored),
        "n_unique_lists": group.loc[scored.index, "codes"].nunique(),
        "n_repeated": int(group["text_digest"].duplicated().sum()),
        "mean_low": low,
        "mean_high": high,
        "mean": scored.mean(),
        "sd": scored.std(),
        "median": scored.median(),
        "min": scored.min(),
        "max": scored.max(),
        **{f"share_{rule}": _share(group[f"n_{rule}"], group["n_words"]) for rule in RULES},
        "cost_usd": group["cost_usd"].sum(min_count=1),
        "median_latency_s": group["latency_s"].median(),
    }


def _share(parts: "pd.Series[int]", wholes: "pd.Series[int]") -> float:
    total = wholes.sum()
    return parts.sum() / total if total and parts.notna().all() else np.nan


def _only_reasoned(group: pd.DataFrame) -> pd.Series:
    """Say which answers reached their limit of tokens while the model was still reasoning.

    Where a provider keeps the reasoning to itself, nothing at all was written until then.
    """
    flags = group["flags"].fillna("").astype(str)
    wrote = flags.str.contains("cut-off|empty-entries") | group["layout"].ne("none")
    silent = group["outcome"].eq("truncated") & group["n_words"].eq(0) & ~wrote
    visible = group["outcome"].eq("truncated") & flags.str.contains("unclosed-reasoning")
    return silent | visible
