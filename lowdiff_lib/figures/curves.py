"""One way to draw curves: panels of lines with bands, a colour for each training-set size, pair, objective, or other.

A figure says what its panels show. All else is the same on every page, as `style` has it: the mean over repetitions
with a band from the lowest to the highest; grey and hatch where curves are not to be believed; triangles where they are
cut off; one sorted legend; values that a page says where the pointer is; and the lines of the other table, the reader's
own or the published one, which a page shows when asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.lines import Line2D

from lowdiff_lib.figures import style
from lowdiff_lib.figures.apart import apart, asked_for, switch
from lowdiff_lib.figures.canvas import ALONE, WIDTH, legend, new_canvas, plain_ticks, stacked, titled
from lowdiff_lib.figures.clip import mark_clipped
from lowdiff_lib.figures.drawing import Figure, mark_curve
from lowdiff_lib.figures.ends import name_ends
from lowdiff_lib.figures.shade import Spans, shade, shade_beyond
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import spread, where

ACROSS = {
    "sigma": "noise level σ (data units)",
    "n_train": "samples a side, N",
    "order": "number of the eigenvalue",
    "step": "training steps",
}
IN_A_ROW = 3  # panels
LONG = 36  # characters: words that do not fit beside an axis in one line
MODELS = ["A", "B"]
GAP = "due to the data"
FEW = 3  # curves of as many sizes are shown before a reader asks for more


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
PAIR = Colour(
    "who", lambda who: (style.PAIR_COLOUR.get(who, style.INK), ""), lambda who: style.PAIR_WORDS.get(who, who)
)


@dataclass(frozen=True)
class Line:
    """A line of a panel, in each colour: the mean of some of its rows.

    rows: columns and the value, or the values, wanted of each. says: what its values are, where a page lists them.
    name: in the legend, with {} for what the colour stands for; the first line of a panel is named by its colour. ink:
    a reference, drawn once, in the colour of text, of the largest n_train alone. marker: that of the colour, or "" for
    none, or "open". thin: what the thick ones are compared with.
    """

    rows: Mapping[str, Any]
    says: str = ""
    line: Any = "-"
    name: str | None = None
    ink: bool = False
    marker: str | None = None
    thin: bool = False


class Rule(NamedTuple):
    """A horizontal line at a value that means something, and what it says.

    worse: whether models are worse than doing nothing `above` or `below` it, which is shaded.
    """

    at: float
    says: str = ""
    line: str = "-"
    worse: str = ""


@dataclass(frozen=True)
class Panel:
    """What is drawn of `measured` on one pair of axes. axis: what is upward; panels with the same one share its limits.

    limits: of the upward axis, lowest and highest; None where the lines decide. gap: fill between the first two lines
    of each colour.
    worse, far: noise levels at which models are worse than doing nothing, and at which they extrapolate.
    """

    measured: Measured
    lines: Sequence[Line]
    axis: str
    title: str = ""
    rule: Rule | None = None
    scale: str = "linear"
    limits: tuple[float | None, float | None] = (None, None)
    gap: bool = False
    worse: Spans = ()
    far: Spans = ()


def pairs(says: str) -> list[Line]:
    """A with B, and A with its twin."""
    return [
        Line({"who": who}, f"{says}, {style.PAIR_WORDS[who]}", line, marker=None if who == "A-B" else "")
        for who, line in style.PAIR.items()
    ]


def references(says: str, **rows: Any) -> list[Line]:
    """The ideal denoiser and the linear filter, in ink. rows: what else is wanted of their rows."""
    names = ("ideal", "wiener")
    return [
        Line({"who": name, **rows}, says, style.REFERENCE[name], style.REFERENCE_WORDS[name], ink=True)
        for name in names
    ]


def few_some_many(sizes: Sequence[int]) -> list[int]:
    """Three training-set sizes that stand for all of them: few, some, many. Few is more than one, if it can be."""
    usual = [n for n in sizes if n > 1] if len(sizes) > FEW else list(sizes)
    return list(dict.fromkeys([usual[0], usual[(len(usual) - 1) // 2], usual[-1]])) if len(sizes) > FEW else usual


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
    label_ends: bool = False,
    at_first: Sequence[Any] = (),
    live: str = "",
) -> Figure:
    """The figure of some panels. table: for a reader to take home, if it is not what the panels show.

    across: the column along the axis, which is logarithmic, with the words `below`. down: from the highest to the
    lowest. ticks: at the values themselves. middle: mean or median. keys: line styles that the legend explains.
    label_ends: lines are named at their ends, and not in a legend. at_first: what a page shows of the colours before a
    reader asks for more; without it few, some and many, or all. live: as of a `Figure`.
    """
    rows, columns = -(-len(panels) // in_a_row), min(in_a_row, len(panels))
    alone = len(panels) == 1
    canvas, grid = new_canvas(rows, columns, 1.5 + (2.5 if alone else 2.2 * rows), ALONE if alone else WIDTH)
    axes = list(grid.flat[: len(panels)])
    for ax in grid.flat[len(panels) :]:
        ax.set_axis_off()
    stacked(axes)
    usual = set(at_first) or _usual(panels, colour)
    for number, (ax, panel) in enumerate(zip(axes, panels, strict=True)):
        _draw(ax, panel, panel.measured.shown, colour, across, middle, usual)
        along = _across(ax, panel, across, down, ticks)
        if panel.rule:
            _rule(ax, panel.rule, along, down)
        ax.set_yscale(panel.scale)
        titled(ax, panel.title, 9 if len(panel.title) * columns > 72 else 10)
        if number % columns == 0 or panel.axis != panels[number - 1].axis:
            ax.set_ylabel(panel.axis if len(panel.axis) < LONG else panel.axis.replace(" (", "\n("))
        if number + columns >= len(panels):
            ax.set_xlabel(below or ACROSS[across])
    for ax, panel in zip(axes, panels, strict=True):
        alike = [other.get_ylim() for other, its in zip(axes, panels, strict=True) if its.axis == panel.axis]
        ax.set_ylim(np.min(alike), np.max(alike))
        ax.set_ylim(*panel.limits)
        if panel.scale == "log":
            plain_ticks(ax.yaxis)
    for ax, panel in zip(axes, panels, strict=True):
        mark_clipped(ax)
        shade(ax, panel.worse, panel.far)
        if panel.rule and panel.rule.worse:
            shade_beyond(ax, panel.rule.at, panel.rule.worse == "above")
        if not panel.measured.other.empty:
            frame = ax.axis()
            _draw(ax, panel, panel.measured.other, colour, across, middle, usual, other=True)
            ax.axis(frame)
    for label, line in {**_pair_keys(panels, colour), **(keys or {})}.items():
        axes[-1].plot([], [], color=style.INK, ls=line, label=label)
    if label_ends:
        for ax in axes:
            name_ends(ax)
    else:
        legend(canvas, axes)
    if table is None:
        table = pd.concat([panel.measured.shown for panel in panels]).drop_duplicates()
    compare = switch([apart(panel.measured, panel.axis, across, panel.lines, panel.scale) for panel in panels])
    return Figure(name, canvas, caption, alt, table, compare, live)


def curve(
    axes: Axes, table: pd.DataFrame, across: str, middle: str = "mean", band: bool = True, **look: Any
) -> tuple[Line2D, Collection | None]:
    """Draw the mean over repetitions and, if there are several, a band from lowest to highest; the two that are drawn.

    look: as of a line of matplotlib.
    """
    of = spread(table, [across], middle)
    (line,) = axes.plot(of[across], of["mean"], **{"mec": "none", **look})
    if not band or of.n.max() < 2:
        return line, None
    return line, axes.fill_between(of[across], of.low, of.high, color=line.get_color(), alpha=0.13, lw=0)


def _usual(panels: Sequence[Panel], colour: Colour) -> set:
    """What a page shows of the colours before a reader asks for more."""
    there = colour.values(pd.concat([panel.measured.shown for panel in panels]))
    return set(few_some_many(there)) if colour is SIZE and there else set(there)


def _pair_keys(panels: Sequence[Panel], colour: Colour) -> dict[str, Any]:
    """What solid and dashed say, where pairs of models have the colours of something else."""
    drawn = {line.rows.get("who") for panel in panels for line in panel.lines if isinstance(line.rows.get("who"), str)}
    there = drawn.issuperset(style.PAIR) and colour is not PAIR
    return {style.PAIR_WORDS[who]: line for who, line in style.PAIR.items()} if there else {}


def _draw(
    ax: Axes,
    panel: Panel,
    table: pd.DataFrame,
    colour: Colour,
    across: str,
    middle: str,
    usual: set,
    other: bool = False,
) -> None:
    """The lines of a panel, of one table. other: of the one that is compared with, hidden and half as strong."""
    first = next((line for line in panel.lines if not line.ink), None)
    found = [(line, _rows(table, line, across)) for line in panel.lines]
    for value in colour.values(pd.concat([rows for _, rows in found])) if found else []:
        for line, rows in found:
            mine = rows[rows[colour.column] == value]
            if mine.empty or (other and line.ink):
                continue
            words = colour.words(value)
            name = line.name if line.name is not None else "{}" if line is first or colour is PAIR else ""
            label = name.format(words)
            color, marker = (style.INK, "") if line.ink else colour.look(value)
            look = {"color": color, "marker": "" if line.marker == "" else marker, "ls": line.line}
            look |= {"marker": "o", "ms": 6, "mfc": "none", "mec": color} if line.marker == "open" else {}
            look |= {"lw": style.THIN} if line.thin else {"lw": 1.2} if line.ink else {}
            look |= {"alpha": 0.5} if other else {"label": label or None}
            drawn = curve(ax, mine, across, middle, bool(line.line) and not line.ink and not other, **look)
            row = (label or line.says) if line.ink else words
            if across == "sigma" and line.says:
                rest = value not in usual and not line.ink
                mark_curve(*drawn, row, line.says, mine, middle, other=other, rest=rest)
            elif other:
                asked_for(drawn[0])

    if panel.gap and not other:
        for value in colour.values(table):
            first, second = (rows[rows[colour.column] == value] for _, rows in found[:2])
            _gap(ax, first, second, across, middle)


def _gap(ax: Axes, first: pd.DataFrame, second: pd.DataFrame, across: str, middle: str) -> None:
    """Fill what is between two lines: what is due to the data."""
    both = [spread(rows, [across], middle).set_index(across)["mean"] for rows in (first, second)]
    found = pd.concat(both, axis=1).dropna()
    ax.fill_between(found.index, *found.T.to_numpy(), color=style.PAIR_COLOUR["A-B"], alpha=0.16, lw=0, label=GAP)


def _rows(table: pd.DataFrame, line: Line, across: str) -> pd.DataFrame:
    """The rows that a line is drawn of."""
    table = where(table, line.rows)
    return table[table.n_train == table.n_train.max()] if line.ink and across != "n_train" else table


def _across(ax: Axes, panel: Panel, across: str, down: bool, ticks: bool) -> np.ndarray:
    """Set the axis along; the values that are drawn there."""
    values = np.unique(panel.measured.shown[across].to_numpy(float))
    ax.set_xscale("log")
    plain_ticks(ax.xaxis)
    if ticks:
        ax.set_xticks(values, [f"{value:g}" for value in values])
    if across == "n_train":
        ax.tick_params(axis="x", labelsize=8)  # six powers of ten, in a third of the page
    if down:
        ax.invert_xaxis()
    return values


def _rule(ax: Axes, rule: Rule, along: np.ndarray, down: bool) -> None:
    ax.axhline(rule.at, color=style.INK, lw=0.8, ls=rule.line)
    look: dict[str, Any] = {"va": "bottom", "ha": "left" if down else "right", "fontsize": 8, "color": style.INK}
    if rule.says:
        ax.annotate(rule.says, (along.max(), rule.at), (2 if down else 0, 1), textcoords="offset points", **look)
