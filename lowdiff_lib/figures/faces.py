"""Faces: pictures first, then gain and agreement."""

import numpy as np
import pandas as pd
from matplotlib.ticker import NullLocator

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import about_published, curve, legend, new_canvas, noise_axis, overlay, seeds
from lowdiff_lib.figures.drawing import Figure


def face_curves(table: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """PSNR gain on training and held-out faces (left), residual cosine A-B and twin (right); over them `published`."""
    canvas, (axes,) = new_canvas(1, 2, 4.1)
    largest = table.n_train.max()
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        mine = table[table.n_train == n_train]
        held_out = mine[(mine.metric == "psnr_gain_held_out") & (mine.pair == "A")]
        seen = mine[(mine.metric == "psnr_gain_train") & (mine.pair == "A")]
        size = f"N = {n_train:,}"
        curve(axes[0], held_out, color, marker, label=size, row=size, column="gain, held-out")
        curve(axes[0], seen, color, marker, style.PAIR["twin"], row=size, column="gain, training")
        for pair, line in style.PAIR.items():
            cosine = mine[(mine.metric == "residual_cosine") & (mine.pair == pair)]
            curve(axes[1], cosine, color, marker, line, row=size, column=f"cosine, {pair}")
    for name, line in style.REFERENCE.items():
        mine = table[(table.n_train == largest) & (table.metric == "psnr_gain_held_out") & (table.pair == name)]
        curve(axes[0], mine, style.INK, line=line, label=f"{name}, N = {largest:,}", row=name, column="gain, held-out")
    if published is not None:
        overlay(axes[0], published[published.metric == "psnr_gain_held_out"], {"A": "-"})
        overlay(axes[1], published[published.metric == "residual_cosine"], style.PAIR)
    axes[0].axhline(0, color=style.INK, lw=0.8)
    low = table[table.metric.str.startswith("psnr") & (table.pair == "A")].value.min()
    axes[0].set(ylabel="PSNR gain over the identity (dB)", ylim=(min(-3.0, 1.2 * low), None))
    axes[0].set_title("held-out: solid; training faces: dashed")
    axes[1].set(ylabel="residual cosine")
    axes[1].set_title("A-B: solid; twin: dashed")
    for ax in axes:
        noise_axis(ax)
    legend(canvas, axes, 3)
    caption = (
        "Left: PSNR gain over the identity (0 dB) on held-out faces (solid) and on training "
        "faces (dashed). Right: cosine between the "
        "residuals of A and B, trained on disjoint faces (solid), and of A and its twin, "
        "trained on the same faces with another "
        f"seed (dashed), on held-out faces. One colour per training-set size N; {seeds(table)}. "
        "Ideal: posterior mean over "
        f"the training faces. Wiener: linear, from their mean and covariance.{about_published(published)}"
    )
    at = (
        table[(table.n_train == largest) & (table.sigma == table.sigma.min())]
        .groupby(["metric", "pair"])["value"]
        .mean()
    )
    alt = (
        f"At sigma {table.sigma.min():g} and N = {largest:,} the held-out gain is "
        f"{at['psnr_gain_held_out', 'A']:.2f} dB; the residual "
        f"cosine is {at['residual_cosine', 'A-B']:.2f} for A-B and {at['residual_cosine', 'twin']:.2f} for the twin."
    )
    return Figure("face-curves", canvas, caption, alt, table)


def face_pictures(pictures: pd.DataFrame, n_train: int) -> Figure:
    """A held-out face: clean, noisy, denoised by A and by B, and their difference, one row per sigma."""
    table = pictures[pictures.n_train == n_train]
    sigmas, kinds = table.sigma.unique(), ["clean", "noisy", "A", "B", "difference"]
    titles = ["clean", "noisy", "denoised by A", "denoised by B", "A - B, amplified"]
    canvas, axes = new_canvas(len(sigmas), len(kinds), 1.5 * len(sigmas))
    for row, sigma in zip(axes, sigmas, strict=True):
        images = table[table.sigma == sigma].set_index("what").image
        factor = 0.5 / max(float(np.abs(images["difference"]).max()), 1e-12)
        for ax, kind in zip(row, kinds, strict=True):
            if kind == "difference":
                ax.imshow(images[kind] * factor, cmap="RdBu_r", vmin=-0.5, vmax=0.5)
                ax.set_xlabel(f"x {factor:.3g}", fontsize=8)
            else:
                ax.imshow(images[kind], cmap="gray", vmin=0, vmax=1)
            ax.grid(False)
            ax.xaxis.set_major_locator(NullLocator())
            ax.yaxis.set_major_locator(NullLocator())
            ax.spines[:].set_visible(False)
        row[0].set_ylabel(f"σ = {sigma:g}")
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title, fontsize=9)
    caption = (
        f"One held-out face under N = {n_train:,} training face{'s' if n_train > 1 else ''} a side. "
        "Rows: noise level σ, in units of the gray scale from 0 to 1. "
        "Last column: A minus B, red where A is brighter, multiplied by the number below it so "
        "that the largest difference is full colour."
    )
    sizes = table[table.what == "difference"].set_index("sigma").image.map(lambda d: float(np.sqrt((d**2).mean())))
    alt = f"Denoised faces under N = {n_train:,}. Root mean square difference of A and B: " + ", ".join(
        f"{value:.3f} at sigma {sigma:g}" for sigma, value in sizes.items()
    )
    return Figure(f"faces-{n_train}", canvas, caption, alt, _pixels(table))


def _pixels(pictures: pd.DataFrame) -> pd.DataFrame:
    """Pictures as a table of numbers: one row of pixels per row, columns x0, x1, ..."""
    parts = []
    for _, picture in pictures.iterrows():
        rows = pd.DataFrame(picture.image).add_prefix("x")
        about = {"n_train": picture.n_train, "sigma": picture.sigma, "what": picture.what, "row": rows.index}
        parts.append(pd.concat([pd.DataFrame(about), rows.round(5)], axis=1))
    return pd.concat(parts, ignore_index=True)
