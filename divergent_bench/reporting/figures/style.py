"""How every figure looks, is laid out and is saved.

Colours are those of Okabe & Ito, told apart by colour-blind readers; markers and dashes repeat what
the colours say, so that a figure also reads in grey.
"""

import textwrap
import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar, cast

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox

from divergent_bench.base.files import replacing
from divergent_bench.base.provider_catalogue import Kind

INK: Final = "#222222"
GREY: Final = "#767676"
PALE: Final = "#d9d9d9"
BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
# Of prompts: none is that of models, people or baselines, which `KINDS` has.
SERIES_COLOURS: Final = (INK, "#009E73", "#E69F00", "#56B4E9", GREY, "#999933")
SERIES_MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")
SOLID: Final[tuple[float, tuple[float, ...]]] = (0, ())
SERIES_DASHES: Final = (SOLID, (0, (4, 2)), (0, (4, 1.5, 1, 1.5)), (0, (1, 1.5)))
REFERENCE_DASHES: Final = ((0, (6, 3)), (0, (2, 2)), (0, (8, 2, 1, 2)), (0, (1, 3)))
MINUS: Final = "\N{MINUS SIGN}"  # as wide as +
MUTED: Final = "#444444"  # of notes and small headings
SMALL: Final = 6.5  # points; no text is smaller
WIDTH: Final = 8.0  # inches, of most figures
NO_VALID_WORD: Final = "Nothing to draw: no answer has a valid word."
_STRIP: Final = 0.25  # inches
_HEADING: Final = "heading"  # marks its texts
# By format: date and version of the software would make equal figures differ.
_METADATA: Final[dict[str, dict[str, None]]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
    "svg": {"Date": None},
}


class MarkerStyle(NamedTuple):
    """How the marks of a kind (models, people, baselines) look, and its name in a legend."""

    colour: str
    marker: str
    fill: str  # colour of the inside of the mark
    size: float  # points
    name: str
    curve: Any  # style of a line through points
    width: float | None  # of that line, points; None where it depends on how many there are
    is_reference: bool  # models are compared with it, so that it is drawn across them


KINDS: Final[dict[Kind, MarkerStyle]] = {
    "model": MarkerStyle(BLUE, "o", BLUE, 5.5, "model", "-", None, False),
    "people": MarkerStyle(PURPLE, "s", "white", 5.0, "people", "-", 2.0, True),
    "baseline": MarkerStyle(
        *(ORANGE, "D", "white", 5.0, "baseline, no language model"),
        *(REFERENCE_DASHES[0], None, True),
    ),
}

_RC: Final[dict[Any, Any]] = {
    "font.family": "sans-serif",
    # The first comes with matplotlib: the same glyphs on every machine. Letters of the second are
    # about as wide, for programs that show SVG and lack the first.
    "font.sans-serif": ["DejaVu Sans", "Verdana"],
    "font.size": 8,
    "text.parse_math": False,  # a model may have a dollar sign in its name
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "grid.color": "#ebebeb",
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "svg.hashsalt": "divergent_bench",  # else the ids in an SVG are random
    # Text stays text: it can be searched, and changed for a paper.
    "svg.fonttype": "none",
    "pdf.fonttype": 42,  # the font itself; publishers refuse its outlines as type 3
    "hatch.linewidth": 0.5,
}


