"""References that scores are compared with: the human norm, baselines, people."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from divergent_bench.analysis.tables import rows_of
from divergent_bench.instrument.norms import norms_of, score_at
from divergent_bench.instrument.tasks import Task
from divergent_bench.reporting.figures import style

_BAND: Final = "#e8eff4"
_FAR: Final = 0.35  # heights of the data beyond which a reference is told, not drawn


def draw_norm(axes: Axes, task: Task, space: str, *, across: Literal["x", "y"]) -> list[Artist]:
    """Draw the human median and middle half on the axis of the scores; give their legend.

    Where no norm holds for scores of the task in the space, nothing is drawn.
    """
    if not (norms := norms_of(task, space)):
        return []
    norm = norms[0]
    low, median, high = score_at([25, 50, 75], norm)
    span, line = (axes.axvspan, axes.axvline) if across == "x" else (axes.axhspan, axes.axhline)
    span(low, high, color=_BAND, zorder=0)
    line(median, color=style.GREY, linestyle=":", linewidth=1.2, zorder=1)
    return [
        Line2D([], [], color=style.GREY, linestyle=":", label=f"human median ({norm.label})"),
        Patch(color=_BAND, label=f"middle half of people (n = {norm.n:,})"),
    ]


def tell_norm(task: Task, space: str) -> list[str]:
    """Say where people stand, for figures that cannot draw it; nothing where no norm holds."""
    if not (norms := norms_of(task, space)):
        return []
    norm = norms[0]
    low, median, high = score_at([25, 50, 75], norm)
    return [
        f"Human median {median:.1f}, middle half {low:.1f} to {high:.1f} "
        f"({norm.label}, n = {norm.n:,})."
    ]


def tell(references: pd.DataFrame) -> str:
    """Write ``label``, ``mean`` and ``n_scorable`` of references as text, highest mean first."""
    rows = rows_of(references.sort_values("mean", ascending=False, kind="stable"))
    return ", ".join(
        f"{style.fit(row['label'], 34, 1)} {row['mean']:.1f} (n = {row['n_scorable']:,})"
        for row in rows
    )


def score_limits(
    values: Sequence[float], references: pd.DataFrame, task: Task
) -> tuple[float, float, pd.DataFrame, list[str]]:
    """Find the limits of the score axis and the references near enough to be drawn.

    `values` are the scores that are drawn, none missing; where there are none, it is the whole
    scale of the task. References have ``label``, ``mean`` and ``n_scorable``. Returned are the
    limits in points, the references to draw, and what to write about the others.
    """
    if not len(values):
        return *task.score_range, references, []
    low, high = min(values), max(values)
    reach = _FAR * max(high - low, 10.0)
    near = references[references["mean"].between(low - reach, high + reach)]
    low, high = min([low, *near["mean"]]), max([high, *near["mean"]])
    pad = max(0.06 * (high - low), 1.0)
    far = references[~references.index.isin(near.index)]
    notes = [f"Off the scale: {tell(far)}."] if len(far) else []
    # A mean depends on the order of its samples in the last digits, and SVG names paths by all.
    return round(low - pad, 6), round(high + pad, 6), near, notes


def draw_lines(panels: Iterable[Axes], references: pd.DataFrame) -> list[Artist]:
    """Draw the mean of each reference as a dashed line across every panel; give their legend.

    Scores go along the vertical axis. The lines have the colour of their ``kind``.
    """
    panels = list(panels)
    keys: list[Artist] = []
    rows = rows_of(references.sort_values("mean", ascending=False, kind="stable"))
    for number, row in enumerate(rows):
        ink = style.KINDS[row["kind"]].colour
        dashes = style.REFERENCE_DASHES[number % len(style.REFERENCE_DASHES)]
        for axes in panels:
            axes.axhline(row["mean"], color=ink, linewidth=1.0, linestyle=dashes, zorder=1)
        label = f"{style.fit(row['label'], 30, 1)}: {row['mean']:.1f}"
        keys.append(Line2D([], [], color=ink, lw=1.0, linestyle=dashes, label=label))
    return keys
