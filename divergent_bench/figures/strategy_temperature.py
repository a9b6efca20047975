"""Strategy by temperature: panels of dots and lines for few models, a heatmap for many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from divergent_bench.figures import heatmap, style
from divergent_bench.norms import space_statement
from divergent_bench.statistics.design import answers, levels
from divergent_bench.tables import BASELINE, primary_scores

MOST_PANELS: Final = 12
MOST_LINES: Final = 5
_WIDEST: Final = 11.0
_SPREAD: Final = 0.5  # of the way to the next temperature, shared by the strategies
_OFF_SCALE: Final = 0.35  # heights of the data beyond which a baseline is told, not drawn


@dataclass(frozen=True)
class _Plan:
    """Which factor goes where: panels, the horizontal axis, the series within a panel."""

    panel: str | None
    axis: str
    series: str | None


@style.styled
def draw_strategy_temperature(scores: pd.DataFrame, summary: pd.DataFrame) -> Figure:
    """Draw the mean score of every strategy at every temperature.

    Parameters
    ----------
    scores
        As `divergent_bench.tables.read_table` gives it.
    summary
        As `divergent_bench.summaries.summarize_conditions` gives it.

    Notes
    -----
    Up to 12 models get a panel each: temperature along the axis and a line per strategy. More than
    five strategies, or a single temperature, put the strategies along the axis; one level of each
    puts the models there. More models become the rows of a heatmap.
    """
    space = str(primary_scores(scores)["space"].iloc[0])
    primary = summary[summary["space"] == space]
    conditions = answers(primary)
    baselines = primary[(primary["provider"] == BASELINE) & (primary["n_scorable"] > 0)]
    title = "DAT score by strategy and temperature"
    notes = [
        f"{space_statement(space)}. Mean and 95 % interval (bootstrap over unique lists) of each "
        f"condition. {_counts(conditions)}"
    ]
    if conditions.empty:
        return _nothing(title, [*notes, "Only baselines: no strategy and no temperature applies."])
    models = _by_mean(conditions)
    if len(models) > MOST_PANELS:
        baseline_note = f"For comparison: {_told(baselines)}." if len(baselines) else ""
        return heatmap.draw(conditions, models, title, [*notes, baseline_note])
    return _draw_panels(conditions, models, baselines, title, notes)


def _counts(conditions: pd.DataFrame) -> str:
    if conditions.empty:
        return ""
    low, high = conditions["n_scorable"].min(), conditions["n_scorable"].max()
    among = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"Scorable answers per condition: n = {among}."


def _by_mean(conditions: pd.DataFrame) -> list[str]:
    """List the models, the one with the highest mean first, unscorable ones last."""
    total = (conditions["mean"] * conditions["n_scorable"]).groupby(conditions["model"]).sum()
    mean = total / conditions.groupby("model")["n_scorable"].sum().replace(0, np.nan)
    return [str(model) for model in mean.sort_values(ascending=False, kind="stable").index]


def _plan(conditions: pd.DataFrame) -> _Plan:
    strategies, temperatures = conditions["strategy"].nunique(), conditions["temperature"].nunique()
    if temperatures > 1 and strategies > MOST_LINES:
        return _Plan("model", "strategy", "temperature")
    if temperatures > 1:
        return _Plan("model", "temperature", "strategy" if strategies > 1 else None)
    return _Plan("model", "strategy", None) if strategies > 1 else _Plan(None, "model", None)


def _draw_panels(
    conditions: pd.DataFrame,
    models: list[str],
    baselines: pd.DataFrame,
    title: str,
    notes: list[str],
) -> Figure:
    plan = _plan(conditions)
    panels: Sequence[str | None] = models if plan.panel else [None]
    ticks = models if plan.axis == "model" else _all_levels(conditions, plan.axis)
    series: Sequence[str | None] = _all_levels(conditions, plan.series) if plan.series else [None]
    names = _tick_names(conditions, plan.axis, ticks)
    mark_width = 0.16 if len(panels) <= 3 else 0.12  # many panels: side by side rather than roomy
    panel_width = min(_WIDEST, max(2.4, 0.9 + mark_width * len(ticks) * max(len(series), 2)))
    columns = max(1, min(len(panels), 4, int(_WIDEST / panel_width)))
    rows = -(-len(panels) // columns)
    width = max(6.5, 0.6 + columns * panel_width)
    slanted = 0.07 * max(map(len, names)) > (panel_width if columns > 1 else width) / len(names)
    label_height = 0.05 * max(map(len, names)) if slanted else 0.15
    height = rows * (2.2 + label_height) + 0.7 + 0.2 * -(-(len(series) + len(baselines) + 1) // 3)
    constant = [
        f"{factor}: {conditions[factor].iloc[0]}"
        for factor in ("strategy", "temperature")
        if len(conditions[factor].unique()) == 1
    ]
    if constant:
        notes = [*notes, f"Nothing to cross: one level of {' and of '.join(constant)}."]
    bottom, top, drawn = _scale(conditions, baselines)
    beyond = baselines[~baselines.index.isin(drawn.index)]
    if len(beyond):
        notes = [*notes, f"Off the scale: {_told(beyond)}."]
    figure = style.new_figure(width, height, title, notes)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False).ravel()
    for axes, panel in zip(grid, panels, strict=False):
        part = conditions if panel is None else conditions[conditions["model"] == panel]
        for number, name in enumerate(series):
            chosen = part if plan.series is None else part[part[plan.series] == name]
            _draw_series(axes, chosen, plan.axis, ticks, number, len(series))
        _label(axes, part, panel, names, slanted=slanted)
    for axes in grid[len(panels) :]:
        axes.remove()
    prefix = "t " if plan.series == "temperature" else ""
    legend: list[Artist] = [
        _series_key(number, f"{prefix}{name}")
        for number, name in enumerate(series)
        if name is not None
    ]
    if (conditions["n_scorable"] == 0).any():
        legend.append(
            Line2D([], [], color=style.INK, marker="x", ls="", label="no scorable answer")
        )
    legend += _draw_baselines(grid[: len(panels)], drawn)
    grid[0].set_ylim(bottom, top)
    for axes in grid[: len(panels) : columns]:
        axes.set_ylabel("DAT score")
    if plan.axis != "model":
        for axes in grid[len(panels) - columns : len(panels)]:
            axes.set_xlabel(plan.axis)
    if legend:
        figure.legend(handles=legend, loc="outside lower left", ncols=int(width / 2.7))
    return figure


def _all_levels(conditions: pd.DataFrame, factor: str) -> list[str]:
    found = levels(conditions, factor)
    return [*found, *sorted(set(conditions[factor]) - set(found))]


def _draw_series(
    axes: Axes, part: pd.DataFrame, axis: str, ticks: list[str], number: int, among: int
) -> None:
    part = part.assign(at=part[axis].map({tick: at for at, tick in enumerate(ticks)}))
    part = part.sort_values("at", kind="stable")
    shift = 0 if among == 1 else _SPREAD * (number / (among - 1) - 0.5)
    colour, marker, dashes = _look(number)
    scored = part[part["n_scorable"] > 0]
    axes.vlines(
        scored["at"] + shift, scored["mean_low"], scored["mean_high"], color=colour, linewidth=1.2
    )
    width = 0.9 if axis == "temperature" else 0  # nothing lies between two strategies
    axes.plot(
        scored["at"] + shift,
        scored["mean"],
        marker,
        ls=dashes,
        color=colour,
        ms=4.5,
        lw=width,
        zorder=3,
    )
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


def _tick_names(conditions: pd.DataFrame, axis: str, ticks: list[str]) -> list[str]:
    names = [style.fit(tick, 40, 1) for tick in ticks]
    if axis == "model":
        counts = conditions.groupby("model")["n_scorable"].sum()
        names = [f"{name} (n = {counts[tick]:,})" for name, tick in zip(names, ticks, strict=True)]
    return names


def _label(
    axes: Axes, part: pd.DataFrame, panel: str | None, names: list[str], *, slanted: bool
) -> None:
    if panel is not None:
        counts = f"n = {part['n_scorable'].sum():,} of {part['n'].sum():,}"
        axes.set_title(f"{style.fit(panel, 32)}\n{counts}", loc="left")
    axes.set_xticks(
        range(len(names)),
        names,
        rotation=40 if slanted else 0,
        ha="right" if slanted else "center",
        rotation_mode="anchor" if slanted else "default",
    )
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.grid(axis="y")


def _scale(conditions: pd.DataFrame, baselines: pd.DataFrame) -> tuple[float, float, pd.DataFrame]:
    """Find the limits of the score axis, and the baselines near enough to be drawn."""
    values = conditions[["mean", "mean_low", "mean_high"]].to_numpy()
    if np.isnan(values).all():
        return 0.0, 200.0, baselines
    low, high = np.nanmin(values), np.nanmax(values)
    reach = _OFF_SCALE * max(high - low, 10.0)
    drawn = baselines[baselines["mean"].between(low - reach, high + reach)]
    low, high = min([low, *drawn["mean"]]), max([high, *drawn["mean"]])
    pad = max(0.06 * (high - low), 1.0)
    return low - pad, high + pad, drawn


def _told(baselines: pd.DataFrame) -> str:
    rows = baselines.sort_values("mean", kind="stable").to_dict("records")
    return ", ".join(f"baseline {row['model']} {row['mean']:.1f}" for row in rows)


def _draw_baselines(panels: Iterable[Axes], baselines: pd.DataFrame) -> list[Artist]:
    rows = baselines.sort_values("mean", kind="stable").to_dict("records")
    keys: list[Artist] = []
    for number, row in enumerate(rows):
        dashes = style.BASELINE_DASHES[number % len(style.BASELINE_DASHES)]
        for axes in panels:
            axes.axhline(row["mean"], color=style.GREY, linewidth=1.0, linestyle=dashes, zorder=1)
        label = f"baseline {style.fit(str(row['model']), 24, 1)}: {row['mean']:.1f}"
        keys.append(Line2D([], [], color=style.GREY, linewidth=1.0, linestyle=dashes, label=label))
    return keys


def _look(number: int) -> tuple[str, str, tuple[float, Sequence[float]]]:
    return (
        style.SERIES_COLOURS[number % len(style.SERIES_COLOURS)],
        style.SERIES_MARKERS[number % len(style.SERIES_MARKERS)],
        style.SERIES_DASHES[number % len(style.SERIES_DASHES)],
    )


def _series_key(number: int, name: str) -> Line2D:
    colour, marker, dashes = _look(number)
    label = style.fit(name, 24, 1)
    return Line2D(
        [], [], color=colour, marker=marker, linestyle=dashes, ms=4.5, lw=0.9, label=label
    )


def _nothing(title: str, notes: list[str]) -> Figure:
    """Leave the heading alone where there is nothing to draw."""
    return style.new_figure(6.5, 0.3, title, notes)
