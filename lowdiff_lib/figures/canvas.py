"""What every figure is drawn on and with: a canvas, one legend, what is light and what strong, words of captions."""

from collections.abc import Iterable, Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas

from lowdiff_lib.figures import style
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import called

WIDTH = 7.2  # inches; the text column of the book
# From nothing to see, over blue, to orange: how far two models are apart, on a light page and on a dark one.
APART = LinearSegmentedColormap.from_list("apart", [(0, 0.45, 0.7, 0), (0, 0.45, 0.7, 1), (0.84, 0.37, 0, 1)])


def new_canvas(rows: int, columns: int, height: float, **options) -> tuple[Canvas, np.ndarray]:
    with matplotlib.rc_context(style.RC):
        canvas = Canvas(figsize=(WIDTH, height))
        axes = canvas.subplots(rows, columns, squeeze=False, **options)
    return canvas, axes


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


def fade(axes: Axes) -> None:
    """Make light what is drawn, a re-run, so that what is published stands out over it."""
    for artist in [*axes.lines, *axes.collections]:
        artist.set_alpha(0.4 * (artist.get_alpha() or 1))


def bar_looks(count: int) -> list[dict[str, float]]:
    """Place in its group, width and opacity of the bars of each layer; what is published is left and strong."""
    if count == 1:
        return [{"offset": 0.0, "width": 0.7, "alpha": 1.0}]
    return [{"offset": 0.19, "width": 0.34, "alpha": 0.4}, {"offset": -0.19, "width": 0.34, "alpha": 1.0}]


def size_axis(axes: Axes, tables: Sequence[pd.DataFrame], label: str = "training faces a side, N") -> dict[int, int]:
    """An axis of all n_train of some tables in their order, evenly spaced; the place of each."""
    sizes = sorted({int(n) for table in tables for n in table.n_train.unique()})
    axes.set_xticks(range(len(sizes)), [f"{n:,}" for n in sizes], fontsize=8 if len(sizes) > 5 else None)
    axes.set_xlabel(label)
    return {n: place for place, n in enumerate(sizes)}


def legend(canvas: Canvas, axes: Iterable[Axes]) -> None:
    """One legend for all panels, below them, in as many columns as have room; sizes first, the smallest first."""
    entries = {label: handle for each in axes for handle, label in zip(*each.get_legend_handles_labels(), strict=True)}
    labels = sorted(entries, key=lambda label: int(label[4:].replace(",", "")) if label.startswith("N = ") else np.inf)
    columns = max(1, min(5, 90 // (max(map(len, labels), default=0) + 6)))
    handles = [entries[label] for label in labels]
    look = {"frameon": False, "labelcolor": style.INK}
    canvas.legend(handles, labels, loc="outside lower center", ncols=columns, **look)


def about_published(measured: Measured, middle: str = "mean") -> str:
    """For a caption: what is strong and what is light, and of which photographs what is published is."""
    if len(measured.layers) < 2:
        return f" Published{measured.on}." if measured.on and not measured.profile else ""
    own, published = measured.layers
    theirs = set(published.dataset)
    on = measured.on or (f" on {called(theirs)}" if theirs.isdisjoint(own.dataset) else "")
    return f" Strong: published{on}, {middle} over its seeds; light: this re-run."


def seeds(table: pd.DataFrame) -> str:
    n = table.repetition.nunique()
    return "one seed, so no band" if n == 1 else f"bands: lowest to highest of {n} seeds"


def counted(table: pd.DataFrame) -> str:
    """How many seeds a table has."""
    n = table.repetition.nunique()
    return f"{n} seed{'s' if n > 1 else ''}"


def faces(n_train: int) -> str:
    return f"N = {n_train:,} training face{'s' if n_train > 1 else ''} a side"
