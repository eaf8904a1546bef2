"""What models make from noise: pictures, likeness to training faces and to each other, and the share of copies."""

import itertools
from dataclasses import replace

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import (
    about_published,
    bar_looks,
    counted,
    faces,
    fade,
    legend,
    new_canvas,
    seeds,
    size_axis,
)
from lowdiff_lib.figures.curves import Line, Panel, curve, curves
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import data_set, pixel_table, show
from lowdiff_lib.tables import Measured

SAMPLE, TRAINING = "#0072b2", "#d55e00"  # likeness to another model's sample, and to a training face
COSINES = {  # metric, who: what A's sample is compared with, colour, line, marker
    ("nearest_training_cosine", "A"): ("A's nearest training face", TRAINING, "-", "o"),
    ("nearest_other_cosine", "A"): ("B's nearest training face", TRAINING, ":", ""),
    ("sample_cosine", "A-B"): ("B's sample", SAMPLE, "-", "s"),
    ("sample_cosine", "A-twin"): ("the twin's sample", SAMPLE, (0, (2, 2)), ""),
    ("sample_cosine", "wiener"): ("(samples of two Wiener denoisers)", style.INK, "-.", ""),
    ("sample_cosine", "unrelated"): ("(photographs of two people)", style.INK, ":", ""),
}


def sample_pictures(pictures: pd.DataFrame, n_train: int) -> Figure:
    """Samples of A, below each the training face most like it, and B's sample from the same noise."""
    table = pictures[pictures.n_train == n_train]
    samples = sorted(table["sample"].unique())
    labels = {"A": "A makes", "nearest": "nearest\ntraining face", "B": "B makes"}
    canvas, axes = new_canvas(len(labels), len(samples), 3.6)
    found = table.set_index(["what", "sample"])
    for row, (what, label) in zip(axes, labels.items(), strict=True):
        for ax, sample in zip(row, samples, strict=True):
            show(ax, found.image[what, sample])
            copied = what == "nearest" and found.copied[what, sample]
            if what != "A":
                ax.set_xlabel(f"{found.cosine[what, sample]:.2f}{' *' if copied else ''}", fontsize=8)
        row[0].set_ylabel(label, fontsize=9)
    near, other = (table[table.what == what].cosine for what in ("nearest", "B"))
    copies = int(table[table.what == "nearest"].copied.sum())
    caption = (
        f"{faces(n_train)}. First row: what A makes of {len(samples)} "
        "pictures of pure noise. Second: the training face of A that is most like it. Third: what B, trained on other "
        "faces, makes of the same noise. Numbers: cosine with A's sample, after the mean face is subtracted (0: no "
        f"more alike than any two faces, 1: the same); *: counts as a copy ({copies} of {len(samples)} here)."
    )
    alt = (
        f"Faces made with N = {n_train:,}. Mean centred cosine of A's samples: {near.mean():.2f} with the nearest "
        f"training face, {other.mean():.2f} with B's from the same noise; {copies} of {len(samples)} are copies."
    )
    return Figure(f"samples-{n_train}", canvas, caption, alt, pixel_table(table, ["n_train", "sample", "what"]))


def published_samples(pictures: pd.DataFrame) -> Figure:
    """What A and B make of the same noise, two rows for each n_train."""
    sizes, samples = sorted(pictures.n_train.unique()), sorted(pictures["sample"].unique())
    canvas, axes = new_canvas(2 * len(sizes), len(samples), 2.1 * len(sizes))
    found = pictures.set_index(["n_train", "side", "sample"])
    for row, (n_train, side) in zip(axes, itertools.product(sizes, "AB"), strict=True):
        for ax, sample in zip(row, samples, strict=True):
            show(ax, found.image[n_train, side, sample])
            if side == "B":
                ax.set_xlabel(f"{found.cosine[n_train, side, sample]:.2f}", fontsize=8)
        row[0].set_ylabel(f"N = {n_train:,}\n{side} makes", fontsize=8)
    means = pictures.groupby("n_train").cosine.mean()
    caption = (
        f"Published, {data_set(pictures)}: what A and B, trained on disjoint faces, make of the same {len(samples)} "
        "pictures of pure noise, for each training-set size N at which none of these is more like a training face than "
        "held-out photographs are. Numbers: cosine of "
        "the two, after the mean face is subtracted (0: no more alike than any two faces, 1: the same)."
    )
    alt = "Faces that A and B make of the same noise. Mean centred cosine of the two: " + "; ".join(
        f"{means[n_train]:.2f} with N = {n_train:,}" for n_train in sizes
    )
    keys = ["dataset", "n_train", "side", "sample", "cosine"]
    return Figure("published-samples", canvas, caption, alt, pixel_table(pictures, keys))


