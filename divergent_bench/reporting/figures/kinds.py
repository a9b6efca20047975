"""What kinds of things models, people and baselines name."""

from typing import Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap, PowerNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from divergent_bench.analysis.statistics.word_shares import (
    NO_CATEGORY,
    category_shares,
    valid_words,
)
from divergent_bench.analysis.tables import are_ranked, kinds
from divergent_bench.base.names import percent
from divergent_bench.instrument.spaces.lexicon import CATEGORIES
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import name_kinds
from divergent_bench.reporting.figures.words import like_together

MOST_KINDS: Final = 14
_MOST_IF_NARROW: Final = 7
_TITLE: Final = "What kinds of things are named"
_ROW: Final = 0.17  # inches
_COLOURS: Final = ListedColormap(mpl.colormaps["Blues"](np.linspace(0.0, 0.95, 256)))


@style.styled
def draw_kinds(words: pd.DataFrame) -> Figure:
    """Draw what share of its valid words each model gives to each of WordNet's categories.

    A row per model, people or baseline; those alike stand side by side. Columns are the categories
    with the highest mean share over the models, or where there are none, over all rows; then the
    other nouns, and what is no noun.
    """
    valid = valid_words(words)
    if valid.empty:
        return style.page(_TITLE, [style.NO_VALID_WORD])
    space = str(valid["space"].iloc[0])
    found = category_shares(valid)
    users = found.users.assign(kind=kinds(found.users["provider"]), label=name_kinds(found.users))
    kind = users["kind"].to_numpy()
    order = np.concatenate([like_together(found.shares, kind == each) for each in style.KINDS])
    shares, users = found.shares[:, order], users.iloc[order]
    narrow = style.layout().narrow
    most, room = (_MOST_IF_NARROW, 23) if narrow else (MOST_KINDS, 28)
    ranked = are_ranked(users["provider"]).to_numpy()
    names, columns = _columns(found.words, shares, ranked, most)

    figure = style.new_figure(
        1.2 + _ROW * len(users),
        _TITLE,
        [
            f"Share, in per cent, of the valid words of each row (space {space}) in WordNet's "
            f"{len(CATEGORIES)} categories of nouns, by the most frequent sense of a word; the "
            "most used on the left. Rows that are alike stand side by side; n: valid words.",
        ],
    )
    axes = figure.subplots()
    block = users["kind"].ne(users["kind"].shift()).cumsum().to_numpy() - 1
    at = np.arange(len(users)) + 0.5 * block  # models, people and baselines set apart
    # Most shares are small: the colours tell these apart.
    scale = PowerNorm(0.5, vmin=0, vmax=max(columns.max(initial=0), 0.01))
    for each in np.unique(block):
        mine = block == each
        axes.pcolormesh(
            np.arange(len(names) + 1) - 0.5,
            np.append(at[mine] - 0.5, at[mine][-1] + 0.5),
            columns[mine],
            cmap=_COLOURS,
            norm=scale,
            edgecolor="#e4e4e4",
            linewidth=0.4,
        )
    for (row, column), share in np.ndenumerate(columns):
        colour = style.text_colour(_COLOURS(scale(share)))
        style.write_in_cell(axes, column, float(at[row]), percent(share) if share else "", colour)
    axes.set_ylim(at[-1] + 0.5, -0.5)
    labels = [
        f"{style.fit(label, room, 1)}  n = {n:,}"
        for label, n in zip(users["label"], users["n_words"], strict=True)
    ]
    axes.set_yticks(at, labels, size=7)
    axes.set_xticks(
        range(len(names)), names, rotation=50, ha="right", rotation_mode="anchor", size=7.5
    )
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def _columns(
    categories: NDArray[np.object_],
    shares: NDArray[np.float64],
    ranked: NDArray[np.bool_],
    most: int,
) -> tuple[list[str], NDArray[np.float64]]:
    """Choose the columns: their names, and their shares, shape (users, columns)."""
    mean = (shares[:, ranked] if ranked.any() else shares).mean(axis=1)
    nouns = np.flatnonzero(categories != NO_CATEGORY)
    ordered = nouns[np.argsort(-mean[nouns].round(9), kind="stable")]
    top, rest = ordered[:most], ordered[most:]
    sums = {"other nouns": rest, "no noun": np.flatnonzero(categories == NO_CATEGORY)}
    columns = [*shares[top], *(shares[places].sum(axis=0) for places in sums.values())]
    return [*categories[top], *sums], np.array(columns).T
