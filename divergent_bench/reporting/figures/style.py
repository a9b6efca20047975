"""How every figure looks, is laid out and is saved.

Colours are those of Okabe & Ito, told apart by colour-blind readers; markers and dashes repeat what
the colours say, so that a figure also reads in grey.
"""

import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from itertools import chain
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
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox, ScaledTranslation

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
NO_VALID_WORD: Final = "Nothing to draw: no answer has a valid word."
_STRIP: Final = 0.25  # inches
_HEADING: Final = "heading"  # marks its texts
_KEY_LINE: Final = 0.155  # inches that a line of a legend takes
# By format: date and version of the software would make equal figures differ.
_METADATA: Final[dict[str, dict[str, None]]] = {
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
    "svg": {"Date": None},
}


class Layout(NamedTuple):
    """How figures are laid out on a page of some width; texts have the same size on each."""

    width: float  # inches
    narrow: bool  # names stand above their rows; parts, keys and scales below, not at the right
    row_pitch: float  # from row to row; what is beyond 1 is room for the name
    roomy_rows: int  # more are drawn low
    scatter_height: float  # inches
    most_names: int  # marks that are named beside them; more get numbers and a key
    most_panels: int  # of one figure
    panel_columns: int
    label_width: int  # characters in a line of the label of an axis


MOST_BELOW: Final = 30  # lines of a key that may stand below a narrow figure
_MM: Final = 1 / 25.4  # inches
_DOUBLE: Final = Layout(183 * _MM, False, 1.0, 30, 4.6, 15, 24, 4, 60)
WIDTHS: Final = {"double": _DOUBLE, "single": Layout(89 * _MM, True, 1.6, 0, 3.4, 4, 12, 2, 36)}
_LAYOUT: Final = ContextVar("layout", default=_DOUBLE)


@contextmanager
def page_width(name: str) -> Iterator[None]:
    """Draw for a column of a journal (``single``, 89 mm) or for two (``double``, 183 mm)."""
    before = _LAYOUT.set(WIDTHS[name])
    try:
        yield
    finally:
        _LAYOUT.reset(before)


def layout(*, wide: float = 0.0, narrow: float = 0.0) -> Layout:
    """Return how to lay out a figure on the present page.

    Where it needs more inches than that has, it is laid out as for two columns, and as wide as it
    has to be: `wide` is what it needs if wide, `narrow` if narrow.
    """
    present = _LAYOUT.get()
    if present.narrow and narrow <= present.width:
        return present
    return _DOUBLE._replace(width=max(_DOUBLE.width, wide))


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


def new_figure(
    height: float, title: str, notes: Sequence[str], laid_out: Layout | None = None
) -> Figure:
    """Make a figure with a heading; what is drawn into it gets the rest.

    It is as wide as the page, or as `laid_out` says. The height, in inches, is that of the drawing,
    to which the heading is added: the title, and below it notes (space, numbers of samples, how to
    read), wrapped to the width.
    """
    width = (laid_out or layout()).width
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
    looks: tuple[dict[str, Any], ...] = (
        {"size": 11, "weight": "bold"},
        {"size": 8, "color": MUTED},
    )
    downs = (0.1, 0.1 + 0.21 * len(heading))
    for told, down, look in zip((heading, lines), downs, looks, strict=True):
        # From the upper corner, wherever that is once the legend has got its room.
        place = figure.transFigure + ScaledTranslation(0.1, -down, figure.dpi_scale_trans)
        text = figure.text(0, 1, "\n".join(told), va="top", transform=place, **look)
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
    for axes in figure.axes:
        # They depend on means, thus on the order of samples in the last digits, and SVG names
        # paths by all.
        place = axes.get_position(original=True)
        axes.set_position(Bbox(place.get_points().round(9)))
        axes.set_in_layout(True)  # which the line above ends
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


def explain(
    figure: Figure, handles: Sequence[Artist], columns: int, lines: Sequence[str] = ()
) -> None:
    """Put a legend of `handles` below everything else, and in it any `lines` that have no mark.

    The height of the figure foresees the handles in so many columns. They get less where they are
    too wide; the figure grows by what is then lacking, and by the lines.
    """
    keys = [*handles, *(Line2D([], [], linestyle="", label=line) for line in lines)]
    if not keys:
        return
    width, height = (float(inches) for inches in figure.get_size_inches())
    for handle in keys:
        handle.set_label("\n".join(_wrap(str(handle.get_label()), width - 0.5, 7.5)))
    for fewer in range(columns, 0, -1):
        legend = figure.legend(handles=keys, loc="outside lower left", ncols=fewer)
        needed = legend.get_window_extent()
        if needed.width <= figure.bbox.width or fewer == 1:
            break
        legend.remove()
    foreseen = 0.2 + _KEY_LINE * -(-len(handles) // columns)
    if (more := needed.height / figure.dpi - foreseen) > 0:
        engine = cast("ConstrainedLayoutEngine", figure.get_layout_engine())
        *_, top = engine.get()["rect"]
        engine.set(rect=(0, 0, 1, 1 - (1 - top) * height / (height + more)))
        figure.set_figheight(height + more)


def number(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return numbers, to write in place of names, and the lines of their key."""
    return (
        [str(place) for place in range(1, len(names) + 1)],
        [f"{place} {name}" for place, name in enumerate(names, start=1)],
    )


def subplots_of_two(
    figure: Figure,
    heights: Sequence[float],
    width_ratios: tuple[float, float],
    below: Sequence[float],
) -> list[tuple[Axes, Axes]]:
    """Make two parts side by side for each height, or one below the other on a narrow page.

    The first have these `heights` in inches; the second, on a narrow page, those of `below`.
    """
    look: dict[str, Any] = {"width_ratios": width_ratios, "height_ratios": heights}
    shape = len(heights), 2
    if is_narrow(figure):
        both = zip(heights, below, strict=True)
        shape, look = (2 * len(heights), 1), {"height_ratios": [*chain.from_iterable(both)]}
    parts = figure.subplots(*shape, squeeze=False, **look).ravel().tolist()
    return list(zip(parts[::2], parts[1::2], strict=True))


def is_narrow(figure: Figure) -> bool:
    """Tell whether a figure is laid out as for one column."""
    return bool(figure.get_figwidth() < _DOUBLE.width - 0.01)


def scale_below(image: Any, axes: Axes, label: str, height: float, **look: Any) -> None:
    """Put the scale of the colours of an image below it, which is about `height` inches high."""
    figure = axes.figure
    figure.colorbar(
        image,
        ax=axes,
        label=label,
        location="bottom",
        ticks=MaxNLocator(4),
        fraction=0.12 / height,
        pad=0.02,
        shrink=min(1.0, 3 * figure.dpi / figure.bbox.width),
        aspect=25,
        anchor=(0.0, 1.0),
        **look,
    )


def label_axes(axes: Axes, x: str, y: str | None = None) -> None:
    """Name the axes, in as many lines as a name needs."""
    axes.set_xlabel(textwrap.fill(x, layout().label_width))
    axes.set_ylabel(textwrap.fill(y or "", layout().label_width))


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
    return new_figure(0.3, title, notes)
