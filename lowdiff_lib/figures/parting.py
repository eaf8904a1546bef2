"""What separates two models near the data: how far they are apart, and which cause has which part of it."""

import pandas as pd
from matplotlib.axes import Axes

from lowdiff_lib.figures import style
from lowdiff_lib.figures.blindness import APART, ARM, GAIN
from lowdiff_lib.figures.canvas import legend, new_canvas
from lowdiff_lib.figures.curves import ACROSS, DATASET, Line, Panel, Rule, curves, pairs
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured, causes

CAUSE = {
    causes.UNTOLD: style.ARM["blind"][0],
    causes.TIME: style.USUAL,
    causes.DATA: style.PAIR_COLOUR["A-B"],
    causes.SEED: style.QUIET,
}
BEST = [  # possible, beside what A gains
    Line({"who": "A"}, "gain"),
    Line({"who": "best blind"}, "gain", style.REFERENCE["best blind"], "best possible, not told", ink=True),
    Line({"who": "exact"}, "gain", style.REFERENCE["exact"], "best possible, told", ink=True),
]
BANDS = {"strong": "v above 4 σ²", "near": "v near σ²", "weak": "v below σ² / 4"}
LINEAR = [
    Line({"who": "wiener pair"}, "two linear filters", style.REFERENCE["wiener"], "", marker=""),
    Line({"who": "linear theory"}, "linear theory", "", "", marker="x"),
]
MODE_WORDS = {"A-B": "different data", "A-twin": "the same data", "linear theory": "linear theory"}
FAR = "distance from the ideal denoiser (units of the noise)"
PLACES = {"_train": "At training points", "": "At new points"}  # by the ending of the metric


def parting(measured: Measured) -> Figure:
    """A column for each data set and n_train: the difference of A and B over sigma, and below it the causes."""
    found = causes.shares(measured.shown)
    places = list(found.groupby(["dataset", "n_train"], sort=False))
    canvas, axes = new_canvas(2, len(places), 4.6, sharex=True, sharey="row", height_ratios=(2, 3))
    for (above, below), ((dataset, n_train), mine) in zip(axes.T, places, strict=True):
        means = mine.groupby(["sigma", "cause"], sort=True).value.mean().unstack("cause")
        _apart(above, means)
        _parts(below, means)
        above.set_title(f"{dataset}\nN = {n_train:,}")
        below.set_xlabel(ACROSS["sigma"].split(" (")[0])
    axes[0, 0].set_ylabel("A and B differ by\n(units of the noise)")
    axes[1, 0].set_ylabel("part of the squared\ndifference (%)")
    legend(canvas, axes.flat)
    caption = (
        "Above: how far two models are apart that are not told σ and saw different data. Below: what of it goes away "
        "when they are told σ, when they are then stopped in time, and when their data are the same; what is left is "
        "training twice. A part that brings models together counts as none."
    )
    alt = "; ".join(_said(dataset, n_train, mine) for (dataset, n_train), mine in places) + "."
    return Figure(f"parting-{'-'.join(measured.datasets)}", canvas, caption, alt, found)


def _apart(ax: Axes, means: pd.DataFrame) -> None:
    ax.plot(means.index, means.sum(axis=1).clip(lower=0) ** 0.5, color=style.INK, marker="o")
    ax.axhline(1, color=style.INK, lw=0.8, ls=":")
    ax.set(xscale="log", yscale="log")


def _parts(ax: Axes, means: pd.DataFrame) -> None:
    positive = means.clip(lower=0)
    shares = 100 * positive.div(positive.sum(axis=1), axis=0)
    shares = shares.reindex(columns=list(reversed(causes.CAUSES))).dropna(axis=1, how="all")
    ax.stackplot(shares.index, shares.T, colors=[CAUSE[cause] for cause in shares], labels=list(shares), lw=0)
    ax.set(xscale="log", ylim=(0, 100), xlim=(shares.index.min(), shares.index.max()))
    ax.grid(False)


def _said(dataset: str, n_train: int, mine: pd.DataFrame) -> str:
    low = mine[mine.sigma == mine.sigma.min()].groupby("cause", sort=False).value.mean()
    parts = ", ".join(f"{cause} {value:.2g}" for cause, value in low.items())
    return f"{dataset}, N = {n_train:,}, at sigma {mine.sigma.min():g} the squared difference is made up of {parts}"


