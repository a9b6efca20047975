"""Each model against people: how far its mean is from theirs, and from that of the best of them."""

from typing import Any, Final

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from divergent_bench.analysis.people import UPPER
from divergent_bench.analysis.tables import rows_of
from divergent_bench.base.names import percent
from divergent_bench.design.analysis_plan import ALPHA
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import (
    fit_names,
    in_places,
    name_rows,
    write_beside,
)

_SHIFTS: Final = (0.0, 32.0, 84.0)  # points: of difference, p and n beside a row
_TITLE: Final = "Models against people"
_AT_MOST: Final = "\N{LESS-THAN OR EQUAL TO}"


@style.styled
def draw_people(people: pd.DataFrame) -> Figure:
    """Draw the difference between each model and people, a block of rows per cohort of people.

    Beside it the share of people who score above the median answer of the model. Lines across the
    rows are the means of all people and of the upper half, quarter and tenth of them.
    """
    if people.empty:
        return style.page(_TITLE, ["No model has a scorable answer to the plain prompt."])
    cohorts = [rows for _, rows in people.groupby("people", sort=True)]
    here = style.layout()
    dense = max(map(len, cohorts)) > here.roomy_rows
    row = (0.2 if dense else 0.34) * here.row_pitch
    heights = [0.75 + row * len(rows) for rows in cohorts]
    below = [0.75 * height for height in heights]
    figure = style.new_figure(
        sum(heights) + sum(below) * here.narrow + 0.5,
        _TITLE,
        [
            f"{space_statement(str(people['space'].iloc[0]))}. Answers to the plain prompt, at any "
            "temperature.",
            "First: mean of the model less that of people, and its interval, adjusted as p is for "
            f"all comparisons of models. Filled: p {_AT_MOST} {ALPHA:g}. Lines: means of all "
            "people, and of the best of them. Then: people who score above the model's median.",
        ],
    )
    parts = style.subplots_of_two(figure, heights, (5, 2), below)
    for (left, right), rows in zip(parts, cohorts, strict=True):
        ordered = in_places(rows.sort_values(["mean", "model"], ascending=[False, True]))
        first = ordered.iloc[0]
        name = style.fit(str(first["people"]), 28 if here.narrow else 60, 1)
        left.set_title(
            f"{name}: n = {first['n_people']:,}, mean {first['mean_people']:.1f}", loc="left"
        )
        legend = _draw_differences(left, ordered, dense)
        _draw_shares(right, ordered, dense)
    style.explain(figure, legend, 4)
    return figure


def _draw_differences(axes: Axes, rows: pd.DataFrame, dense: bool) -> list[Artist]:
    name_rows(axes, fit_names(rows["model"], dense=dense))
    axes.grid(axis="x")
    style.label_axes(axes, "difference of mean scores, points")
    legend = _draw_references(axes, rows.iloc[0])
    look = style.KINDS["model"]
    axes.hlines(
        rows.index, rows["difference_low"], rows["difference_high"], color=look.colour, lw=1.6
    )
    sure = rows["p_adjusted"] <= ALPHA
    for part, fill in ((rows[sure], look.fill), (rows[~sure], "white")):
        pen: dict[str, Any] = {"color": look.colour, "mfc": fill, "ms": look.size, "zorder": 4}
        axes.plot(part["difference"], part.index, look.marker, linestyle="", **pen)
    for place, row in zip(rows.index, rows_of(rows), strict=True):
        p = row["p_adjusted"]
        text = "not tested" if pd.isna(p) else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
        number = f"{row['difference']:+.1f}".replace("-", style.MINUS)
        write_beside(axes, place, number, text, f"n = {row['n_scorable']:,}", shifts=_SHIFTS)
    return legend


def _draw_references(axes: Axes, row: "pd.Series[float]") -> list[Artist]:
    """Draw where people, and the best of them, are; they are the same in all rows of a cohort."""
    names = {"mean of all people": row["mean_people"]}
    names |= {f"of their upper {name}": row[f"mean_upper_{name}"] for name in UPPER}
    colour = style.KINDS["people"].colour
    legend: list[Artist] = []
    dashes = (style.SOLID, *style.REFERENCE_DASHES[: len(UPPER)])
    for dash, (name, mean) in zip(dashes, names.items(), strict=True):
        axes.axvline(mean - row["mean_people"], color=colour, lw=1.1, linestyle=dash, zorder=1)
        legend.append(Line2D([], [], color=colour, lw=1.1, linestyle=dash, label=name))
    return legend


def _draw_shares(axes: Axes, rows: pd.DataFrame, dense: bool) -> None:
    shares = rows["share_of_people_above_median"]
    axes.barh(rows.index, 100 * shares, color=style.KINDS["people"].colour, alpha=0.6, height=0.6)
    for place, share in zip(rows.index, shares, strict=True):
        axes.text(100 * share + 2, place, f"{percent(share)} %", va="center")
    names = fit_names(rows["model"], dense=dense) if style.layout().narrow else [""] * len(rows)
    name_rows(axes, names)
    axes.set_xlim(0, 125)
    axes.set_xticks([0, 50, 100])
    axes.set_xlabel("people above it, %")