def sample_cosines(measured: Measured) -> Figure:
    """Likeness of samples to training faces and to the other model's samples against n_train, raw and centred."""
    canvas, (axes,) = new_canvas(1, 2, 4.3)
    layers, table = measured.layers, measured.shown
    for ax, suffix in zip(axes, ("", "_centred"), strict=True):
        places = size_axis(ax, layers)
        for layer in layers:
            fade(ax)
            placed = layer.assign(place=layer.n_train.map(places))
            for (metric, who), (label, color, line, marker) in COSINES.items():
                of_one = placed[placed.who == who]
                mine = of_one[of_one.metric == metric + suffix]
                curve(ax, mine, "place", band=bool(marker), color=color, marker=marker, ls=line, label=label)
                if marker:
                    shift = 0.03 if metric == "sample_cosine" else -0.03  # so that two bars are seen
                    ends = [of_one[of_one.metric == f"{metric}{suffix}_{end}"] for end in ("p10", "p90")]
                    low, high = (end.groupby("place")["value"].mean() for end in ends)
                    ax.vlines(low.index + shift, low, high, color=color, lw=2.4, alpha=0.55)
    axes[0].set(ylabel="cosine with a sample of A")
    axes[0].set_title("of the pictures as they are")
    axes[1].set_title("after the mean face is subtracted")
    legend(canvas, axes)
    means = measured.means("metric", "who", "n_train")
    near, other = means["nearest_training_cosine_centred", "A"], means["sample_cosine_centred", "A-B"]
    caption = (
        "What are A's samples like: training faces (orange), or what other models make of the same noise (blue)? Mean "
        "cosine against the training-set size N. Orange: with the most similar training face of A (solid), and of B, "
        "which A has not seen (dotted). Blue: with the sample of B (solid, other training faces) and of A's twin "
        "(dashed, the same training faces). Black, without A: samples of two Wiener denoisers, which know no more than "
        "mean and covariance of the faces of A and of B; and photographs of different people. On the left even those "
        f"are much alike; hence the right. Of the lines with markers, bars: 10 to 90 % of the samples; {seeds(table)}."
        f"{about_published(measured)}"
    )
    alt = "Mean centred cosine of A's samples with the nearest training face, and with B's samples: " + "; ".join(
        f"N = {n:,}, {near[n]:.2f} and {other[n]:.2f}" for n in near.index
    )
    return Figure("sample-cosines", canvas, caption, alt, table[table.metric.str.contains("cosine")])


def memorised_share(measured: Measured) -> Figure:
    """Share of samples that are copies of training faces, against n_train, beside that of held-out faces."""
    measured = measured.where(metric="memorised")
    canvas, ((ax,),) = new_canvas(1, 1, 3.0)
    layers = measured.layers
    places = size_axis(ax, layers)
    for layer, look in zip(layers, bar_looks(len(layers)), strict=True):
        found = layer.groupby(["who", "n_train"])["value"].agg(["mean", "min", "max"])
        for n_train, made in found.loc["A"].iterrows():
            color, _ = style.size_look(n_train)
            place, half = places[n_train] + look["offset"], look["width"] / 2
            ax.bar(place, made["mean"], look["width"], color=color, alpha=look["alpha"])
            ax.vlines(place, made["min"], made["max"], color=style.INK, lw=1.2)
            chance = found.loc[("held-out", n_train), "mean"]
            ax.hlines(chance, place - half, place + half, color=style.INK, ls=":", lw=1.4)
            ax.text(place, made["max"] + 0.02, f"{made['mean']:.0%}", ha="center", color=style.INK, fontsize=8)
    ax.set(ylabel="share of samples\nthat are copies", ylim=(-0.02, 1.12))
    ax.grid(axis="x", visible=False)
    caption = (
        "Share of A's samples that count as copies of a training face of A: less than a third as far from the nearest "
        "one as from the second nearest (with a single training face: nearer than a third of a held-out face's median "
        f"distance). Bar: mean over {counted(measured.shown)}; line in it: lowest to highest; dotted: held-out "
        f"photographs, which are copies by chance only.{about_published(measured)}"
    )
    means = measured.means("who", "n_train")
    alt = "Share of samples that are copies, and of held-out photographs: " + "; ".join(
        f"N = {n:,}, {value:.0%} and {means['held-out', n]:.0%}" for n, value in means["A"].items()
    )
    return Figure("memorised", canvas, caption, alt, measured.shown)


def memoriser_gain(gains: Measured, longer: Measured) -> Figure:
    """PSNR gain on training faces, of A and of the ideal denoiser that knows them by heart, one colour per n_train.

    gains: what `denoising_faces` measures. longer: what is published of its arm fourfold, trained for longer.
    """
    gains = gains.where(metric="psnr_gain_train", who=["A", "ideal"])
    four_times = longer.where(metric="psnr_gain_train", who="A").shown
    there, about, table = not four_times.empty, about_published(gains), gains.shown
    dashed = f" Dashed: published{longer.on}, one seed, four times the steps." if there else ""
    caption = (
        "How far is A from knowing its training faces by heart? PSNR gain over the identity on noisy training faces, "
        "of A (solid) and of the ideal denoiser (dotted), which knows them. Where it names the right face without a "
        "doubt its answer is exact; that is drawn at 100 dB. One colour per training-set size N; "
        f"{seeds(table)}.{about}{dashed}"
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
    lines = [Line({"who": "A", "arm": "told"}, "A"), Line({"who": "ideal", "arm": "told"}, "ideal", ":", marker="")]
    lines.append(Line({"arm": "fourfold"}, "A, published, four times the steps", "--"))
    if there:  # drawn with what is strong
        top = "published" if len(gains.layers) > 1 else "own"
        gains = replace(gains, **{top: pd.concat([gains.layers[-1], four_times])})
    title = f"A: solid{' (trained four times as long: dashed)' if there else ''}; ideal denoiser: dotted"
    panel = Panel(gains, lines, "PSNR gain on training faces (dB)", title, limits=(None, 104))
    return curves("memoriser-gain", [panel], caption, alt, table)
