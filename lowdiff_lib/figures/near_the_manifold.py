"""Near the manifold: along and across the data, towards the memoriser, and where in the plane models disagree."""

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import APART, about_published, colour_bar, new_canvas, plane, seeds
from lowdiff_lib.figures.curves import MODELS, Line, Panel, Rule, curves, pairs
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured

DIRECTIONS = {"normal": ("across", "-"), "tangential": ("along", (0, (2, 2)))}


def error_by_direction(measured: Measured, dataset: str) -> Figure:
    """Score error across and along the data against sigma, raw (left) and times sigma squared (right)."""
    measured = (
        measured.where(dataset=dataset).map(lambda table: table[table.metric.str.startswith("score_")]).map(_three)
    )
    lines = [
        *(
            Line({"metric": f"score_error_{way}", "who": MODELS}, f"error {name}", line)
            for way, (name, line) in DIRECTIONS.items()
        ),
        *(
            Line({"metric": f"score_size_{way}", "who": "exact"}, f"size {name}", line, "", ink=True)
            for way, (name, line) in DIRECTIONS.items()
        ),
    ]
    panels = [
        Panel(measured, lines, "rms of s - s* per direction (1 / data unit)", scale="log"),
        Panel(
            measured.map(lambda table: table.assign(value=table.value * table.sigma**2)),
            [Line(line.rows, f"σ² {line.says}", line.line, line.name, line.ink) for line in lines],
            "σ² times that (data units)",
            scale="log",
        ),
    ]
    caption = (
        f"{dataset}. Error of the learned score across the data (solid) and along them (dashed), root mean square per "
        "direction on noisy held-out points; black: the exact score itself, which is what the identity gets wrong. "
        "Left: as it is. Right: times σ², the error of the denoised point. Across means: directions of the point's "
        "component with less than a ninth of its largest variance. Models A and B; "
        f"{seeds(measured.shown)}.{about_published(measured)}"
    )
    low, most = measured.sigmas[0], measured.sizes[-1]
    values = measured.where(sigma=low, n_train=most, who=MODELS).means("metric")
    alt = (
        f"At sigma {low:g} and N = {most:,} the error is {values['score_error_normal']:.3g} across and "
        f"{values['score_error_tangential']:.3g} along the data of {dataset}."
    )
    keys = {f"{name} the data (black: size of s*)": line for name, line in DIRECTIONS.values()}
    return curves(f"directions-{dataset}", panels, caption, alt, measured.shown, keys=keys)


def agreement_by_direction(measured: Measured, dataset: str) -> Figure:
    """Residual cosine of A-B and twin, of the part across the data (left) and of the part along them (right)."""
    measured = measured.where(dataset=dataset, metric=[f"residual_cosine_{way}" for way in DIRECTIONS])
    panels = [
        Panel(measured.where(metric=f"residual_cosine_{way}"), pairs(name), "residual cosine", f"{name} the data")
        for way, (name, _) in DIRECTIONS.items()
    ]
    caption = (
        f"{dataset}. Cosine between the residuals of A and B (solid) and of A and its twin (dashed), of their parts "
        "across the data (left) and along them (right), on noisy held-out points. One colour per training-set size N; "
        f"{seeds(measured.shown)}.{about_published(measured)}"
    )
    low, most = measured.sigmas[0], measured.sizes[-1]
    at = measured.where(sigma=low, n_train=most, who="A-B").means("metric")
    alt = (
        f"At sigma {low:g} and N = {most:,} the cosine of A and B is {at['residual_cosine_normal']:.2f} across and "
        f"{at['residual_cosine_tangential']:.2f} along the data of {dataset}."
    )
    return curves(f"agreement-{dataset}", panels, caption, alt)


def between_truth_and_memory(measured: Measured, dataset: str) -> Figure:
    """The memorisation index (left) and the error above the unavoidable one (right), one colour per n_train."""
    measured = measured.where(dataset=dataset, metric=["memorisation_index", "excess_error"])
    index = measured.where(metric="memorisation_index")
    panels = [
        Panel(index, [Line({}, "memorisation index")], "memorisation index", rule=Rule(0.5), limits=(0, 1)),
        Panel(
            measured.where(metric="excess_error"),
            [Line({"who": MODELS}, "excess error")],
            "error above the unavoidable one (ratio)",
            scale="log",
        ),
    ]
    caption = (
        f"{dataset}. Left: where A stands between the exact denoiser (0) and the ideal denoiser of its training set "
        "(1), by root mean square distance of the denoised held-out points; at one half it is as far from one as from "
        "the other. Right: squared error that a model adds to that of the exact denoiser, which nobody can avoid, over "
        f"the latter. One colour per training-set size N; {seeds(measured.shown)}.{about_published(measured)}"
    )
    high = measured.sigmas[-1]
    alt = f"Memorisation index at sigma {high:g}: " + ", ".join(
        f"{value:.2f} with N = {n:,}" for n, value in index.where(sigma=high).means("n_train").items()
    )
    return curves(f"memory-{dataset}", panels, caption, alt)


def distance_to_manifold(measured: Measured, dataset: str) -> Figure:
    """How far denoised points are from the plane of their component, against sigma."""
    measured = measured.where(dataset=dataset, metric="manifold_distance").map(_three)
    lines = [
        Line({"who": MODELS}, "distance"),
        Line({"who": "exact"}, "distance", "-", "exact denoiser", ink=True),
        Line({"who": "identity"}, "distance", ":", "not denoised", ink=True),
    ]
    caption = (
        f"{dataset}. Root mean square distance of denoised held-out points from the plane of the component that they "
        "come from, across the data. The data themselves are that thick where the curves become level. Models A and B; "
        f"{seeds(measured.shown)}.{about_published(measured)}"
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
            ax.set_title(f"N = {n_train:,}, σ = {sigma:g}")
    colour_bar(canvas, image, axes, "angle between the residuals of A and B (degrees)", ticks=[0, 45, 90, 135, 180])
    caption = (
        f"{dataset}. Where in the plane A and B would move a point in different directions: clear where they agree, "
        "blue at a right angle, orange where they are opposed. The black line encloses where the noisy data are dense "
        "(within a factor of twenty of their densest point). Both axes in data units."
    )
    inside = maps[maps.log_density > maps.groupby(["n_train", "sigma"]).log_density.transform("max") - 3]
    medians = inside.groupby(["n_train", "sigma"])["A-B"].median()
    says = "; ".join(f"N = {n:,}, sigma {s:g}: {angle:.0f} degrees" for (n, s), angle in medians.items())
    return Figure(f"map-{dataset}", canvas, caption, f"Median angle where the data are: {says}.", maps)


def _three(table: pd.DataFrame) -> pd.DataFrame:
    """What a table has of its smallest, a middle and its largest n_train: no more fit in one panel."""
    sizes = sorted(table.n_train.unique())
    return table[table.n_train.isin([sizes[0], sizes[len(sizes) // 2], sizes[-1]])] if sizes else table
