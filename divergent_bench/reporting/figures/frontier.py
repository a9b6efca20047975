"""Scores against what has to be above chance before they count, with the gate."""

from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from divergent_bench.analysis.frontier import FAILED
from divergent_bench.analysis.tables import kinds, task_of, temperature_label
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import marks, style
from divergent_bench.reporting.figures.row_layout import name_kinds

# What a mark is drawn from.
_COLUMNS: Final = {
    f"{column}{end}": f"{place}{end}"
    for column, place in (("mean_gate", "x"), ("mean_score", "mean"))
    for end in ("", "_low", "_high")
}


@style.styled
def draw_frontier(frontier: pd.DataFrame) -> Figure:
    """Draw each condition in the primary space at its means, and the gate that it has to pass."""
    if frontier.empty:
        return style.page("Gate", ["Nothing to draw: no answer was scored about a stimulus."])
    task = task_of(frontier)
    measure = task.measure(str(frontier["gate_measure"].iloc[0]))
    alpha = task.gate.alpha if task.gate else 0.0
    space = str(frontier["space"].iloc[0])
    drawn = frontier[frontier["space"].eq(space)].reset_index(drop=True)
    drawn = drawn.rename(columns=_COLUMNS).assign(kind=kinds(drawn["provider"]))
    drawn = drawn.assign(label=_labels(drawn), grey=drawn["gate"].eq(FAILED))
    gate = drawn["chance_gate"].max()
    title = f"{task.score_name} and {measure.title}"
    notes = [
        f"{space_statement(space)}. Means over stimuli, and their 95 % t intervals.",
        f"Dashed: {measure.title} of words that know nothing of the stimulus. Grey, in brackets: "
        f"those that were not shown to be above it (Welch, adjusted, p of at most {alpha:g})."
        if pd.notna(gate)
        else "No gate: no baseline that knows nothing of the stimulus was asked.",
    ]
    figure = marks.new_figure(len(drawn), title, notes)
    axes = figure.subplots()
    legend = marks.draw_marks(axes, drawn)
    if pd.notna(gate):
        axes.axvline(gate, color=style.MUTED, linestyle="--", linewidth=1.0, zorder=1)
    style.label_axes(axes, measure.axis, task.score_axis)
    marks.name_marks(figure, axes, drawn, legend)
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
