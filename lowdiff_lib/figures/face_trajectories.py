"""Faces on their way out of noise: pictures, distances between trajectories, trajectories that change models."""

import numpy as np
import pandas as pd

from lowdiff_lib.figures.canvas import faces, new_canvas, seeds, titled
from lowdiff_lib.figures.curves import Line, Panel, Rule, curves, pairs
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import data_set, pixel_table, show, times_half
from lowdiff_lib.tables import Measured

MANY = 5  # noise levels in a row: more are too small to be seen
UNIT = "in units of the spread of the faces: two faces at random are √2 apart"


def face_paths(pictures: pd.DataFrame, n_train: int) -> Figure:
    """One start on its way down in noise: the noisy point, what A and B make of it, and their difference."""
    return _paths(pictures[pictures.n_train == n_train], f"face-paths-{n_train}")


def published_path(pictures: pd.DataFrame) -> Figure:
    """As `face_paths`, of published pictures, whose differences are worked out here."""
    images = pictures.set_index(["n_train", "sigma", "what"]).image
    apart = (images.xs("A", level="what") - images.xs("B", level="what")).reset_index().assign(what="difference")
    return _paths(pd.concat([pictures, apart]), "published-path", f" (published, {data_set(pictures)})")


def _paths(table: pd.DataFrame, name: str, lead: str = "") -> Figure:
    """The pictures of one n_train. lead: where the pictures are from."""
    n_train = table.n_train.iloc[0]
    sigmas = sorted(table.sigma.unique(), reverse=True)
    sigmas = [sigmas[k] for k in np.unique(np.linspace(0, len(sigmas) - 1, MANY).round().astype(int))]
    table = table[table.sigma.isin(sigmas)]
    labels = {"A: state": "noisy", "A": "A", "B": "B", "difference": "A - B"}
    canvas, axes = new_canvas(len(labels), len(sigmas), 5.4)
    images = table.set_index(["what", "sigma"]).image
    differences = images["difference"]
    factor = times_half(*differences)
    for row, (what, label) in zip(axes, labels.items(), strict=True):
        for ax, sigma in zip(row, sigmas, strict=True):
            signed = what == "difference"
            show(ax, images[what, sigma] * (factor if signed else 1), signed)
        row[0].set_ylabel(label)
    for ax, sigma in zip(axes[0], sigmas, strict=True):
        titled(ax, f"σ = {sigma:.2g}", 9)
    caption = (
        f"From noise to a face under {faces(n_train)}{lead}: both models start from the same noise (left). Rows: the "
        "noisy point that A has reached, the face that A sees in it, the face that B sees in its own. Last row: the "
        f"difference of the two, red where A is brighter, times {factor:.2g}."
    )
    sizes = differences.map(lambda image: float(np.sqrt((image**2).mean())))
    alt = (
        f"A face emerges from noise under N = {n_train:,}. Root mean square difference of the faces that A and B see: "
        + ", ".join(f"{sizes[sigma]:.3f} at sigma {sigma:.2g}" for sigma in sigmas)
    )
    return Figure(name, canvas, caption, alt, pixel_table(table, ["n_train", "sigma", "what"]))


def face_trajectory_curves(measured: Measured) -> Figure:
    """Distance between trajectories from the same noise: A to B and to the twin (left), A to the ideal one (right)."""
    measured = measured.first.where(metric="trajectory_distance")
    axis = "distance (spread of the faces)"
    random, at_random = Rule(2**0.5, "two faces at random", ":"), Rule(2**0.5, line=":")
    panels = [
        Panel(measured, pairs("distance"), axis, "between two models", random),
        Panel(measured, [Line({"who": "A-ideal"}, "A to ideal")], axis, "from A to the ideal denoiser", at_random),
    ]
    caption = (
        "How far apart two paths are that start from the same noise, on their way from much noise (left) to none, "
        f"{UNIT}. Left: two models that saw different faces (solid), or the same twice (dashed). Right: A and the "
        f"ideal denoiser, which ends on one of A's training faces ({seeds(measured.shown)})."
    )
    end = measured.where(sigma=measured.sigmas[0]).means("n_train", "who")
    alt = "Distances at the end, in units of the spread of the faces: " + "; ".join(
        f"N = {n:,}, A to B {end[n, 'A-B']:.2f}, A to its twin {end[n, 'A-twin']:.2f}, "
        f"A to ideal {end[n, 'A-ideal']:.2f}"
        for n in measured.sizes
    )
    return curves("face-trajectories", panels, caption, alt, down=True)


def late_branch_curves(measured: Measured) -> Figure:
    """How far the end moves if B, or the twin, takes over from A at sigma: as a distance, and as a share of it all."""
    measured = measured.first.where(metric="late_branch_distance")
    shares = measured.map(share_of_all)
    distance, share = "distance of the ends", "share of the whole distance"
    panels = [
        Panel(measured, pairs("distance"), distance, "another model takes over at σ*"),
        Panel(shares, pairs("share"), share, "the same, as a share of all", limits=(-0.03, 1.06)),
    ]
    caption = (
        "A path follows A from noise down to the level σ*, then another model to the end: one that saw different faces "
        "(solid), or the same ones (dashed). Left: how far its end is from that of following A all the way, "
        f"{UNIT}. Right: the same as a share of the value at the left edge, where the other model does everything "
        f"({seeds(measured.shown)})."
    )
    left = shares.where(who="A-B").means("n_train", "sigma")
    alt = "Share of the distance of A and B that is left if B takes over late: " + "; ".join(
        f"N = {n:,}: " + ", ".join(f"{share:.0%} at sigma {sigma:.2g}" for sigma, share in left[n][::-1].items())
        for n in measured.sizes
    )
    below = "noise level σ* of the change (data units)"
    return curves("late-branch", panels, caption, alt, measured.shown, below=below, down=True)


def share_of_all(table: pd.DataFrame) -> pd.DataFrame:
    """Each value over that at the largest sigma of its curve."""
    top = table[table.sigma == table.sigma.max()].set_index(["dataset", "n_train", "who", "repetition"])["value"]
    keys = pd.MultiIndex.from_frame(table[["dataset", "n_train", "who", "repetition"]])
    return table.assign(value=table.value / top.reindex(keys).to_numpy())
