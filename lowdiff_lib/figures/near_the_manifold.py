"""Near the manifold: along and across the data, towards the memoriser, and where in the plane models disagree."""

import numpy as np
import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import (
    APART,
    about_published,
    colour_bar,
    curve,
    legend,
    new_canvas,
    noise_axis,
    overlay,
    seeds,
)
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables.tidy import COLUMNS

KINDS = {"_normal": ("across", "-"), "_tangential": ("along", (0, (2, 2)))}


def error_by_direction(table: pd.DataFrame, dataset: str, published: pd.DataFrame | None = None) -> Figure:
    """Score error across and along the data against sigma, raw (left) and times sigma squared (right).

    Over it what is `published`.
    """
    published = _of(published, dataset)
    table = table[(table.dataset == dataset) & table.metric.str.startswith("score_")]
    canvas, (axes,) = new_canvas(1, 2, 4.0)
    sizes = _three(table.n_train)
    largest = table[table.n_train == max(sizes)]
    for ax, power in zip(axes, (0, 2), strict=True):
        for kind, (name, line) in KINDS.items():
            for n_train in sizes:
                color, marker = style.size_look(n_train)
                mine = table[
                    (table.n_train == n_train) & (table.metric == f"score_error{kind}") & table.who.isin(["A", "B"])
                ]
                size = f"N = {n_train:,}"
                label = size if kind == "_normal" else ""
                curve(ax, _times(mine, power), color, marker, line, label, row=size, column=f"error {name}")
        shown = published[published.n_train.isin(_three(published.n_train)) & published.who.isin(["A", "B"])]
        shown = shown.assign(who=shown.metric.str.removeprefix("score_error"))
        overlay(ax, _times(shown, power), {kind: line for kind, (_, line) in KINDS.items()})
        for kind, (name, line) in KINDS.items():
            truth = largest[(largest.metric == f"score_size{kind}") & (largest.who == "exact")]
            curve(ax, _times(truth, power), style.INK, line=line, row="exact score", column=f"size {name}")
        noise_axis(ax)
        ax.set_yscale("log")
    axes[0].set_ylabel("rms of s - s* per direction (1 / data unit)")
    axes[1].set_ylabel("σ² times that (data units)")
    for _, (name, line) in KINDS.items():
        axes[0].plot([], [], color=style.INK, ls=line, label=f"{name} the data (black: size of s*)")
    legend(canvas, axes, 3)
    caption = (
        f"{dataset}. Error of the learned score across the data (solid) and along them (dashed), root mean square per "
        "direction on noisy held-out points; black: the exact score itself, which is what the identity gets wrong. "
        "Left: as "
        "it is. Right: times σ², the error of the denoised point. Across means: directions of the point's component "
        "with less "
        f"than a ninth of its largest variance. Models A and B; {seeds(table)}.{about_published(published, table)}"
    )
    at = table[(table.sigma == table.sigma.min()) & (table.n_train == max(sizes)) & table.who.isin(["A", "B"])]
    values = at.groupby("metric")["value"].mean()
    alt = (
        f"At sigma {table.sigma.min():g} and N = {max(sizes):,} the error is {values['score_error_normal']:.3g} "
        "across and "
        f"{values['score_error_tangential']:.3g} along the data of {dataset}."
    )
    return Figure(f"directions-{dataset}", canvas, caption, alt, table)


