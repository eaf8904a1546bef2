"""What every figure is drawn on and with: a canvas, one legend, an axis of sizes, words of captions."""

from collections.abc import Iterable, Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from lowdiff_lib.figures import style
from lowdiff_lib.figures.drawing import LEGEND, PANEL
from lowdiff_lib.tables.tidy import PHOTOGRAPHS, called

WIDTH = 7.2  # inches; the text column of the book
ALONE = 4.8  # inches; of a figure with a single panel
FEW_POWERS = 50  # an axis whose ends differ by less has fewer than two powers of ten
# How far two models are apart: from nothing to see to the colour of different data, on a light page and on a dark one.
APART = LinearSegmentedColormap.from_list("apart", [(0.62, 0.3, 0.68, 0), (0.62, 0.3, 0.68, 1)])


def new_canvas(rows: int, columns: int, height: float, width: float = WIDTH, **options) -> tuple[Canvas, np.ndarray]:
    with matplotlib.rc_context(style.RC):
        canvas = Canvas(figsize=(width, height))
        axes = canvas.subplots(rows, columns, squeeze=False, **options)
    return canvas, axes


def stacked(axes: Iterable[Axes]) -> None:
    """Let a narrow page put these panels one below the other."""
    for number, ax in enumerate(axes):
        ax.set_gid(f"{PANEL}{number}")
        ax.tick_params(labelleft=True)


def colour_bar(canvas: Canvas, image: ScalarMappable, axes: np.ndarray, label: str, **options) -> None:
    """What the colours of `image` mean, beside all panels, in the page's own text colour."""
    with matplotlib.rc_context(style.RC):
        canvas.colorbar(image, ax=axes, shrink=0.7, **options).set_label(label)


def plane(axes: Axes, map_of: pd.DataFrame, column: str, **look) -> ScalarMappable:
    """A column of a table over the plane (u, v), as colours; the table holds a square grid, u fastest."""
    u = np.sort(map_of.u.unique())
    grid = map_of[column].to_numpy().reshape(len(u), len(u))
    axes.grid(False)
    return axes.imshow(grid, extent=(u[0], u[-1], u[0], u[-1]), origin="lower", **look)


def titled(ax: Axes, title: str, size: float = 10) -> None:
    """A panel's title, at its left."""
    ax.set_title(title, loc="left", fontsize=size)


def plain_ticks(axis: Axis) -> None:
    """Numbers as a reader writes them on a logarithmic axis, at powers of ten; at 1, 2 and 5 where those are few."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < FEW_POWERS * low else (1,), numticks=6))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def number(value: float) -> str:
    """Two digits, as a reader writes them: 0.01, 100, 1k; beyond a million and a thousandth as powers."""
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        value = float(f"{value:.2g}")
        return f"{value / 1000:g}k" if abs(value) >= 1e3 else f"{value:g}"
    factor, power = f"{value:.1e}".split("e")
    powers = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{powers}" if factor == "1.0" else f"{factor} × 10{powers}"


def size_axis(axes: Axes, tables: Sequence[pd.DataFrame], label: str = "training faces a side, N") -> dict[int, int]:
    """An axis of all n_train of some tables in their order, evenly spaced; the place of each."""
    sizes = sorted({int(n) for table in tables for n in table.n_train.unique()})
    axes.set_xticks(range(len(sizes)), [f"{n:,}" for n in sizes], fontsize=8 if len(sizes) > 5 else None)
    axes.set_xlabel(label)
    return {n: place for place, n in enumerate(sizes)}


def legend(canvas: Canvas, axes: Iterable[Axes]) -> None:
    """One legend for all panels, above them, in as many columns as have room; sizes first, the smallest first."""
    entries = {label: handle for each in axes for handle, label in zip(*each.get_legend_handles_labels(), strict=True)}
    labels = sorted(entries, key=lambda label: int(label[4:].replace(",", "")) if label.startswith("N = ") else np.inf)
    if not labels:
        return
    columns = max(1, min(6, int(13.3 * canvas.get_figwidth()) // (max(map(len, labels)) + 6)))
    handles = [entries[label] for label in labels]
    look = {"frameon": False, "labelcolor": style.INK, "borderaxespad": 0.2, "columnspacing": 1.4, "handlelength": 2.4}
    canvas.legend(handles, labels, loc="outside upper left", ncols=columns, **look).set_gid(LEGEND)


def seeds(table: pd.DataFrame, both: bool = False) -> str:
    """How many repetitions the bands hold, and of which photographs they are. both: lines are the mean of A and B."""
    counts = table.groupby(["dataset", "arm", "n_train"]).repetition.nunique()
    low, high = counts.min(), counts.max()
    photographs = PHOTOGRAPHS.keys() & set(table.dataset)
    on = f"{called(photographs)}; " if photographs else ""
    if high == 1:
        return f"{on}one repetition{'; bands: from A to B' if both else ', so no band'}"
    return f"{on}bands: lowest to highest of {high} repetitions" + ("" if low == high else f", of {low} in places")


def counted(table: pd.DataFrame) -> str:
    """How many repetitions a table has."""
    n = table.repetition.nunique()
    return f"{n} repetition{'s' if n > 1 else ''}"


def pixels(table: pd.DataFrame) -> str:
    """How large the pictures of a table are, such as "20 x 20 pixels"; of several sizes with "and"."""
    return " and ".join(f"{round(dim**0.5)} x {round(dim**0.5)}" for dim in sorted(table.dim.unique())) + " pixels"


def faces(n_train: int) -> str:
    return f"N = {n_train:,} training face{'s' if n_train > 1 else ''} a side"
