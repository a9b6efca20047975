"""The rows that ranking and distributions share: conditions where they are few, else models."""

from dataclasses import dataclass
from typing import Final

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from divergent_bench.analysis.statistics.design import answers, confounded_with
from divergent_bench.analysis.summaries import rank_models
from divergent_bench.analysis.tables import (
    BASELINE,
    CONDITION,
    MODEL,
    PEOPLE,
    model_labels,
    primary_scores,
    temperature_label,
)
from divergent_bench.base.names import NOT_APPLICABLE
from divergent_bench.instrument.norms import has_norms, space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.references import draw_norm

MOST_CONDITIONS: Final = 20
LABEL_WIDTH: Final = 34
_ROOMY_UP_TO: Final = 30  # rows


@dataclass(frozen=True)
class Rows:
    """What a figure with a row per model or condition draws.

    Attributes
    ----------
    samples
        The scores in the primary space, with the ``label`` of the row each belongs to.
    table
        One line per row, highest mean first, unscorable last: ``label``, ``kind`` (see `kinds`) and
        the measures of `divergent_bench.analysis.summaries`.
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
        models = self.samples[kinds(self.samples) == "model"]
        if self.pooled and confounded_with(answers(models), "model"):
            lines.append("The models were not all asked in the same conditions: compare with care.")
        return lines


def make_rows(scores: pd.DataFrame, summary: pd.DataFrame) -> Rows:
    """Choose the rows: conditions where there are at most `MOST_CONDITIONS`, else models.

    Parameters
    ----------
    scores
        As `divergent_bench.analysis.tables.read_table` gives it.
    summary
        As `divergent_bench.analysis.summaries.summarize_conditions` gives it.
    """
    samples = primary_scores(scores)
    conditions = summary[summary["space"] == str(samples["space"].iloc[0])]
    pooled = int(kinds(conditions).ne("baseline").sum()) > MOST_CONDITIONS
    keys = MODEL if pooled else CONDITION
    conditions = conditions.assign(label=_labels(conditions, keys))
    table = rank_models(samples) if pooled else conditions
    table = table.assign(label=_labels(table, keys), kind=kinds(table))
    return Rows(
        samples=samples.assign(label=_labels(samples, keys)),
        table=table.sort_values(["mean", "label"], ascending=[False, True], ignore_index=True),
        conditions=conditions,
        pooled=pooled,
    )


def set_up_axes(axes: Axes, rows: Rows) -> list[Artist]:
    """Give a figure its rows, its axis and, in the published space, the human norm.

    Returns
    -------
    list of Artist
        What the legend has to explain.
    """
    label_rows(axes, rows.table)
    axes.grid(axis="x")
    axes.set_xlabel(style.SCORE_AXIS)
    unscorable = rows.table.index[rows.table["n_scorable"] == 0]
    for place in unscorable:
        aside = axes.get_yaxis_transform()
        axes.text(0.02, place, "no scorable answer", transform=aside, va="center", style="italic")
    if len(unscorable) == len(rows.table):
        axes.set_xlim(0, 200)
    return draw_norm(axes, across="x") if has_norms(rows.space) else []


def label_rows(axes: Axes, table: pd.DataFrame) -> None:
    """Name the rows of `table` on the vertical axis, first row on top."""
    lines = 1 if is_dense(table) else 2
    names = [style.fit(name, LABEL_WIDTH + 4 * (lines == 1), lines) for name in table["label"]]
    axes.set_yticks(range(len(table)), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(table) - 0.4, -0.6)


def is_dense(table: pd.DataFrame) -> bool:
    """Tell whether there are so many rows that they have to be drawn low."""
    return len(table) > _ROOMY_UP_TO


def kinds(table: pd.DataFrame) -> "pd.Series[str]":
    """Tell who answered in each row: ``model``, ``people`` or ``baseline``."""
    names = {PEOPLE: "people", BASELINE: "baseline"}
    return table["provider"].astype(str).map(lambda provider: names.get(provider, "model"))


def looks(table: pd.DataFrame) -> list[style.MarkerStyle]:
    """Return the looks of the kinds in a table with ``kind``; none where all are models."""
    present = [kind for kind in style.LOOKS if table["kind"].eq(kind).any()]
    return [] if present == ["model"] else [style.LOOKS[kind] for kind in present]


def name_kinds(table: pd.DataFrame) -> "pd.Series[str]":
    """Name the model of each row, and say of people and baselines what they are."""
    labels, kind = model_labels(table), kinds(table)
    told = kind.eq("model") | labels.str.lower().eq(kind)
    return labels.where(told, labels + " (" + kind + ")")


def _labels(table: pd.DataFrame, keys: list[str]) -> "pd.Series[str]":
    """Name the row of each line: the model, and whatever else tells the conditions apart."""
    labels, kind = name_kinds(table), kinds(table)
    asked = kind.ne("baseline")
    if "strategy" in keys and len(table.loc[asked, "strategy"].unique()) > 1:
        applies = asked & ~(kind.eq("people") & table["strategy"].eq(NOT_APPLICABLE))
        labels = labels.where(~applies, labels + " · " + table["strategy"].astype(str))
    if "temperature" in keys and len(table.loc[asked, "temperature"].unique()) > 1:
        applies = asked & ~(kind.eq("people") & table["temperature"].isna())
        temperatures = table["temperature"].map(temperature_label).astype(str)
        labels = labels.where(~applies, labels + " · t " + temperatures)
    return labels
