"""Faces on their way out of noise: pictures, distances between trajectories, trajectories that change models."""

import numpy as np
import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import about_published, curve, legend, new_canvas, noise_axis, overlay, seeds
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import data_set, pixel_table, show

UNIT = (
    "Distances are root mean squares over the starting points, in units of the spread of the faces: two faces at "
    "random are √2 apart"
)


def face_paths(pictures: pd.DataFrame, n_train: int) -> Figure:
    """One start on its way down in noise: the noisy point, what A and B make of it, and their difference."""
    return _paths(pictures[pictures.n_train == n_train], f"face-paths-{n_train}")


def published_path(pictures: pd.DataFrame) -> Figure:
    """As `face_paths`, of published pictures, whose differences are worked out here."""
    images = pictures.set_index(["n_train", "sigma", "what"]).image
    apart = (images.xs("A", level="what") - images.xs("B", level="what")).reset_index().assign(what="difference")
    return _paths(pd.concat([pictures, apart]), "published-path", f"Published, {data_set(pictures)}. ")


def _paths(table: pd.DataFrame, name: str, lead: str = "") -> Figure:
    """The pictures of one n_train. lead: what the caption begins with."""
    n_train = table.n_train.iloc[0]
    sigmas = sorted(table.sigma.unique(), reverse=True)
    labels = {"A: state": "noisy", "A": "A", "B": "B", "difference": "A - B"}
    canvas, axes = new_canvas(len(labels), len(sigmas), 4.4)
    images = table.set_index(["what", "sigma"]).image
    differences = images["difference"]
    factor = 0.5 / max(*(float(np.abs(image).max()) for image in differences), 1e-12)
    for row, (what, label) in zip(axes, labels.items(), strict=True):
        for ax, sigma in zip(row, sigmas, strict=True):
            signed = what == "difference"
            show(ax, images[what, sigma] * (factor if signed else 1), signed)
        row[0].set_ylabel(label)
    for ax, sigma in zip(axes[0], sigmas, strict=True):
        ax.set_title(f"σ = {sigma:.2g}", fontsize=9)
    caption = (
        f"{lead}From noise to a face under N = {n_train:,} training face{'s' if n_train > 1 else ''} a side. Both "
        f"models start from the same noise (left, σ = {sigmas[0]:g}) and follow their own way (to the right). First "
        "row: the noisy point that A has reached. Second: the face that A sees in it. Third: the face that B sees in "
        "its own. Last: the difference of the two, red where A is brighter, everywhere multiplied by "
        f"{factor:.2g}, so that columns can be compared."
    )
    sizes = differences.map(lambda image: float(np.sqrt((image**2).mean())))
    alt = (
        f"A face emerges from noise under N = {n_train:,}. Root mean square difference of the faces that A and B see: "
        + ", ".join(f"{sizes[sigma]:.3f} at sigma {sigma:.2g}" for sigma in sigmas)
    )
    return Figure(name, canvas, caption, alt, pixel_table(table, ["n_train", "sigma", "what"]))