def agreement_by_direction(table: pd.DataFrame, dataset: str, published: pd.DataFrame | None = None) -> Figure:
    """Residual cosine of A-B and twin, of the part across the data (left) and of the part along them (right).

    Over it what is `published`.
    """
    published = _of(published, dataset)
    table = table[(table.dataset == dataset) & table.metric.str.startswith("residual_cosine_")]
    canvas, (axes,) = new_canvas(1, 2, 3.6, sharey=True)
    for ax, (kind, (name, _)) in zip(axes, KINDS.items(), strict=True):
        for n_train in sorted(table.n_train.unique()):
            color, marker = style.size_look(n_train)
            mine, size = (
                table[(table.n_train == n_train) & (table.metric == f"residual_cosine{kind}")],
                f"N = {n_train:,}",
            )
            for pair, line in style.PAIR.items():
                label = size if pair == "A-B" else ""
                curve(ax, mine[mine.who == pair], color, marker, line, label, row=size, column=f"{name}, {pair}")
        overlay(ax, published[published.metric == f"residual_cosine{kind}"], style.PAIR)
        ax.set(title=f"{name} the data", ylabel="residual cosine")
        noise_axis(ax)
    legend(canvas, axes, 4)
    caption = (
        f"{dataset}. Cosine between the residuals of A and B (solid) and of A and its twin (dashed), of their parts "
        "across the "
        "data (left) and along them (right), on noisy held-out points. One colour per training-set size N; "
        f"{seeds(table)}.{about_published(published, table)}"
    )
    low = table[(table.sigma == table.sigma.min()) & (table.n_train == table.n_train.max()) & (table.who == "A-B")]
    at = low.groupby("metric")["value"].mean()
    alt = (
        f"At sigma {table.sigma.min():g} and N = {table.n_train.max():,} the cosine of A and B is "
        f"{at['residual_cosine_normal']:.2f} across and {at['residual_cosine_tangential']:.2f} along the data of "
        f"{dataset}."
    )
    return Figure(f"agreement-{dataset}", canvas, caption, alt, table)


def between_truth_and_memory(table: pd.DataFrame, dataset: str, published: pd.DataFrame | None = None) -> Figure:
    """The memorisation index (left) and the error above the unavoidable one (right), one colour per n_train.

    Over it what is `published`.
    """
    published = _of(published, dataset)
    table = table[(table.dataset == dataset) & table.metric.isin(["memorisation_index", "excess_error"])]
    canvas, (axes,) = new_canvas(1, 2, 3.8)
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        mine, size = table[table.n_train == n_train], f"N = {n_train:,}"
        index = mine[mine.metric == "memorisation_index"]
        curve(axes[0], index, color, marker, label=size, row=size, column="memorisation index")
        excess = mine[(mine.metric == "excess_error") & mine.who.isin(["A", "B"])]
        curve(axes[1], excess, color, marker, row=size, column="excess error")
    overlay(axes[0], published[published.metric == "memorisation_index"], {"A": "-"})
    excess = published[(published.metric == "excess_error") & published.who.isin(["A", "B"])]
    overlay(axes[1], excess.assign(who="A, B"), {"A, B": "-"})
    axes[0].set(ylabel="memorisation index", ylim=(0, 1))
    axes[0].axhline(0.5, color=style.INK, lw=0.8)
    axes[1].set(ylabel="error above the unavoidable one (ratio)", yscale="log")
    for ax in axes:
        noise_axis(ax)
    legend(canvas, axes, 4)
    caption = (
        f"{dataset}. Left: where A stands between the exact denoiser (0) and the ideal denoiser of its training set "
        "(1), by "
        "root mean square distance of the denoised held-out points; at one half it is as far from one as from the "
        "other. "
        "Right: squared error that a model adds to that of the exact denoiser, which nobody can avoid, over the "
        "latter. One "
        f"colour per training-set size N; {seeds(table)}.{about_published(published, table)}"
    )
    index = table[(table.metric == "memorisation_index") & (table.sigma == table.sigma.max())]
    means = index.groupby("n_train")["value"].mean()
    alt = f"Memorisation index at sigma {table.sigma.max():g}: " + ", ".join(
        f"{value:.2f} with N = {n:,}" for n, value in means.items()
    )
    return Figure(f"memory-{dataset}", canvas, caption, alt, table)


