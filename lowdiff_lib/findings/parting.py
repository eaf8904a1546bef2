"""Why two models part near the data, in words."""

import pandas as pd

from lowdiff_lib.findings.say import bullets
from lowdiff_lib.tables import Measured, causes

MOSTLY, PARTLY = 0.5, 0.1  # shares of what separates two models
ALIKE = 0.1  # of the noise: two models that differ by less answer alike
WORDS = {
    causes.UNTOLD: "they are not told σ",
    causes.TIME: "they were trained too long or too briefly",
    causes.DATA: "their data differ",
    causes.SEED: "they were trained twice",
}


def parting(measured: Measured) -> str:
    """For each data set, n_train and some noise levels: what separates two models that are not told sigma.

    "Hardly apart" below ALIKE of the noise. Else the causes by their part of all that separates (negative ones, which
    bring them together, are not counted): above MOSTLY "mostly", above PARTLY "and".
    """
    found = causes.shares(measured.shown)
    means = found.groupby(["dataset", "n_train", "sigma", "cause"], sort=False).value.mean().unstack("cause")
    lines = []
    for (dataset, n_train), rows in means.groupby(["dataset", "n_train"], sort=False):
        rows = rows.droplevel(["dataset", "n_train"])
        said = "; ".join(f"σ = {sigma:g}: {_why(rows.loc[sigma])}" for sigma in _some(rows.index))
        lines.append(f"{dataset}, N = {n_train:,}. {said}.")
    return bullets(lines)


def _some(sigmas: pd.Index) -> list[float]:
    """The lowest noise level, the highest, and one between."""
    ordered = sorted(sigmas)
    return list(dict.fromkeys([ordered[0], ordered[len(ordered) // 2], ordered[-1]]))


def _why(parts: pd.Series) -> str:
    """parts: d² by cause."""
    parts = parts.dropna()
    apart = max(0.0, float(parts.sum())) ** 0.5
    if apart < ALIKE:
        return f"hardly apart ({apart:.2g} of the noise)"
    shares = (parts.clip(lower=0) / parts.clip(lower=0).sum()).sort_values(ascending=False)
    first, most = shares.index[0], float(shares.iloc[0])
    others = [f"{WORDS[cause]} ({share:.0%})" for cause, share in shares.iloc[1:].items() if share > PARTLY]
    how = "mostly" if most > MOSTLY else "most of all"
    return f"{apart:.2g} of the noise apart, {how} because {WORDS[first]} ({most:.0%})" + (
        f", then because {', '.join(others)}" if others else ""
    )


def parting_answer(measured: Measured) -> str:
    """What separates two models at the lowest noise level with the most data: the cause with the most, and the data's.

    Of several data sets, those in which a cause has most are named with it.
    """
    found = causes.shares(measured.shown)
    low = found[
        (found.sigma == found.sigma.min()) & (found.n_train == found.groupby("dataset").n_train.transform("max"))
    ]
    said = []
    for dataset, mine in low.groupby("dataset", sort=False):
        parts = mine.groupby("cause", sort=False).value.mean()
        twins = measured.arm("blind").where(metric=causes.APART, who="A-twin", **_place(mine))
        same = twins.shown.value.mean()
        said.append(
            f"on {dataset} they are {_why(parts)}; two that saw the same data and are not told either, {same:.2g}"
        )
    first = low.groupby("cause").value.sum().idxmax()
    headline = {
        causes.UNTOLD: "Near the data, two models part mostly because nobody tells them how noisy it is.",
        causes.TIME: "Near the data, two models part mostly because they were trained too long, or too briefly.",
        causes.DATA: "Near the data, two models part mostly because their data differ.",
        causes.SEED: "Near the data, two models part as much when they are trained twice on the same data.",
    }[first]
    n_train, sigma = int(low.n_train.max()), float(low.sigma.min())
    return f"**{headline}** With N = {n_train:,} at σ = {sigma:g}, {'; '.join(said)}."


def _place(rows: pd.DataFrame) -> dict:
    """Where rows are of, which is the same for all of them."""
    return {column: rows[column].iloc[0] for column in ("dataset", "n_train", "sigma")}
