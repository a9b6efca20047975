"""The rows that ranking and distributions share: conditions where they are few, else models."""

from dataclasses import dataclass
from typing import Final

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from divergent_bench.figures import style
from divergent_bench.norms import NORMS, has_norms, score_at, space_statement
from divergent_bench.statistics.design import answers, confounded_with
from divergent_bench.summaries import rank_models
from divergent_bench.tables import (
    BASELINE,
    CONDITION,
    MODEL,
    model_labels,
    primary_scores,
    temperature_label,
)

MOST_CONDITIONS: Final = 20
LABEL_WIDTH: Final = 34
_NORM: Final = NORMS["olson2021_study2"]


@dataclass(frozen=True)
class Rows:
    """What a figure with a row per model or condition draws.

    Attributes
    ----------
    samples
        The scores in the primary space, with the ``label`` of the row each belongs to.
    table
        One line per row, highest mean first, unscorable last: ``label``, ``baseline`` and the
        measures of `divergent_bench.summaries`.
    conditions
        The summary of each condition, with its ``label``.
    pooled
        Whether a row is a model over its conditions, not a condition.
    """

    samples: pd.DataFrame
    table: pd.DataFrame
    conditions: pd.DataFrame
    pooled: bool

    @property
    def space(self) -> str:
        """Name of the semantic space."""
        return str(self.samples["space"].iloc[0])

    @property
    def unit(self) -> str:
        """What a row stands for: ``model`` or ``condition``."""
        single = not self.conditions.duplicated(MODEL).any()
        return "model" if self.pooled or single else "condition"

    def notes(self) -> list[str]:
        """Say in which space the scores were made, and what a row stands for."""
        unit = "model, over its conditions" if self.pooled else self.unit
        lines = [f"{space_statement(self.space)}. One row per {unit}."]
        if self.pooled and confounded_with(answers(self.samples), "model"):
            lines.append("The models were not all asked in the same conditions: compare with care.")
        return lines


def make_rows(scores: pd.DataFrame, summary: pd.DataFrame) -> Rows:
    """Choose the rows: conditions where there are at most `MOST_CONDITIONS`, else models.

    Parameters
    ----------
    scores
        As `divergent_bench.tables.read_table` gives it.
    summary
        As `divergent_bench.summaries.summarize_conditions` gives it.
    """
    samples = primary_scores(scores)
    conditions = summary[summary["space"] == str(samples["space"].iloc[0])]
    pooled = int((conditions["provider"] != BASELINE).sum()) > MOST_CONDITIONS
    keys = MODEL if pooled else CONDITION
    conditions = conditions.assign(label=_labels(conditions, keys))
    table = rank_models(samples) if pooled else conditions
    table = table.assign(label=_labels(table, keys), baseline=table["provider"] == BASELINE)
    return Rows(
        samples=samples.assign(label=_labels(samples, keys)),
        table=table.sort_values(["mean", "label"], ascending=[False, True], ignore_index=True),
        conditions=conditions,
        pooled=pooled,
    )


def dress(axes: Axes, rows: Rows) -> list[Artist]:
    """Give a figure its rows, its axis and, in the published space, the human norm.

    Returns
    -------
    list of Artist
        What the legend has to explain.
    """
    names = rows.table["label"]
    axes.set_yticks(range(len(names)), [style.fit(name, LABEL_WIDTH) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="x")
    axes.set_xlabel(style.SCORE_AXIS)
    unscorable = rows.table.index[rows.table["n_scorable"] == 0]
    for place in unscorable:
        aside = axes.get_yaxis_transform()
        axes.text(0.02, place, "no scorable answer", transform=aside, va="center", style="italic")
    if len(unscorable) == len(rows.table):
        axes.set_xlim(0, 200)
    return _draw_norm(axes) if has_norms(rows.space) else []


def _draw_norm(axes: Axes) -> list[Artist]:
    low, median, high = score_at([25, 50, 75], _NORM.name)
    axes.axvspan(low, high, color="#e8eff4", zorder=0)
    axes.axvline(median, color=style.GREY, linestyle=":", linewidth=1.2, zorder=1)
    return [
        Line2D([], [], color=style.GREY, linestyle=":", label=f"human median ({_NORM.label})"),
        Patch(color="#e8eff4", label=f"middle half of people (n = {_NORM.n:,})"),
    ]


def _labels(table: pd.DataFrame, keys: list[str]) -> "pd.Series[str]":
    """Name the row of each line: the model, and whatever else tells the conditions apart."""
    labels = model_labels(table)
    asked = table["provider"] != BASELINE
    labels = labels.where(asked, labels + " (baseline)")
    if "strategy" in keys and len(table.loc[asked, "strategy"].unique()) > 1:
        labels = labels.where(~asked, labels + " · " + table["strategy"].astype(str))
    if "temperature" in keys and len(table.loc[asked, "temperature"].unique()) > 1:
        temperatures = table["temperature"].map(temperature_label).astype(str)
        labels = labels.where(~asked, labels + " · t " + temperatures)
    return labels
