"""Response to temperature: a panel per model, a line per strategy; a heatmap of many models."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from divergent_bench.analysis.statistics.design import answers, levels
from divergent_bench.analysis.tables import are_ranked, primary_scores, task_of, temperature_label
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.heatmap import by_mean, draw_cells, pool
from divergent_bench.reporting.figures.references import (
    draw_lines,
    draw_norm,
    score_limits,
    tell,
    tell_norm,
)
from divergent_bench.reporting.figures.row_layout import (
    interval_statement,
    plain_first,
    ranked_names,
)

_DEFAULT: Final = temperature_label(float("nan"))
_ROOMY_UP_TO: Final = 12  # panels
_MOST_LINES: Final = 6
_GAP: Final = 0.4  # of the way from the lowest to the highest temperature, before the default
_NEAREST_TICKS: Final = 0.14  # of that way; twice as much on a narrow page


@style.styled
def draw_temperatures(scores: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Draw how the mean score of every model goes with the temperature.

    Up to 24 models get a panel each, with a line per strategy. Where there are more than six
    strategies, these are thin grey lines and a thick one goes through the means over them. More
    models become the rows of a heatmap. Baselines and people were not asked at a temperature:
    they are dashed lines across the panels.
    """
    primary = primary_scores(scores)
    space, task = str(primary["space"].iloc[0]), task_of(primary)
    title = f"{task.score_name} by temperature"
    others = ~are_ranked(primary["provider"])
    compared = answers(primary[~others])
    notes = [f"{space_statement(space)}."]
    references = ranked_names(primary[others])
    references = references[references["n_scorable"] > 0]
    if compared.empty:
        return style.page(title, [*notes, "Nothing to draw: no model was asked."])
    if compared["model"].nunique() > style.layout().most_panels:
        if len(references):
            notes.append(f"For comparison: {tell(references)}.")
        return draw_cells(compared, "temperature", title, [*notes, *tell_norm(task, space)])
    conditions = answers(summary[(summary["space"] == space) & are_ranked(summary["provider"])])
    return _draw_panels(compared, conditions, references, notes[0])


