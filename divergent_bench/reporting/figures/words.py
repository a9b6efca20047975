"""The most used words, and how much of its lists each model gives to them."""

from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from divergent_bench.analysis.statistics.word_shares import valid_words, word_shares
from divergent_bench.analysis.tables import are_ranked, kinds
from divergent_bench.base.names import percent
from divergent_bench.reporting.figures import style
from divergent_bench.reporting.figures.row_layout import name_kinds

MOST_WORDS: Final = 40
MOST_WITH_VALUES: Final = 16  # columns
_MOST_IF_NARROW: Final = 8  # such columns
_TITLE: Final = "The most used words, and who uses them"
_ROW: Final = 0.17
# Dark enough at its lower end to be told from none, and without the near black of its upper one.
_COLOURS: Final = ListedColormap(mpl.colormaps["Blues"](np.linspace(0.12, 0.95, 255)))


@style.styled
def draw_words(words: pd.DataFrame) -> Figure:
    """Draw in what share of its lists each model uses the most used words.

    Words are ordered by their mean share over the models, or where there are none, over all
    columns. Models with like habits stand side by side.
    """
    valid = valid_words(words)
    if valid.empty:
        return style.page(_TITLE, [style.NO_VALID_WORD])
    space = str(valid["space"].iloc[0])
    used = word_shares(valid)
    users = used.users.assign(kind=kinds(used.users["provider"]), label=name_kinds(used.users))
    kind = users["kind"].to_numpy()
    of_models = are_ranked(users["provider"]).to_numpy()
    ranked = of_models if of_models.any() else np.ones(len(users), dtype=bool)
    mean = used.shares[:, ranked].mean(axis=1)
    top = np.lexsort((np.arange(len(mean)), -mean))[:MOST_WORDS]
    columns = np.concatenate([like_together(used.shares, kind == each) for each in style.KINDS])
    shares, users = used.shares[np.ix_(top, columns)], users.iloc[columns]

    cell = 0.29 if len(users) <= MOST_WITH_VALUES else 0.2
    here = style.layout(wide=2.4 + cell * len(users), narrow=1.2 + 0.14 * len(users))
    detailed = len(users) <= (_MOST_IF_NARROW if here.narrow else MOST_WITH_VALUES)
    whose = "language models" if of_models.any() else "columns"
    figure = style.new_figure(
        2.0 + _ROW * len(top),
        _TITLE,
        [
            f"Share of the lists of each column that hold the word (space {space}, all valid "
            f"words{', in per cent' if detailed else ''}). Rows: the {len(top)} words with the "
            f"highest mean share over the {whose}, the highest on top. Models with like habits "
            "stand side by side.",
        ],
        here,
    )
    axes = figure.subplots()
    block = users["kind"].ne(users["kind"].shift()).cumsum().to_numpy() - 1
    at = np.arange(len(users)) + 0.5 * block  # models, people and baselines set apart
    limit = float(shares.max(initial=0.01))
    for each in np.unique(block):
        mine = block == each
        image = axes.pcolormesh(
            np.append(at[mine] - 0.5, at[mine][-1] + 0.5),
            np.arange(len(top) + 1) - 0.5,
            np.ma.masked_equal(shares[:, mine], 0),
            cmap=_COLOURS,
            vmin=0,
            vmax=limit,
            edgecolor="#e4e4e4",
            linewidth=0.4,
        )
    axes.set_ylim(len(top) - 0.5, -0.5)
    axes.set_xlim(-0.5, max(at[-1] + 0.5, 4.5))  # a few columns keep to the left
    axes.set_yticks(range(len(top)), list(used.words[top]), size=7.5)
    names = [
        f"{style.fit(label, 34, 1)}  n = {n:,}"
        for label, n in zip(users["label"], users["n_lists"], strict=True)
    ]
    axes.set_xticks(at, names, rotation=60, ha="right", rotation_mode="anchor", size=7)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if detailed:
        for (row, column), share in np.ndenumerate(shares):
            colour = style.text_colour(_COLOURS(share / limit))
            style.write_in_cell(
                axes, float(at[column]), row, percent(share) if share else "", colour
            )
    look: dict[str, Any] = {"format": lambda value, _: f"{100 * value:.0f} %"}
    if here.narrow:
        style.scale_below(image, axes, "share of lists", _ROW * len(top), **look)
        return figure
    width, height = figure.get_size_inches()
    figure.colorbar(
        image,
        ax=axes,
        label="share of lists",
        **look,
        shrink=min(1.0, 2.2 / height),
        aspect=15,
        fraction=0.3 / width,
        pad=0.12 / width,
        anchor=(0.0, 1.0),
    )
    return figure


def like_together(shares: NDArray[np.float64], which: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Order some columns so that neighbours use the same words."""
    # Slow to import, and no other figure needs it.
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering

    columns = np.flatnonzero(which)
    if len(columns) < 3:
        return columns
    profiles = shares[:, columns].T
    tree = optimal_leaf_ordering(linkage(profiles, method="average"), profiles)
    return np.asarray(columns[leaves_list(tree)])
