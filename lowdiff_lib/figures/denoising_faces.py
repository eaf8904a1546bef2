"""Faces: pictures first, then gain and agreement, of whole pictures and by spatial frequency."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import faces, new_canvas, seeds, titled
from lowdiff_lib.figures.curves import PAIR, Colour, Line, Panel, Rule, curves, pairs, references
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import pixel_table, show, times_half
from lowdiff_lib.figures.training_set_size import agreement_panels
from lowdiff_lib.tables import Measured

AXES = "gain over doing nothing (dB)", "cosine of the two residuals"
NOTHING = Rule(0, worse="below")
HELD_OUT, TRAIN, COSINE = "psnr_gain_held_out", "psnr_gain_train", "residual_cosine"
KINDS = {HELD_OUT: "new faces", TRAIN: "training faces"}
PRECISIONS = {  # whether its lines are thin, whose gains, and whose cosine with A, in words
    "float32": (True, ["told A", "told twin"], "told A-told twin", "its twin"),
    "bfloat16": (False, ["A", "twin"], "A-told A", "itself in bfloat16"),
}


def face_curves(measured: Measured) -> Figure:
    """Residual cosine of A and B, of A and its twin on new faces, a panel for each n_train."""
    measured = measured.first.where(metric=[HELD_OUT, COSINE])
    cosine = measured.where(metric=COSINE)
    caption = (
        "How alike two models answer, on faces that neither has seen, a panel for each number N of training faces a "
        "side. Solid: they saw different faces; dashed: the same faces, trained twice; what is between the two is "
        f"due to the data ({seeds(cosine.shown)})."
    )
    low = cosine.where(sigma=cosine.sigmas[0]).means("n_train", "who")
    values = "; ".join(
        f"N = {n:,}, {low[n, 'A-B']:.2f} for different faces and {low[n, 'A-twin']:.2f} for the same"
        for n in cosine.sizes
    )
    alt = f"Residual cosine at sigma {cosine.sigmas[0]:g}: {values}."
    return curves("face-curves", agreement_panels(measured), caption, alt, cosine.shown, colour=PAIR)


def face_gains(measured: Measured) -> Figure:
    """PSNR gain on new faces (left) and on training faces (right), one colour for each n_train."""
    measured = measured.first.where(metric=list(KINDS))
    panels = [
        Panel(
            measured.where(metric=metric),
            [Line({"who": "A"}, f"gain, {words}"), *references(f"gain, {words}")],
            AXES[0],
            words,
            NOTHING,
            limits=_limits(measured),
        )
        for metric, words in KINDS.items()
    ]
    caption = (
        "What a model takes away of the noise: PSNR gain over leaving the picture as it is, on new faces and on "
        "those it was trained on, for each number N of training faces. Below 0 it spoils the picture. Beside "
        "them the ideal denoiser (dash-dotted), which knows its training faces by heart, and the linear filter "
        f"(dotted; {seeds(measured.shown)})."
    )
    low = measured.where(sigma=measured.sigmas[0], who="A", metric=HELD_OUT).means("n_train")
    alt = f"Gain on new faces at sigma {measured.sigmas[0]:g}: " + "; ".join(
        f"N = {n:,}, {low[n]:.2f} dB" for n in measured.sizes
    )
    return curves("face-gains", panels, caption, alt, measured.shown)


def face_resolutions(measured: Measured) -> Figure:
    """Gain and agreement against sigma for pictures of two sizes, the arms told and finer, where both have the n_train.

    For one data set.
    """
    both = measured.first.alone.arm("told", "finer").common
    dims = sorted(both.shown.dim.unique(), reverse=True)
    wanted = {
        "gain on new faces": (HELD_OUT, "A"),
        "different faces": (COSINE, "A-B"),
        "same faces, twice": (COSINE, "A-twin"),
    }
    lines = [Line({"dim": dim}, _side(dim), name=f"{_side(dim)}, {{}}", thin=bool(k)) for k, dim in enumerate(dims)]
    panels = [
        Panel(
            both.where(metric=metric, who=who),
            [dataclasses.replace(line, says=f"{title}, {line.says}") for line in lines],
            AXES[metric == COSINE],
            title,
            NOTHING if metric == HELD_OUT else None,
        )
        for title, (metric, who) in wanted.items()
    ]
    fine, coarse = map(_side, dims)
    caption = (
        f"The same faces in pictures of {fine} (thick) and of {coarse} (thin): gain over doing nothing on new faces, "
        "and how alike two models answer that saw different faces, or the same ones twice. Networks of the same "
        f"kind, the same steps, faces and repetitions ({seeds(both.shown)}). σ is the noise of one pixel."
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
    measured = measured.first
    two = measured.map(lambda table: table.assign(repetition=table.who.str.contains("twin")))  # so that bands are drawn
    gain, cosine = two.where(metric=HELD_OUT), two.where(metric=COSINE)
    gains = [
        Line({"who": whose}, f"gain, {name}", name=f"{name}, {{}}", thin=thin)
        for name, (thin, whose, _, _) in PRECISIONS.items()
    ]
    alike = [
        Line({"who": who}, f"cosine of A and {words}", name=f"{name}, {{}}", thin=thin)
        for name, (thin, _, who, words) in PRECISIONS.items()
    ]
    panels = [Panel(gain, gains, AXES[0], "gain on new faces", NOTHING), Panel(cosine, alike, AXES[1], "A and another")]
    caption = (
        "Networks trained in bfloat16 (thick) and in float32 (thin), all measured in float32. Left: gain over doing "
        "nothing on new faces; bands hold a network and its twin. Right: how alike A answers and the same network "
        "trained in bfloat16 (thick), or its twin, with another seed in float32 (thin)."
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
        titled(ax, title, 9)
    caption = (
        f"A face that no model has seen, under {faces(n_train)}; more noise in each row. Last column: A minus B, red "
        "where A is brighter, each row multiplied by the number below it."
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
    measured = measured.first.where(metric=whole).largest.map(lambda table: table[table.who != "ideal"])
    by_band, n_train = measured.map(_by_band), measured.sizes[-1]
    words = {band: _cycles(band, *limits) for band, limits in bands.items()}
    colour = Colour("band", style.BAND.__getitem__, words.__getitem__, list(bands))
    gain = by_band.where(metric=list(KINDS))
    panels = [
        Panel(
            gain.where(metric=metric),
            [
                Line({"who": "A"}, f"gain, {kind}"),
                Line({"who": "wiener"}, f"linear filter, {kind}", style.REFERENCE["wiener"], name="", marker=""),
            ],
            AXES[0],
            kind,
            NOTHING,
            limits=_limits(gain),
        )
        for metric, kind in KINDS.items()
    ]
    panels.append(Panel(by_band.where(metric=COSINE), pairs("cosine"), AXES[1], "two models, new faces"))
    caption = (
        f"By the size of what is seen in a picture, from coarse to fine, with N = {n_train:,}; noise is as strong in "
        "each. Left and middle: gain over doing nothing of a model, and of the linear filter (dotted). Right: how "
        "alike two models answer that saw different faces (solid) or the same twice (dashed; "
        f"{seeds(measured.shown)})."
    )
    low = by_band.where(sigma=measured.sigmas[0], who="A", metric=HELD_OUT).means("band")
    gains = ", ".join(f"{low[band]:+.2f} dB in the {band} band" for band in bands)
    alt = f"Held-out gain by spatial frequency at sigma {measured.sigmas[0]:g}, N = {n_train:,}: {gains}."
    return curves("face-details", panels, caption, alt, measured.shown, colour=colour, keys={"linear filter": ":"})


def _by_band(table: pd.DataFrame) -> pd.DataFrame:
    """The band of each value, apart from what was measured there."""
    metric, band = zip(*table.metric.str.rsplit("_", n=1), strict=True)
    return table.assign(metric=metric, band=band)


def _cycles(band: str, low: float, high: float) -> str:
    if low == 0:
        return f"{band}: below {high:g} cycles"
    return f"{band}: {low:g} to {high:g} cycles" if np.isfinite(high) else f"{band}: above {low:g} cycles"


def _limits(gain: Measured) -> tuple[float, float]:
    """How low and how high the axis of a gain goes: enough for A; a reference that is beyond is cut off."""
    of_a = gain.where(who="A").shown.value
    return min(-3.0, 1.2 * of_a.min()), 1.1 * of_a.max()
