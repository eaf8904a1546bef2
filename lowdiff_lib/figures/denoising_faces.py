"""Faces: pictures first, then gain and agreement, of whole pictures and by spatial frequency."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import (
    about_published,
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
from lowdiff_lib.tables.tidy import beside

BAND = ("#0072b2", "#009e73", "#d55e00")
PRECISE = {"float32": "its twin", "bfloat16": "itself in bfloat16"}


def face_curves(table: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """PSNR gain on training and held-out faces (left), residual cosine A-B and twin (right); over them `published`."""
    canvas, (axes,) = new_canvas(1, 2, 4.1)
    largest = table.n_train.max()
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        mine = table[table.n_train == n_train]
        held_out = mine[(mine.metric == "psnr_gain_held_out") & (mine.who == "A")]
        seen = mine[(mine.metric == "psnr_gain_train") & (mine.who == "A")]
        size = f"N = {n_train:,}"
        curve(axes[0], held_out, color, marker, label=size, row=size, column="gain, held-out")
        curve(axes[0], seen, color, marker, style.PAIR["A-twin"], row=size, column="gain, training")
        for pair, line in style.PAIR.items():
            cosine = mine[(mine.metric == "residual_cosine") & (mine.who == pair)]
            curve(axes[1], cosine, color, marker, line, row=size, column=f"cosine, {pair}")
    for name, line in style.REFERENCE.items():
        mine = table[(table.n_train == largest) & (table.metric == "psnr_gain_held_out") & (table.who == name)]
        curve(axes[0], mine, style.INK, line=line, label=f"{name}, N = {largest:,}", row=name, column="gain, held-out")
    if published is not None:
        overlay(axes[0], published[published.metric == "psnr_gain_held_out"], {"A": "-"})
        overlay(axes[1], published[published.metric == "residual_cosine"], style.PAIR)
    axes[0].axhline(0, color=style.INK, lw=0.8)
    low = table[table.metric.isin(["psnr_gain_train", "psnr_gain_held_out"]) & (table.who == "A")].value.min()
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
        f"the training faces. Wiener: linear, from their mean and covariance.{about_published(published, table)}"
    )
    at = (
        table[(table.n_train == largest) & (table.sigma == table.sigma.min())]
        .groupby(["metric", "who"])["value"]
        .mean()
    )
    alt = (
        f"At sigma {table.sigma.min():g} and N = {largest:,} the held-out gain is "
        f"{at['psnr_gain_held_out', 'A']:.2f} dB; the residual "
        f"cosine is {at['residual_cosine', 'A-B']:.2f} for A-B and {at['residual_cosine', 'A-twin']:.2f} for the twin."
    )
    return Figure("face-curves", canvas, caption, alt, table)


def face_resolutions(table: pd.DataFrame, finer: pd.DataFrame) -> Figure:
    """Gain and agreement against sigma for pictures of two sizes, where both tables have the n_train."""
    wanted = [("psnr_gain_held_out", "A"), ("residual_cosine", "A-B"), ("residual_cosine", "A-twin")]
    both = beside(finer[finer.n_train.isin(table.n_train)], table)
    canvas, (axes,) = new_canvas(1, 3, 4.0)
    for ax, (metric, pair) in zip(axes, wanted, strict=True):
        mine = both[(both.metric == metric) & (both.who == pair)]
        for (n_train, dim), one in mine.groupby(["n_train", "dim"]):
            color, marker = style.size_look(n_train)
            line = "-" if dim == finer.dim.iloc[0] else ":"
            name = f"{_side(dim)}, N = {n_train:,}"
            curve(ax, one, color, marker, line, name, row=name, column=f"{metric}, {pair}".replace("_", " "))
        noise_axis(ax)
    axes[0].axhline(0, color=style.INK, lw=0.8)
    axes[0].set(ylabel="PSNR gain over the identity (dB)", title="held-out gain")
    axes[1].set(ylabel="residual cosine", title="A and B")
    axes[2].set(ylabel="residual cosine", title="A and its twin", ylim=axes[1].get_ylim())
    legend(canvas, list(axes), 2)
    coarse, fine = (_side(one.dim.iloc[0]) for one in (table, finer))
    caption = (
        f"The same faces in pictures of {coarse} (dotted) and of {fine} (solid): networks of the same kind, the same "
        "steps, training faces and seeds. Left: PSNR gain of A over leaving the picture as it is (0 dB), on held-out "
        "faces. Middle and right: cosine between the residuals of A and B, and of A and its twin. σ is the noise of "
        f"one pixel. One colour per training-set size N; {seeds(both)}."
    )
    low = both[both.sigma == both.sigma.min()].groupby(["n_train", "dim", "metric", "who"])["value"].mean()
    alt = f"At sigma {both.sigma.min():g}: " + "; ".join(
        f"N = {n:,}, {_side(dim)}: gain {low[n, dim, *wanted[0]]:.2f} dB, cosine of A and B "
        f"{low[n, dim, *wanted[1]]:.2f}, of the twins {low[n, dim, *wanted[2]]:.2f}"
        for n, dim in sorted(set(zip(both.n_train, both.dim, strict=True)))
    )
    return Figure("face-resolutions", canvas, caption, alt, both)


def _side(dim: int) -> str:
    side = round(dim**0.5)
    return f"{side} x {side} pixels"


def face_precisions(table: pd.DataFrame) -> Figure:
    """Gain of A and its twin, trained in float32 and rounded to bfloat16; A beside its twin and beside itself rounded.

    table: that of `denoising_faces_bfloat16`.
    """
    canvas, (axes,) = new_canvas(1, 2, 3.6)
    table = table.assign(repetition=table.who.str.contains("twin").astype(int))
    for n_train, mine in table.groupby("n_train"):
        color, marker = style.size_look(n_train)
        for kind, line, gains, cosine in (
            ("float32", ":", ["told A", "told twin"], "told A-told twin"),
            ("bfloat16", "-", ["A", "twin"], "A-told A"),
        ):
            name = f"{kind}, N = {n_train:,}"
            gain = mine[(mine.metric == "psnr_gain_held_out") & mine.who.isin(gains)]
            alike = mine[(mine.metric == "residual_cosine") & (mine.who == cosine)]
            curve(axes[0], gain, color, marker, line, name, row=name, column="held-out gain")
            curve(axes[1], alike, color, marker, line, row=name, column=f"cosine of A and {PRECISE[kind]}")
    axes[0].axhline(0, color=style.INK, lw=0.8)
    axes[0].set(ylabel="PSNR gain over the identity (dB)", title="held-out gain")
    axes[1].set(ylabel="residual cosine", title="cosine with A")
    for ax in axes:
        noise_axis(ax)
    legend(canvas, list(axes), 2)
    caption = (
        "Left: PSNR gain over leaving the picture as it is (0 dB), on held-out faces, of networks trained in bfloat16 "
        "(solid) and in float32 (dotted); mean and range of two that differ in their seed alone, A and its twin A'. "
        "Right: cosine of the residuals of A and of the same network trained in bfloat16 (solid), and of A and its "
        "twin (dotted), both in float32. All are measured in float32. One colour per training-set size N."
    )
    low = table[table.sigma == table.sigma.min()].groupby(["n_train", "metric", "who"])["value"].mean()
    alt = f"At sigma {table.sigma.min():g}: " + "; ".join(
        f"N = {n:,}: gain of A {low[n, 'psnr_gain_held_out', 'told A']:.2f} dB, in bfloat16 "
        f"{low[n, 'psnr_gain_held_out', 'A']:.2f} dB; cosine of A and A in bfloat16 "
        f"{low[n, 'residual_cosine', 'A-told A']:.2f}, of A and its twin {low[n, 'residual_cosine', 'told A-told twin']:.2f}"
        for n in sorted(table.n_train.unique())
    )
    return Figure("face-precisions", canvas, caption, alt, table)


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
            signed = kind == "difference"
            show(ax, images[kind] * (factor if signed else 1), signed)
        row[-1].set_xlabel(f"x {factor:.3g}", fontsize=8)
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
    return Figure(f"faces-{n_train}", canvas, caption, alt, pixel_table(table, ["n_train", "sigma", "what"]))


def face_details(
    table: pd.DataFrame, bands: Mapping[str, tuple[float, float]], published: pd.DataFrame | None = None
) -> Figure:
    """Gain (left) and residual cosine (right) by spatial frequency at the largest n_train, one colour per band.

    bands: for each the cycles per picture from and below which its waves are. Over it what is `published`.
    """
    tables = [_details(one, bands) for one in versions(table, published)]
    table = tables[0]
    canvas, (axes,) = new_canvas(1, 2, 4.1)
    for one in tables:
        for ax in axes:
            fade(ax)
        for (band, limits), color in zip(bands.items(), BAND, strict=True):
            mine, name = one[one.metric.str.endswith(f"_{band}")], _cycles(band, *limits)
            listed = name if one is table else ""
            new, seen = (mine[mine.metric == f"psnr_gain_{part}_{band}"] for part in ("held_out", "train"))
            curve(axes[0], new[new.who == "A"], color, "o", label=name, row=listed, column="gain, held-out")
            curve(axes[0], seen[seen.who == "A"], color, line=style.PAIR["A-twin"], row=listed, column="gain, training")
            wiener = style.REFERENCE["wiener"]
            curve(axes[0], new[new.who == "wiener"], color, line=wiener, row=listed, column="Wiener, held-out")
            for pair, line in style.PAIR.items():
                cosine = mine[mine.metric.str.startswith("residual_cosine") & (mine.who == pair)]
                curve(axes[1], cosine, color, "o" if pair == "A-B" else "", line, row=listed, column=f"cosine, {pair}")
    axes[0].axhline(0, color=style.INK, lw=0.8)
    least = table[table.metric.str.startswith("psnr") & (table.who == "A")].value.min()
    axes[0].set(ylabel="PSNR gain over the identity (dB)", ylim=(min(-3.0, 1.2 * least), None))
    axes[0].set_title("held-out: solid; training: dashed; Wiener: dotted", fontsize=9)
    axes[1].set(ylabel="residual cosine")
    axes[1].set_title("A-B: solid; twin: dashed", fontsize=9)
    for ax in axes:
        noise_axis(ax)
    legend(canvas, axes, 3)
    n_train = table.n_train.max()
    caption = (
        f"By spatial frequency, in cycles per picture, with N = {n_train:,}. Left: PSNR gain over leaving the picture "
        "as it is (0 dB), of A on held-out faces (solid) and on training faces (dashed), and of the Wiener denoiser on "
        "held-out faces (dotted; cut off below). Right: cosine between the residuals of A and B (solid) and of A and "
        f"its twin (dashed) on held-out faces; {seeds(table)}. A band is what the cosine transform of the picture has "
        "there; noise has the same strength in all of them, and the squared errors of the three sum to that of the "
        f"whole picture.{_largest_published(published, table)}"
    )
    low = table[(table.sigma == table.sigma.min()) & (table.who == "A")].groupby("metric")["value"].mean()
    gains = ", ".join(f"{low[f'psnr_gain_held_out_{band}']:+.2f} dB in the {band} band" for band in bands)
    alt = f"Held-out gain by spatial frequency at sigma {table.sigma.min():g}, N = {n_train:,}: {gains}."
    return Figure("face-details", canvas, caption, alt, table)


def _details(table: pd.DataFrame, bands: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """What a table says by spatial frequency at its largest n_train."""
    table = table[table.n_train == table.n_train.max()]
    return table[table.metric.str.endswith(tuple(f"_{band}" for band in bands)) & (table.who != "ideal")]


def _largest_published(published: pd.DataFrame | None, table: pd.DataFrame) -> str:
    """`about_published`, with the n_train that is shown of it."""
    about = about_published(published, table)
    return about and f"{about} Published: N = {published.n_train.max():,}."  # type: ignore[union-attr]


def _cycles(band: str, low: float, high: float) -> str:
    if low == 0:
        return f"{band}: below {high:g} cycles"
    return f"{band}: {low:g} to {high:g} cycles" if np.isfinite(high) else f"{band}: above {low:g} cycles"
