"""The level down to which models agree, by the shape of the data."""

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import seeds
from lowdiff_lib.figures.curves import DATASET, PAIR, Colour, Line, Panel, Rule, curves
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.levels import AGREEMENT, agreement_levels
from lowdiff_lib.tables.tidy import score_errors


def agreement_by_geometry(measured: Measured) -> Figure:
    """The noise level down to which models agree against n_train, a panel for each data set."""
    levels = measured.first.map(_levels)
    lines = [
        Line({"who": who, **symbols}, line=line if shape == "" else "", name=None if shape == "" else "", marker=shape)
        for who, line in style.PAIR.items()
        for symbols, shape in (({}, ""), ({"never": True}, "open"))
    ]
    lines.append(Line({"who": "wiener pair"}, line=style.REFERENCE["wiener"], name="two linear filters", ink=True))
    datasets = DATASET.values(levels.shown)
    panels = [Panel(levels.where(dataset=name), lines, "agree down to σ", name, scale="log") for name in datasets]
    caption = (
        "The noise level down to which two models agree (their residual cosine stays above "
        f"{AGREEMENT:g}); the lower, the closer to the data. Solid: trained on different samples; dashed: on the same "
        "samples, twice; the gap is due to the data. Open circles: they agree down to the lowest level measured, "
        f"{measured.first.shown.sigma.min():g} ({seeds(measured.first.shown)})."
    )
    ends = levels.where(who="A-B").means("dataset", "n_train")
    says = "; ".join(
        f"{name} {ends[name].iloc[0]:.2g} with N = {ends[name].index[0]:,} and {ends[name].iloc[-1]:.2g} with N = "
        f"{ends[name].index[-1]:,}"
        for name in datasets
        if name in ends
    )
    alt = f"Levels down to which A and B agree: {says}."
    return curves("geometry", panels, caption, alt, levels.shown, colour=PAIR, across="n_train")


def _levels(table: pd.DataFrame) -> pd.DataFrame:
    """`agreement_levels`, where `never` says that no repetition stops to agree."""
    levels = agreement_levels(table).assign(metric="agreement_level", objective="denoiser")
    return levels.assign(never=levels.groupby(["dataset", "n_train", "who"]).never.transform("all"))


def error_by_geometry(measured: Measured, sigma: float) -> Figure:
    """Relative score error at one sigma against n_train, a panel for each data set."""
    measured = measured.first.map(lambda table: score_errors(table, sigma))
    nothing = Rule(1, worse="above")
    network = Colour("dataset", lambda _: (style.USUAL, "o"))
    panels = [
        Panel(
            measured.where(dataset=name),
            [Line({}, name="A and B")],
            "relative score error",
            name,
            nothing,
            "log",
            (None, 1e3),
        )
        for name in DATASET.values(measured.shown)
    ]
    caption = (
        f"How wrong the learned score is at σ = {sigma:g}, E|s - s*|² / E|s*|², against the number of samples a side "
        f"(mean of A and B; {seeds(measured.shown)}). Above 1 a model is worse than doing nothing."
    )
    most = measured.sizes[-1]
    ends = measured.where(n_train=most).means("dataset")
    alt = f"At N = {most:,}: " + ", ".join(f"{name} {value:.2g}" for name, value in ends.items())
    return curves("geometry-error", panels, caption, alt, colour=network, across="n_train")
