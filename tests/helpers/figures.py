"""What every figure is looked at with: cases to draw, and what is written where."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from divergent_bench.analysis.people import compare_with_people
from divergent_bench.analysis.statistics.comparisons import compare
from divergent_bench.analysis.summaries import summarize_conditions
from divergent_bench.design.analysis_plan import Plan
from divergent_bench.reporting import figures
from divergent_bench.reporting.figure_catalogue import FIGURES
from divergent_bench.reporting.figures import save
from divergent_bench.reporting.figures.style import page_width, styled
from tests.helpers.scores import grid

LONG = "openrouter/some-organisation/llama-3.1-405b-instruct-turbo-preview-2025-01-31:free"
STRATEGIES = ["none", "etymology", "opposites", "thesaurus"]
NINE = [*STRATEGIES, "random", "competitive", "instructions", "persona-young", "nothing"]
CASES = {
    "one condition": lambda: grid(["a"], baselines=False),
    "one sample each": lambda: grid(["a", "b"], n=1),
    "three models": lambda: grid(["a", "b", "c"]),
    "an unscorable model": lambda: grid(["a", "b"], ["none", "etymology"], unscorable="b"),
    "nothing scorable": lambda: grid(["a"], unscorable="a", baselines=False),
    "only baselines": lambda: grid([]),
    "all of 12 x 4 x 3": lambda: grid([f"m{i}" for i in range(12)], STRATEGIES, [0.2, 0.7, None]),
    "all strategies": lambda: grid(["a"], NINE, n=70),
    "all strategies and temperatures": lambda: grid(["a", "b"], NINE, [0, 0.7, None], n=4),
    "long strategies": lambda: grid(
        ["a"], [f"a strategy of many words {i}" for i in range(5)], [0, 1]
    ),
    "temperatures": lambda: grid(["a"], temperatures=[0, 0.7, None]),
    "sixty models": lambda: grid([f"{LONG}{i}" for i in range(60)], ["none", "nothing"], n=3),
    "people": lambda: grid(["a", "b"], ["none", "etymology"], [0.2, None], people=True),
    "people and many": lambda: grid(
        [f"m{i}" for i in range(13)], STRATEGIES, [0.2, 0.7], n=5, people=True
    ),
    "the published space": lambda: grid(
        ["a", "b"], ["none", "etymology"], [0.2, 0.7], space="glove-840b-300d", people=True
    ),
    "long names": lambda: grid([f"{i} {LONG}" for i in range(12)]),
    "odd names": lambda: grid(["$x_1^2$", "_hidden", "a\nb", "模型", "<b>"]),
}


class Tables(dict[str, pd.DataFrame]):
    """The tables that scores make, each made when it is first asked for."""

    def __init__(self, scores: pd.DataFrame) -> None:
        super().__init__(scores=scores)

    def __missing__(self, name: str) -> pd.DataFrame:
        if name == "summary":
            self[name] = summarize_conditions(self["scores"])
        elif name == "tests":
            self[name] = compare(self["scores"], Plan(tests=(), factors=("model",)))
        elif name == "people":
            self[name] = compare_with_people(self["scores"], self["tests"])
        else:
            raise KeyError(name)
        return self[name]


# Those that `draw` can draw. A figure of other tables has cases of its own.
DRAWINGS = [
    name
    for name, each in FIGURES.items()
    if {*each.tables} <= {"scores", "summary", "tests", "people"}
]


def draw(name: str, scores: pd.DataFrame | Tables) -> Figure:
    """Draw one of `DRAWINGS`; whoever draws several of the same scores makes the `Tables` once."""
    return figures.draw(name, scores if isinstance(scores, Tables) else Tables(scores))


def _texts(figure: Figure) -> list[Text]:
    """Give the texts that are not empty and not hidden, those of ticks as they will be drawn."""
    axes_of = [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    for axis in axes_of:
        axis.get_majorticklabels()  # which are made when they are asked for
    outside = {
        tick.label1
        for axis in axes_of
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in outside
    ]


@styled
def boxes(figure: Figure):
    """Lay the figure out; give text, rotation and box of everything written in it."""
    figure.draw_without_rendering()
    return [
        (text.get_text(), text.get_rotation(), text.get_window_extent()) for text in _texts(figure)
    ]


def texts_of(figure: Figure) -> str:
    """Give everything that is written in a figure, in one line."""
    return " ".join(text.get_text() for text in _texts(figure)).replace("\n", " ")


def assert_same_bytes(one: Figure, other: Figure, directory: Path) -> Path:
    """Assert that two figures are the same SVG, which holds all that is drawn; return it."""
    paths = [directory / "one.svg", directory / "other.svg"]
    for figure, path in zip((one, other), paths, strict=True):
        save(figure, [path])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    return paths[0]


def assert_legible_in_one_column(make: Callable[[], Figure]) -> None:
    """Assert that what is drawn for one column is as wide as that, and legible."""
    with page_width("single"):
        figure = make()
        assert_legible(figure)
    assert figure.get_figwidth() == pytest.approx(89 / 25.4)


def assert_legible(figure: Figure) -> None:
    """Assert that no text is cut off or too small in print, and that none lies on another."""
    found = boxes(figure)
    assert min(text.get_size() for text in _texts(figure)) >= 6.5

    page = figure.bbox
    for text, _, box in found:
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1
        assert inside, f"{text!r} is cut off: {box} in {page}"
    straight = [(text, box.extents) for text, rotation, box in found if rotation in (0, 90)]
    texts = [text for text, _ in straight]
    x0, y0, x1, y1 = np.array([box for _, box in straight]).reshape(-1, 4).T
    wide = np.minimum.outer(x1, x1) - np.maximum.outer(x0, x0)
    high = np.minimum.outer(y1, y1) - np.maximum.outer(y0, y0)
    on_each_other = np.argwhere(np.triu((wide > 1) & (high > 1), k=1))
    assert not len(on_each_other), [f"{texts[a]!r} lies on {texts[b]!r}" for a, b in on_each_other]
