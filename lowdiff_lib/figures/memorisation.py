"""What models make from noise: pictures, likeness to training faces and to each other, and the share of copies."""

import itertools
from dataclasses import replace
from typing import Any

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.apart import apart, asked_for, switch
from lowdiff_lib.figures.canvas import ALONE, counted, legend, new_canvas, seeds, size_axis, stacked, titled
from lowdiff_lib.figures.curves import Colour, Line, Panel, curve, curves
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import data_set, pixel_table, show
from lowdiff_lib.tables import Measured

MANY = 6  # samples in a row: more are too small to be seen
DIFFERENT = style.PAIR_COLOUR["A-B"]
COSINES = {  # metric, who: what A's sample is compared with, colour, line, marker
    ("nearest_training_cosine", "A"): ("A's nearest training face", style.SEEN, "-", "o"),
    ("nearest_other_cosine", "A"): ("B's nearest training face", style.SEEN, (0, (1, 2.5)), ""),
    ("sample_cosine", "A-B"): ("B's sample: different faces", DIFFERENT, "-", "s"),
    ("sample_cosine", "A-twin"): ("its twin's: same faces", style.INK, style.TWICE, ""),
    ("sample_cosine", "wiener"): ("(two linear filters)", style.INK, style.REFERENCE["wiener"], ""),
    ("sample_cosine", "unrelated"): ("(photographs of two people)", style.INK, (0, (1, 4)), ""),
}


