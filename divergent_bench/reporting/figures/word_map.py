"""The map of the most used words, by who uses them."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from divergent_bench.reporting.figures import style

MOST_LABELS: Final = 60
_AREA: Final = 420.0  # square points of a word that is in every list
_SMALLEST: Final = 6.0
_COLUMNS: Final = ["share_of_models", "share_of_people", "share_of_baselines"]
# Who uses a word: colour, marker and name.
_USERS: Final = (
    (style.BLUE, "o", "only models"),
    (style.PURPLE, "s", "only people"),
    (style.ORANGE, "D", "only baselines"),
    (style.INK, "o", "several of these"),
)
# Where a label may stand around its dot, the preferred places first: direction and alignment.
_AROUND: Final = (
    *((1, 0, "left", "center"), (-1, 0, "right", "center")),
    *((0, 1, "center", "bottom"), (0, -1, "center", "top")),
    *((0.7, 0.7, "left", "bottom"), (-0.7, 0.7, "right", "bottom")),
    *((0.7, -0.7, "left", "top"), (-0.7, -0.7, "right", "top")),
)


@style.styled
def draw_word_map(word_map: pd.DataFrame) -> Figure:
    """Draw the most used words, related ones near each other."""
    if word_map.empty:
        return style.page("Map of the words", ["Too few words for a map."])
    figure = style.new_figure(
        style.WIDTH,
        6.6,
        "Map of the words",
        [
            f"The {len(word_map)} most used words (space {word_map['space'].iloc[0]}), related "
            "words near each other (t-SNE on cosine distances). Only nearness has a meaning: axes, "
            "and how far apart distant words are, have none. Area: share of the lists with the "
            "word, among models, people or baselines, whichever use it most."
        ],
    )
    shares = word_map[_COLUMNS].fillna(0).to_numpy()
    areas = np.maximum(_AREA * shares.max(axis=1), _SMALLEST)
    users = np.where((shares > 0).sum(axis=1) > 1, len(_COLUMNS), shares.argmax(axis=1))
    axes = figure.subplots()
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.margins(0.06)
    places = word_map[["x", "y"]].to_numpy()
    legend = []
    for number, (colour, marker, name) in enumerate(_USERS):
        mine = users == number
        if mine.any():
            x, y = places[mine].T
            pen: dict[str, Any] = {"facecolor": (colour, 0.45), "edgecolor": colour}
            axes.scatter(x, y, s=areas[mine], marker=marker, linewidth=0.6, **pen)
            legend.append(style.key(f"{name} ({mine.sum()})", marker, colour))
    legend += [
        style.key(
            f"{100 * share:.0f} % of lists",
            "o",
            style.GREY,
            fill="white",
            size=float(np.sqrt(_AREA * share)),
        )
        for share in (0.1, 0.5)
    ]
    style.explain(figure, legend, len(legend))
    figure.draw_without_rendering()  # labels are placed on the page as it will be
    _label(axes, list(word_map["word"]), places, areas, figure.dpi / 72)
    return figure


def _label(
    axes: Axes,
    words: list[str],
    places: NDArray[np.float64],
    areas: NDArray[np.float64],
    pixels: float,  # per point
) -> None:
    """Name the largest dots; a word whose label finds no free place stays without."""
    centres = axes.transData.transform(places)
    radii = np.sqrt(areas) / 2 * pixels
    dots = [
        Bbox.from_extents(x - r, y - r, x + r, y + r)
        for (x, y), r in zip(centres, radii, strict=True)
    ]
    labels: list[Bbox] = []
    most = sorted(range(len(words)), key=lambda i: (-areas[i], words[i]))[:MOST_LABELS]
    for i in most:
        text = axes.text(0, 0, words[i], size=7)
        text.set_path_effects([withStroke(linewidth=1.5, foreground="white")])
        text.set_in_layout(False)
        # Rather on a small dot than nowhere, and then even on a large one.
        for taken in ([*labels, *dots], [*labels, *(dots[j] for j in most)], labels):
            if _find_place(text, axes, centres[i], radii[i] + pixels, taken):
                labels.append(text.get_window_extent())
                break
        else:
            text.remove()


def _find_place(
    text: Text, axes: Axes, centre: NDArray[np.float64], radius: float, taken: list[Bbox]
) -> bool:
    """Move a label to the first free place around its dot; tell whether there is one."""
    page = axes.get_window_extent()
    for right, up, horizontal, vertical in _AROUND:
        x, y = axes.transData.inverted().transform(centre + radius * np.array([right, up]))
        text.set_position((x, y))
        text.set(horizontalalignment=horizontal, verticalalignment=vertical)
        box = text.get_window_extent()
        inside = page.contains(box.x0, box.y0) and page.contains(box.x1, box.y1)
        if inside and box.count_overlaps(taken) == 0:
            return True
    return False
