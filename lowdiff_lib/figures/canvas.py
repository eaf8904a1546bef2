"""What every figure is drawn on and with: a canvas, curves with bands, one legend."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas

from lowdiff_lib.figures import style
from lowdiff_lib.figures.drawing import mark_curve

WIDTH = 7.2  # inches; the text column of the book
NOISE_AXIS = "noise level σ (data units)"
# From nothing to see, over blue, to orange: how far two models are apart, on a light page and on a dark one.
APART = LinearSegmentedColormap.from_list("apart", [(0, 0.45, 0.7, 0), (0, 0.45, 0.7, 1), (0.84, 0.37, 0, 1)])


def new_canvas(rows: int, columns: int, height: float, **options) -> tuple[Canvas, np.ndarray]:
    with matplotlib.rc_context(style.RC):
        canvas = Canvas(figsize=(WIDTH, height))
        axes = canvas.subplots(rows, columns, squeeze=False, **options)
    return canvas, axes


def panels(datasets: Iterable[str]) -> tuple[Canvas, dict[str, Axes]]:
    """A panel for each data set, in the order of the book, three in a row, on the same axes."""
    there = set(datasets)
    names = [name for name in style.DATASET if name in there]
    names += sorted(there.difference(names))
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    canvas, axes = new_canvas(rows, columns, 0.7 + 2.3 * rows, sharex=True, sharey=True)
    for ax in axes.flat[len(names) :]:
        ax.set_axis_off()
    for name, ax in zip(names, axes.flat, strict=False):
        ax.set_title(name)
    return canvas, dict(zip(names, axes.flat, strict=False))


def outer_labels(axes: Axes, below: str, left: str) -> None:
    """Words on an axis of a panel, if it is the lowest of its column, or the first of its row."""
    place = axes.get_subplotspec()
    if place is not None and place.is_last_row():
        axes.set_xlabel(below)
    if place is not None and place.is_first_col():
        axes.set_ylabel(left)


def colour_bar(canvas: Canvas, image: ScalarMappable, axes: np.ndarray, label: str, **options) -> None:
    """What the colours of `image` mean, beside all panels, in the page's own text colour."""
    with matplotlib.rc_context(style.RC):
        canvas.colorbar(image, ax=axes, shrink=0.7, **options).set_label(label)


def noise_axis(axes: Axes, label: bool = True) -> None:
    axes.set_xscale("log")
    if label:
        axes.set_xlabel(NOISE_AXIS)


def curve(
    axes: Axes, table: pd.DataFrame, color: str, marker: str = "", line="-", label: str = "", row="", column=""
) -> None:
    """Mean over seeds with a band from lowest to highest. `row` and `column`: where a page lists its values."""
    look = {"color": color, "marker": marker, "ls": line, "label": label or None, "err_kws": {"alpha": 0.18, "lw": 0}}
    bands = len(axes.collections)
    seaborn.lineplot(table, x="sigma", y="value", errorbar=("pi", 100), legend=False, ax=axes, mec="none", **look)
    if row and len(table):
        mark_curve(axes.lines[-1], next(iter(axes.collections[bands:]), None), row, column, table)


def band(
    axes: Axes,
    table: pd.DataFrame,
    by: str,
    color: str,
    marker: str = "",
    line: Any = "-",
    label: str = "",
    middle: str = "mean",
) -> None:
    """Mean, or median, of `value` against a column with a band from the lowest to the highest."""
    values = table.groupby(by)["value"]
    axes.plot(values.agg(middle), color=color, marker=marker, ls=line, label=label or None)
    axes.fill_between(values.min().index, values.min(), values.max(), color=color, alpha=0.18, lw=0)


def fade(axes: Axes) -> None:
    """Make light what is drawn, a re-run, so that what is published stands out over it."""
    for artist in [*axes.lines, *axes.collections]:
        artist.set_alpha(0.4 * (artist.get_alpha() or 1))


def overlay(axes: Axes, published: pd.DataFrame, lines: Mapping[str, Any], coloured: str = "n_train") -> None:
    """Fade what is drawn and draw the published means over it; nothing, where nothing is published.

    lines: the pairs and their line styles; the first one is named in the legend. coloured: the column that the colour
    stands for, n_train or objective.
    """
    published = published[published.who.isin(list(lines))]
    if len(published):
        fade(axes)
    for (of, pair), mine in published.groupby([coloured, "who"]):
        means = mine.groupby("sigma", as_index=False)["value"].mean()
        (color, marker), name = (
            (style.OBJECTIVE[of], of) if coloured == "objective" else (style.size_look(of), f"N = {of:,}")
        )
        curve(axes, means, color, marker, lines[pair], name if pair == next(iter(lines)) else "")


def versions(table: pd.DataFrame, published: pd.DataFrame | None) -> list[pd.DataFrame]:
    """What is drawn, one over the other: the re-run, and over it what is published."""
    return [table] if published is None or published.empty else [table, published]


def bar_looks(count: int) -> list[dict[str, float]]:
    """Place in its group, width and opacity of the bars of each of `versions`; what is published is left and strong."""
    if count == 1:
        return [{"offset": 0.0, "width": 0.7, "alpha": 1.0}]
    return [{"offset": 0.19, "width": 0.34, "alpha": 0.4}, {"offset": -0.19, "width": 0.34, "alpha": 1.0}]


def size_axis(axes: Axes, tables: Sequence[pd.DataFrame], label: str = "training faces a side, N") -> dict[int, int]:
    """An axis of all n_train of some tables in their order, evenly spaced; the place of each."""
    sizes = sorted({int(n) for table in tables for n in table.n_train.unique()})
    axes.set_xticks(range(len(sizes)), [f"{n:,}" for n in sizes], fontsize=8 if len(sizes) > 5 else None)
    axes.set_xlabel(label)
    return {n: place for place, n in enumerate(sizes)}


def about_published(published: pd.DataFrame | None, table: pd.DataFrame, middle: str = "mean") -> str:
    """For a caption: what is strong and what is light, and of which data set what is published is, if of another."""
    if published is None or published.empty:
        return ""
    theirs = set(published.dataset)
    on = f" on {', '.join(sorted(theirs))}" if theirs.isdisjoint(table.dataset) else ""
    return f" Strong: published{on}, {middle} over its seeds; light: this re-run."


def legend(canvas: Canvas, axes: Sequence[Axes], columns: int) -> None:
    """One legend for all panels, below them."""
    entries = {label: handle for each in axes for handle, label in zip(*each.get_legend_handles_labels(), strict=True)}
    if all(label.startswith("N = ") for label in entries):  # published sizes may lie between those of a re-run
        entries = dict(sorted(entries.items(), key=lambda entry: int(entry[0][4:].replace(",", ""))))
    canvas.legend(
        entries.values(),
        entries.keys(),
        loc="outside lower center",
        ncols=columns,
        frameon=False,
        labelcolor=style.INK,
    )


def seeds(table: pd.DataFrame) -> str:
    n = table.repetition.nunique()
    return "one seed, so no band" if n == 1 else f"bands: lowest to highest of {n} seeds"
