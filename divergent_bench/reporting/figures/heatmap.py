"""Means as a coloured table: a row per model, a column per level of a factor."""

from collections.abc import Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from divergent_bench.analysis.statistics.design import levels as levels_of
from divergent_bench.analysis.summaries import measure
from divergent_bench.analysis.tables import rows_of, task_of
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import interval_statement, plain_first

_TALL_UP_TO: Final = 30  # models; beyond, the lines of a cell become one
_WIDE_UP_TO: Final = 8  # levels; beyond, they stay two
_LEAST_RANGE: Final = 10.0  # points that the colours span at least: chance shall not look like much


def pool(compared: pd.DataFrame, factor: str) -> pd.DataFrame:
    """Summarize every model at every level of strategy or temperature that it was asked at.

    The samples are of one space, as `design.answers` gives them.
    """
    return measure(compared, ["model", factor]).sort_values(["model", factor], ignore_index=True)


def by_mean(cells: pd.DataFrame) -> list[str]:
    """List the models of `cells`, highest mean of all answers first, unscorable ones last."""
    total = (cells["mean"] * cells["n_scorable"]).groupby(cells["model"]).sum()
    mean = total / cells.groupby("model")["n_scorable"].sum().replace(0, np.nan)
    return [str(model) for model in mean.sort_values(ascending=False, kind="stable").index]


def draw_cells(compared: pd.DataFrame, factor: str, title: str, notes: Sequence[str]) -> Figure:
    """Draw the mean, half the width of its interval and n of each model at each level.

    `compared` and `factor` are as for `pool`, `title` and `notes` as for `style.new_figure`.
    """
    cells, levels = pool(compared, factor), plain_first(levels_of(compared, factor), compared)
    models = by_mean(cells)
    tall = len(models) <= _TALL_UP_TO or len(levels) > _WIDE_UP_TO
    here = style.layout(
        wide=3.4 + (0.72 if tall else 1.12) * len(levels), narrow=1.25 + 0.55 * len(levels)
    )
    tall |= here.narrow
    names = [style.fit(level, 18) for level in levels]
    figure = style.new_figure(
        1.5 + (0.36 if tall else 0.2) * len(models),
        title,
        [
            *notes,
            "In each cell: mean, half the width of its "
            f"{interval_statement(compared)} and n of scorable answers. Models by the mean of all "
            "their answers. Empty: not asked.",
        ],
        here,
    )
    axes = figure.subplots()
    means = cells.pivot_table(index="model", columns=factor, values="mean", dropna=False)
    means = means.reindex(index=models, columns=levels)
    axes.set_facecolor("white")
    image = axes.imshow(
        means.to_numpy(dtype=float),
        cmap=mpl.colormaps["cividis"],
        norm=_colour_range(cells["mean"].dropna()),
        aspect="auto",
        interpolation="nearest",
    )
    for row in rows_of(cells):
        text = _cell_text(row, tall)
        colour = style.INK
        if row["n_scorable"]:
            colour = style.text_colour(np.asarray(image.to_rgba(row["mean"])).tolist())
        place = levels.index(row[factor]), models.index(row["model"])
        style.write_in_cell(axes, *place, text, colour)
    axes.set_yticks(
        range(len(models)), [style.fit(m, 16 if here.narrow else 34, 1 + tall) for m in models]
    )
    slanted = max(len(line) for name in names for line in name.split("\n")) > (10 if tall else 16)
    axes.set_xticks(
        range(len(names)),
        names,
        rotation=40 if slanted else 0,
        ha="right" if slanted else "center",
        rotation_mode="anchor" if slanted else "default",
    )
    axes.set_xlabel(factor)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if means.notna().any(axis=None) and here.narrow:
        style.scale_below(image, axes, task_of(compared).score_name, 0.36 * len(models))
    elif means.notna().any(axis=None):
        height = figure.get_figheight()
        length = min(0.8, 4 / height)
        figure.colorbar(
            image,
            ax=axes,
            label=task_of(compared).score_name,
            shrink=length,
            aspect=length * height / 0.15,
            fraction=0.3 / here.width,
            pad=0.1 / here.width,
        )
    return figure


def _colour_range(means: "pd.Series[float]") -> Normalize | None:
    if means.empty:
        return None
    low, high = float(means.min()), float(means.max())
    more = max(_LEAST_RANGE - (high - low), 0) / 2
    return Normalize(low - more, high + more)


def _cell_text(row: dict[Any, Any], tall: bool) -> str:
    if row["n_scorable"] == 0:
        return "none\nscorable" if tall else "none scorable"
    half = (row["mean_high"] - row["mean_low"]) / 2
    interval = "" if np.isnan(half) else f" ±{half:.1f}"
    between = "\n" if tall else "  "
    return f"{row['mean']:.1f}{interval}{between}n = {row['n_scorable']:,}"
