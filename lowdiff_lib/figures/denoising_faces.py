"""Faces: pictures first, then gain and agreement, of whole pictures and by spatial frequency."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import about_published, faces, new_canvas, seeds
from lowdiff_lib.figures.curves import Colour, Line, Panel, Rule, curves, pairs, references
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import pixel_table, show, times_half
from lowdiff_lib.tables import Measured

AXES = "PSNR gain over the identity (dB)", "residual cosine"
IDENTITY = Rule(0)
HELD_OUT, TRAIN, COSINE = "psnr_gain_held_out", "psnr_gain_train", "residual_cosine"
GAINS = [
    Line({"who": "A", "metric": HELD_OUT}, "gain, held-out"),
    Line({"who": "A", "metric": TRAIN}, "gain, training", style.PAIR["A-twin"]),
]
BANDS = {"low": ("#0072b2", "o"), "middle": ("#009e73", "s"), "high": ("#d55e00", "^")}
PRECISIONS = {  # its line, whose gains, and whose cosine with A, in words
    "float32": (":", ["told A", "told twin"], "told A-told twin", "its twin"),
    "bfloat16": ("-", ["A", "twin"], "A-told A", "itself in bfloat16"),
}


def face_curves(measured: Measured) -> Figure:
    """PSNR gain on training and held-out faces (left), residual cosine A-B and twin (right)."""
    gain, cosine = measured.where(metric=[HELD_OUT, TRAIN]), measured.where(metric=COSINE)
    lines = [*GAINS, *references("gain, held-out", metric=HELD_OUT)]
    titles = "held-out: solid; training faces: dashed", "A-B: solid; twin: dashed"
    panels = [
        Panel(gain, lines, AXES[0], titles[0], IDENTITY, limits=(_floor(gain), None)),
        Panel(cosine, pairs("cosine"), AXES[1], titles[1]),
    ]
    caption = (
        "Left: PSNR gain over the identity (0 dB) on held-out faces (solid) and on training faces (dashed). Right: "
        "cosine between the residuals of A and B, trained on disjoint faces (solid), and of A and its twin, trained on "
        "the same faces with another seed (dashed), on held-out faces. One colour per training-set size N; "
        f"{seeds(measured.shown)}. Ideal: posterior mean over the training faces. Wiener: linear, from their mean and "
        f"covariance.{about_published(measured)}"
    )
    low, most = measured.sigmas[0], measured.sizes[-1]
    at = measured.where(sigma=low, n_train=most).means("metric", "who")
    alt = (
        f"At sigma {low:g} and N = {most:,} the held-out gain is {at[HELD_OUT, 'A']:.2f} dB; the residual cosine is "
        f"{at[COSINE, 'A-B']:.2f} for A-B and {at[COSINE, 'A-twin']:.2f} for the twin."
    )
    return curves("face-curves", panels, caption, alt, measured.shown)


def face_resolutions(measured: Measured) -> Figure:
    """Gain and agreement against sigma for pictures of two sizes, the arms told and finer, where both have the n_train.

    For one data set.
    """
    both = measured.alone.arm("told", "finer").common
    dims = sorted(both.shown.dim.unique(), reverse=True)
    wanted = {"held-out gain": (HELD_OUT, "A"), "A and B": (COSINE, "A-B"), "A and its twin": (COSINE, "A-twin")}
    lines = [Line({"dim": dim}, _side(dim), ":" if k else "-", f"{_side(dim)}, {{}}") for k, dim in enumerate(dims)]
    panels = [
        Panel(
            both.where(metric=metric, who=who),
            [Line(line.rows, f"{title}, {line.says}", line.line, line.name) for line in lines],
            AXES[metric == COSINE],
            title,
            IDENTITY if metric == HELD_OUT else None,
        )
        for title, (metric, who) in wanted.items()
    ]
    fine, coarse = map(_side, dims)
    caption = (
        f"The same faces in pictures of {coarse} (dotted) and of {fine} (solid): networks of the same kind, the same "
        "steps, training faces and seeds. Left: PSNR gain of A over leaving the picture as it is (0 dB), on held-out "
        "faces. Middle and right: cosine between the residuals of A and B, and of A and its twin. σ is the noise of "
        f"one pixel. One colour per training-set size N; {seeds(both.shown)}.{about_published(both)}"
    )
    low = both.where(sigma=both.sigmas[0]).means("n_train", "dim", "metric", "who")
    alt = f"At sigma {both.sigmas[0]:g}: " + "; ".join(
        f"N = {n:,}, {_side(dim)}: gain {low[n, dim, HELD_OUT, 'A']:.2f} dB, cosine of A and B "
        f"{low[n, dim, COSINE, 'A-B']:.2f}, of the twins {low[n, dim, COSINE, 'A-twin']:.2f}"
        for n in both.sizes
        for dim in sorted(dims)
    )
    return curves("face-resolutions", panels, caption, alt, both.shown)


def _side(dim: int) -> str:
    side = round(dim**0.5)
    return f"{side} x {side} pixels"


def face_precisions(measured: Measured) -> Figure:
    """Gain of A and its twin, trained in float32 and rounded to bfloat16; A beside its twin and beside itself rounded.

    Of the arm bfloat16.
    """
    two = measured.map(lambda table: table.assign(repetition=table.who.str.contains("twin")))  # so that bands are drawn
    gain, cosine = two.where(metric=HELD_OUT), two.where(metric=COSINE)
    gains = [
        Line({"who": whose}, f"gain, {name}", line, f"{name}, {{}}") for name, (line, whose, _, _) in PRECISIONS.items()
    ]
    alike = [
        Line({"who": who}, f"cosine of A and {words}", line, f"{name}, {{}}")
        for name, (line, _, who, words) in PRECISIONS.items()
    ]
    panels = [Panel(gain, gains, AXES[0], "held-out gain", IDENTITY), Panel(cosine, alike, AXES[1], "cosine with A")]
    caption = (
        "Left: PSNR gain over leaving the picture as it is (0 dB), on held-out faces, of networks trained in bfloat16 "
        "(solid) and in float32 (dotted); mean and range of two that differ in their seed alone, A and its twin A'. "
        "Right: cosine of the residuals of A and of the same network trained in bfloat16 (solid), and of A and its "
        "twin (dotted), both in float32. All are measured in float32. One colour per training-set size N."
        f"{about_published(measured)}"
    )
    low = measured.where(sigma=measured.sigmas[0]).means("n_train", "metric", "who")
    alt = f"At sigma {measured.sigmas[0]:g}: " + "; ".join(
        f"N = {n:,}: gain of A {low[n, HELD_OUT, 'told A']:.2f} dB, in bfloat16 {low[n, HELD_OUT, 'A']:.2f} dB; "
        f"cosine of A and A in bfloat16 {low[n, COSINE, 'A-told A']:.2f}, of A and its twin "
        f"{low[n, COSINE, 'told A-told twin']:.2f}"
        for n in measured.sizes
    )
    return curves("face-precisions", panels, caption, alt, measured.shown)


def face_pictures(pictures: pd.DataFrame, n_train: int) -> Figure:
    """A held-out face: clean, noisy, denoised by A and by B, and their difference, one row per sigma."""
    table = pictures[pictures.n_train == n_train]
    sigmas, kinds = table.sigma.unique(), ["clean", "noisy", "A", "B", "difference"]
    titles = ["clean", "noisy", "denoised by A", "denoised by B", "A - B, amplified"]
    canvas, axes = new_canvas(len(sigmas), len(kinds), 1.5 * len(sigmas))
    for row, sigma in zip(axes, sigmas, strict=True):
        images = table[table.sigma == sigma].set_index("what").image
        factor = times_half(images["difference"])
        for ax, kind in zip(row, kinds, strict=True):
            signed = kind == "difference"
            show(ax, images[kind] * (factor if signed else 1), signed)
        row[-1].set_xlabel(f"x {factor:.3g}", fontsize=8)
        row[0].set_ylabel(f"σ = {sigma:g}")
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title, fontsize=9)
    caption = (
        f"One held-out face under {faces(n_train)}. Rows: noise level σ, in units of the gray scale from 0 to 1. "
        "Last column: A minus B, red where A is brighter, multiplied by the number below it so that the largest "
        "difference is full colour."
    )
    sizes = table[table.what == "difference"].set_index("sigma").image.map(lambda d: float(np.sqrt((d**2).mean())))
    alt = f"Denoised faces under N = {n_train:,}. Root mean square difference of A and B: " + ", ".join(
        f"{value:.3f} at sigma {sigma:g}" for sigma, value in sizes.items()
    )
    return Figure(f"faces-{n_train}", canvas, caption, alt, pixel_table(table, ["n_train", "sigma", "what"]))


def face_details(measured: Measured, bands: Mapping[str, tuple[float, float]]) -> Figure:
    """Gain (left) and residual cosine (right) by spatial frequency at the largest n_train, one colour per band.

    bands: for each the cycles per picture from and below which its waves are.
    """
    whole = [f"{metric}_{band}" for metric in (HELD_OUT, TRAIN, COSINE) for band in bands]
    measured = measured.where(metric=whole).largest.map(lambda table: table[table.who != "ideal"])
    by_band = measured.map(_by_band)
    words = {band: _cycles(band, *limits) for band, limits in bands.items()}
    colour = Colour("band", BANDS.__getitem__, words.__getitem__, list(bands))
    gain, cosine = by_band.where(metric=[HELD_OUT, TRAIN]), by_band.where(metric=COSINE)
    wiener = Line({"who": "wiener", "metric": HELD_OUT}, "Wiener, held-out", style.REFERENCE["wiener"], marker="")
    titles = "held-out: solid; training: dashed; Wiener: dotted", "A-B: solid; twin: dashed"
    panels = [
        Panel(gain, [*GAINS, wiener], AXES[0], titles[0], IDENTITY, limits=(_floor(gain), None)),
        Panel(cosine, pairs("cosine"), AXES[1], titles[1]),
    ]
    n_train, about = measured.sizes[-1], about_published(measured)
    caption = (
        f"By spatial frequency, in cycles per picture, with N = {n_train:,}. Left: PSNR gain over leaving the picture "
        "as it is (0 dB), of A on held-out faces (solid) and on training faces (dashed), and of the Wiener denoiser on "
        "held-out faces (dotted; cut off below). Right: cosine between the residuals of A and B (solid) and of A and "
        f"its twin (dashed) on held-out faces; {seeds(measured.shown)}. A band is what the cosine transform of the "
        "picture has there; noise has the same strength in all of them, and the squared errors of the three sum to "
        f"that of the whole picture.{about}"
    )
    if about:
        caption += f" Published: N = {measured.layers[-1].n_train.max():,}."
    low = by_band.where(sigma=measured.sigmas[0], who="A", metric=HELD_OUT).means("band")
    gains = ", ".join(f"{low[band]:+.2f} dB in the {band} band" for band in bands)
    alt = f"Held-out gain by spatial frequency at sigma {measured.sigmas[0]:g}, N = {n_train:,}: {gains}."
    return curves("face-details", panels, caption, alt, measured.shown, colour=colour)


def _by_band(table: pd.DataFrame) -> pd.DataFrame:
    """The band of each value, apart from what was measured there."""
    metric, band = zip(*table.metric.str.rsplit("_", n=1), strict=True)
    return table.assign(metric=metric, band=band)


def _cycles(band: str, low: float, high: float) -> str:
    if low == 0:
        return f"{band}: below {high:g} cycles"
    return f"{band}: {low:g} to {high:g} cycles" if np.isfinite(high) else f"{band}: above {low:g} cycles"


def _floor(gain: Measured) -> float:
    """How low the axis of a gain goes: low enough for A; a reference that falls below is cut off."""
    return min(-3.0, *(1.2 * layer[layer.who == "A"].value.min() for layer in gain.layers))
