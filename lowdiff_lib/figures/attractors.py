"""What an iterated denoiser comes to rest at."""

from collections.abc import Sequence

import numpy as np

from lowdiff_lib.figures.canvas import about_published, bar_looks, counted, legend, new_canvas, seeds, size_axis
from lowdiff_lib.figures.curves import Colour, Line, Panel, curves
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured

RESTS = {  # what a point may come to rest at: its words, colour and opacity
    "rests_at_training_point_held_out": ("a training point", "#d55e00", 1.0),
    "rests_at_mode_held_out": ("a mode", "#0072b2", 1.0),
    "neither": ("neither", "#8c8c8c", 0.45),
}
STARTS = {
    "basin_radius_train": ("train points", "#d55e00", "s"),
    "basin_radius_held_out": ("held-out points", "#0072b2", "o"),
}
SLOPES = {
    "jacobian": ("any direction", "#009e73", "^"),
    "jacobian_tangential": ("along", "#0072b2", "o"),
    "jacobian_normal": ("across", "#d55e00", "s"),
}


def attractor_shares(measured: Measured, dataset: str) -> Figure:
    """What perturbed held-out points come to rest at, against n_train: training points, modes or neither, as bars."""
    measured = measured.where(dataset=dataset).map(lambda table: table[table.metric.str.endswith("_held_out")])
    canvas, (axes,) = new_canvas(1, len(measured.sigmas), 3.5, sharey=True)
    layers = measured.layers
    for ax, sigma in zip(axes, measured.sigmas, strict=True):
        places = size_axis(ax, layers, "N")
        for layer, look in zip(layers, bar_looks(len(layers)), strict=True):
            shares = layer[(layer.sigma == sigma) & layer.metric.isin(list(RESTS))]
            shares = shares.groupby(["n_train", "metric"])["value"].mean().unstack("metric")
            shares["neither"] = 1 - shares.sum(axis=1)
            at, bottom = [places[n] + look["offset"] for n in shares.index], np.zeros(len(shares))
            for kind, (label, color, opacity) in RESTS.items():
                named = {"color": color, "alpha": opacity * look["alpha"]}
                named |= {"label": label} if layer is layers[-1] else {}
                ax.bar(at, shares[kind], look["width"], bottom=bottom, **named)
                bottom += shares[kind].to_numpy()
        ax.set_title(f"σ = {sigma:g}")
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("share of starting points")
    legend(canvas, axes)
    table, least = measured.shown, measured.sizes[0]
    caption = (
        f"{dataset}. Held-out points, perturbed by noise of level σ and then denoised by A at "
        "that level again and again: where they come to rest. A mode: within σ / 2 of a point where the exact "
        "denoiser rests. A training point: else, if its distance is below a third of that to the second nearest "
        f"(by chance this happens to {3.0 ** -table.dim.iloc[0]:.2g} of random points). Mean over {counted(table)}."
        f"{about_published(measured)}"
    )
    first = measured.where(n_train=least, metric="rests_at_training_point_held_out").means("sigma")
    alt = f"With N = {least:,} the share that rests at a training point is " + ", ".join(
        f"{value:.0%} at sigma {sigma:g}" for sigma, value in first.items()
    )
    return Figure(f"attractors-{dataset}", canvas, caption, alt, table)


def basins(measured: Measured, dataset: str) -> Figure:
    """The perturbation that half of the starts survive, against n_train, a panel a sigma."""
    measured = measured.where(dataset=dataset, metric=list(STARTS))
    caption = (
        f"{dataset}. How many times the noise of level σ a point may be displaced by until half of the starts no "
        "longer come back to within σ of where the undisplaced point comes to rest, under A applied again and again at "
        f"that level. From 0.5 to 16 times was tried; {seeds(measured.shown)}.{about_published(measured)}"
    )
    means = measured.where(metric="basin_radius_held_out").means("sigma", "n_train")
    says = "; ".join(f"sigma {s:g}, N = {n:,}: {value:.2g}" for (s, n), value in means.items())
    panels = _by_sigma(measured, [Line({})], "basin radius (in σ z)", "log")
    alt = f"Basin radius around held-out points: {says}."
    return curves(f"basins-{dataset}", panels, caption, alt, colour=_metrics(STARTS), across="n_train")


def slopes(measured: Measured, dataset: str) -> Figure:
    """The slope of the denoiser along and across the data against n_train, A beside the exact one."""
    measured = measured.where(dataset=dataset, metric=list(SLOPES))
    caption = (
        f"{dataset}. What is left of a small displacement after one denoising, mean over noisy held-out points: of "
        "model A (lines) and of the exact denoiser (dotted), for displacements along the data and across them; "
        f"{seeds(measured.shown)}.{about_published(measured)}"
    )
    most = measured.sizes[-1]
    means = measured.where(n_train=most).means("sigma", "metric", "who")
    says = "; ".join(
        f"sigma {s:g}, {SLOPES[metric][0]}, {who}: {value:.2f}" for (s, metric, who), value in means.items()
    )
    lines = [Line({"who": "A"}, name="A, {}"), Line({"who": "exact"}, line=":", name="exact, {}", marker="")]
    panels = _by_sigma(measured, lines, "slope of the denoiser", "linear")
    alt = f"With N = {most:,}: {says}."
    return curves(f"slopes-{dataset}", panels, caption, alt, colour=_metrics(SLOPES), across="n_train")


def _by_sigma(measured: Measured, lines: Sequence[Line], axis: str, scale: str) -> list[Panel]:
    """A panel for each noise level."""
    return [Panel(measured.where(sigma=s), lines, axis, f"σ = {s:g}", scale=scale) for s in measured.sigmas]


def _metrics(looks: dict[str, tuple[str, str, str]]) -> Colour:
    """A colour for each metric. looks: its name, colour and marker."""
    return Colour("metric", lambda metric: looks[metric][1:], lambda metric: looks[metric][0], list(looks))
