"""At which noise level models stop agreeing, by the shape of the data."""

from lowdiff_lib.base.words import table
from lowdiff_lib.findings.say import ends
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.levels import agreement_levels
from lowdiff_lib.tables.tidy import score_errors


def agreement_by_geometry(measured: Measured) -> str:
    """Down to which noise A and B agree with few and with many samples, beside the twin."""
    levels = measured.map(agreement_levels)
    return table(
        "The noise level σ down to which two models agree:",
        ("mixture", *(f"{who}, N\u00a0=\u00a0{n:,}" for n in ends(levels) for who in ("A and B", "A and its twin"))),
        (
            (mine.datasets[0], *(_down_to(mine, n, who) for n in ends(levels) for who in ("A-B", "A-twin")))
            for mine in levels.each("dataset")
        ),
    )


def _down_to(levels: Measured, n_train: int, who: str) -> str:
    mine = levels.where(n_train=n_train, who=who).shown
    return f"{mine.value.mean():.2g}{' or less' if mine.never.all() else ''}"


def error_by_geometry(measured: Measured, sigma: float) -> str:
    """The score error at one sigma and the largest n_train: lowest and highest over the data sets."""
    measured = measured.map(lambda table: score_errors(table, sigma))
    most = measured.sizes[-1]
    means = measured.where(n_train=most).means("dataset")
    what = f"At σ = {sigma:g} and N = {most:,} the relative score error"
    if len(means) == 1:
        return f"{what} is {means.iloc[0]:.2g}."
    return f"{what} runs from {means.min():.2g} ({means.idxmin()}) to {means.max():.2g} ({means.idxmax()})."
