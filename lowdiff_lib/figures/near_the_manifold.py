"""Near the manifold: along and across the data, towards the memoriser, and where in the plane models disagree."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import APART, colour_bar, new_canvas, plane, seeds, titled
from lowdiff_lib.figures.curves import MODELS, Colour, Line, Panel, Rule, curves, few_some_many, pairs
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured, live

DIRECTIONS = {"normal": "across", "tangential": "along"}
POWER = Colour(
    "arm",
    {"1": (style.USUAL, "o"), "2": (style.LIGHT["more"], "D")}.__getitem__,
    {"1": "output scaled by σ", "2": "output scaled by σ²"}.__getitem__,
)


def error_by_direction(measured: Measured, dataset: str) -> Figure:
    """Score error across (left) and along the data against sigma, in units of the exact score's part there."""
    measured = measured.first.where(dataset=dataset).map(lambda table: table[table.metric.str.startswith("score_")])
    measured = measured.map(_three)
    panels = [
        Panel(
            measured.map(partial(_over_size, way=way)),
            [Line({"metric": f"score_error_{way}", "who": MODELS}, name)],
            "error of the score over its size",
            f"{name} the data",
            Rule(1, "doing nothing", worse="above"),
            "log",
        )
        for way, name in DIRECTIONS.items()
    ]
    caption = (
        f"{dataset}: error of the learned score across the data (left) and along them (right), over the size of the "
        "exact score's part there, root mean square; 1 is doing nothing. Across: directions in which a component has "
        f"less than a ninth of its largest variance ({seeds(measured.shown, both=True)})."
    )
    low, most = measured.sigmas[0], measured.sizes[-1]
    across, along = (_over_size(measured.where(sigma=low, n_train=most).shown, way).value.mean() for way in DIRECTIONS)
    alt = (
        f"At sigma {low:g} and N = {most:,} the error over the size of the exact score is {across:.2g} across and "
        f"{along:.2g} along the data of {dataset}."
    )
    seen = live.link(dataset, most, low)
    return curves(f"directions-{dataset}", panels, caption, alt, measured.shown, in_a_row=2, live=seen)


def _over_size(table: pd.DataFrame, way: str) -> pd.DataFrame:
    """Errors in one kind of direction, in units of the exact score's part there."""
    place = ["dataset", "n_train", "repetition", "sigma"]
    size = table[(table.metric == f"score_size_{way}") & (table.who == "exact")].groupby(place)["value"].mean()
    errors = table[(table.metric == f"score_error_{way}") & table.who.isin(MODELS)]
    return errors.assign(value=errors.value / size.reindex(pd.MultiIndex.from_frame(errors[place])).to_numpy())


def output_powers(measured: Measured, power: Mapping[str, int]) -> Figure:
    """Error along the data over sigma, where the output is scaled by sigma and by its square: a panel a data set.

    power: output_power of the usual network, by data set.
    """
    rows = {"metric": ["score_error_tangential", "score_size_tangential"], "who": [*MODELS, "exact"]}
    found = measured.largest.where(**rows, dataset=[*power])
    by_power = found.map(lambda table: table.assign(arm=[str(_power(row, power)) for row in table.itertuples()]))
    nothing = Line({"metric": rows["metric"][1], "who": "exact", "arm": "1"}, "size", name="doing nothing", ink=True)
    error = Line({"metric": rows["metric"][0], "who": MODELS}, "error along")
    axis = "error along the data, rms (1 / data unit)"
    panels = [Panel(mine, [error, nothing], axis, mine.name, scale="log") for mine in by_power.each("dataset")]
    most = found.sizes[-1]
    caption = (
        "Error of the learned score along the data, by networks whose output is scaled by σ, and by σ², near the data; "
        f"N = {most:,} ({seeds(found.arm('other-power').shown, both=True)}). Thin: the exact score itself."
    )
    low = by_power.where(sigma=found.sigmas[0], metric=rows["metric"][0], who=MODELS).means("dataset", "arm")
    alt = f"At sigma {found.sigmas[0]:g} the error along the data is: " + "; ".join(
        f"{name}, scaled by the power {which}, {value:.3g}" for (name, which), value in low.items()
    )
    return curves("output-powers", panels, caption, f"{alt}.", colour=POWER, in_a_row=2)


def _power(row: Any, power: Mapping[str, int]) -> int:
    return power[row.dataset] if row.arm == "told" else 3 - power[row.dataset]


def agreement_by_direction(measured: Measured, dataset: str) -> Figure:
    """Residual cosine of A-B and twin, of the part across the data (left) and of the part along them (right)."""
    measured = measured.first.where(dataset=dataset, metric=[f"residual_cosine_{way}" for way in DIRECTIONS])
    panels = [
        Panel(
            measured.where(metric=f"residual_cosine_{way}"), pairs(name), "cosine of the residuals", f"{name} the data"
        )
        for way, name in DIRECTIONS.items()
    ]
    caption = (
        f"{dataset}: how alike two models answer across the data (left) and along them (right), trained on different "
        f"samples (solid) or twice on the same (dashed; {seeds(measured.shown)})."
    )
    low, most = measured.sigmas[0], measured.sizes[-1]
    at = measured.where(sigma=low, n_train=most, who="A-B").means("metric")
    alt = (
        f"At sigma {low:g} and N = {most:,} the cosine of A and B is {at['residual_cosine_normal']:.2f} across and "
        f"{at['residual_cosine_tangential']:.2f} along the data of {dataset}."
    )
    return curves(f"agreement-{dataset}", panels, caption, alt, live=live.link(dataset, most, low))


