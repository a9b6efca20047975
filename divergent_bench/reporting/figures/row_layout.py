"""Figures with a row per model or condition: which rows there are, and what stands beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation, Transform
from numpy.typing import NDArray

from divergent_bench.analysis.statistics.design import answers, confounded_with, drawn_stimuli
from divergent_bench.analysis.statistics.intervals import FEWEST_CLUSTERS
from divergent_bench.analysis.statistics.repetition import ScoredLists
from divergent_bench.analysis.summaries import rank_models
from divergent_bench.analysis.tables import (
    CONDITION,
    MODEL,
    are_compared,
    are_ranked,
    kinds,
    model_labels,
    primary_scores,
    task_of,
    temperature_label,
)
from divergent_bench.base.names import NOT_APPLICABLE
from divergent_bench.instrument.norms import space_statement
from divergent_bench.instrument.tasks import Task
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.references import draw_norm

MOST_CONDITIONS: Final = 20
_ABOVE: Final = 7.0  # points: size of what stands above a row
_SEPARATOR: Final = " \N{MIDDLE DOT} "  # of what is said above a row
_GOLDEN: Final = 0.6180339887498949


@dataclass(frozen=True)
class Rows:
    """What a figure with a row per model or condition draws."""

    samples: pd.DataFrame  # the scores in the primary space, with the ``label`` of their row
    table: pd.DataFrame  # a line per row, best first: label, kind, measures of `summaries`
    conditions: pd.DataFrame  # the summary of each condition, with the ``label`` of its row
    pooled: bool  # whether a row is a model over its conditions, not a condition

    @property
    def space(self) -> str:
        """Name of the semantic space."""
        return str(self.samples["space"].iloc[0])

    @property
    def task(self) -> Task:
        """The task that the scores are of."""
        return task_of(self.samples)

    @property
    def unit(self) -> str:
        """What a row stands for: ``model`` or ``condition``."""
        single = not self.conditions.duplicated(MODEL).any()
        return "model" if self.pooled or single else "condition"

    @property
    def dense(self) -> bool:
        """Whether there are so many rows that they have to be drawn low."""
        return len(self.table) > style.layout().roomy_rows

    def figure(self, title: str, note: str, frame: float, heights: tuple[float, float]) -> Figure:
        """Make the figure; it says in which space scores were made, and what a row stands for.

        The height in inches is that of the `frame` and of a row, or of one that has to be low.
        """
        unit = "model, over its conditions" if self.pooled else self.unit
        notes = [f"{space_statement(self.space)}. One row per {unit}."]
        models = self.samples[are_ranked(self.samples["provider"])]
        if self.pooled and confounded_with(answers(models), "model"):
            notes.append("The models were not all asked in the same conditions.")
        height = frame + heights[self.dense] * style.layout().row_pitch * len(self.table)
        return style.new_figure(height, title, [*notes, note])

    def name_on(self, axes: Axes) -> None:
        """Write the labels on the vertical axis, first row on top."""
        name_rows(axes, fit_names(self.table["label"], dense=self.dense))

    def set_up(self, axes: Axes) -> list[Artist]:
        """Draw labels, the axis of the scores and any human norm; give what the legend explains."""
        self.name_on(axes)
        axes.grid(axis="x")
        style.label_axes(axes, self.task.score_axis)
        unscorable = self.table.index[self.table["n_scorable"] == 0]
        for place in unscorable:
            say_unscorable(axes, place)
        if len(unscorable) == len(self.table):
            axes.set_xlim(*self.task.score_range)
        return draw_norm(axes, self.task, self.space, across="x")


def make_rows(scores: pd.DataFrame, summary: pd.DataFrame) -> Rows:
    """Choose the rows: conditions where there are at most `MOST_CONDITIONS`, else models."""
    samples = primary_scores(scores)
    conditions = summary[summary["space"] == str(samples["space"].iloc[0])]
    pooled = int(are_compared(conditions["provider"]).sum()) > MOST_CONDITIONS
    keys = MODEL if pooled else CONDITION
    conditions = conditions.assign(label=_labels(conditions, keys))
    table = rank_models(samples) if pooled else conditions
    table = table.assign(label=_labels(table, keys), kind=kinds(table["provider"]))
    return Rows(
        samples=samples.assign(label=_labels(samples, keys)),
        table=in_places(table.sort_values(["mean", "label"], ascending=[False, True])),
        conditions=conditions,
        pooled=pooled,
    )


def _labels(table: pd.DataFrame, keys: list[str]) -> "pd.Series[str]":
    """Name the row of each line: the model, and whatever else tells the conditions apart."""
    labels, asked = name_kinds(table), are_compared(table["provider"])
    ranked = are_ranked(table["provider"])
    if "strategy" in keys and len(table.loc[asked, "strategy"].unique()) > 1:
        applies = asked & (ranked | table["strategy"].ne(NOT_APPLICABLE))
        labels = labels.where(~applies, labels + " · " + table["strategy"].astype(str))
    if "temperature" in keys and len(table.loc[asked, "temperature"].unique()) > 1:
        applies = asked & (ranked | table["temperature"].notna())
        temperatures = table["temperature"].map(temperature_label).astype(str)
        labels = labels.where(~applies, labels + " · t " + temperatures)
    return labels


def name_kinds(table: pd.DataFrame) -> "pd.Series[str]":
    """Name the model of each row, and say of people and baselines what they are."""
    labels, kind = model_labels(table), kinds(table["provider"])
    told = are_ranked(table["provider"]) | labels.str.lower().eq(kind)
    return labels.where(told, labels + " (" + kind + ")")


def ranked_names(samples: pd.DataFrame) -> pd.DataFrame:
    """Rank those who gave `samples`, with ``label`` as in `name_kinds`; no row for no samples."""
    if samples.empty:
        return pd.DataFrame(columns=["label", "kind", "mean", "n_scorable"])
    ranking = rank_models(samples)
    return ranking.assign(label=name_kinds(ranking))


def mean_statement(ranking: pd.DataFrame, samples: pd.DataFrame) -> str:
    """Say what the means of a ranking by `rank_models` are over, and what their intervals are."""
    n_cells = ranking.loc[ranking["rank"].notna(), "n_cells"].max()
    among = "the scorable answers"
    if n_cells > 1:
        among = (
            f"the {n_cells:.0f} cells (strategy, temperature) that all models share, each with the "
            "same weight"
        )
    return f"Mean over {among}, and its {interval_statement(samples)}."


def plain_first(levels: Sequence[str], samples: pd.DataFrame) -> list[str]:
    """Put the plain prompt of the samples' task before the others, which keep their order."""
    plain = task_of(samples).plain
    return sorted(levels, key=lambda level: level != plain)


