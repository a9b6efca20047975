"""Novelty against appropriateness: how different answers are, and whether they are to the point."""

from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.special import stdtr

from divergent_bench.analysis.statistics.cells import Floats
from divergent_bench.analysis.statistics.intervals import mean_interval
from divergent_bench.analysis.statistics.multiplicity import BENJAMINI_HOCHBERG, adjust
from divergent_bench.analysis.tables import CONDITION, are_compared, table_of, task_of

GATE_ALPHA: Final = 0.001
"""As published: Nakajima et al. 2026, arXiv 2601.20546."""
PASSED: Final = "passed"
FAILED: Final = "failed"
_MEASURES: Final = ("novelty", "appropriateness")


def measure_frontier(scores: pd.DataFrame) -> pd.DataFrame:
    """Give the mean novelty and appropriateness of each condition, and whether it passes the gate.

    Means are over stimuli, of the means of the answers to each; their intervals are Student's t,
    none for fewer than three stimuli. The gate: the appropriateness of a model or of people has to
    be above that of the baseline that knows nothing of the stimulus (`Task.chance`), for the
    stimuli that both answered; a one-sided Welch test of the means of stimuli, adjusted over all
    conditions of a space (Benjamini-Hochberg), at `GATE_ALPHA`.

    The table ``frontier`` has for every space, in the order of the scores, a row per condition with
    a scorable answer. ``gate`` is missing for baselines, and where there is nothing to test.
    """
    chance = task_of(scores).chance
    rows: list[dict[str, Any]] = []
    for space in scores["space"].unique():
        here = scores[scores["space"].eq(space) & scores["appropriateness"].notna()]
        is_chance = ~are_compared(here["provider"]) & here["model"].eq(chance)
        by_chance = _by_stimulus(here[is_chance])
        groups = here.groupby(CONDITION, observed=True, dropna=False, sort=True)
        of_space = [
            {"space": str(space), **dict(zip(CONDITION, key, strict=True))}
            | _of_condition(group, by_chance)
            for key, group in groups
        ]
        _decide(of_space)
        rows += of_space
    return table_of(rows, "frontier")


def _by_stimulus(answers: pd.DataFrame) -> pd.DataFrame:
    return answers.groupby("stimulus", observed=True)[list(_MEASURES)].mean()


def _of_condition(answers: pd.DataFrame, by_chance: pd.DataFrame) -> dict[str, Any]:
    means = _by_stimulus(answers)
    row: dict[str, Any] = {"n_scorable": len(answers), "n_stimuli": len(means)}
    for measure in _MEASURES:
        values = means[measure].to_numpy()
        low, high = mean_interval(values)
        name = f"mean_{measure}"
        row |= {name: values.mean(), f"{name}_low": low, f"{name}_high": high}
    shared = means.index.intersection(by_chance.index)
    if len(shared):
        own, others = (of.loc[shared, "appropriateness"].to_numpy() for of in (means, by_chance))
        row["chance_appropriateness"] = others.mean()
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


def _decide(rows: list[dict[str, Any]]) -> None:
    """Add the adjusted p values of a space, and what follows from them."""
    tested = [row for row in rows if row.get("p") is not None]
    adjusted = adjust([row["p"] for row in tested], BENJAMINI_HOCHBERG)
    for row, p in zip(tested, adjusted.tolist(), strict=True):
        row |= {
            "p_adjusted": p,
            "adjusted_by": BENJAMINI_HOCHBERG,
            "adjusted_over": len(tested),
            "gate": PASSED if p <= GATE_ALPHA else FAILED,
        }