def _draw_panels(
    compared: pd.DataFrame, conditions: pd.DataFrame, references: pd.DataFrame, about_space: str
) -> Figure:
    task = task_of(compared)
    notes = [f"{about_space} Mean and {interval_statement(compared)}."]
    models = by_mean(conditions)
    strategies = plain_first(levels(conditions, "strategy"), compared)
    pooled = len(strategies) > _MOST_LINES
    thick = pool(compared, "temperature") if pooled else conditions
    ends = [thick[column] for column in ("mean", "mean_low", "mean_high")]
    drawn = pd.concat([conditions["mean"], *ends]).dropna()
    bottom, top, near, off_the_scale = score_limits(drawn.tolist(), references, task)
    if pooled:
        notes.append("Thick: over all strategies; thin and grey: each of them.")
    elif len(strategies) == 1:
        notes.append(f"Strategy: {strategies[0]}.")
    notes += off_the_scale
    here, many = style.layout(), len(models) > _ROOMY_UP_TO
    columns = 4 if many else 2 if len(models) == 4 else min(len(models), 3)
    columns = min(columns, here.panel_columns)
    rows = -(-len(models) // columns)
    n_keys = len(near) + 3 + (0 if pooled else len(strategies))
    figure = style.new_figure(
        rows * (1.2 if here.narrow else 1.6 if many else 2.1) + 0.5 + 0.17 * -(-n_keys // 3),
        f"{task.score_name} by temperature",
        notes,
    )
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    panels = list(grid[: len(models)])
    places = _places(levels(compared, "temperature"))
    for axes, model in zip(panels, models, strict=True):
        part = conditions[conditions["model"] == model]
        for number, name in enumerate(strategies):
            chosen = part[part["strategy"] == name]
            if pooled:
                _draw_thin(axes, chosen, places)
            else:
                _draw_series(axes, chosen, places, number, len(strategies))
        if pooled:
            _draw_series(axes, thick[thick["model"] == model], places, 0, 1)
        _label(axes, part, style.fit(model, int(14 * here.width / columns)), places)
    for axes in grid[len(models) :]:
        axes.remove()
    for axes in panels[-columns:]:
        axes.set_xlabel("temperature")
        axes.xaxis.set_tick_params(labelbottom=True)
    for axes in panels[::columns]:
        axes.set_ylabel(task.score_name)
    panels[0].set_ylim(bottom, top)
    legend: list[Artist] = []
    if len(strategies) > 1 and not pooled:
        legend += [_series_key(number, name) for number, name in enumerate(strategies)]
    if (conditions["n_scorable"] == 0).any():
        legend.append(style.key("no scorable answer", "x", style.INK))
    legend += draw_lines(panels, near)
    space = str(compared["space"].iloc[0])
    legend += [draw_norm(axes, task, space, across="y") for axes in panels][-1]
    style.explain(figure, legend, 3)
    return figure


def _places(temperatures: Sequence[str]) -> dict[str, float]:
    """Place the temperatures by value, and the one left to the model apart from them."""
    places = {label: float(label) for label in temperatures if label != _DEFAULT}
    if _DEFAULT in temperatures:
        low, high = min(places.values(), default=0.0), max(places.values(), default=0.0)
        places[_DEFAULT] = high + max(_GAP * (high - low), 0.1)
    return places


def _room(places: Mapping[str, float]) -> tuple[float, float]:
    """Give the length of the axis, and how far the lines of a panel may stand apart."""
    ordered = sorted(places.values())
    length = max(ordered[-1] - ordered[0], 0.2)
    return length, min([0.16 * length, *(0.6 * (b - a) for a, b in pairwise(ordered))])


def _draw_series(
    axes: Axes, part: pd.DataFrame, places: Mapping[str, float], number: int, among: int
) -> None:
    part = part.assign(at=part["temperature"].map(places)).sort_values("at")
    shift = _room(places)[1] * (number - (among - 1) / 2) / max(among - 1, 3)
    colour, marker, dashes = _series_style(number)
    scored = part[part["n_scorable"] > 0]
    axes.vlines(
        scored["at"] + shift, scored["mean_low"], scored["mean_high"], color=colour, linewidth=1.2
    )
    axes.plot(scored["at"] + shift, scored["mean"], marker, color=colour, ms=4, zorder=3)
    # No line leads to the default: what temperature that is nobody knows.
    known = scored[scored["temperature"] != _DEFAULT]
    axes.plot(known["at"] + shift, known["mean"], ls=dashes, color=colour, lw=0.9, zorder=3)
    unscorable = part[part["n_scorable"] == 0]
    axes.plot(
        unscorable["at"] + shift,
        np.full(len(unscorable), 0.03),
        "x",
        color=colour,
        ms=5,
        transform=axes.get_xaxis_transform(),
        zorder=4,
    )


def _draw_thin(axes: Axes, part: pd.DataFrame, places: Mapping[str, float]) -> None:
    part = part.assign(at=part["temperature"].map(places)).sort_values("at")
    is_default = part["temperature"] == _DEFAULT
    known, default = part[~is_default], part[is_default]
    axes.plot(known["at"], known["mean"], color=style.PALE, linewidth=0.8, zorder=2)
    axes.plot(default["at"], default["mean"], "_", color=style.GREY, ms=5, zorder=2)


def _label(axes: Axes, part: pd.DataFrame, name: str, places: Mapping[str, float]) -> None:
    counts = f"n = {part['n_scorable'].sum():,} of {part['n'].sum():,} scorable"
    axes.set_title(f"{name}\n{counts}", loc="left", size=7)
    length, apart = _room(places)
    labelled: dict[str, float] = {}
    nearest = _NEAREST_TICKS * (1 + style.layout().narrow) * length
    for label, place in places.items():
        if not labelled or place - max(labelled.values()) >= nearest:
            labelled[label] = place
    axes.set_xticks(list(labelled.values()), list(labelled))
    axes.set_xticks(list(places.values()), minor=True)
    margin = 0.06 * length + apart / 2
    axes.set_xlim(min(places.values()) - margin, max(places.values()) + margin)
    axes.grid(axis="y")


def _series_style(number: int) -> tuple[str, str, tuple[float, Sequence[float]]]:
    return (
        style.SERIES_COLOURS[number % len(style.SERIES_COLOURS)],
        style.SERIES_MARKERS[number % len(style.SERIES_MARKERS)],
        style.SERIES_DASHES[number % len(style.SERIES_DASHES)],
    )


def _series_key(number: int, name: str) -> Line2D:
    colour, marker, dashes = _series_style(number)
    label = style.fit(name, 30, 1)
    return Line2D([], [], color=colour, marker=marker, linestyle=dashes, ms=4, lw=0.9, label=label)