def in_time(measured: Measured, sigma: float) -> Figure:
    """Gain and difference of two models over training time at one noise level: a row for each data set and n_train."""
    panels, at = [], measured.map(_arms_by_name).where(sigma=sigma)
    measured_in_time = at.shown[at.shown.groupby(["dataset", "n_train"]).step.transform("nunique") > 1]
    for dataset, n_train in measured_in_time[["dataset", "n_train"]].drop_duplicates().itertuples(index=False):
        mine, title = at.where(dataset=dataset, n_train=n_train), f"{dataset}, N = {n_train:,}"
        panels.append(Panel(mine.where(metric="psnr_gain"), BEST, GAIN, title, Rule(0)))
        panels.append(
            Panel(mine.where(metric="disagreement_over_noise"), pairs("difference"), APART, title, scale="log")
        )
    caption = (
        f"At σ = {sigma:g}, against training time; every point is a training of its own. Left: gain over doing nothing "
        "on new points. Right: difference of two models, trained on other data (solid) and on the same (dashed)."
    )
    alt = f"Gain and difference of two models at sigma {sigma:g} at {sorted(measured_in_time.step.unique())} steps."
    return curves("parting-in-time", panels, caption, alt, at.shown, colour=ARM, across="step", in_a_row=2)


def _arms_by_name(table: pd.DataFrame) -> pd.DataFrame:
    """The arms told and blind, whatever their time."""
    return table.assign(arm=table.arm.str.removesuffix("-in-time"))


def by_mode(measured: Measured) -> Figure:
    """Difference of two models over n_train, along directions of much variance, of some and of little; and theory."""
    lines = [*pairs("difference"), *LINEAR]
    panels = [
        Panel(mine, lines, APART, f"σ = {sigma:g}: {words}", scale="log")
        for sigma in measured.sigmas
        for band, words in BANDS.items()
        if not (mine := measured.arm("told").where(sigma=sigma, metric=f"{causes.APART}_{band}")).shown.empty
    ]
    caption = (
        "Difference of two models against samples a side, along the principal directions of the data by their variance "
        "v: networks of other data (solid) and of the same (dashed), two linear filters (dotted) and linear theory for "
        "these (crosses)."
    )
    names, few_and_many = ", ".join(measured.datasets), (min(measured.sizes), max(measured.sizes))
    said = ("; ".join(_in_panel(panel, n) for panel in panels) for n in few_and_many)
    alt = f"Difference of two models of {names} by direction, beside linear theory. {'. '.join(said)}."
    return curves("parting-by-mode", panels, caption, alt, colour=DATASET, across="n_train")


def _in_panel(panel: Panel, n_train: int) -> str:
    """What a panel has at one n_train, in words."""
    here = panel.measured.where(n_train=n_train).shown.groupby("who").value.mean()
    parts = [f"{here[who]:.3g} for {words}" for who, words in MODE_WORDS.items() if who in here]
    return f"N = {n_train:,}, {panel.title}: {', '.join(parts) or 'not measured'}"


def coverage(measured: Measured) -> Figure:
    """Share of noisy points near a training point over sigma, and how far A is there from the ideal denoiser."""
    told = measured.arm("told")
    share = [Line({"who": "training set"}, "covered")]
    panels = [Panel(told.where(metric="coverage"), share, "share that is covered", "Coverage")]
    for ending, title in PLACES.items():
        far = [Line({"who": "A-ideal"}, f"from the ideal, {title.lower()}")]
        panels.append(Panel(told.where(metric=f"distance_over_noise{ending}"), far, FAR, title, scale="log"))
    caption = (
        "Left: share of new noisy points that lie as near to a training point as its own noisy copies do. Middle and "
        "right: distance of a network from the ideal denoiser of its training set, which knows it by heart."
    )
    low = min(told.sigmas)
    least = told.where(metric="coverage", sigma=low).shown.groupby("n_train").value.mean()
    shares = ", ".join(f"{share:.2g} with N = {n:,}" for n, share in least.items())
    alt = f"Share of new points of {', '.join(measured.datasets)} near a training point at sigma {low:g}: {shares}."
    return curves("parting-coverage", panels, caption, alt)
