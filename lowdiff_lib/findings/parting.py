"""Why two models part near the data, in words."""

import pandas as pd

from lowdiff_lib.findings.say import bullets
from lowdiff_lib.tables import Measured, causes

MOSTLY, PARTLY = 0.5, 0.1  # shares of what separates two models
ALIKE = 0.1  # of the noise: two models that differ by less answer alike
WORDS = {
    causes.UNTOLD: "that they are not told σ",
    causes.TRAINING: "too little training",
    causes.DATA: "that their data differ",
    causes.SEED: "that they were trained twice",
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
    how = "mostly " if most > MOSTLY else "most of all "
    return f"{apart:.2g} of the noise apart, {how}{WORDS[first]} ({most:.0%})" + (
        f", and {', '.join(others)}" if others else ""
    )