def distance_to_manifold(table: pd.DataFrame, dataset: str, published: pd.DataFrame | None = None) -> Figure:
    """How far denoised points are from the plane of their component, against sigma; over it what is `published`."""
    published = _of(published, dataset)
    table = table[(table.dataset == dataset) & (table.metric == "manifold_distance")]
    canvas, axes = new_canvas(1, 1, 3.6)
    ax = axes[0, 0]
    for n_train in _three(table.n_train):
        color, marker = style.size_look(n_train)
        mine, size = table[(table.n_train == n_train) & table.who.isin(["A", "B"])], f"N = {n_train:,}"
        curve(ax, mine, color, marker, label=size, row=size, column="distance")
    shown = published[(published.metric == "manifold_distance") & published.who.isin(["A", "B"])]
    shown = shown[shown.n_train.isin(_three(published.n_train))]
    overlay(ax, shown.assign(who="A, B"), {"A, B": "-"})
    of_all = table[table.n_train == table.n_train.max()]
    for pair, line, label in (("exact", "-", "exact denoiser"), ("identity", ":", "not denoised")):
        curve(ax, of_all[of_all.who == pair], style.INK, line=line, label=label, row=label, column="distance")
    noise_axis(ax)
    ax.set(yscale="log", ylabel="distance across the data (data units)")
    legend(canvas, [ax], 3)
    caption = (
        f"{dataset}. Root mean square distance of denoised held-out points from the plane of the component that they "
        "come "
        "from, across the data. The data themselves are that thick where the curves become level. Models A and B; "
        f"{seeds(table)}.{about_published(published, table)}"
    )
    low = table[table.sigma == table.sigma.max()].groupby(["n_train", "who"])["value"].mean()
    last = table.n_train.max()
    alt = (
        f"At sigma {table.sigma.max():g} and N = {last:,} model A leaves points {low[last, 'A']:.2g} away from the "
        "data, the "
        f"exact denoiser {low[last, 'exact']:.2g}, and they came {low[last, 'identity']:.2g} away."
    )
    return Figure(f"distance-{dataset}", canvas, caption, alt, table)


def disagreement_map(maps: pd.DataFrame, dataset: str) -> Figure:
    """The angle between the residuals of A and B over the plane, rows by n_train, columns by sigma."""
    sizes, sigmas = sorted(maps.n_train.unique()), sorted(maps.sigma.unique())
    canvas, axes = new_canvas(len(sizes), len(sigmas), 0.9 + 2.25 * len(sizes), sharex=True, sharey=True)
    for line, n_train in zip(axes, sizes, strict=True):
        for ax, sigma in zip(line, sigmas, strict=True):
            mine = maps[(maps.n_train == n_train) & (maps.sigma == sigma)]
            u = np.sort(mine.u.unique())
            grid = mine["A-B"].to_numpy().reshape(len(u), len(u))
            extent = (u[0], u[-1], u[0], u[-1])
            image = ax.imshow(grid, extent=extent, origin="lower", cmap=APART, vmin=0, vmax=180)
            density = mine.log_density.to_numpy().reshape(len(u), len(u))
            ax.contour(u, u, density - density.max(), levels=[-3], colors=[style.INK], linewidths=0.8)
            ax.set_title(f"N = {n_train:,}, σ = {sigma:g}")
            ax.grid(False)
    colour_bar(canvas, image, axes, "angle between the residuals of A and B (degrees)", ticks=[0, 45, 90, 135, 180])
    caption = (
        f"{dataset}. Where in the plane A and B would move a point in different directions: clear where they agree, "
        "blue at a "
        "right angle, orange where they are opposed. The black line encloses where the noisy data are dense (within "
        "a factor "
        "of twenty of their densest point). Both axes in data units."
    )
    inside = maps[maps.log_density > maps.groupby(["n_train", "sigma"]).log_density.transform("max") - 3]
    medians = inside.groupby(["n_train", "sigma"])["A-B"].median()
    says = "; ".join(f"N = {n:,}, sigma {s:g}: {angle:.0f} degrees" for (n, s), angle in medians.items())
    return Figure(f"map-{dataset}", canvas, caption, f"Median angle where the data are: {says}.", maps)


def _three(sizes: pd.Series) -> list[int]:
    """The smallest, a middle and the largest size; none of none."""
    sizes = sorted(sizes.unique())
    return sorted({sizes[0], sizes[len(sizes) // 2], sizes[-1]}) if sizes else []


def _of(published: pd.DataFrame | None, dataset: str) -> pd.DataFrame:
    """What is published of a data set; an empty table if nothing is."""
    if published is None:
        return pd.DataFrame(columns=COLUMNS)
    return published[published.dataset == dataset]


def _times(table: pd.DataFrame, power: int) -> pd.DataFrame:
    return table.assign(value=table.value * table.sigma**power)
