"""At which noise level models stop agreeing, by the shape of the data."""

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import about_published, seeds
from lowdiff_lib.figures.curves import DATASET, Line, Panel, Rule, curves
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.levels import AGREEMENT, agreement_levels
from lowdiff_lib.tables.tidy import score_errors

SAYS = {"A-B": "A and B: other data", "A-twin": "A and twin: same data"}


def agreement_by_geometry(measured: Measured) -> Figure:
    """The noise level down to which models agree against n_train, a panel for each data set."""
    levels = measured.map(_levels)
    lines = [
        Line({"who": who, **symbols}, line=line if shape == "" else "", name="", marker=shape)
        for who, line in style.PAIR.items()
        for symbols, shape in (({}, ""), ({"never": False}, None), ({"never": True}, "open"))
    ]
    lines.append(Line({"who": "strangers"}, line=":", name="", ink=True))
    datasets = DATASET.values(pd.concat(levels.layers))
    panels = [Panel(levels.where(dataset=name), lines, "agree down to σ", name, scale="log") for name in datasets]
    lowest = min(layer.sigma.min() for layer in measured.layers)
    caption = (
        f"The noise level (data units) down to which two models agree, that is, their residual cosine stays above "
        f"{AGREEMENT:g} on the way down from much noise. Solid: A and B, trained on disjoint samples. Dashed: A and "
        "its twin, same samples, other seed. Dotted: strangers, ideal denoisers of one sample each: where any two "
        "would stop. The lower, the better; the gap between solid and dashed is due to the data, what is left below "
        f"the dashed line to the optimiser. Open symbols: they agree at every level down to {lowest:g}, the lowest "
        f"that was measured; {seeds(measured.shown)}."
    )
    if len(levels.layers) > 1:
        caption += " Strong: published; light: this re-run."
    ends = levels.published_first.where(who="A-B").means("dataset", "n_train")
    says = "; ".join(
        f"{name} {ends[name].iloc[0]:.2g} with N = {ends[name].index[0]:,} and {ends[name].iloc[-1]:.2g} with N = "
        f"{ends[name].index[-1]:,}"
        for name in datasets
        if name in ends
    )
    keys = {SAYS[who]: line for who, line in style.PAIR.items()} | {"strangers": ":"}
    alt = f"Levels down to which A and B agree: {says}."
    return curves("geometry", panels, caption, alt, levels.shown, colour=DATASET, across="n_train", keys=keys)


def _levels(table: pd.DataFrame) -> pd.DataFrame:
    """`agreement_levels`, where `never` says that no repetition stops to agree."""
    levels = agreement_levels(table)
    return levels.assign(never=levels.groupby(["dataset", "n_train", "who"]).never.transform("all"))


def error_by_geometry(measured: Measured, sigma: float) -> Figure:
    """Relative score error at one sigma against n_train, one colour for each data set."""
    measured = measured.map(lambda table: score_errors(table, sigma))
    caption = (
        f"Relative score error E|s - s*|² / E|s*|² at σ = {sigma:g}, against the number of samples a side; mean of A "
        f"and B, {seeds(measured.shown)}. Below 1 a model beats doing nothing.{about_published(measured)}"
    )
    most = measured.sizes[-1]
    ends = measured.where(n_train=most).means("dataset")
    alt = f"At N = {most:,}: " + ", ".join(f"{name} {value:.2g}" for name, value in ends.items())
    panel = Panel(measured, [Line({})], "relative score error", rule=Rule(1, "identity"), scale="log")
    return curves("geometry-error", [panel], caption, alt, colour=DATASET, across="n_train")
