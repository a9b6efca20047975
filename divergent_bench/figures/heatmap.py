"""Means of many models as a coloured table: a column per strategy and temperature."""

from collections.abc import Sequence
from typing import Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from divergent_bench.figures import style

_COLUMN: Final = 0.5
_ROW: Final = 0.36
_LABEL_WIDTH: Final = 34


def draw(
    conditions: pd.DataFrame, models: Sequence[str], title: str, notes: Sequence[str]
) -> Figure:
    """Draw the mean of each condition, and half the width of its interval below it.

    Parameters
    ----------
    conditions
        Summary rows with the factors as labels, as `divergent_bench.statistics.design.answers`
        gives them.
    models
        The rows, top first.
    title, notes
        The heading.
    """
    ordered = conditions.assign(order=_temperature_order(conditions["temperature"]))
    columns = ordered[["strategy", "order", "temperature"]].drop_duplicates()
    columns = columns.sort_values(["strategy", "order"], ignore_index=True)
    at_column = {
        (row["strategy"], row["temperature"]): place
        for place, row in zip(columns.index, columns.to_dict("records"), strict=True)
    }
    at_row = {model: place for place, model in enumerate(models)}
    means = np.full((len(models), len(columns)), np.nan)
    for row in conditions.to_dict("records"):
        means[at_row[row["model"]], at_column[row["strategy"], row["temperature"]]] = row["mean"]
    figure = style.new_figure(
        max(6.5, 3.6 + _COLUMN * len(columns)),
        1.4 + _ROW * len(models),
        title,
        [*notes, "Below each mean: half the width of its interval. Grey: not asked."],
    )
    axes = figure.subplots()
    axes.set_facecolor(style.PALE)
    colours = mpl.colormaps["cividis"]
    image = axes.imshow(means, cmap=colours, aspect="auto", interpolation="nearest")
    middle = np.nanmean(image.get_clim())
    for row in conditions.to_dict("records"):
        place = at_column[row["strategy"], row["temperature"]], at_row[row["model"]]
        if row["n_scorable"] == 0:
            axes.text(*place, "none\nscorable", ha="center", va="center", size=5.5, style="italic")
            continue
        half = (row["mean_high"] - row["mean_low"]) / 2
        text = (
            f"{row['mean']:.1f}\n±{half:.1f}"
            if half == half
            else f"{row['mean']:.1f}\nn = {row['n']}"
        )
        dark = row["mean"] < middle
        axes.text(
            *place, text, ha="center", va="center", size=6.5, color="white" if dark else "black"
        )
    axes.set_yticks(range(len(models)), [style.fit(model, _LABEL_WIDTH) for model in models])
    names = [
        f"{style.fit(row['strategy'], 20, 1)} · t {row['temperature']}"
        for row in columns.to_dict("records")
    ]
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for boundary in np.flatnonzero(columns["strategy"].ne(columns["strategy"].shift()))[1:]:
        axes.axvline(boundary - 0.5, color="white", linewidth=2)
    width, height = figure.get_size_inches()
    length = min(0.6, 5 / height)
    figure.colorbar(
        image,
        ax=axes,
        label=style.SCORE_AXIS,
        shrink=length,
        aspect=length * height / 0.15,
        fraction=0.3 / width,
        pad=0.1 / width,
    )
    return figure


def _temperature_order(labels: "pd.Series[str]") -> "pd.Series[float]":
    return pd.to_numeric(labels, errors="coerce").fillna(np.inf)
