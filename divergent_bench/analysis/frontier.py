"""Scores against what they have to be above: how high they are, and whether they count."""

from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.special import stdtr

from divergent_bench.analysis.statistics.cells import Floats
from divergent_bench.analysis.statistics.intervals import mean_interval
from divergent_bench.analysis.statistics.multiplicity import BENJAMINI_HOCHBERG, adjust
from divergent_bench.analysis.tables import CONDITION, are_compared, table_of, task_of
from divergent_bench.instrument.tasks import Gate

PASSED: Final = "passed"
FAILED: Final = "failed"


def measure_frontier(scores: pd.DataFrame) -> pd.DataFrame:
    """Give the mean score of each condition and the mean of what its task gates by.

    Means are over stimuli, of the means of the answers to each; their intervals are Student's t,
    none for fewer than three stimuli. The gate (`Task.gate`): the measure of a model or of people
    has to be above that of the baseline that knows nothing of the stimulus, for the stimuli that
    both answered; a one-sided Welch test of the means of stimuli, adjusted over all conditions of a
    space (Benjamini-Hochberg).

    The table ``frontier`` has for every space, in the order of the scores, a row per condition with
    a scorable answer; none of a task without a gate. ``gate`` is missing for baselines, and where
    there is nothing to test.
    """
    task = task_of(scores)
    gate = task.gate
    if gate is None:
        return table_of([], "frontier")
    rows: list[dict[str, Any]] = []
    for space in scores["space"].unique():
        here = scores[scores["space"].eq(space) & scores[gate.measure].notna()]
        is_chance = ~are_compared(here["provider"]) & here["model"].eq(gate.chance)
        by_chance = _by_stimulus(here[is_chance], gate)
        groups = here.groupby(CONDITION, observed=True, dropna=False, sort=True)
        of_space = [
            {"task": task.name, "space": str(space), **dict(zip(CONDITION, key, strict=True))}
            | _of_condition(group, by_chance, gate)
            for key, group in groups
        ]
        _decide(of_space, gate.alpha)
        rows += of_space
    return table_of(rows, "frontier")


def failed_models(scores: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the models and people, by provider and name, that did not pass the gate.

    None of their conditions did, of those that were tested in the space of the scores.
    """
    if task_of(scores).gate is None:
        return set()
    tested = measure_frontier(scores).dropna(subset="gate")
    passed = tested["gate"].eq(PASSED).groupby([tested["provider"], tested["model"]]).any()
    return {(str(provider), str(model)) for provider, model in passed.index[~passed]}


def _by_stimulus(answers: pd.DataFrame, gate: Gate) -> pd.DataFrame:
    return answers.groupby("stimulus", observed=True)[["score", gate.measure]].mean()


def _of_condition(answers: pd.DataFrame, by_chance: pd.DataFrame, gate: Gate) -> dict[str, Any]:
    means = _by_stimulus(answers, gate)
    row: dict[str, Any] = {"n_scorable": len(answers), "n_stimuli": len(means)}
    for column, name in (("score", "mean_score"), (gate.measure, "mean_gate")):
        values = means[column].to_numpy()
        low, high = mean_interval(values)
        row |= {name: values.mean(), f"{name}_low": low, f"{name}_high": high}
    row["gate_measure"] = gate.measure
    shared = means.index.intersection(by_chance.index)
    if len(shared):
        own, others = (of.loc[shared, gate.measure].to_numpy() for of in (means, by_chance))
        row["chance_gate"] = others.mean()
        if bool(are_compared(answers["provider"]).all()):
            row["p"] = _above(own, others)
    return row


def _above(a: Floats, b: Floats) -> float | None:
    """Return the one-sided p of Welch's test that the mean of `a` is above that of `b`.

    None where the values do not vary, or are single ones. Welch, B. L. (1947). Biometrika 34, 28.
    """
    if len(a) < 2:
        return None
    noise = np.array([each.var(ddof=1) / len(each) for each in (a, b)])
    if not noise.sum() > 0:
        return None
    df = noise.sum() ** 2 / (noise**2 / (np.array([len(a), len(b)]) - 1)).sum()
    return float(stdtr(df, -(a.mean() - b.mean()) / np.sqrt(noise.sum())))


def _decide(rows: list[dict[str, Any]], alpha: float) -> None:
    """Add the adjusted p values of a space, and what follows from them."""
    tested = [row for row in rows if row.get("p") is not None]
    adjusted = adjust([row["p"] for row in tested], BENJAMINI_HOCHBERG)
    for row, p in zip(tested, adjusted.tolist(), strict=True):
        row |= {
            "p_adjusted": p,
            "adjusted_by": BENJAMINI_HOCHBERG,
            "adjusted_over": len(tested),
            "gate": PASSED if p <= alpha else FAILED,
        }