def between_truth_and_memory(measured: Measured, dataset: str) -> Figure:
    """The memorisation index (left) and the error above the unavoidable one (right), one colour per n_train."""
    measured = measured.first.where(dataset=dataset, metric=["memorisation_index", "excess_error"])
    index = measured.where(metric="memorisation_index")
    panels = [
        Panel(index, [Line({}, "memorisation index")], "memorisation index", rule=Rule(0.5), limits=(0, 1)),
        Panel(
            measured.where(metric="excess_error"),
            [Line({"who": MODELS}, "excess error")],
            "avoidable error / unavoidable",
            scale="log",
        ),
    ]
    caption = (
        f"{dataset}. Left: where A stands between the exact denoiser (0) and the ideal one, which knows the training "
        "set by heart (1). Right: squared error of a model that is not the exact denoiser's, which nobody can avoid, "
        f"over that ({seeds(measured.shown)})."
    )
    high = measured.sigmas[-1]
    alt = f"Memorisation index at sigma {high:g}: " + ", ".join(
        f"{value:.2f} with N = {n:,}" for n, value in index.where(sigma=high).means("n_train").items()
    )
    seen = live.link(dataset, few_some_many(index.sizes)[0], high, show=("field", "ideal", "samples"))
    return curves(f"memory-{dataset}", panels, caption, alt, live=seen)


def distance_to_manifold(measured: Measured, dataset: str) -> Figure:
    """How far denoised points are from the plane of their component, against sigma."""
    measured = measured.first.where(dataset=dataset, metric="manifold_distance").map(_three)
    lines = [
        Line({"who": MODELS}, "distance"),
        Line({"who": "exact"}, "distance", "-", "exact denoiser", ink=True),
        Line({"who": "identity"}, "distance", (0, (1, 2.5)), "doing nothing", ink=True),
    ]
    caption = (
        f"{dataset}: how far denoised points are from the plane of the component that they come from, root mean "
        f"square. The data themselves are that thick where the curves become level ({seeds(measured.shown)})."
    )
    high, most = measured.sigmas[-1], measured.sizes[-1]
    at = measured.where(sigma=high, n_train=most).means("who")
    alt = (
        f"At sigma {high:g} and N = {most:,} model A leaves points {at['A']:.2g} away from the data, the exact "
        f"denoiser {at['exact']:.2g}, and they came {at['identity']:.2g} away."
    )
    panel = Panel(measured, lines, "distance across the data (data units)", scale="log")
    return curves(f"distance-{dataset}", [panel], caption, alt)


def disagreement_map(maps: pd.DataFrame, dataset: str) -> Figure:
    """The angle between the residuals of A and B over the plane, rows by n_train, columns by sigma."""
    sizes, sigmas = sorted(maps.n_train.unique()), sorted(maps.sigma.unique())
    canvas, axes = new_canvas(len(sizes), len(sigmas), 0.9 + 2.25 * len(sizes), sharex=True, sharey=True)
    for line, n_train in zip(axes, sizes, strict=True):
        for ax, sigma in zip(line, sigmas, strict=True):
            mine = maps[(maps.n_train == n_train) & (maps.sigma == sigma)]
            image = plane(ax, mine, "A-B", cmap=APART, vmin=0, vmax=180)
            density = mine.pivot(index="v", columns="u", values="log_density")
            dense = density - density.to_numpy().max()
            ax.contour(density.columns, density.index, dense, levels=[-3], colors=[style.INK], linewidths=0.8)
            titled(ax, f"N = {n_train:,}, σ = {sigma:g}")
    colour_bar(canvas, image, axes, "angle between the residuals of A and B (degrees)", ticks=[0, 45, 90, 135, 180])
    caption = (
        f"{dataset}: where in the plane two models that saw different samples would move a point in different "
        "directions, from clear (they agree) to purple (they are opposed). The line encloses where the noisy data "
        "are dense, within a factor of twenty of their densest point; both axes in data units."
    )
    inside = maps[maps.log_density > maps.groupby(["n_train", "sigma"]).log_density.transform("max") - 3]
    medians = inside.groupby(["n_train", "sigma"])["A-B"].median()
    says = "; ".join(f"N = {n:,}, sigma {s:g}: {angle:.0f} degrees" for (n, s), angle in medians.items())
    seen = live.link(dataset, sizes[0], sigmas[0])
    return Figure(f"map-{dataset}", canvas, caption, f"Median angle where the data are: {says}.", maps, live=seen)


def _three(table: pd.DataFrame) -> pd.DataFrame:
    """What a table has of few, some and many samples: no more fit in one panel."""
    sizes = sorted(table.n_train.unique())
    return table[table.n_train.isin(few_some_many(sizes))] if sizes else table