P = ParamSpec("P")
R = TypeVar("R")


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function under the style, whatever the settings of the process are."""

    @wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(), warnings.catch_warnings():
            # A name in a script the font lacks is drawn as boxes; the tables have it in full.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            mpl.rcdefaults()
            mpl.rcParams.update(_RC)
            return draw(*args, **kwargs)

    return in_style


def new_figure(width: float, height: float, title: str, notes: Sequence[str]) -> Figure:
    """Make a figure with a heading; what is drawn into it gets the rest.

    Width and height are inches, the height that of the drawing, to which the heading is added: the
    title, and below it notes (space, numbers of samples, how to read), wrapped to the width.
    """
    heading = _wrap(title, width, 11)
    lines = [line for note in notes for line in _wrap(note, width, 8)]
    top = 0.1 + 0.21 * len(heading) + 0.155 * len(lines) + 0.1
    figure = Figure(figsize=(width, height + top))
    FigureCanvasAgg(figure)
    total = height + top
    figure.set_layout_engine(
        ConstrainedLayoutEngine(
            rect=(0, 0, 1, 1 - top / total), w_pad=0.06, h_pad=0.06, wspace=0.03, hspace=0.03
        )
    )
    left, y = 0.1 / width, 1 - 0.1 / total
    below = y - 0.21 * len(heading) / total
    for text in (
        figure.text(left, y, "\n".join(heading), va="top", size=11, weight="bold"),
        figure.text(left, below, "\n".join(lines), va="top", size=8, color=MUTED),
    ):
        text.set_gid(_HEADING)
    return figure


@styled
def save(
    figure: Figure,
    paths: Iterable[str | Path],
    note: str = "",
    *,
    dpi: int = 200,
    titles: bool = True,
) -> None:
    """Write a figure to each path, in the format of its suffix; the same figure, the same bytes.

    A `note`, such as that it is not of all samples, stands in a strip above the figure. PNG has
    `dpi` pixels per inch. Without `titles` the heading, and its room, are left out.
    """
    figure.draw_without_rendering()  # lays out, which every format would do again
    engine = cast("ConstrainedLayoutEngine", figure.get_layout_engine())
    figure.set_layout_engine(None)  # "none" keeps one, for which every format draws twice
    *_, top = engine.get()["rect"]  # of the drawing, below the heading
    if titles:
        top = 1.0
    else:
        for text in figure.findobj(lambda artist: artist.get_gid() == _HEADING):
            text.remove()
    whole = _page(figure, note, top) if note or not titles else None
    for path in map(Path, paths):
        kind = path.suffix.removeprefix(".")
        with replacing(path) as temporary:
            figure.savefig(
                temporary, format=kind, dpi=dpi, metadata=_METADATA[kind], bbox_inches=whole
            )
    figure.set_layout_engine(engine)


def _page(figure: Figure, note: str, top: float) -> Bbox:
    """Say any note above what is below `top`, a share of the height; return the box, in inches.

    The strip lies above, so that nothing that is laid out in the figure can be upon the note.
    """
    width, height = (float(inches) for inches in figure.get_size_inches())
    if not note:
        return Bbox.from_extents(0, 0, width, height * top)
    strip = _STRIP / height
    figure.add_artist(Rectangle((0, top), 1, strip, transform=figure.transFigure, color=ORANGE))
    middle = top + strip / 2
    figure.text(0.1 / width, middle, note, va="center_baseline", color="white", weight="bold")
    return Bbox.from_extents(0, 0, width, height * top + _STRIP)


def key(
    label: str, marker: str, colour: str, *, fill: str | None = None, size: float = 5.0
) -> Line2D:
    """Make the entry of a marker in a legend."""
    return Line2D(
        [], [], color=colour, marker=marker, mfc=fill or colour, ms=size, linestyle="", label=label
    )


def explain(figure: Figure, handles: Sequence[Artist], columns: int) -> None:
    """Put a legend of `handles` below everything else; none where there are no handles."""
    if handles:
        figure.legend(handles=handles, loc="outside lower left", ncols=columns)


def write_in_cell(axes: Axes, x: float, y: float, text: str, colour: str, **look: Any) -> None:
    """Write a small text around the middle of a cell."""
    look |= {"ha": "center", "va": "center", "in_layout": False}  # a cell has room for it
    axes.text(x, y, text, size=SMALL, color=colour, **look)


def text_colour(colour: Sequence[float]) -> str:
    """Return black or white, whichever is read better on a colour (red, green, blue; 0 to 1).

    Relative luminance of WCAG 2.1: the two contrasts are equal at 0.179.
    """
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if luminance > 0.179 else "white"


def percent(share: float) -> str:
    """Write a share, 0 to 1, as whole per cent; nothing for none."""
    if share == 0:
        return ""
    return "<1" if share < 0.005 else f"{100 * share:.0f}"


def fit(name: str, width: int, lines: int = 2) -> str:
    """Fit a name into lines of `width` characters; what is too much goes from its middle."""
    name = " ".join(name.split())
    room = width * lines
    if len(name) > room:
        name = f"{name[: room // 2]}…{name[len(name) - room // 2 + 1 :]}"
    wrapped = textwrap.wrap(name, width)
    if len(wrapped) > lines:  # full lines need all the room there is
        wrapped = [name[start : start + width] for start in range(0, len(name), width)]
    return "\n".join(wrapped)


def _wrap(text: str, width: float, size: float) -> list[str]:
    # Mean width of a glyph of DejaVu Sans: 0.56 em, bold headings somewhat more.
    return textwrap.wrap(" ".join(text.split()), max(20, int((width - 0.2) * 72 / (size * 0.58))))


def page(title: str, notes: Sequence[str]) -> Figure:
    """Make a figure of a heading alone, which says why there is nothing to draw."""
    return new_figure(6.5, 0.3, title, notes)
