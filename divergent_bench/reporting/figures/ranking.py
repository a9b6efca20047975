"""Ranked means with their intervals."""

from typing import Final

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from divergent_bench.analysis.summaries import rank_models
from divergent_bench.analysis.tables import MODEL, rows_of
from divergent_bench.design.analysis_plan import DIFFERENCE
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import (
    Rows,
    head_beside,
    interval_statement,
    kind_styles,
    make_rows,
    mean_statement,
    write_beside,
)

_RANKS: Final = 44.0  # points that a range of ranks takes


@style.styled
def draw_ranking(scores: pd.DataFrame, summary: pd.DataFrame, tests: pd.DataFrame) -> Figure:
    """Draw the ranking: a row per condition if few, else per model.

    Baselines and people stand in the ranking with a marker of their own and a dashed line through
    all rows. The human median and middle half are drawn for scores in the published space only. The
    ranks that the tests of pairs leave a model stand beside its row, or in the heading where
    rows are conditions.
    """
    rows = make_rows(scores, summary)
    table = rows.table
    ranks = _ranks(rows, tests)
    beside = bool(ranks) and rows.unit == "model"
    how = (
        mean_statement(table, rows.samples)
        if rows.pooled
        else (f"Mean of the scorable answers and its {interval_statement(rows.samples)}.")
    )
    figure = rows.figure(
        f"{rows.task.score_name} by {rows.unit}",
        f"{how} Dashed: means of baselines and people. {_say_ranks(ranks, beside)}",
        1.5,
        (0.3, 0.2),
    )
    axes = figure.subplots()
    legend = [*rows.set_up(axes), *_draw_rows(axes, rows)]
    shifts = (0.0, _RANKS) if beside else (0.0,)
    head_beside(axes, *["ranks"] * beside, "scorable/n\n(different lists)", shifts=shifts)
    for place, row in zip(table.index, rows_of(table), strict=True):
        counts = f"{row['n_scorable']:,}/{row['n']:,} ({row['n_unique_lists']:,})"
        ends = ranks.get((row["provider"], row["model"]), ("",))[1:]
        rank = [_range(*ends) if ends else ""] * beside
        write_beside(axes, place, *rank, counts, shifts=shifts)
    style.explain(figure, legend, 2)
    return figure


_Ranks = dict[tuple[str, str], tuple[str, int, int]]  # label, from and to, by provider and model


def _ranks(rows: Rows, tests: pd.DataFrame) -> _Ranks:
    """Return the ranks that tests leave each model, best first; none where none were tested."""
    here = tests[tests["space"].eq(rows.space) & tests["factor"].eq("model")]
    if not here["test"].eq(DIFFERENCE).any():
        return {}
    ranking = rank_models(rows.samples, tests=here)
    ranked = ranking[ranking["rank_low"].notna()]
    found = rows_of(ranked[[*MODEL, "label", "rank_low", "rank_high"]])
    return {
        (row["provider"], row["model"]): (row["label"], row["rank_low"], row["rank_high"])
        for row in (found if len(found) > 1 else ())
    }


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low}\N{EN DASH}{high}"


def _say_ranks(ranks: _Ranks, beside: bool) -> str:
    """Say what ranks are, and which, unless they stand beside the rows."""
    if not ranks:
        return ""
    if beside:
        return "Ranks: they hold for all models at once with 95 % confidence."
    told = ", ".join(
        f"{style.fit(label, 34, 1)} {_range(*ends)}" for label, *ends in ranks.values()
    )
    return f"Ranks, with 95 % confidence for all at once: {told}."


def _draw_rows(axes: Axes, rows: Rows) -> list[Artist]:
    legend: list[Artist] = []
    scored = rows.table[rows.table["n_scorable"] > 0]
    if rows.pooled:
        places = dict(zip(rows.table["label"], rows.table.index, strict=True))
        several = rows.table.set_index("label")["n_conditions"] > 1
        parts = rows.conditions[rows.conditions["label"].map(several).astype(bool)]
        axes.plot(
            parts["mean"], parts["label"].map(places) + 0.22, "|", color=style.GREY, markersize=4
        )
        legend.append(style.key("means of its conditions", "|", style.GREY, size=4))
    for kind, look in style.KINDS.items():
        part = scored[scored["kind"] == kind]
        if part.empty:
            continue
        ends = part["mean_low"], part["mean_high"]
        axes.hlines(part.index, *ends, color=look.colour, linewidth=1.6)
        axes.plot(
            part["mean"],
            part.index,
            look.marker,
            color=look.colour,
            mfc=look.fill,
            ms=look.size,
            zorder=4,
        )
        for mean in part["mean"] if look.is_reference else ():
            axes.axvline(mean, color=look.colour, lw=0.7, dashes=(6, 4), alpha=0.8, zorder=1)
    keys = [
        style.key(look.name, look.marker, look.colour, fill=look.fill, size=look.size)
        for look in kind_styles(scored)
    ]
    return [*legend, *keys]
