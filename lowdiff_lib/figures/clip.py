"""What an axis cuts off is marked: a triangle at the edge, with the value."""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import number
from lowdiff_lib.figures.drawing import mark_with

CLOSE = 0.16  # of the width of a panel: of two values that are nearer than this, one is said


def mark_clipped(ax: Axes) -> None:
    """A triangle where a line leaves a panel through its lower or upper edge, and the value that it goes to."""
    limits, said = ax.get_ylim(), {False: [], True: []}  # type: ignore[var-annotated]
    lines = [each for each in ax.lines if len(np.atleast_1d(each.get_xdata())) > 2]
    for line in sorted(lines, key=lambda each: '"rest"' in str(each.get_gid())):  # what is shown at first has the room
        x, y = (np.asarray(values, float) for values in line.get_data())
        for above, edge in zip((False, True), limits, strict=True):
            beyond = y > edge if above else y < edge
            if not beyond.any():
                continue
            furthest = float(y[beyond].max() if above else y[beyond].min())
            at = _leaves(ax, x, y, beyond, edge)
            look: dict[str, Any] = {"marker": "^" if above else "v", "color": line.get_color(), "ms": 6, "mec": "none"}
            transform = blended_transform_factory(ax.transData, ax.transAxes)
            marks: list[Artist] = [*ax.plot([at], [int(above)], transform=transform, clip_on=False, ls="", **look)]
            place = float(ax.transAxes.inverted().transform(ax.transData.transform((at, edge)))[0])
            if all(abs(place - other) > CLOSE for other in said[above]):
                said[above].append(place)
                marks.append(_say(ax, at, above, place > 0.8, number(furthest)))
            for mark in marks:
                mark_with(line, mark)


def _leaves(ax: Axes, x: np.ndarray, y: np.ndarray, beyond: np.ndarray, edge: float) -> float:
    """Where a line crosses an edge, as it is drawn; where it is furthest beyond, if it never comes back."""
    for k in np.flatnonzero(beyond[:-1] != beyond[1:])[:1]:
        (x0, y0), (x1, y1), (_, at) = ax.transData.transform([(x[k], y[k]), (x[k + 1], y[k + 1]), (x[k], edge)])
        here = (x0 + (x1 - x0) * (at - y0) / (y1 - y0), at)
        return float(ax.transData.inverted().transform(here)[0])
    return float(x[np.flatnonzero(beyond)[0]])


def _say(ax: Axes, at: float, above: bool, left: bool, words: str) -> Artist:
    """A value beside a triangle, inside the panel."""
    look: dict[str, Any] = {"ha": "right" if left else "left", "va": "top" if above else "bottom"}
    shift = (-6 if left else 6, -2 if above else 2)
    look |= {"xycoords": ax.get_xaxis_transform(), "textcoords": "offset points"}
    return ax.annotate(words, (at, int(above)), shift, fontsize=8, color=style.INK, **look)
