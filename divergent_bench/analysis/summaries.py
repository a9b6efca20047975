"""What each condition, and each model over its conditions, amounts to."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from divergent_bench.analysis.frontier import failed_models
from divergent_bench.analysis.statistics.cells import Cells, match, split
from divergent_bench.analysis.statistics.design import COMPARED, answers, drawn_stimuli, levels
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
from divergent_bench.analysis.tables.facts import typed
from divergent_bench.base.records import STIMULUS
from divergent_bench.instrument.norms import NORMS, SAMPLES, Norm, percentile
from divergent_bench.instrument.tasks import RULES

_OF_SCORES: Final[Mapping[str, Callable[[NDArray[np.float64]], np.float64]]] = {
    "mean": np.mean,
    "median": np.median,
    "min": np.min,
    "max": np.max,
}


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
        equal = _equal_weight_means(primary[COMPARED][are_ranked(primary["provider"])])
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
    summary = measure(scores, by)
    low, high = wilson(summary["n_scorable"], summary["n"])
    summary["scorable_share"] = summary["n_scorable"] / summary["n"]
    summary["scorable_low"], summary["scorable_high"] = low, high
    task = task_of(scores)
    summary["task"] = task.name
    for norm in NORMS:  # a sample of people has one for each space that it was scored in
        here = summary["space"].eq(norm.space) & (norm.name in norms) & (norm.name in task.norms)
        column = f"percentile_{norm.name}"
        known = summary.get(column, np.nan)
        summary[column] = np.where(here, percentile(summary["mean"], norm), known)
    order = {str(space): place for place, space in enumerate(scores["space"].unique())}
    table = typed({column: summary[column] for column in SUMMARY if column in summary}, SUMMARY)
    return table.sort_values(
        by,
        key=lambda column: column.map(order) if column.name == "space" else column,
        ignore_index=True,
    )


def measure(scores: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Measure the samples of each group, in the order of the first of each.

    A row per combination of values in the columns `by`, a missing one among these; the columns `by`
    and those of the table ``summary`` that tell of answers.
    """
    numbers = scores.groupby(by, sort=False, dropna=False, observed=True).ngroup().to_numpy()
    groups = np.split(np.argsort(numbers, kind="stable"), np.cumsum(np.bincount(numbers))[:-1])
    keys = scores[by].iloc[[rows[0] for rows in groups]].astype(object)
    columns = _columns(scores)
    measures = pd.DataFrame([_measure(columns, rows) for rows in groups])
    return pd.concat([keys.reset_index(drop=True), measures], axis="columns")


def _columns(scores: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """Return what is measured of samples as arrays, a value per sample."""
    numbers = ["score", "n_words", "cost_usd", "latency_s", *(f"n_{rule}" for rule in RULES)]
    return {
        **{name: scores[name].to_numpy(np.float64, na_value=np.nan) for name in numbers},
        **{name: scores[name].to_numpy() for name in ("wording", STIMULUS)},
        "list": list_codes(scores),
        "text": pd.factorize(scores["text_digest"])[0],
        "outcome": pd.Categorical(scores["outcome"], OUTCOMES).codes,
        "only_reasoning": _only_reasoned(scores).to_numpy(),
    }


def _measure(columns: Mapping[str, NDArray[Any]], rows: NDArray[np.int64]) -> dict[str, Any]:
    group = {name: values[rows] for name, values in columns.items()}
    has_score = ~np.isnan(group["score"])
    answered = {name: values[has_score] for name, values in group.items()}
    scored = answered["score"]
    stimuli = drawn_stimuli(answered)
    low, high = mean_interval(scored, answered["wording"] if stimuli is None else stimuli)
    latency = group["latency_s"][~np.isnan(group["latency_s"])]
    return {
        "n": len(rows),
        **{f"n_{o}": int((group["outcome"] == place).sum()) for place, o in enumerate(OUTCOMES)},
        "n_only_reasoning": int(group["only_reasoning"].sum()),
        "n_scorable": len(scored),
        "n_unique_lists": len(np.unique(answered["list"])),
        "n_repeated": len(rows) - len(np.unique(group["text"])),
        "mean_low": low,
        "mean_high": high,
        "sd": scored.std(ddof=1) if len(scored) > 1 else np.nan,
        **{name: of(scored) if len(scored) else np.nan for name, of in _OF_SCORES.items()},
        **{f"share_{rule}": _share(group[f"n_{rule}"], group["n_words"]) for rule in RULES},
        "cost_usd": np.nan if np.isnan(group["cost_usd"]).all() else np.nansum(group["cost_usd"]),
        "median_latency_s": np.median(latency) if len(latency) else np.nan,
    }


def _share(parts: NDArray[np.float64], wholes: NDArray[np.float64]) -> float:
    """Return what part of the words is meant; NaN where there are none, or the task has no rule."""
    total = wholes.sum()
    return float(parts.sum() / total) if total else np.nan


def _only_reasoned(group: pd.DataFrame) -> pd.Series:
    """Say which answers reached their limit of tokens while the model was still reasoning.

    Where a provider keeps the reasoning to itself, nothing at all was written until then.
    """
    flags = group["flags"].fillna("").astype(str)
    wrote = flags.str.contains("cut-off|empty-entries") | group["layout"].ne("none")
    silent = group["outcome"].eq("truncated") & group["n_words"].eq(0) & ~wrote
    visible = group["outcome"].eq("truncated") & flags.str.contains("unclosed-reasoning")
    return silent | visible