def interval_statement(samples: pd.DataFrame) -> str:
    """Say what the intervals of means of samples are."""
    asked = samples[are_ranked(samples["provider"])]
    wordings = asked.groupby("strategy", observed=True)["wording"].nunique()
    unit = "wordings" if wordings.max() >= FEWEST_CLUSTERS else "answers"
    unit = unit if drawn_stimuli(samples) is None else "stimuli"
    return f"95 % t interval over {unit}"


def kind_styles(table: pd.DataFrame) -> list[style.MarkerStyle]:
    """Return the styles of the kinds in a table with ``kind``; none where all are models."""
    present = [kind for kind in style.KINDS if table["kind"].eq(kind).any()]
    looks = [style.KINDS[kind] for kind in present]
    return looks if any(look.is_reference for look in looks) else []


def in_places(rows: pd.DataFrame) -> pd.DataFrame:
    """Give rows the places that they are drawn at as their index, the first on top."""
    return rows.set_axis(_places(len(rows)), axis=0)


def _places(n: int) -> NDArray[np.float64]:
    return np.arange(n) * np.float64(style.layout().row_pitch)


def fit_names(names: Iterable[str], *, dense: bool) -> list[str]:
    """Fit the names of rows into their room."""
    width, lines = (34, 1) if dense or style.layout().narrow else (30, 2)  # width in characters
    return [style.fit(name, width, lines) for name in names]


def name_rows(axes: Axes, names: Sequence[str], pad: float = 0.0) -> None:
    """Write a name at each row, the first on top; leave `pad` rows empty above and below."""
    here, places = style.layout(), _places(len(names))
    axes.set_yticks(places, [""] * len(names) if here.narrow else names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(places[-1] + 0.6 + pad, 0.4 - here.row_pitch - pad)
    for place, name in zip(places, names, strict=True) if here.narrow else ():
        _write_above(axes, place, name, 0, "left")


def _write_above(axes: Axes, place: float, text: str, x: float, align: str) -> None:
    look: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "ha": align, "zorder": 6}
    # Lines across the rows must not be read as parts of letters.
    look["bbox"] = {"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 0.5}
    axes.text(x, place - 0.5, text, va="bottom", size=_ABOVE, **look)


def write_beside(axes: Axes, place: float, *texts: str, shifts: Sequence[float] = (0.0,)) -> None:
    """Write texts right of a row, each `shifts` points further right than the first could be.

    On a narrow page they stand at the end of the line above the row.
    """
    if style.layout().narrow:
        _write_above(axes, place, _SEPARATOR.join(filter(None, texts)), 1, "right")
        return
    for text, shift in zip(texts, shifts, strict=True):
        axes.text(1.02, place, text, transform=_aside(axes, shift), va="center")


def head_beside(axes: Axes, *texts: str, shifts: Sequence[float] = (0.0,)) -> None:
    """Write the headings of what stands right of the rows, above all of them."""
    look: dict[str, Any] = {"color": style.MUTED, "va": "bottom"}
    if style.layout().narrow:
        text = " ".join(_SEPARATOR.join(texts).split())
        axes.text(1, 1, text, transform=axes.transAxes, ha="right", size=_ABOVE, **look)
        return
    for text, shift in zip(texts, shifts, strict=True):
        axes.text(1.02, axes.get_ylim()[1], text, transform=_aside(axes, shift), **look)


def _aside(axes: Axes, shift: float) -> Transform:
    """Return the transform of what stands right of the rows: x of the axes, y of the data."""
    moved = ScaledTranslation(shift / 72, 0, axes.figure.dpi_scale_trans)
    return axes.get_yaxis_transform() + moved


def say_unscorable(axes: Axes, place: float) -> None:
    """Write into a row that none of its answers has a score."""
    aside = axes.get_yaxis_transform()
    axes.text(0.02, place, "no scorable answer", transform=aside, va="center", style="italic")


def draw_lists(
    axes: Axes, place: float, lists: ScoredLists, colour: str, area: float, **look: Any
) -> None:
    """Draw a dot per list into a row, its area (square points) that of one times n."""
    # Golden-ratio steps spread neighbours evenly and are the same at every drawing.
    shift = ((np.arange(len(lists)) * _GOLDEN) % 1 - 0.5) * 0.5
    axes.scatter(
        lists.scores,
        place + shift * (len(lists) > 1),
        s=np.minimum(area * lists.counts, 400),
        facecolor=colour,
        edgecolor="white",
        linewidth=0.4,
        **look,
    )
