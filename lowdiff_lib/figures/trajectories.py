"""Reverse trajectories, drawn and measured."""

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


def trajectory_curves(table: pd.DataFrame, dataset: str, published: pd.DataFrame | None = None) -> Figure:
    """Distance between trajectories from shared starts, on the way down in noise; over it what is `published`."""
    table = table[table.dataset == dataset]
    canvas, (axes,) = new_canvas(1, 2, 3.9, sharey=True)
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        mine, size = table[table.n_train == n_train], f"N = {n_train:,}"
        for pair, line in style.PAIR.items():
            curve(axes[0], mine[mine.who == pair], color, marker, line, row=size, column=pair)
        curve(axes[1], mine[mine.who == "A-exact"], color, marker, label=size, row=size, column="A to exact")
        curve(axes[1], mine[mine.who == "A-ideal"], color, marker, ":", row=size, column="A to ideal")
    if published is not None:
        mine = published[published.dataset == dataset]
        overlay(axes[0], mine, style.PAIR)
        overlay(axes[1], mine, {"A-exact": "-", "A-ideal": ":"})
    axes[0].set(ylabel="distance between trajectories (sd of the data)")
    axes[0].set_title("A to B: solid; A to its twin: dashed")
    axes[1].set_title("A to exact: solid; A to ideal: dotted")
    for ax in axes:
        noise_axis(ax)
        ax.invert_xaxis()
    legend(canvas, axes, 4)
    caption = (
        f"{dataset}. Probability-flow trajectories from the same noisy points, read from left "
        "(much noise) to right: root mean "
        "square distance between them, in standard deviations of the data. Left: A to B, "
        "trained on disjoint samples, and A to its twin. "
        "Right: A to the trajectory of the exact score and to that of the ideal denoiser of its training set, which "
        f"reproduces training points. One colour per training-set size N; {seeds(table)}."
        f"{about_published(published, table)}"
    )
    end = table[table.sigma == table.sigma.min()]
    ends = {
        pair: end[(end.n_train == end.n_train.min()) & (end.who == pair)].value.mean() for pair in ("A-B", "A-twin")
    }
    alt = (
        f"On {dataset} with N = {table.n_train.min():,} the trajectories of A and B end "
        f"{ends['A-B']:.2f} standard deviations "
        f"apart, those of A and its twin {ends['A-twin']:.2f}."
    )
    return Figure(f"trajectories-{dataset}", canvas, caption, alt, table)


def trajectory_paths(paths: pd.DataFrame) -> Figure:
    """The trajectories themselves, in the plane: A, B and exact, for the smallest and the largest n_train."""
    sizes = sorted(paths.n_train.unique())
    canvas, (axes,) = new_canvas(1, len(sizes), 3.9, sharex=True, sharey=True)
    looks = {"exact": (style.INK, ":"), "A": (style.SIDE["A"], "-"), "B": (style.SIDE["B"], "--")}
    for ax, n_train in zip(axes, sizes, strict=True):
        for (who, start), path in paths[paths.n_train == n_train].groupby(["who", "start"]):
            color, line = looks[str(who)]
            ax.plot(path.u, path.v, color=color, ls=line, lw=1.3, label=who if start == 0 else None)
            ax.plot(path.u.iloc[-1:], path.v.iloc[-1:], "o", ms=4, color=color)
        ax.set_title(f"N = {n_train:,}")
        ax.set(xlim=(-5, 5), ylim=(-5, 5), aspect="equal")  # where the data are; the starts are far outside
    legend(canvas, axes, 3)
    caption = (
        f"{paths.start.nunique()} trajectories from the same starting points at σ = {paths.sigma.max():g} down to σ = "
        f"{paths.sigma.min():g} (dots), under A, under B and under the exact score. Both axes in "
        "data units; the starts are outside the frame."
    )
    ends = paths[paths.sigma == paths.sigma.min()].pivot(index=["n_train", "start"], columns="who", values=["u", "v"])
    apart = np.hypot(ends["u", "A"] - ends["u", "B"], ends["v", "A"] - ends["v", "B"]).groupby("n_train").mean()
    alt = "Mean distance of the end points of A and B: " + ", ".join(
        f"{d:.2f} with N = {n:,}" for n, d in apart.items()
    )
    return Figure("trajectory-paths", canvas, caption, alt, paths)


def branch_map(ends: pd.DataFrame) -> Figure:
    """How far apart two models end, over the plane of the starts: rows by n_train, columns A-B and twin."""
    sizes, pairs = sorted(ends.n_train.unique()), list(style.PAIR)
    canvas, axes = new_canvas(len(sizes), len(pairs), 0.6 + 3.0 * len(sizes), sharex=True, sharey=True)
    for line, n_train in zip(axes, sizes, strict=True):
        for ax, pair in zip(line, pairs, strict=True):
            mine = ends[(ends.n_train == n_train) & (ends.who == pair)]
            u = np.sort(mine.u.unique())
            extent = (u[0], u[-1], u[0], u[-1])
            grid = mine.distance.to_numpy().reshape(len(u), len(u))
            image = ax.imshow(grid, extent=extent, origin="lower", cmap=APART, vmin=0, vmax=4)
            ax.set_title(f"N = {n_train:,}, {pair}")
            ax.grid(False)
    colour_bar(canvas, image, axes, "distance of the ends (data units)", extend="max")
    caption = (
        "How far apart two models end that start at the same place of the plane, at the largest noise level. Left: A "
        "and B, "
        "trained on disjoint samples; right: A and its twin. Both axes: the start, in data units; most starts of real "
        "trajectories are within 10 of the middle."
    )
    far = (ends.distance > 1).groupby([ends.n_train, ends.who]).mean()
    says = "; ".join(f"N = {n:,}, {pair}: {share:.0%}" for (n, pair), share in far.items())
    return Figure("branch-map", canvas, caption, f"Share of starts whose ends are more than 1 apart: {says}.", ends)
