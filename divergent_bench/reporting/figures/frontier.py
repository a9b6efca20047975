"""Novelty against appropriateness, with the gate."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from divergent_bench.analysis.frontier import FAILED, GATE_ALPHA
from divergent_bench.analysis.tables import kinds, temperature_label
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.marks import draw_marks, interval_lines, write_key
from divergent_bench.reporting.figures.placement import place_labels
from divergent_bench.reporting.figures.row_layout import name_kinds

_TITLE: Final = "Novelty and appropriateness"
_MOST_NAMES: Final = 15  # named beside their mark; more get numbers and a key
_X, _Y = "mean_appropriateness", "mean_novelty"


@style.styled
def draw_frontier(frontier: pd.DataFrame) -> Figure:
    """Draw each condition in the primary space at its means, and the gate that it has to pass."""
    if frontier.empty:
        return style.page(_TITLE, ["Nothing to draw: no answer was scored about a stimulus."])
    space = str(frontier["space"].iloc[0])
    drawn = frontier[frontier["space"].eq(space)].reset_index(drop=True)
    drawn = drawn.assign(kind=kinds(drawn["provider"]))
    labels = _labels(drawn)
    gate = drawn["chance_appropriateness"].max()
    notes = [
        f"{space_statement(space)}. Means over stimuli, and their 95 % t intervals.",
        "Dashed: the appropriateness of words that know nothing of the stimulus. In brackets stand "
        f"those that were not shown to be above it (Welch, adjusted, p of at most {GATE_ALPHA:g})."
        if pd.notna(gate)
        else "No gate: no baseline that knows nothing of the stimulus was asked.",
    ]
    numbered = len(drawn) > _MOST_NAMES
    height = max(4.6, 0.6 + 0.135 * len(drawn) if numbered else 0)
    figure = style.new_figure(style.WIDTH, height, _TITLE, notes)
    axes = figure.subplots()
    legend = draw_marks(axes, drawn, _X, _Y)
    if pd.notna(gate):
        axes.axvline(gate, color=style.MUTED, linestyle="--", linewidth=1.0, zorder=1)
    axes.grid()
    axes.set_xlabel("appropriateness (200 less mean distance from the stimulus x 100)")
    axes.set_ylabel("novelty (mean distance between words x 100)")
    axes.margins(0.08)
    # A mean depends on the order of its samples in the last digits, and SVG names paths by all.
    axes.set(xlim=np.round(axes.get_xlim(), 6), ylim=np.round(axes.get_ylim(), 6))
    style.explain(figure, legend, 3)
    names = write_key(axes, labels) if numbered else labels
    points = drawn[[_X, _Y]].to_numpy(dtype=np.float64)
    place_labels(figure, axes, points, names, interval_lines(drawn, _X, _Y))
    return figure


def _labels(drawn: pd.DataFrame) -> list[str]:
    """Name the conditions by what tells them apart; in brackets what did not pass the gate."""
    is_model = drawn["kind"].eq("model")
    temperatures = "t " + drawn["temperature"].map(temperature_label).astype(str)
    settings = (drawn["strategy"].astype(str), temperatures)
    varied = [each.where(is_model, "") for each in settings if len(each[is_model].unique()) > 1]
    parts = [name_kinds(drawn), *varied]
    rows = zip(*parts, drawn["gate"], strict=True)
    named = [(" · ".join(filter(None, names)), gate) for *names, gate in rows]
    fitted = [(style.fit(name, 42, 1), gate) for name, gate in named]
    return [f"({name})" if gate == FAILED else name for name, gate in fitted]
