"""A page about one model, or about people: the scores of its conditions, and its words."""

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from divergent_bench.analysis.statistics.repetition import list_codes, lists_by, scored_lists
from divergent_bench.analysis.tables import (
    CONDITION,
    primary_scores,
    rows_of,
    task_of,
    temperature_label,
)
from divergent_bench.base.names import NOT_APPLICABLE, percent
from divergent_bench.base.provider_catalogue import find_provider
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.references import draw_norm
from divergent_bench.reporting.figures.row_layout import (
    draw_lists,
    head_beside,
    in_places,
    interval_statement,
    name_kinds,
    name_rows,
    say_unscorable,
    write_beside,
)

_ROW: Final = 0.32  # inches
_WORDS: Final = 2.1  # inches, where the words stand below
_FIXED: Final = 100  # lists, at which vocabularies are compared


@style.styled
def draw_model_page(
    scores: pd.DataFrame, summary: pd.DataFrame, diversity: pd.DataFrame, provider: str, model: str
) -> Figure:
    """Draw what one model, or people, answered; `provider` and `model` as the tables name them."""
    primary = primary_scores(scores)
    space = str(primary["space"].iloc[0])
    samples = _of(primary, provider, model)
    conditions = _of(summary[summary["space"] == space], provider, model)
    conditions = conditions.sort_values(["strategy", "temperature"])
    after_plain = conditions["strategy"].ne(task_of(primary).plain)
    conditions = in_places(conditions.loc[after_plain.sort_values(kind="stable").index])
    measured = _of(diversity[diversity["space"].eq(space)], provider, model)
    variety = next(iter(rows_of(measured[measured["level"] == "model"])), None)
    colour = style.KINDS[find_provider(provider).kind].colour
    labels = name_kinds(primary[CONDITION].drop_duplicates())
    here = style.layout()
    row = _ROW / (1 + here.narrow) * here.row_pitch
    rows_height = max(2.0 if here.narrow else 2.9, 1.1 + row * len(conditions))
    figure = style.new_figure(
        rows_height + (_WORDS if here.narrow else 0),
        str(labels[labels.index.isin(samples.index)].iloc[0]),
        [
            f"{space_statement(space)}.",
            _say_scores(samples),
            _say_variety(variety),
            "First: a dot is a list; its area says how often it was given. The tick with its line "
            f"is the mean with its {interval_statement(samples)}. Then: the words in most of the "
            "lists.",
        ],
    )
    ((left, right),) = style.subplots_of_two(figure, [rows_height], (3, 1), [_WORDS])
    _draw_conditions(left, samples, conditions, colour)
    if samples["score"].notna().any():
        left.set_xlim(*_as_on_other_pages(primary["score"]))
    _draw_words(right, variety, colour)
    style.explain(figure, draw_norm(left, task_of(samples), space, across="x"), 2)
    return figure


def _as_on_other_pages(scores: "pd.Series[float]") -> tuple[float, float]:
    low, high = float(scores.min()), float(scores.max())
    pad = max(0.04 * (high - low), 1.0)
    return low - pad, high + pad


def _of(table: pd.DataFrame, provider: str, model: str) -> pd.DataFrame:
    return table[table["provider"].eq(provider) & table["model"].eq(model)]


def _say_scores(samples: pd.DataFrame) -> str:
    lists = scored_lists(list_codes(samples), samples["score"].to_numpy())
    share = lists.n_samples / len(samples)
    return (
        f"n = {len(samples):,} answers; scorable: {percent(share)} %, with {len(lists):,} "
        f"different list{'s' * (len(lists) != 1)} of scored words."
    )


def _say_variety(variety: dict[Any, Any] | None) -> str:
    if variety is None:
        return "No valid word."
    expected = variety[f"distinct_at_{_FIXED}"]
    words = f"{expected:,.0f} in {_FIXED}"
    if pd.isna(expected):
        words = f"{variety['n_distinct_words']:,} in {variety['n_lists']:,}"
    jaccard = variety["mean_jaccard"]
    if pd.isna(jaccard):
        return f"Distinct words: {words} lists."
    low, high = variety["mean_jaccard_low"], variety["mean_jaccard_high"]
    ends = "" if pd.isna(low) else f", 95 % interval {100 * low:.1f} to {100 * high:.1f} %"
    shared = f"{percent(jaccard, 1)} % (mean Jaccard index{ends})"
    return f"Distinct words: {words} lists; words that two lists share: {shared}."


def _draw_conditions(
    axes: Axes, samples: pd.DataFrame, conditions: pd.DataFrame, colour: str
) -> None:
    labels = samples["temperature"].map(temperature_label).astype(str)
    found = lists_by(samples.assign(temperature=labels), ["strategy", "temperature"])
    for place, row in zip(conditions.index, rows_of(conditions), strict=True):
        lists = found[row["strategy"], temperature_label(row["temperature"])]
        draw_lists(axes, place, lists, colour, 10, alpha=0.5)
        axes.plot([row["mean"]] * 2, [place - 0.34, place + 0.34], color=style.INK, lw=1.6)
        axes.hlines(place, row["mean_low"], row["mean_high"], color=style.INK, linewidth=1.6)
        counts = f"{row['n_scorable']:,}/{row['n']:,} ({row['n_unique_lists']:,})"
        write_beside(axes, place, counts)
        if not row["n_scorable"]:
            say_unscorable(axes, place)
    pad = max(3 - len(conditions), 0) / 2  # a row alone does not fill the page
    name_rows(axes, [_name(row) for row in rows_of(conditions)], pad)
    head_beside(axes, "scorable/n (lists)")
    axes.grid(axis="x")
    task = task_of(samples)
    style.label_axes(axes, task.score_axis)
    if samples["score"].isna().all():
        axes.set_xlim(*task.score_range)


def _name(condition: dict[Any, Any]) -> str:
    """Name a condition by what applies to it."""
    strategy, temperature = condition["strategy"], condition["temperature"]
    parts = [] if strategy == NOT_APPLICABLE else [style.fit(strategy, 26, 1)]
    if find_provider(condition["provider"]).is_ranked or not pd.isna(temperature):
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
        axes.text(share + 0.02, place, f"{percent(share)} %", va="center")
    axes.set_yticks(range(len(words)), words)
    axes.set_xlim(0, 1.25)
    axes.set_ylim(max(len(words), 10) - 0.4, -0.6)
    axes.set_xlabel("share of lists")