def published_samples(pictures: pd.DataFrame) -> Figure:
    """What A and B make of the same noise, side by side, a row for each n_train."""
    sizes, samples = sorted(pictures.n_train.unique()), sorted(pictures["sample"].unique())[: MANY // 2]
    pictures = pictures[pictures["sample"].isin(samples)]
    canvas, axes = new_canvas(len(sizes), 2 * len(samples), 1.35 * len(sizes))
    found = pictures.set_index(["n_train", "side", "sample"])
    for row, n_train in zip(axes, sizes, strict=True):
        for ax, (sample, side) in zip(row, itertools.product(samples, "AB"), strict=True):
            show(ax, found.image[n_train, side, sample])
            if side == "B":
                ax.set_xlabel(f"cosine {found.cosine[n_train, side, sample]:.2f}", fontsize=9)
            if n_train == sizes[0]:
                titled(ax, f"{side} makes")
        row[0].set_ylabel(f"N = {n_train:,}")
    means = pictures.groupby("n_train").cosine.mean()
    caption = (
        f"Published, {data_set(pictures)}: what A and B, which saw different faces, make of the same noise, for each "
        "number N at which none of these is more like a training face than new photographs are. Numbers: cosine of "
        "the two, after the mean face is subtracted (0: no more alike than any two faces, 1: the same)."
    )
    alt = "Faces that A and B make of the same noise. Mean centred cosine of the two: " + "; ".join(
        f"{means[n_train]:.2f} with N = {n_train:,}" for n_train in sizes
    )
    keys = ["dataset", "n_train", "side", "sample", "cosine"]
    return Figure("published-samples", canvas, caption, alt, pixel_table(pictures, keys))


def sample_cosines(measured: Measured) -> Figure:
    """Likeness of samples to training faces and to the other model's samples against n_train, raw and centred."""
    measured = measured.first
    canvas, (axes,) = new_canvas(1, 2, 4.3)
    table = measured.shown
    for ax, suffix in zip(axes, ("", "_centred"), strict=True):
        places = size_axis(ax, [table])
        for (metric, who), (label, color, line, marker) in COSINES.items():
            look: dict[str, Any] = {"color": color, "marker": marker, "ls": line, "lw": 1.8 if marker else 1.2}
            for layer, other in ((table, False), (measured.other, True)):
                of_one = layer[(layer.who == who) & layer.n_train.isin(places)]
                mine = of_one[of_one.metric == metric + suffix].assign(place=of_one.n_train.map(places))
                if mine.empty or (other and not marker):
                    continue
                if other:
                    asked_for(curve(ax, mine, "place", band=False, alpha=0.5, **look)[0])
                    continue
                curve(ax, mine, "place", band=bool(marker), label=label, **look)
                if marker:
                    shift = 0.03 if metric == "sample_cosine" else -0.03  # so that two bars are seen
                    ends = [of_one[of_one.metric == f"{metric}{suffix}_{end}"] for end in ("p10", "p90")]
                    low, high = (end.groupby(end.n_train.map(places))["value"].mean() for end in ends)
                    ax.vlines(low.index + shift, low, high, color=color, lw=2.4, alpha=0.55)
    axes[0].set(ylabel="cosine with a sample of A")
    titled(axes[0], "of the pictures as they are")
    titled(axes[1], "after the mean face is subtracted")
    stacked(axes)
    legend(canvas, axes)
    means = measured.means("metric", "who", "n_train")
    near, other_model = means["nearest_training_cosine_centred", "A"], means["sample_cosine_centred", "A-B"]
    caption = (
        "What are A's samples like: its training faces (amber), or what another model makes of the same noise "
        "(purple)? Thin, without A: two linear filters (dotted), which know no more than mean and covariance, and "
        f"photographs of two people. Bars: 10 to 90 % of the samples ({seeds(table)})."
    )
    alt = "Mean centred cosine of A's samples with the nearest training face, and with B's samples: " + "; ".join(
        f"N = {n:,}, {near[n]:.2f} and {other_model[n]:.2f}" for n in near.index
    )
    cosines = measured.map(lambda one: one[one.metric.isin([metric for metric, _ in COSINES])])
    compare = switch([apart(cosines, "cosine", "sigma")])
    return Figure("sample-cosines", canvas, caption, alt, table[table.metric.str.contains("cosine")], compare)


def memorised_share(measured: Measured) -> Figure:
    """Share of samples that are copies of training faces, against n_train, beside that of held-out faces."""
    measured = measured.first.where(metric="memorised")
    canvas, ((ax,),) = new_canvas(1, 1, 3.0, ALONE)
    places = size_axis(ax, [measured.shown])
    found = measured.shown.groupby(["who", "n_train"])["value"].agg(["mean", "min", "max"])
    for n_train, made in found.loc["A"].iterrows():
        place, chance = places[n_train], found.loc[("held-out", n_train), "mean"]
        ax.bar(place, made["mean"], 0.7, color=style.size_look(n_train)[0])
        ax.vlines(place, made["min"], made["max"], color=style.INK, lw=1.2)
        ax.hlines(chance, place - 0.35, place + 0.35, color=style.INK, ls=":", lw=1.4)
        ax.text(place + 0.04, made["max"] + 0.02, f"{made['mean']:.0%}", ha="center", color=style.INK, fontsize=9)
    for n_train, share in measured.other.query("who == 'A'").groupby("n_train")["value"].mean().items():
        if n_train in places:
            place = places[n_train]
            asked_for(ax.hlines(share, place - 0.35, place + 0.35, color=style.INK, lw=2))
    ax.set(ylabel="share of samples\nthat are copies", ylim=(-0.02, 1.12))
    ax.grid(axis="x", visible=False)
    stacked([ax])
    caption = (
        "How many of A's samples are copies of a training face: less than a third as far from the nearest one as "
        "from the second nearest (with a single training face: nearer than a third of a new face's median distance). "
        f"Bars: mean of {counted(measured.shown)}, lines in them lowest to highest; dotted: new photographs, which "
        "are copies by chance."
    )
    means = measured.means("who", "n_train")
    alt = "Share of samples that are copies, and of held-out photographs: " + "; ".join(
        f"N = {n:,}, {value:.0%} and {means['held-out', n]:.0%}" for n, value in means["A"].items()
    )
    compare = switch([apart(measured, "share", "sigma")])
    return Figure("memorised", canvas, caption, alt, measured.shown, compare)


def memoriser_gain(gains: Measured, longer: Measured) -> Figure:
    """PSNR gain on training faces, of A and of the ideal denoiser that knows them by heart, a panel for each n_train.

    gains: what `denoising_faces` measures. longer: what is published of its arm fourfold, trained for longer.
    """
    gains = gains.first.where(metric="psnr_gain_train", who=["A", "ideal"])
    four_times = longer.where(metric="psnr_gain_train", who="A").shown
    table, longest = gains.shown, pd.concat([gains.shown, four_times])
    leads = "published" if gains.published_leads or not gains.profile else "own"
    both = replace(gains, **{leads: longest})
    side = Colour("who", lambda who: (style.SIDE.get(who, style.INK), ""), order=["A", "ideal"])
    panels = [
        Panel(
            both.where(n_train=n),
            [
                Line({"who": "A", "arm": "told"}, f"N = {n:,}"),
                Line({"arm": "fourfold"}, f"N = {n:,}, longer", name="A, four times the steps", thin=True),
                Line({"who": "ideal", "arm": "told"}, f"N = {n:,}", style.REFERENCE["ideal"], "ideal", ink=True),
            ],
            "gain on training faces (dB)",
            f"N = {n:,}",
            limits=(None, 104),
        )
        for n in gains.sizes
    ]
    caption = (
        "How far is A from knowing its training faces by heart? PSNR gain over doing nothing on noisy training "
        "faces, of A and of the ideal denoiser, which knows them and is exact where it names the right face without "
        f"a doubt (drawn at 100 dB; {seeds(table)})."
    )
    at = gains.means("n_train", "sigma", "who").unstack()
    short = (at["ideal"] - at["A"]).groupby("n_train")
    alt = (
        "Decibels that A lacks to the ideal denoiser on its training faces, at the noise level where fewest: "
        + "; ".join(
            f"N = {n:,}, {value:.1f} dB at sigma {sigma:g}"
            for (n, value), (_, sigma) in zip(short.min().items(), short.idxmin(), strict=True)
        )
    )
    return curves("memoriser-gain", panels, caption, alt, table, colour=side)
