"""A page about one model, or about people: the scores of its conditions, and its words."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from divergent_bench.analysis.statistics.units import list_codes, unique_lists
from divergent_bench.analysis.tables import CONDITION, PEOPLE, primary_scores, temperature_label
from divergent_bench.base.names import NOT_APPLICABLE
from divergent_bench.instrument.norms import has_norms, space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.references import draw_norm
from divergent_bench.reporting.figures.row_layout import name_kinds

_ROW: Final = 0.32
_GOLDEN: Final = 0.6180339887498949
_FIXED: Final = 100  # lists, at which vocabularies are compared


@style.styled
def draw_model_page(
    scores: pd.DataFrame,
    summary: pd.DataFrame,
    diversity: pd.DataFrame,
    provider: str,
    model: str,
) -> Figure:
    """Draw what one model, or people, answered.

    Parameters
    ----------
    scores, summary, diversity
        As `divergent_bench.analysis.tables.read_table` gives them.
    provider, model
        Whose page it is, by their names in the tables.
    """
    primary = primary_scores(scores)
    space = str(primary["space"].iloc[0])
    samples = _of(primary, provider, model)
    conditions = _of(summary[summary["space"] == space], provider, model)
    conditions = conditions.sort_values(["strategy", "temperature"], ignore_index=True)
    measured = _of(diversity[diversity["space"].eq(space)], provider, model)
    variety = next(iter(measured[measured["level"] == "model"].to_dict("records")), None)
    colour = style.LOOKS["people" if provider == PEOPLE else "model"].colour
    labels = name_kinds(primary[CONDITION].drop_duplicates())
    figure = style.new_figure(
        9.0,
        max(2.9, 1.1 + _ROW * len(conditions)),
        str(labels[labels.index.isin(samples.index)].iloc[0]),
        [
            f"{space_statement(space)}.",
            _say_scores(samples),
            _say_variety(variety),
            "Left: a dot is a unique list, its area how often it was given; the tick with its line "
            "is the mean with its 95 % interval. Right: the words in most of the lists.",
        ],
    )
    left, right = figure.subplots(1, 2, width_ratios=(3, 1))
    _draw_conditions(left, samples, conditions, colour)
    _draw_words(right, variety, colour)
    if has_norms(space):
        figure.legend(handles=draw_norm(left, across="x"), loc="outside lower left", ncols=2)
    return figure


def _of(table: pd.DataFrame, provider: str, model: str) -> pd.DataFrame:
    return table[table["provider"].eq(provider) & table["model"].eq(model)]


def _say_scores(samples: pd.DataFrame) -> str:
    lists = unique_lists(list_codes(samples), samples["score"].to_numpy())
    share = lists.n_samples / len(samples)
    return (
        f"n = {len(samples):,} answers; scorable: {100 * share:.3g} %, {len(lists):,} unique lists "
        f"(worth {lists.effective_n:,.1f} independent ones)."
    )


def _say_variety(variety: dict[Any, Any] | None) -> str:
    if variety is None:
        return "No valid word."
    expected = variety[f"distinct_at_{_FIXED}"]
    words = (
        f"{variety['n_distinct_words']:,} in {variety['n_lists']:,}"
        if pd.isna(expected)
        else f"{expected:,.0f} in {_FIXED}"
    )
    jaccard = variety["mean_jaccard"]
    alike = (
        ""
        if pd.isna(jaccard)
        else f"; words that two lists share: {100 * jaccard:.1f} % (mean Jaccard)"
    )
    return f"Distinct words: {words} lists{alike}."


def _draw_conditions(
    axes: Axes, samples: pd.DataFrame, conditions: pd.DataFrame, colour: str
) -> None:
    codes, values = list_codes(samples), samples["score"].to_numpy()
    keys = samples["strategy"].astype(str) + "/" + samples["temperature"].map(temperature_label)
    members = samples.groupby(keys.to_numpy()).indices
    aside = axes.get_yaxis_transform()
    for place, row in zip(conditions.index, conditions.to_dict("records"), strict=True):
        mine = members[f"{row['strategy']}/{temperature_label(row['temperature'])}"]
        lists = unique_lists(codes[mine], values[mine])
        # Golden-ratio steps spread neighbours evenly and are the same at every drawing.
        shift = ((np.arange(len(lists)) * _GOLDEN) % 1 - 0.5) * 0.5
        axes.scatter(
            lists.scores,
            place + shift * (len(lists) > 1),
            s=np.minimum(10 * lists.counts, 400),
            facecolor=colour,
            edgecolor="white",
            linewidth=0.4,
            alpha=0.5,
        )
        axes.plot([row["mean"]] * 2, [place - 0.34, place + 0.34], color=style.INK, lw=1.6)
        axes.hlines(place, row["mean_low"], row["mean_high"], color=style.INK, linewidth=1.6)
        counts = f"{row['n_scorable']:,}/{row['n']:,} ({row['n_unique_lists']:,})"
        axes.text(1.02, place, counts, transform=aside, va="center")
        if not row["n_scorable"]:
            axes.text(
                0.02, place, "no scorable answer", transform=aside, va="center", style="italic"
            )
    pad = max(3 - len(conditions), 0) / 2  # a row alone does not fill the page
    axes.text(
        1.02, -0.62 - pad, "scorable/n (unique)", transform=aside, color="#444444", va="bottom"
    )
    axes.set_yticks(conditions.index, [_name(row) for row in conditions.to_dict("records")])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(conditions) - 0.4 + pad, -0.6 - pad)
    axes.grid(axis="x")
    axes.set_xlabel(style.SCORE_AXIS)
    if np.isnan(values).all():
        axes.set_xlim(0, 200)


def _name(condition: dict[Any, Any]) -> str:
    """Name a condition by what applies to it."""
    strategy, temperature = condition["strategy"], condition["temperature"]
    parts = [] if strategy == NOT_APPLICABLE else [style.fit(strategy, 26, 1)]
    if condition["provider"] != PEOPLE or not pd.isna(temperature):
        parts.append(f"t {temperature_label(temperature)}")
    return " · ".join(parts) or "all lists"


def _draw_words(axes: Axes, variety: dict[Any, Any] | None, colour: str) -> None:
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.tick_params(length=0)
    if variety is None:
        axes.set_yticks([])
        return
    top = [entry.rsplit(" ", 1) for entry in variety["top_words"].split("|")]
    words, shares = [word for word, _ in top], [float(share) for _, share in top]
    axes.barh(range(len(words)), shares, color=colour, height=0.6)
    for place, share in enumerate(shares):
        axes.text(share + 0.02, place, f"{100 * share:.0f} %", va="center")
    axes.set_yticks(range(len(words)), words)
    axes.set_xlim(0, 1.25)
    axes.set_ylim(max(len(words), 10) - 0.4, -0.6)
    axes.set_xlabel("share of lists")
