"""The three objectives on the same axes."""

from dataclasses import dataclass

import pandas as pd
from matplotlib.ticker import NullLocator

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import (
    about_published,
    band,
    curve,
    fade,
    legend,
    new_canvas,
    noise_axis,
    outer_labels,
    overlay,
    panels,
    seeds,
    versions,
)
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables.tidy import score_errors


@dataclass(frozen=True)
class _Quality:
    """How good single models are, on one kind of data: the metric, its words, and what the identity has of it."""

    metric: str
    words: str
    axis: str
    identity: float
    scale: str


SCORE_ERROR = _Quality("relative_score_error", "relative score error", "relative score error", 1.0, "log")
GAIN = _Quality("psnr_gain_held_out", "PSNR gain over the identity", "PSNR gain over the identity (dB)", 0.0, "linear")


def objective_curves(table: pd.DataFrame, dataset: str, n_train: int, published: pd.DataFrame | None = None) -> Figure:
    """Score error of mixtures, gain of faces (left), residual cosine, A-B and twin (right), a colour an objective.

    Over them `published`, as far as it has this n_train (and, of mixtures, this data set).
    """
    quality = GAIN if (table.metric == GAIN.metric).any() else SCORE_ERROR
    table = _models(table[table.dataset == dataset], n_train)
    if published is not None:
        published = _models(published if quality is GAIN else published[published.dataset == dataset], n_train)
    canvas, (axes,) = new_canvas(1, 2, 3.8)
    for objective, (color, marker) in style.OBJECTIVE.items():
        mine = table[table.objective == objective]
        good = mine[(mine.metric == quality.metric) & mine.who.isin(["A", "B"])]
        curve(axes[0], good, color, marker, label=objective, row=objective, column=quality.words)
        for pair, line in style.PAIR.items():
            cosine = mine[(mine.metric == "residual_cosine") & (mine.who == pair)]
            curve(axes[1], cosine, color, marker, line, row=objective, column=f"cosine, {pair}")
    if published is not None:
        good = published[(published.metric == quality.metric) & published.who.isin(["A", "B"])]
        overlay(axes[0], good.assign(who="A, B"), {"A, B": "-"}, "objective")
        overlay(axes[1], published[published.metric == "residual_cosine"], style.PAIR, "objective")
    axes[0].axhline(quality.identity, color=style.INK, lw=0.8)
    axes[0].annotate(
        "identity", (table.sigma.max(), quality.identity), ha="right", va="bottom", fontsize=8, color=style.INK
    )
    axes[0].set(yscale=quality.scale, ylabel=quality.axis)
    axes[1].set(ylabel="residual cosine", title="A-B: solid; twin: dashed")
    for ax in axes:
        noise_axis(ax)
    legend(canvas, axes, 3)
    caption = (
        f"{dataset}, N = {n_train:,}. Left: {quality.words} of models trained with each objective, on held-out data. "
        "Right: residual cosine of A and B, trained on disjoint data (solid), and of A and its twin (dashed). Same "
        f"networks, same data, same steps; one colour for each objective; {seeds(table)}."
        f"{about_published(published, table)}"
    )
    low = table[(table.sigma == table.sigma.min()) & (table.metric == quality.metric)]
    alt = f"{quality.words} at sigma {table.sigma.min():g}: " + ", ".join(
        f"{objective} {value:.3g}" for objective, value in low.groupby("objective")["value"].mean().items()
    )
    return Figure(f"objectives-{dataset}-{n_train}", canvas, caption, alt, table)


def objective_sizes(table: pd.DataFrame, sigma: float, published: pd.DataFrame | None = None) -> Figure:
    """Score error of each objective at one noise level against n_train, a panel a mixture; published ones strong."""
    shown = [score_errors(each, sigma) for each in versions(table, published)]
    canvas, axes = panels(pd.concat(shown).dataset)
    for dataset, ax in axes.items():
        for errors in shown:
            fade(ax)
            for objective, (color, marker) in style.OBJECTIVE.items():
                mine = errors[(errors.dataset == dataset) & (errors.objective == objective)]
                band(ax, mine, "n_train", color, marker, label=objective, middle="median")
        ax.axhline(1, color=style.INK, lw=0.8)
        ax.set(xscale="log", yscale="log")
        ax.xaxis.set_minor_locator(NullLocator())
        outer_labels(ax, "samples a side, N", "relative score error")
    legend(canvas, list(axes.values()), 3)
    caption = (
        f"Relative score error E|s - s*|² / E|s*|² at σ = {sigma:g} against the number of samples a side, a colour for "
        "each objective: median of A and B over all seeds, bands from the lowest to the highest of them. At the "
        f"line a model is as wrong as one that does nothing.{about_published(published, table, 'median')}"
    )
    last = shown[-1]
    most = last[last.n_train == last.n_train.max()].groupby(["dataset", "objective"])["value"].median()
    alt = f"At N = {last.n_train.max():,}: " + ", ".join(
        f"{dataset} {objective} {value:.2g}" for (dataset, objective), value in most.items()
    )
    return Figure("objectives-by-size", canvas, caption, alt, pd.concat(shown))


def _models(table: pd.DataFrame, n_train: int) -> pd.DataFrame:
    """The rows of trained models at one n_train."""
    return table[(table.n_train == n_train) & table.objective.isin(list(style.OBJECTIVE))]
