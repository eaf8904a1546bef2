"""What separates two models near the data: how far they are apart, and which cause has which part of it."""

import pandas as pd
from matplotlib.axes import Axes

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import legend, new_canvas
from lowdiff_lib.figures.curves import ACROSS
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured, causes

CAUSE = {causes.UNTOLD: "#d55e00", causes.TRAINING: "#e6b35a", causes.DATA: "#0072b2", causes.SEED: "#9a9a9a"}


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
        "when they are told σ, when they are then trained longer, and when their data are the same; what is left is "
        "training twice. A part that brings models together counts as none."
    )
    alt = "; ".join(_said(dataset, n_train, mine) for (dataset, n_train), mine in places) + "."
    return Figure("parting", canvas, caption, alt, found)


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
