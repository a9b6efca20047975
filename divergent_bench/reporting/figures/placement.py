"""Labels of points that do not lie on each other."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from divergent_bench.reporting.figures import style

_RADII: Final = (6.0, 12.0, 20.0, 30.0, 42.0, 56.0, 72.0, 90.0)  # points from the mark
_LED_FROM: Final = 12.0  # points from which a line leads to the mark
_DIRECTIONS: Final = 16
_MARK: Final = 4.0  # points: half the side of a mark

Floats = NDArray[np.float64]  # boxes: left, bottom, right, top in pixels


def place_labels(
    figure: Figure, axes: Axes, points: Floats, labels: Sequence[str], lines: Floats
) -> None:
    """Write a label near each point, clear of the points and of the other labels.

    Each label takes the first free of 16 directions on growing circles; if none is free, the place
    where it covers least. The most important label comes first and gets the best place. The figure
    is complete but for the labels: it is laid out to learn where the points are. In data
    coordinates: `points`, shape (n, 2), and the horizontal and vertical `lines` to keep off, as
    x, y, x, y of their ends, shape (m, 4).
    """
    figure.draw_without_rendering()
    scale = figure.dpi / 72
    centres = axes.transData.transform(points)
    ends = axes.transData.transform(lines.reshape(-1, 2)).reshape(-1, 2, 2)
    low, high = ends.min(axis=1) - scale / 2, ends.max(axis=1) + scale / 2
    marks = np.hstack([centres - _MARK * scale, centres + _MARK * scale])
    taken = np.vstack([marks, np.hstack([low, high])])
    frame = np.array([axes.get_window_extent().extents])
    for centre, label in zip(centres, labels, strict=True):
        text = axes.annotate(
            label,
            xy=tuple(axes.transData.inverted().transform(centre)),
            xytext=(0, 0),
            textcoords="offset points",
            size=7,
            va="center",
            ha="center",
            zorder=6,
        )
        text.set_in_layout(False)  # labels must not move what they were placed by
        extent = text.get_window_extent()
        size = np.array([extent.width, extent.height]) + 2 * scale
        radii, offered = _candidates(centre, size, scale)
        lost = size.prod() - _shared_area(offered, frame)[:, 0]
        covered = lost + _shared_area(offered, taken).sum(axis=1)
        best = int(np.argmin(covered.round(3)))  # what is free but for rounding is free
        place = offered[best]
        taken = np.vstack([taken, place])
        text.set_position(tuple(((place[:2] + place[2:]) / 2 - centre) / scale))
        if radii[best] >= _LED_FROM:
            _lead(axes, centre, place)


def _candidates(centre: Floats, size: Floats, scale: float) -> tuple[Floats, Floats]:
    """Offer places of a label around a mark, nearest first: distances in points, and boxes."""
    angles = 2 * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS
    radii = np.repeat(_RADII, _DIRECTIONS)
    directions = np.tile(np.column_stack([np.cos(angles), np.sin(angles)]), (len(_RADII), 1))
    middles = centre + directions * (radii[:, None] * scale + size / 2)
    return radii, np.hstack([middles - size / 2, middles + size / 2])


def _shared_area(boxes: Floats, others: Floats) -> Floats:
    """Give the area that each box has in common with each other, shape (boxes, others)."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(axis=2))


def _lead(axes: Axes, centre: Floats, place: Floats) -> None:
    """Draw a thin line from a mark to the nearest point of its label."""
    end = np.clip(centre, place[:2], place[2:])
    ends = axes.transData.inverted().transform([centre, end])
    axes.plot(ends[:, 0], ends[:, 1], color=style.GREY, linewidth=0.5, zorder=2)
