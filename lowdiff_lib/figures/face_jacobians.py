"""The Jacobian of face denoisers: its eigenvectors as pictures, its eigenvalues, its trace and its symmetry."""

import numpy as np
import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import (
    about_published,
    band,
    curve,
    fade,
    legend,
    new_canvas,
    noise_axis,
    overlay,
    seeds,
    versions,
)
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import pixel_table, show


def eigenvector_pictures(vectors: pd.DataFrame, name: str) -> Figure:
    """A noisy face and the leading eigenvectors there, a row for each n_train, sigma and side."""
    table, sides = vectors.sort_values(["n_train", "sigma", "side", "order"]), sorted(vectors.side.unique())
    groups = list(table.groupby(["n_train", "sigma", "side"]))
    columns = sorted(table.order.unique())
    canvas, axes = new_canvas(len(groups), len(columns), 1.2 * len(groups))
    for row, ((n_train, sigma, side), mine) in zip(axes, groups, strict=True):
        for ax, picture in zip(row, mine.itertuples(), strict=True):
            if picture.order == 0:
                show(ax, picture.image)
            else:
                show(ax, picture.image * 0.5 / np.abs(picture.image).max(), signed=True)
                ax.set_xlabel(f"{picture.eigenvalue:.2f}", fontsize=8)
        who = f"{side}, " if len(sides) > 1 else ""
        row[0].set_ylabel(f"{who}N = {n_train:,}\nσ = {sigma:g}", fontsize=8)
    for ax, column in zip(axes[0], columns, strict=True):
        ax.set_title(f"{column}" if column else "noisy", fontsize=9)
    caption = (
        f"A noisy held-out face, and the {columns[-1]} leading eigenvectors of the Jacobian of "
        f"{' and of '.join(sides)} there (of its symmetric part), red above 0 and blue below, each with its "
        "eigenvalue: 1 keeps this pattern as it is, 0 removes it. Rows: training faces N, noise level σ. The sign of "
        "an eigenvector means nothing."
    )
    first = table[table.order == 1]
    values = "; ".join(
        f"{row.side}, N = {row.n_train:,}, sigma {row.sigma:g}: {row.eigenvalue:.2f}" for row in first.itertuples()
    )
    alt = f"Eigenvectors as pictures. Leading eigenvalues: {values}."
    return Figure(name, canvas, caption, alt, pixel_table(table, ["n_train", "side", "sigma", "order", "eigenvalue"]))


def spectrum_curves(table: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """Eigenvalues against their index, a panel per sigma, a colour per n_train; over them what is `published`."""
    tables = [_by_order(one) for one in versions(table, published)]
    table = tables[0]
    sigmas = sorted(table.sigma.unique())
    canvas, (axes,) = new_canvas(1, len(sigmas), 3.7, sharey=True)
    for ax, sigma in zip(axes, sigmas, strict=True):
        for one in tables:
            fade(ax)
            for (pair, n_train), mine in one[one.sigma == sigma].groupby(["who", "n_train"]):
                if pair == "wiener" and n_train < one.n_train.max():
                    continue
                color, marker = style.size_look(n_train) if pair == "A" else (style.INK, "")
                line, label = ("-", f"N = {n_train:,}") if pair == "A" else (":", f"Wiener, N = {n_train:,}")
                band(ax, mine, "order", color, marker, line, label)
        ax.axhline(0, color=style.INK, lw=0.8)
        ax.set(xscale="log", xlabel="number of the eigenvalue", title=f"σ = {sigma:g}")
    axes[0].set_ylabel("eigenvalue")
    legend(canvas, axes, 4)
    caption = (
        "Eigenvalues of the Jacobian of A (of its symmetric part) at a noisy held-out face, the largest first: 1 keeps "
        "the noise along an eigenvector, 0 removes it, below 0 it overshoots, which the exact denoiser never does. "
        f"Dotted: the Wiener denoiser of the largest training set. One colour per training-set size N; {seeds(table)}."
        f"{about_published(published, table)}"
    )
    count = table[(table.who == "A") & (table.order == table.order.max())].groupby(["n_train", "sigma"])
    values = "; ".join(f"N = {n:,}, sigma {s:g}: {v:.2f}" for (n, s), v in count["value"].mean().items())
    alt = f"Falling curves. The last eigenvalue, number {table.order.max()}: {values}."
    return Figure("face-spectrum", canvas, caption, alt, table.drop(columns="order"))


def _by_order(table: pd.DataFrame) -> pd.DataFrame:
    """The eigenvalues of a table, with the number of each."""
    table = table[table.metric.str.startswith("eigenvalue_")]
    return table.assign(order=table.metric.str.removeprefix("eigenvalue_").astype(int))


def dimension_curves(table: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """Trace of the Jacobian (left) and how far it is from symmetric (right), against sigma; over it `published`."""
    canvas, (axes,) = new_canvas(1, 2, 3.9)
    table = table[table.metric.isin(["effective_dimension_held_out", "effective_dimension_train", "asymmetry"])]
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        mine, size = table[(table.n_train == n_train) & (table.who == "A")], f"N = {n_train:,}"
        for part, line in {"held_out": "-", "train": style.PAIR["A-twin"]}.items():
            label, column = (size, "held-out") if part == "held_out" else ("", "training")
            trace = mine[mine.metric == f"effective_dimension_{part}"]
            curve(axes[0], trace, color, marker, line, label, row=size, column=f"dimension, {column}")
        curve(axes[1], mine[mine.metric == "asymmetry"], color, marker, row=size, column="asymmetry")
    largest = table.n_train.max()
    wiener, name = table[(table.who == "wiener") & (table.n_train == largest)], f"Wiener, N = {largest:,}"
    curve(axes[0], wiener, style.INK, line=":", label=name, row=name, column="dimension, held-out")
    if published is not None:
        parts = published[published.metric.str.startswith("effective_dimension") & (published.who == "A")]
        lines = {"effective_dimension_held_out": "-", "effective_dimension_train": style.PAIR["A-twin"]}
        overlay(axes[0], parts.assign(who=parts.metric), lines)
        overlay(axes[1], published[published.metric == "asymmetry"], {"A": "-"})
    axes[0].set(ylabel="effective dimension")
    axes[0].set_title("held-out: solid; training faces: dashed", fontsize=9)
    axes[1].set(ylabel="|J - J'| / |J|", ylim=(0, None))
    axes[1].set_title("asymmetry")
    for ax in axes:
        noise_axis(ax)
    legend(canvas, axes, 4)
    caption = (
        f"Left: trace of the Jacobian of A, out of {table.dim.iloc[0]} dimensions, at noisy held-out faces (solid) and "
        "at noisy training faces (dashed): how many directions of the noise are kept. Dotted: the Wiener denoiser. "
        "Right: how far the Jacobian is from symmetric, in the Frobenius norm; 0 for every exact denoiser, 1.4 for a "
        f"matrix of random numbers. One colour per training-set size N; {seeds(table)}."
        f"{about_published(published, table)}"
    )
    low = table[(table.sigma == table.sigma.min()) & (table.who == "A")].groupby(["n_train", "metric"])["value"].mean()
    values = "; ".join(
        f"N = {n:,}: held-out {low[n, 'effective_dimension_held_out']:.0f}, training "
        f"{low[n, 'effective_dimension_train']:.0f}"
        for n in sorted(table.n_train.unique())
    )
    alt = f"Effective dimension at sigma {table.sigma.min():g}: {values}."
    return Figure("face-dimension", canvas, caption, alt, table)
