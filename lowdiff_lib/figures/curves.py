"""One way to draw curves: panels of lines with bands, a colour for each training-set size (or objective, or data set).

A figure says what its panels show. All else is the same on every page: the mean over repetitions with a band from the
lowest to the highest; what is published strong, over a re-run that is light; one legend below; and values that a page
says where the pointer is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import fade, legend, new_canvas
from lowdiff_lib.figures.drawing import Figure, mark_curve
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import where

ACROSS = {
    "sigma": "noise level σ (data units)",
    "n_train": "samples a side, N",
    "order": "number of the eigenvalue",
    "step": "training steps",
}
IN_A_ROW = 3  # panels
LONG = 36  # characters: words that do not fit beside an axis in one line
MODELS = ["A", "B"]


@dataclass(frozen=True)
class Colour:
    """What the colours of a figure stand for. column: whose values; look: colour and marker of each; words: its name.

    order: the values in the order of the book; others come after them, sorted.
    """

    column: str
    look: Callable[[Any], tuple[str, str]]
    words: Callable[[Any], str] = str
    order: Sequence[Any] = ()

    def values(self, table: pd.DataFrame) -> list:
        there = set(table[self.column])
        return [value for value in self.order if value in there] + sorted(there.difference(self.order))


SIZE = Colour("n_train", style.size_look, "N = {:,}".format)
OBJECTIVE = Colour("objective", style.OBJECTIVE.__getitem__, order=list(style.OBJECTIVE))
DATASET = Colour("dataset", style.dataset_look, order=list(style.DATASET))


@dataclass(frozen=True)
class Line:
    """A line of a panel, in each colour: the mean of some of its rows.

    rows: columns and the value, or the values, wanted of each. says: what its values are, where a page lists them.
    name: in the legend, with {} for what the colour stands for; the first line of a panel is named by its colour. ink:
    a reference, drawn once, in the colour of text, of the largest n_train alone. marker: that of the colour, or "" for
    none, or "open".
    """

    rows: Mapping[str, Any]
    says: str = ""
    line: Any = "-"
    name: str | None = None
    ink: bool = False
    marker: str | None = None


class Rule(NamedTuple):
    """A horizontal line at a value that means something, and what it says."""

    at: float
    says: str = ""
    line: str = "-"


@dataclass(frozen=True)
class Panel:
    """What is drawn of `measured` on one pair of axes. axis: what is upward; panels with the same one share its limits.

    limits: of the upward axis, lowest and highest; None where the lines decide.
    """

    measured: Measured
    lines: Sequence[Line]
    axis: str
    title: str = ""
    rule: Rule | None = None
    scale: str = "linear"
    limits: tuple[float | None, float | None] = (None, None)


def pairs(says: str) -> list[Line]:
    """A with B, and A with its twin."""
    return [Line({"who": who}, f"{says}, {who}", line) for who, line in style.PAIR.items()]


def references(says: str, **rows: Any) -> list[Line]:
    """The ideal denoiser and Wiener's, in ink. rows: what else is wanted of their rows."""
    looks = style.REFERENCE.items()
    return [Line({"who": name, **rows}, says, line, f"{name}, {{}}", ink=True) for name, line in looks]


