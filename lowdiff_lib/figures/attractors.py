"""What an iterated denoiser comes to rest at."""

from collections.abc import Sequence

import numpy as np

from lowdiff_lib.figures import style
from lowdiff_lib.figures.apart import apart, asked_for, switch
from lowdiff_lib.figures.canvas import counted, legend, new_canvas, seeds, size_axis, stacked, titled
from lowdiff_lib.figures.curves import Colour, Line, Panel, curves
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured, live

RESTS = {  # what a point may come to rest at: its words, colour and opacity
    "rests_at_training_point_held_out": ("a training point", style.SEEN, 1.0),
    "rests_at_mode_held_out": ("a mode of the truth", style.NEW, 1.0),
    "neither": ("neither", style.QUIET, 0.3),
}
STARTS = {
    "basin_radius_train": ("training points", style.SEEN, "s"),
    "basin_radius_held_out": ("new points", style.NEW, "o"),
}
STEEP = (-0.6, 1.6)  # a slope beyond 1 leads away; how far is said, and would hide all others
SLOPES = {"jacobian": "in any direction", "jacobian_tangential": "along the data", "jacobian_normal": "across the data"}


def attractor_shares(measured: Measured, dataset: str) -> Figure:
    """What perturbed held-out points come to rest at, against n_train: training points, modes or neither, as bars."""
    measured = measured.first.where(dataset=dataset).map(lambda table: table[table.metric.str.endswith("_held_out")])
    rests = measured.where(metric=list(RESTS))
    canvas, (axes,) = new_canvas(1, len(rests.sigmas), 3.5, sharey=True)
    for ax, sigma in zip(axes, rests.sigmas, strict=True):
        places = size_axis(ax, [rests.shown], "samples a side, N")
        for layer, other in ((rests.shown, False), (rests.other, True)):
            if layer.empty:
                continue
            shares = layer[(layer.sigma == sigma) & layer.n_train.isin(places)]
            shares = shares.groupby(["n_train", "metric"])["value"].mean().unstack("metric")
            at, bottom = [places[n] for n in shares.index], np.zeros(len(shares))
            shares["neither"] = 1 - shares.sum(axis=1)
            for kind, (label, color, opacity) in RESTS.items():
                if other:  # where one kind ends and the next begins
                    ends = bottom + shares[kind].to_numpy()
                    asked_for(ax.hlines(ends, np.array(at) - 0.35, np.array(at) + 0.35, color=style.INK, lw=2))
                else:
                    ax.bar(at, shares[kind], 0.7, bottom=bottom, color=color, alpha=opacity, label=label)
                bottom = bottom + shares[kind].to_numpy()
        titled(ax, f"σ = {sigma:g}")
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("share of starting points")
    stacked(axes)
    legend(canvas, axes)
    table, least = measured.shown, measured.sizes[0]
    chance = 3.0 ** -table.dim.iloc[0]
    caption = (
        f"{dataset}: where new points come to rest that A denoises again and again at the level σ. A mode: within σ / "
        "2 of a point where the exact denoiser rests; a training point: else, if it is three times nearer than the "
        f"second nearest, which happens by chance to {chance:.2g} of random points. Mean over {counted(table)}."
    )
    first = measured.where(n_train=least, metric="rests_at_training_point_held_out").means("sigma")
    alt = f"With N = {least:,} the share that rests at a training point is " + ", ".join(
        f"{value:.0%} at sigma {sigma:g}" for sigma, value in first.items()
    )
    compare = switch([apart(rests, "share", "sigma")])
    seen = live.link(dataset, least, rests.sigmas[0], show=("again", "samples"))
    return Figure(f"attractors-{dataset}", canvas, caption, alt, table, compare, seen)


def basins(measured: Measured, dataset: str) -> Figure:
    """The perturbation that half of the starts survive, against n_train, a panel a sigma."""
    measured = measured.first.where(dataset=dataset, metric=list(STARTS))
    caption = (
        f"{dataset}: how far a point may be displaced, in units of the noise of level σ, until half of the starts no "
        "longer come back to within σ of where it comes to rest under A. From 0.5 to 16 times was tried "
        f"({seeds(measured.shown)})."
    )
    means = measured.where(metric="basin_radius_held_out").means("sigma", "n_train")
    says = "; ".join(f"sigma {s:g}, N = {n:,}: {value:.2g}" for (s, n), value in means.items())
    panels = _by_sigma(measured, [Line({})], "basin radius (in σ)", "log")
    alt = f"Basin radius around held-out points: {says}."
    return curves(f"basins-{dataset}", panels, caption, alt, colour=_metrics(STARTS), across="n_train")


def slopes(measured: Measured, dataset: str) -> Figure:
    """The slope of the denoiser along and across the data against n_train, A beside the exact one."""
    measured = measured.first.where(dataset=dataset, metric=list(SLOPES))
    caption = (
        f"{dataset}: what is left of a small displacement after one denoising, mean over noisy new points, under A and "
        f"under the exact denoiser (colour of the text; {seeds(measured.shown)})."
    )
    most = measured.sizes[-1]
    means = measured.where(n_train=most).means("sigma", "metric", "who")
    says = "; ".join(f"sigma {s:g}, {SLOPES[metric]}, {who}: {value:.2f}" for (s, metric, who), value in means.items())
    side = Colour("who", lambda who: (style.SIDE.get(who, style.INK), ""), order=["A", "exact"])
    lines = [Line({"who": "A"}), Line({"who": "exact"}, name="exact", ink=True)]
    panels = [
        Panel(
            measured.where(sigma=s, metric=metric), lines, "slope of the denoiser", f"σ = {s:g}, {words}", limits=STEEP
        )
        for s in measured.sigmas
        for metric, words in SLOPES.items()
        if metric in set(measured.shown.metric)
    ]
    alt = f"With N = {most:,}: {says}."
    return curves(f"slopes-{dataset}", panels, caption, alt, colour=side, across="n_train", in_a_row=2)


def _by_sigma(measured: Measured, lines: Sequence[Line], axis: str, scale: str) -> list[Panel]:
    """A panel for each noise level."""
    return [Panel(measured.where(sigma=s), lines, axis, f"σ = {s:g}", scale=scale) for s in measured.sigmas]


def _metrics(looks: dict[str, tuple[str, str, str]]) -> Colour:
    """A colour for each metric. looks: its name, colour and marker."""
    return Colour("metric", lambda metric: looks[metric][1:], lambda metric: looks[metric][0], list(looks))
