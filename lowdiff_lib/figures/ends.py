"""Lines named at their ends, where the eye already is."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lowdiff_lib.figures import style
from lowdiff_lib.figures.drawing import mark_with

ROOM = 11.0  # points from one name to the next
CLOSE = 2.0  # points; a name that is further from the end of its line is tied to it


def name_ends(ax: Axes) -> None:
    """Write the label of each line at its left or right end, wherever they are further apart; the axis goes opposite.

    In the order of the ends, moved apart where they are too close.
    """
    lines = [line for line in ax.lines if not str(line.get_label()).startswith("_")]
    both = [[(np.asarray(line.get_xdata())[k], np.asarray(line.get_ydata())[k]) for line in lines] for k in (0, -1)]
    heights = [ax.transData.transform(tips)[:, 1] * 72 / ax.figure.dpi for tips in both]
    right = bool(np.ptp(heights[1]) >= np.ptp(heights[0]))
    tips, ends = both[right], heights[right]
    order = np.argsort(ends)
    for k, place in zip(order, _spaced(ends[order]), strict=True):
        up = place - ends[k]
        look: dict[str, Any] = {"textcoords": "offset points", "va": "center", "ha": "left" if right else "right"}
        if abs(up) > CLOSE:
            look["arrowprops"] = {"arrowstyle": "-", "color": style.INK, "lw": 0.5, "alpha": 0.6}
        shift = (12 if right else -12, up)
        words = str(lines[k].get_label())
        name = ax.annotate(words, tips[k], shift, annotation_clip=False, fontsize=9, color=style.INK, **look)
        mark_with(lines[k], name)
    if not right:
        ax.yaxis.tick_right()
        ax.yaxis.set_label_position("right")
        ax.spines["right"].set_visible(True)
        ax.spines["left"].set_visible(False)


def _spaced(places: np.ndarray) -> np.ndarray:
    """Rising places, pushed apart until all neighbours have room."""
    places = places.copy()
    for _ in range(200):
        close = np.flatnonzero(np.diff(places) < ROOM - 1e-6)
        for k in close:
            lacks = (ROOM - (places[k + 1] - places[k])) / 2
            places[k], places[k + 1] = places[k] - lacks, places[k + 1] + lacks
        if not len(close):
            break
    return places