def curves(
    name: str,
    panels: Sequence[Panel],
    caption: str,
    alt: str,
    table: pd.DataFrame | None = None,
    *,
    colour: Colour = SIZE,
    across: str = "sigma",
    below: str = "",
    down: bool = False,
    ticks: bool = False,
    middle: str = "mean",
    keys: Mapping[str, Any] | None = None,
    in_a_row: int = IN_A_ROW,
) -> Figure:
    """The figure of some panels. table: for a reader to take home, if it is not what the panels show.

    across: the column along the axis, which is logarithmic, with the words `below`. down: from the highest to the
    lowest. ticks: at the values themselves. middle: mean or median. keys: line styles that the legend explains.
    """
    rows, columns = -(-len(panels) // in_a_row), min(in_a_row, len(panels))
    canvas, grid = new_canvas(rows, columns, 1.7 + 2.2 * rows)
    axes = list(grid.flat[: len(panels)])
    for ax in grid.flat[len(panels) :]:
        ax.set_axis_off()
    for number, (ax, panel) in enumerate(zip(axes, panels, strict=True)):
        _draw(ax, panel, colour, across, middle)
        along = _across(ax, panel, across, down, ticks)
        if panel.rule:
            _rule(ax, panel.rule, along, down)
        ax.set_yscale(panel.scale)
        ax.set_title(panel.title, fontsize=9 if len(panel.title) * columns > 72 else None)
        if number % columns == 0 or panel.axis != panels[number - 1].axis:
            ax.set_ylabel(panel.axis if len(panel.axis) < LONG else panel.axis.replace(" (", "\n("))
        if number + columns >= len(panels):
            ax.set_xlabel(below or ACROSS[across])
    for ax, panel in zip(axes, panels, strict=True):
        alike = [other.get_ylim() for other, its in zip(axes, panels, strict=True) if its.axis == panel.axis]
        ax.set_ylim(np.min(alike), np.max(alike))
        ax.set_ylim(*panel.limits)
    for label, line in (keys or {}).items():
        axes[-1].plot([], [], color=style.INK, ls=line, label=label)
    legend(canvas, axes)
    if table is None:
        table = pd.concat([panel.measured.shown for panel in panels]).drop_duplicates()
    return Figure(name, canvas, caption, alt, table)


def curve(
    axes: Axes, table: pd.DataFrame, across: str, middle: str = "mean", band: bool = True, **look: Any
) -> tuple[Line2D, Collection | None]:
    """Draw the mean over repetitions and, if there are several, a band from lowest to highest; the two that are drawn.

    look: as of a line of matplotlib.
    """
    before, labels = len(axes.collections), {"xlabel": axes.get_xlabel(), "ylabel": axes.get_ylabel()}
    interval = ("pi", 100) if band and table.repetition.nunique() > 1 else None
    look = {"mec": "none", "err_kws": {"alpha": 0.18, "lw": 0}, **look}
    seaborn.lineplot(table, x=across, y="value", estimator=middle, errorbar=interval, legend=False, ax=axes, **look)
    axes.set(**labels)  # not the names of columns
    return axes.lines[-1], next(iter(axes.collections[before:]), None)


def _draw(ax: Axes, panel: Panel, colour: Colour, across: str, middle: str) -> None:
    """The lines of a panel, of the re-run and then of what is published."""
    first = next((line for line in panel.lines if not line.ink), None)
    for layer in panel.measured.layers:
        over = layer is panel.measured.published and bool(panel.measured.profile)  # what may lie over a re-run
        found = [(line, _rows(layer, line, across)) for line in panel.lines]
        if over and any(len(rows) for _, rows in found):
            fade(ax)
        for value in colour.values(pd.concat([rows for _, rows in found])):
            for line, rows in found:
                mine = rows[rows[colour.column] == value]
                if mine.empty:
                    continue
                name = line.name if line.name is not None else "{}" if line is first else ""
                label, words = name.format(colour.words(value)), colour.words(value)
                color, marker = (style.INK, "") if line.ink else colour.look(value)
                look = {"color": color, "marker": "" if line.marker == "" else marker, "ls": line.line}
                look |= {"mfc": "none", "mec": color} if line.marker == "open" else {}
                band = bool(line.line) and not line.ink and (not over or across == "n_train")  # more would hide lines
                drawn = curve(ax, mine, across, middle, band, label=label or None, **look)
                if line.says and across == "sigma" and not over:
                    mark_curve(*drawn, (label or line.says) if line.ink else words, line.says, mine)


def _rows(table: pd.DataFrame, line: Line, across: str) -> pd.DataFrame:
    """The rows that a line is drawn of."""
    table = where(table, line.rows)
    return table[table.n_train == table.n_train.max()] if line.ink and across != "n_train" else table


def _across(ax: Axes, panel: Panel, across: str, down: bool, ticks: bool) -> np.ndarray:
    """Set the axis along; the values that are drawn there."""
    values = np.unique(np.concatenate([layer[across] for layer in panel.measured.layers]).astype(float))
    ax.set_xscale("log")
    if ticks:
        ax.set_xticks(values, [f"{value:g}" for value in values])
    if ticks or across == "n_train":
        ax.xaxis.set_minor_locator(NullLocator())
    if down:
        ax.invert_xaxis()
    return values


def _rule(ax: Axes, rule: Rule, along: np.ndarray, down: bool) -> None:
    ax.axhline(rule.at, color=style.INK, lw=0.8, ls=rule.line)
    look: dict[str, Any] = {"va": "bottom", "ha": "left" if down else "right", "fontsize": 8, "color": style.INK}
    if rule.says:
        ax.annotate(rule.says, (along.max(), rule.at), (2 if down else 0, 1), textcoords="offset points", **look)
