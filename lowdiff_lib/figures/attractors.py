"""What an iterated denoiser comes to rest at."""

import numpy as np
import pandas as pd

from lowdiff_lib.figures.canvas import (
    about_published,
    band,
    bar_looks,
    fade,
    legend,
    new_canvas,
    seeds,
    size_axis,
    versions,
)
from lowdiff_lib.figures.drawing import Figure

RESTS = {  # what a point may come to rest at: its words, colour and opacity
    "rests_at_training_point_held_out": ("a training point", "#d55e00", 1.0),
    "rests_at_mode_held_out": ("a mode", "#0072b2", 1.0),
    "neither": ("neither", "#8c8c8c", 0.45),
}
STARTS = {"train": ("#d55e00", "s"), "held_out": ("#0072b2", "o")}
SLOPES = {
    "jacobian": ("any direction", "#009e73", "^"),
    "jacobian_tangential": ("along", "#0072b2", "o"),
    "jacobian_normal": ("across", "#d55e00", "s"),
}


def attractor_shares(table: pd.DataFrame, dataset: str, published: pd.DataFrame | None = None) -> Figure:
    """What perturbed held-out points come to rest at: training points, modes or neither; beside it what is `published`.

    Stacked bars against n_train.
    """
    tables = [
        one[(one.dataset == dataset) & one.metric.str.endswith("_held_out")] for one in versions(table, published)
    ]
    table = tables[0]
    sigmas = sorted(table.sigma.unique())
    canvas, (axes,) = new_canvas(1, len(sigmas), 3.5, sharey=True)
    for ax, sigma in zip(axes, sigmas, strict=True):
        places = size_axis(ax, tables, "N")
        for one, look in zip(tables, bar_looks(len(tables)), strict=True):
            shares = one[(one.sigma == sigma) & one.metric.isin(list(RESTS))]
            shares = shares.groupby(["n_train", "metric"])["value"].mean().unstack("metric")
            shares["neither"] = 1 - shares.sum(axis=1)
            bottom = np.zeros(len(shares))
            for kind, (label, color, opacity) in RESTS.items():
                ax.bar(
                    [places[n] + look["offset"] for n in shares.index],
                    shares[kind],
                    look["width"],
                    bottom=bottom,
                    color=color,
                    alpha=opacity * look["alpha"],
                    label=label if one is tables[-1] else None,
                )
                bottom += shares[kind].to_numpy()
        ax.set_title(f"σ = {sigma:g}")
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("share of starting points")
    legend(canvas, axes, 3)
    caption = (
        f"{dataset}. Held-out points, perturbed by noise of level σ and then denoised by A at "
        "that level again and again: where they come to rest. A mode: within σ / 2 of a point where the exact "
        "denoiser rests. A training point: else, if its distance is below a third of that to the second nearest "
        f"(by chance this happens to {3.0 ** -table.dim.iloc[0]:.2g} of random points). Mean "
        f"over {table.repetition.nunique()} seed{'s' if table.repetition.nunique() > 1 else ''}."
        f"{about_published(published, table)}"
    )
    least = table.n_train.min()
    first = (
        table[(table.n_train == least) & (table.metric == "rests_at_training_point_held_out")]
        .groupby("sigma")
        .value.mean()
    )
    alt = f"With N = {least:,} the share that rests at a training point is " + ", ".join(
        f"{value:.0%} at sigma {sigma:g}" for sigma, value in first.items()
    )
    return Figure(f"attractors-{dataset}", canvas, caption, alt, table)


def basins(table: pd.DataFrame, dataset: str, published: pd.DataFrame | None = None) -> Figure:
    """The perturbation that half of the starts survive, against n_train, a panel a sigma; over it `published`."""
    tables = [
        one[(one.dataset == dataset) & one.metric.str.startswith("basin_radius")] for one in versions(table, published)
    ]
    table = tables[0]
    sigmas = sorted(table.sigma.unique())
    canvas, (axes,) = new_canvas(1, len(sigmas), 3.4, sharey=True)
    for ax, sigma in zip(axes, sigmas, strict=True):
        for one in tables:
            fade(ax)
            for kind, (color, marker) in STARTS.items():
                mine = one[(one.sigma == sigma) & (one.metric == f"basin_radius_{kind}")]
                band(ax, mine, "n_train", color, marker, label=f"{kind.replace('_', '-')} points")
        ax.set(xscale="log", yscale="log", xlabel="samples a side, N", title=f"σ = {sigma:g}")
    axes[0].set_ylabel("basin radius (in σ z)")
    legend(canvas, axes, 2)
    caption = (
        f"{dataset}. How many times the noise of level σ a point may be displaced by until half of the starts no "
        "longer come "
        "back to within σ of where the undisplaced point comes to rest, under A applied again and again at that "
        "level. From "
        f"0.5 to 16 times was tried; {seeds(table)}.{about_published(published, table)}"
    )
    means = table[table.metric == "basin_radius_held_out"].groupby(["sigma", "n_train"])["value"].mean()
    says = "; ".join(f"sigma {s:g}, N = {n:,}: {value:.2g}" for (s, n), value in means.items())
    return Figure(f"basins-{dataset}", canvas, caption, f"Basin radius around held-out points: {says}.", table)


def slopes(table: pd.DataFrame, dataset: str, published: pd.DataFrame | None = None) -> Figure:
    """The slope of the denoiser along and across the data against n_train, A beside the exact one; `published` over."""
    tables = [
        one[(one.dataset == dataset) & one.metric.str.startswith("jacobian")] for one in versions(table, published)
    ]
    table = tables[0]
    sigmas = sorted(table.sigma.unique())
    canvas, (axes,) = new_canvas(1, len(sigmas), 3.4, sharey=True)
    for ax, sigma in zip(axes, sigmas, strict=True):
        for one in tables:
            fade(ax)
            for metric, (name, color, marker) in SLOPES.items():
                mine = one[(one.sigma == sigma) & (one.metric == metric)]
                if mine.empty:
                    continue
                band(ax, mine[mine.who == "A"], "n_train", color, marker, label=f"A, {name}")
                exact = mine[mine.who == "exact"].value.mean()
                ax.axhline(exact, color=color, ls=":", label=f"exact, {name}")
        ax.set(xscale="log", xlabel="samples a side, N", title=f"σ = {sigma:g}")
    axes[0].set_ylabel("slope of the denoiser")
    legend(canvas, axes, 2)
    caption = (
        f"{dataset}. What is left of a small displacement after one denoising, mean over noisy held-out points: of "
        "model A "
        f"(lines) and of the exact denoiser (dotted), for displacements along the data and across them; {seeds(table)}."
        f"{about_published(published, table)}"
    )
    means = table[table.n_train == table.n_train.max()].groupby(["sigma", "metric", "who"])["value"].mean()
    says = "; ".join(
        f"sigma {s:g}, {SLOPES[metric][0]}, {pair}: {value:.2f}" for (s, metric, pair), value in means.items()
    )
    return Figure(f"slopes-{dataset}", canvas, caption, f"With N = {table.n_train.max():,}: {says}.", table)
