"""Lines named at their ends, where the eye already is."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lowdiff_lib.figures import style

ROOM = 11.0  # points from one name to the next
CLOSE = 2.0  # points; a name that is further from the end of its line is tied to it


def name_ends(ax: Axes) -> None:
    """Write the label of each line at its right end, in the order of the ends, moved apart where they are too close."""
    lines = [line for line in ax.lines if not str(line.get_label()).startswith("_")]
    tips = [(np.asarray(line.get_xdata())[-1], np.asarray(line.get_ydata())[-1]) for line in lines]
    ends = np.array([ax.transData.transform(tip)[1] for tip in tips]) * 72 / ax.figure.dpi
    order = np.argsort(ends)
    for k, place in zip(order, _spaced(ends[order]), strict=True):
        up = place - ends[k]
        look: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 9, "color": style.INK}
        if abs(up) > CLOSE:
            look["arrowprops"] = {"arrowstyle": "-", "color": style.INK, "lw": 0.5, "alpha": 0.6}
        ax.annotate(str(lines[k].get_label()), tips[k], (10, up), annotation_clip=False, **look)


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
