"""Each model against people: how far its mean is from theirs, and from that of the best of them."""

from typing import Any, Final

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from divergent_bench.analysis.people import UPPER
from divergent_bench.design.analysis_plan import ALPHA
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import name_rows, write_beside

_ROOMY_UP_TO: Final = 30  # rows
_NUMBER: Final = 34.0  # points that a difference takes beside its row
_P: Final = 54.0  # points that a p value takes
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
    dense = max(map(len, cohorts)) > _ROOMY_UP_TO
    heights = [0.75 + (0.2 if dense else 0.34) * len(rows) for rows in cohorts]
    figure = style.new_figure(
        9.0,
        sum(heights) + 0.5,
        _TITLE,
        [
            f"{space_statement(str(people['space'].iloc[0]))}. Answers to the plain prompt, at any "
            "temperature.",
            "Left: mean of the model less that of people, and its interval, adjusted as p is for "
            f"all comparisons of models. Filled: p {_AT_MOST} {ALPHA:g}. Lines: means of all "
            "people, and of the best of them. Right: people who score above the model's median.",
        ],
    )
    grid = figure.subplots(
        len(cohorts), 2, squeeze=False, width_ratios=(3, 1), height_ratios=heights
    )
    for (left, right), rows in zip(grid, cohorts, strict=True):
        ordered = rows.sort_values(["mean", "model"], ascending=[False, True], ignore_index=True)
        first = ordered.iloc[0]
        name = style.fit(str(first["people"]), 60, 1)
        left.set_title(
            f"{name}: n = {first['n_people']:,}, mean {first['mean_people']:.1f}", loc="left"
        )
        legend = _draw_differences(left, ordered, dense)
        _draw_shares(right, ordered)
    style.explain(figure, legend, 4)
    return figure


def _draw_differences(axes: Axes, rows: pd.DataFrame, dense: bool) -> list[Artist]:
    width, lines = (38, 1) if dense else (30, 2)  # width in characters
    name_rows(axes, [style.fit(name, width, lines) for name in rows["model"]])
    axes.grid(axis="x")
    axes.set_xlabel("difference of mean scores, points")
    legend = _draw_references(axes, rows.iloc[0])
    look = style.KINDS["model"]
    axes.hlines(
        rows.index, rows["difference_low"], rows["difference_high"], color=look.colour, lw=1.6
    )
    sure = rows["p_adjusted"] <= ALPHA
    for part, fill in ((rows[sure], look.fill), (rows[~sure], "white")):
        pen: dict[str, Any] = {"color": look.colour, "mfc": fill, "ms": look.size, "zorder": 4}
        axes.plot(part["difference"], part.index, look.marker, linestyle="", **pen)
    for place, row in zip(rows.index, rows.to_dict("records"), strict=True):
        p = row["p_adjusted"]
        text = "not tested" if pd.isna(p) else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
        write_beside(axes, place, f"{row['difference']:+.1f}".replace("-", style.MINUS))
        write_beside(axes, place, text, _NUMBER)
        write_beside(axes, place, f"n = {row['n_scorable']:,}", _NUMBER + _P)
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


def _draw_shares(axes: Axes, rows: pd.DataFrame) -> None:
    shares = 100 * rows["share_of_people_above_median"]
    axes.barh(rows.index, shares, color=style.KINDS["people"].colour, alpha=0.6, height=0.6)
    for place, share in zip(rows.index, shares, strict=True):
        axes.text(share + 2, place, f"{share:.0f} %", va="center")
    name_rows(axes, [""] * len(rows))
    axes.set_xlim(0, 125)
    axes.set_xticks([0, 50, 100])
    axes.set_xlabel("people above it, %")