def face_trajectory_curves(table: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """Distance between trajectories from the same noise: A to B and to the twin (left), A to the ideal one (right).

    Over them what is `published`.
    """
    table = table[table.metric == "trajectory_distance"]
    canvas, (axes,) = new_canvas(1, 2, 3.9, sharey=True)
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        mine, size = table[table.n_train == n_train], f"N = {n_train:,}"
        for pair, line in style.PAIR.items():
            curve(axes[0], mine[mine.who == pair], color, marker, line, row=size, column=pair)
        curve(axes[1], mine[mine.who == "A-ideal"], color, marker, label=size, row=size, column="A to ideal")
    if published is not None:
        mine = published[published.metric == "trajectory_distance"]
        overlay(axes[0], mine, style.PAIR)
        overlay(axes[1], mine, {"A-ideal": "-"})
    axes[0].set(ylabel="distance between trajectories\n(spread of the faces)")
    axes[0].set_title("A to B: solid; A to its twin: dashed")
    axes[1].set_title("A to the ideal denoiser")
    for ax in axes:
        noise_axis(ax)
        ax.invert_xaxis()
        ax.axhline(2**0.5, color=style.INK, lw=0.8, ls=":")
    look = {"textcoords": "offset points", "fontsize": 8, "color": style.INK}
    axes[0].annotate("two faces at random", (table.sigma.max(), 2**0.5), (2, 3), **look)
    legend(canvas, axes, 5)
    caption = (
        "Trajectories from the same noise, read from left (much noise) to right. Left: distance of A, trained on one "
        "set of faces, and B, trained on other faces (solid), and of A and its twin, trained on the same faces with "
        "another seed (dashed). Right: distance of A and the ideal denoiser of A's training faces, which ends on one "
        f"of them. {UNIT} (dotted). One colour per training-set size N; {seeds(table)}."
        f"{about_published(published, table)}"
    )
    end = table[table.sigma == table.sigma.min()].groupby(["n_train", "who"])["value"].mean()
    alt = "Distances at the end, in units of the spread of the faces: " + "; ".join(
        f"N = {n:,}, A to B {end[n, 'A-B']:.2f}, A to its twin {end[n, 'A-twin']:.2f}, A to ideal {end[n, 'A-ideal']:.2f}"
        for n in sorted(table.n_train.unique())
    )
    return Figure("face-trajectories", canvas, caption, alt, table)


def late_branch_curves(table: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """How far the end moves if B, or the twin, takes over from A at sigma: as a distance, and as a share of it all.

    Over them what is `published`.
    """
    table = table[table.metric == "late_branch_distance"]
    canvas, (axes,) = new_canvas(1, 2, 3.9)
    shares = share_of_all(table)
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        size = f"N = {n_train:,}"
        for pair, line in style.PAIR.items():
            mine = (table.n_train == n_train) & (table.who == pair)
            curve(axes[0], table[mine], color, marker, line, row=size, column=f"distance, {pair}")
            named = size if pair == "A-B" else ""
            curve(axes[1], shares[mine], color, marker, line, label=named, row=size, column=f"share, {pair}")
    if published is not None:
        mine = published[published.metric == "late_branch_distance"]
        overlay(axes[0], mine, style.PAIR)
        overlay(axes[1], share_of_all(mine), style.PAIR)
    axes[0].set(ylabel="distance of the ends\n(spread of the faces)")
    axes[0].set_title("B takes over: solid; the twin: dashed")
    axes[1].set(ylabel="share of the whole distance", ylim=(-0.03, 1.06))
    axes[1].set_title("the same, as a share of all")
    for ax in axes:
        noise_axis(ax)
        ax.set_xlabel("noise level σ* of the change (data units)")
        ax.invert_xaxis()
    legend(canvas, axes, 5)
    caption = (
        "A trajectory follows A from noise down to the level σ* and another model from there to the end: B, trained on "
        "other faces (solid), or A's twin, trained on the same faces with another seed (dashed). Left: how far its end "
        "is from that of following A all the way. At the left edge the other model does everything, at the right edge "
        f"nothing. Right: the same as a share of the value at the left edge. {UNIT}. One colour per training-set size "
        f"N; {seeds(table)}."
        f"{about_published(published, table)}"
    )
    half = shares[shares.who == "A-B"].groupby(["n_train", "sigma"])["value"].mean()
    alt = "Share of the distance of A and B that is left if B takes over late: " + "; ".join(
        f"N = {n:,}: " + ", ".join(f"{share:.0%} at sigma {sigma:.2g}" for sigma, share in half[n][::-1].items())
        for n in sorted(table.n_train.unique())
    )
    return Figure("late-branch", canvas, caption, alt, table)


def share_of_all(table: pd.DataFrame) -> pd.DataFrame:
    """Each value over that at the largest sigma of its curve."""
    top = table[table.sigma == table.sigma.max()].set_index(["dataset", "n_train", "who", "repetition"])["value"]
    keys = pd.MultiIndex.from_frame(table[["dataset", "n_train", "who", "repetition"]])
    return table.assign(value=table.value / top.reindex(keys).to_numpy())
