"""What models make from noise: pictures, likeness to training faces and to each other, and the share of copies."""

import itertools
from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import (
    about_published,
    bar_looks,
    curve,
    fade,
    legend,
    new_canvas,
    noise_axis,
    overlay,
    seeds,
    size_axis,
    versions,
)
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import data_set, pixel_table, show
from lowdiff_lib.tables.tidy import spread

SAMPLE, TRAINING = "#0072b2", "#d55e00"  # likeness to another model's sample, and to a training face
COSINES = {  # metric, pair: what A's sample is compared with, colour, line, marker
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
        f"N = {n_train:,} training face{'s' if n_train > 1 else ''} a side. First row: what A makes of {len(samples)} "
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


def sample_cosines(table: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """Likeness of samples to training faces and to the other model's samples against n_train, raw and centred.

    Over it what is `published`.
    """
    canvas, (axes,) = new_canvas(1, 2, 4.3)
    tables = versions(table, published)
    for ax, suffix in zip(axes, ("", "_centred"), strict=True):
        places = size_axis(ax, tables)
        for one in tables:
            fade(ax)
            for (metric, pair), (label, color, line, marker) in COSINES.items():
                mine = one[(one.metric == metric + suffix) & (one.who == pair)]
                _against_size(ax, mine, places, color, line, marker, label)
                if marker:
                    shift = 0.03 if metric == "sample_cosine" else -0.03
                    _percentiles(ax, one[one.who == pair], metric + suffix, places, color, shift)
    axes[0].set(ylabel="cosine with a sample of A")
    axes[0].set_title("of the pictures as they are")
    axes[1].set_title("after the mean face is subtracted")
    legend(canvas, axes, 3)
    means = table.groupby(["metric", "who", "n_train"])["value"].mean()
    near, other = means["nearest_training_cosine_centred", "A"], means["sample_cosine_centred", "A-B"]
    caption = (
        "What are A's samples like: training faces (orange), or what other models make of the same noise (blue)? Mean "
        "cosine against the training-set size N. Orange: with the most similar training face of A (solid), and of B, "
        "which A has not seen (dotted). Blue: with the sample of B (solid, other training faces) and of A's twin "
        "(dashed, the same training faces). Black, without A: samples of two Wiener denoisers, which know no more than "
        "mean and covariance of the faces of A and of B; and photographs of different people. On the left even those "
        f"are much alike; hence the right. Of the lines with markers, bars: 10 to 90 % of the samples; {seeds(table)}."
        f"{about_published(published, table)}"
    )
    alt = "Mean centred cosine of A's samples with the nearest training face, and with B's samples: " + "; ".join(
        f"N = {n:,}, {near[n]:.2f} and {other[n]:.2f}" for n in near.index
    )
    return Figure("sample-cosines", canvas, caption, alt, table[table.metric.str.contains("cosine")])


def memorised_share(table: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """Share of samples that are copies of training faces, against n_train, beside that of held-out faces.

    Beside it what is `published`.
    """
    tables = [one[one.metric == "memorised"] for one in versions(table, published)]
    canvas, ((ax,),) = new_canvas(1, 1, 3.0)
    places = size_axis(ax, tables)
    for one, look in zip(tables, bar_looks(len(tables)), strict=True):
        means = one.groupby(["who", "n_train"])["value"].agg(["mean", "min", "max"])
        for n_train, made in means.loc["A"].iterrows():
            color, _ = style.size_look(n_train)
            place, half = places[n_train] + look["offset"], look["width"] / 2
            ax.bar(place, made["mean"], look["width"], color=color, alpha=look["alpha"])
            ax.vlines(place, made["min"], made["max"], color=style.INK, lw=1.2)
            chance = means.loc[("held-out", n_train), "mean"]
            ax.hlines(chance, place - half, place + half, color=style.INK, ls=":", lw=1.4)
            ax.text(place, made["max"] + 0.02, f"{made['mean']:.0%}", ha="center", color=style.INK, fontsize=8)
    table = tables[0]
    means = table.groupby(["who", "n_train"])["value"].mean()
    ax.set(ylabel="share of samples\nthat are copies", ylim=(-0.02, 1.12))
    ax.grid(axis="x", visible=False)
    caption = (
        "Share of A's samples that count as copies of a training face of A: less than a third as far from the nearest "
        "one as from the second nearest (with a single training face: nearer than a third of a held-out face's median "
        f"distance). Bar: mean over {table.repetition.nunique()} seed{'s' if table.repetition.nunique() > 1 else ''}; line in it: "
        "lowest to highest; dotted: held-out photographs, which are copies by chance only."
        f"{about_published(published, table)}"
    )
    alt = "Share of samples that are copies, and of held-out photographs: " + "; ".join(
        f"N = {n:,}, {value:.0%} and {means['held-out', n]:.0%}" for n, value in means["A"].items()
    )
    return Figure("memorised", canvas, caption, alt, table)


def memoriser_gain(
    table: pd.DataFrame, published: pd.DataFrame | None = None, longer: pd.DataFrame | None = None
) -> Figure:
    """PSNR gain on training faces, of A and of the ideal denoiser that knows them by heart, one colour per n_train.

    table: that of `denoising_faces`; over it what is `published` of it. longer: that of `denoising_faces_few`.
    """
    table = table[(table.metric == "psnr_gain_train") & table.who.isin(["A", "ideal"])]
    canvas, ((ax,),) = new_canvas(1, 1, 3.6)
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        mine, size = table[table.n_train == n_train], f"N = {n_train:,}"
        curve(ax, mine[mine.who == "A"], color, marker, label=size, row=size, column="A")
        curve(ax, mine[mine.who == "ideal"], color, "", ":", row=size, column="ideal")
    if published is not None:
        overlay(ax, published[published.metric == "psnr_gain_train"], {"A": "-", "ideal": ":"})
    if longer is not None:
        longer = longer[(longer.metric == "psnr_gain_train") & (longer.who == "A")]
        for n_train, mine in longer.groupby("n_train"):
            color, marker = style.size_look(n_train)
            curve(ax, mine, color, marker, "--", row=f"N = {n_train:,}", column="A, published, four times the steps")
    dashed = "" if longer is None else " (trained four times as long: dashed)"
    ax.set(ylabel="PSNR gain on training faces (dB)", ylim=(None, 104))
    ax.set_title(f"A: solid{dashed}; ideal denoiser: dotted")
    noise_axis(ax)
    legend(canvas, [ax], 5)
    at = table.groupby(["n_train", "sigma", "who"])["value"].mean().unstack()
    short = (at["ideal"] - at["A"]).groupby("n_train")
    caption = (
        "How far is A from knowing its training faces by heart? PSNR gain over the identity on noisy training faces, "
        "of A (solid) and of the ideal denoiser (dotted), which knows them. Where it names the right face without a "
        f"doubt its answer is exact; that is drawn at 100 dB. One colour per training-set size N; {seeds(table)}."
        f"{about_published(published, table)}{dashed and ' Dashed: published, one seed, four times the steps.'}"
    )
    alt = (
        "Decibels that A lacks to the ideal denoiser on its training faces, at the noise level where fewest: "
        + "; ".join(
            f"N = {n:,}, {value:.1f} dB at sigma {sigma:g}"
            for (n, value), (_, sigma) in zip(short.min().items(), short.idxmin(), strict=True)
        )
    )
    return Figure("memoriser-gain", canvas, caption, alt, table)


def _against_size(
    axes: Axes, table: pd.DataFrame, places: Mapping[int, int], color: str, line, marker: str, label: str
) -> None:
    """Mean over seeds at the place of each n_train; with markers also a band from lowest to highest."""
    found = spread(table, ["n_train"])
    x = found.n_train.map(places)
    axes.plot(x, found["mean"], color=color, ls=line, marker=marker, label=label)
    if marker:
        axes.fill_between(x, found.low, found.high, color=color, alpha=0.18, lw=0)


def _percentiles(
    axes: Axes, table: pd.DataFrame, metric: str, places: Mapping[int, int], color: str, shift: float
) -> None:
    """Bars from the 10th to the 90th percentile of the samples, mean over seeds; `shift` keeps two of them apart."""
    low, high = (table[table.metric == metric + end].groupby("n_train")["value"].mean() for end in ("_p10", "_p90"))
    axes.vlines(low.index.map(places) + shift, low, high, color=color, lw=2.4, alpha=0.55)
