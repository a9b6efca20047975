"""Score and rarity: how much of a score comes with words that are seldom used."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from divergent_bench.analysis.statistics.intervals import mean_interval
from divergent_bench.analysis.statistics.rarity import (
    ScoreByRarity,
    lists_with_rarity,
    score_by_rarity,
)
from divergent_bench.analysis.tables import MODEL, primary_scores, task_of
from divergent_bench.base.provider_catalogue import Kind
from divergent_bench.instrument.norms import space_statement
from divergent_bench.reporting.figures import marks, style
from divergent_bench.reporting.figures.references import draw_norm, tell
from divergent_bench.reporting.figures.row_layout import (
    interval_statement,
    mean_statement,
    ranked_names,
)

_OF: Final[dict[Kind, str]] = {"model": "models", "people": "people", "baseline": "baselines"}
_LEAST: Final = 0.4  # decimal logarithms that the axis of ranks reaches over at least
_STEPS: Final = (
    (2.5, (1,)),
    (0.9, (1, 2, 5)),
    (0.0, (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)),
)
"""Which ranks to write, from 1 to 10, by the logarithms that the axis reaches over."""


@style.styled
def draw_rarity(scores: pd.DataFrame, words: pd.DataFrame) -> Figure:
    """Draw the mean score of models, people and baselines against the rarity of their words.

    The rarity of a list is the mean decimal logarithm of the frequency ranks of its scored words.
    A line for each kind (models, people, baselines) shows what its lists score at each rarity.
    """
    primary = primary_scores(scores)
    space, task = str(primary["space"].iloc[0]), task_of(primary)
    title = f"{task.score_name} and rarity of the words"
    ranking = ranked_names(primary)
    lists = lists_with_rarity(primary, words)
    drawn, far = marks.near(_with_rarity(ranking, lists))
    notes = [
        f"{space_statement(space)}. {mean_statement(ranking, primary)}",
        "Across: rank of a word by frequency, 1 the most frequent; geometric mean of the scored "
        f"words of a list, mean over lists, and its {interval_statement(primary)}. Lines: mean "
        "score of the lists of a kind in groups of like rarity, and how much of the variance of "
        "their scores goes with it.",
        *([f"Off the scale: {tell(far)}."] if len(far) else []),
    ]
    if drawn.empty:
        return style.page(title, [*notes, "Nothing to draw: nobody has a score."])
    figure = marks.new_figure(len(drawn), title, notes)
    axes = figure.subplots()
    courses: list[Line2D] = []
    for kind in style.KINDS:
        who = drawn.loc[drawn["kind"].eq(kind), MODEL]
        if course := score_by_rarity(lists.merge(who, on=MODEL)):
            courses.append(_draw_course(axes, course, kind))
    legend = [*marks.draw_marks(axes, drawn), *courses]
    _label_ranks(axes)
    style.label_axes(axes, "frequency rank of the words (further right: rarer)", task.score_axis)
    legend += draw_norm(axes, task, space, across="y")
    marks.name_marks(figure, axes, drawn, legend, courses)
    return figure


def _with_rarity(ranking: pd.DataFrame, lists: pd.DataFrame) -> pd.DataFrame:
    """Add the mean rarity, and its ends, to those with a score."""
    rows = []
    for key, mine in lists.groupby(MODEL, sort=True):
        rarity = mine["rarity"].to_numpy()
        low, high = mean_interval(rarity, mine["wording"].to_numpy())
        rows.append([*key, rarity.mean(), low, high])
    found = pd.DataFrame(rows, columns=[*MODEL, "x", "x_low", "x_high"])
    merged = ranking.astype(dict.fromkeys(MODEL, str)).merge(found, on=MODEL)
    return merged[merged["mean"].notna()].reset_index(drop=True)


def _draw_course(axes: Axes, course: ScoreByRarity, kind: Kind) -> Line2D:
    colour = style.KINDS[kind].colour
    dashes = style.REFERENCE_DASHES[list(style.KINDS).index(kind)]
    pen: dict[str, Any] = {"color": colour, "lw": 1.4, "linestyle": dashes}
    told = "" if np.isnan(course.share) else f": {100 * course.share:.0f} % of the variance"
    places = np.round(course.rarity, 6), np.round(course.score, 6)
    (line,) = axes.plot(*places, label=f"lists of {_OF[kind]}{told}", zorder=1, **pen)
    return line


def _label_ranks(axes: Axes) -> None:
    """Write ranks at the logarithms that the axis has, which reaches at least to the double."""
    low, high = axes.get_xlim()
    if (lacking := _LEAST - (high - low)) > 0:
        low, high = axes.set_xlim(low - lacking / 2, high + lacking / 2)
    steps = next(steps for limit, steps in _STEPS if high - low >= limit)
    ticks = [power + np.log10(step) for power in range(6) for step in steps]
    axes.xaxis.set_major_locator(FixedLocator([each for each in ticks if low <= each <= high]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{10**value:,.0f}"))
