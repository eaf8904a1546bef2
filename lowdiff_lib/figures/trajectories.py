"""Reverse trajectories, drawn and measured."""

import numpy as np
import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import APART, colour_bar, legend, new_canvas, plane, seeds, stacked, titled
from lowdiff_lib.figures.curves import Line, Panel, curves, pairs
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured, live

FOLLOW = ("follow", "samples")


def trajectory_curves(measured: Measured, dataset: str) -> Figure:
    """Distance between trajectories from shared starts, on the way down in noise."""
    measured = measured.first.where(dataset=dataset)
    axis = "distance (sd of the data)"
    to = {"A-exact": "from A to the truth", "A-ideal": "from A to the ideal denoiser"}
    panels = [Panel(measured, pairs("distance"), axis, "between two models")]
    panels += [Panel(measured, [Line({"who": who}, words)], axis, words) for who, words in to.items()]
    caption = (
        f"{dataset}: how far apart two paths are that start from the same noise, on their way from much noise (left) "
        "to none. Left: two models trained on different samples (solid), or twice on the same (dashed). Middle and "
        "right: A and the exact score, and A and the ideal denoiser, which ends on a training sample "
        f"({seeds(measured.shown)})."
    )
    few = measured.sizes[0]
    ends = measured.where(sigma=measured.sigmas[0], n_train=few).means("who")
    alt = (
        f"On {dataset} with N = {few:,} the trajectories of A and B end {ends['A-B']:.2f} standard deviations "
        f"apart, those of A and its twin {ends['A-twin']:.2f}."
    )
    seen = live.link(dataset, few, show=FOLLOW)
    return curves(f"trajectories-{dataset}", panels, caption, alt, down=True, live=seen)


def trajectory_paths(paths: pd.DataFrame) -> Figure:
    """The trajectories themselves, in the plane: A, B and exact, for the smallest and the largest n_train."""
    sizes = sorted(paths.n_train.unique())
    canvas, (axes,) = new_canvas(1, len(sizes), 3.9, sharex=True, sharey=True)
    looks = {"exact": (style.INK, (0, (1, 1.5))), "A": (style.SIDE["A"], "-"), "B": (style.SIDE["B"], "-")}
    for ax, n_train in zip(axes, sizes, strict=True):
        for (who, start), path in paths[paths.n_train == n_train].groupby(["who", "start"]):
            color, line = looks[str(who)]
            ax.plot(path.u, path.v, color=color, ls=line, lw=1.3, label=who if start == 0 else None)
            ax.plot(path.u.iloc[-1:], path.v.iloc[-1:], "o", ms=4, color=color)
        titled(ax, f"N = {n_train:,}")
        ax.set(xlim=(-5, 5), ylim=(-5, 5), aspect="equal")  # where the data are; the starts are far outside
    stacked(axes)
    legend(canvas, axes)
    caption = (
        f"{paths.start.nunique()} trajectories from the same starting points at σ = {paths.sigma.max():g} down to σ = "
        f"{paths.sigma.min():g} (dots), under A, under B and under the exact score. Both axes in "
        "data units; the starts are outside the frame."
    )
    ends = paths[paths.sigma == paths.sigma.min()].pivot(index=["n_train", "start"], columns="who", values=["u", "v"])
    apart = np.hypot(ends["u", "A"] - ends["u", "B"], ends["v", "A"] - ends["v", "B"]).groupby("n_train").mean()
    says = ", ".join(f"{distance:.2f} with N = {n:,}" for n, distance in apart.items())
    seen = live.link(paths.dataset.iloc[0], sizes[0], show=FOLLOW)
    alt = f"Mean distance of the end points of A and B: {says}"
    return Figure("trajectory-paths", canvas, caption, alt, paths, live=seen)


def branch_map(ends: pd.DataFrame) -> Figure:
    """How far apart two models end, over the plane of the starts: rows by n_train, columns A-B and twin."""
    sizes, whose = sorted(ends.n_train.unique()), list(style.PAIR)
    canvas, axes = new_canvas(len(sizes), len(whose), 0.6 + 3.0 * len(sizes), sharex=True, sharey=True)
    for line, n_train in zip(axes, sizes, strict=True):
        for ax, who in zip(line, whose, strict=True):
            mine = ends[(ends.n_train == n_train) & (ends.who == who)]
            image = plane(ax, mine, "distance", cmap=APART, vmin=0, vmax=4)
            titled(ax, f"N = {n_train:,}, {style.PAIR_WORDS[who]}")
    colour_bar(canvas, image, axes, "distance of the ends (data units)", extend="max")
    caption = (
        "How far apart two models end that start at the same place of the plane, at the largest noise level: trained "
        "on different samples (left), or twice on the same (right). Both axes: the start, in data units; most starts "
        "of real trajectories are within 10 of the middle."
    )
    far = (ends.distance > 1).groupby([ends.n_train, ends.who]).mean()
    says = "; ".join(f"N = {n:,}, {who}: {share:.0%}" for (n, who), share in far.items())
    return Figure("branch-map", canvas, caption, f"Share of starts whose ends are more than 1 apart: {says}.", ends)
