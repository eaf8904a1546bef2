"""Why two models part near the data, in words."""

import pandas as pd

from lowdiff_lib.findings.say import bullets
from lowdiff_lib.tables import Measured, causes
from lowdiff_lib.tables.tidy import where

MOSTLY, PARTLY = 0.5, 0.1  # shares of what separates two models
ALIKE = 0.1  # of the noise: two models that differ by less answer alike
WORDS = {
    causes.UNTOLD: "they are not told σ",
    causes.TIME: "they were trained too long or too briefly",
    causes.DATA: "their data differ",
    causes.SEED: "they were trained twice",
}

HEADLINE = {
    causes.UNTOLD: "Near the data, two models part mostly because nobody tells them how noisy it is.",
    causes.TIME: "Near the data, two models part mostly because they were trained too long, or too briefly.",
    causes.DATA: "Near the data, two models part mostly because their data differ.",
    causes.SEED: "Near the data, two models part as much when they are trained twice on the same data.",
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
    """What separates two models at the lowest noise level, with the fewest data and the most: by how much, and why.

    The headline is the cause that has the most of it, over all data sets, with the most data.
    """
    found = causes.shares(measured.shown)
    low = found[found.sigma == found.sigma.min()]
    most = low[low.n_train == low.groupby("dataset").n_train.transform("max")]
    said = [_apart(measured, low, **place) for place in _ends(low)]
    return f"**{HEADLINE[most.groupby('cause').value.sum().idxmax()]}** At σ = {low.sigma.min():g}, {'; '.join(said)}."


def _ends(low: pd.DataFrame) -> list[dict]:
    """The places of the smallest and the largest n_train of each data set."""
    sizes = low.groupby("dataset", sort=False).n_train.agg(["min", "max"])
    sigma = float(low.sigma.min())
    return [
        {"dataset": dataset, "n_train": int(n), "sigma": sigma}
        for dataset, row in sizes.iterrows()
        for n in dict.fromkeys([row["min"], row["max"]])
    ]


def _apart(measured: Measured, parts: pd.DataFrame, dataset: str, n_train: int, sigma: float) -> str:
    """How far two models are apart there: not told, not told with the same data, told, told and stopped in time.

    parts: the causes, there and elsewhere.
    """
    at = measured.where(dataset=dataset, n_train=n_train, sigma=sigma)
    pair = at.where(metric=causes.APART, who="A-B")
    untold, told = (pair.mean(arm=arm) for arm in ("blind", "told"))
    same = at.mean(metric=causes.APART, who="A-twin", arm="blind")
    parts = where(parts, {"dataset": dataset, "n_train": n_train, "sigma": sigma})
    stopped = parts[parts.cause.isin([causes.DATA, causes.SEED])].groupby("repetition").value.sum().mean() ** 0.5
    in_time = f" ({stopped:.2g} if stopped in time)" if causes.TIME in set(parts.dropna().cause) else ""
    return (
        f"on {dataset} with N = {n_train:,}, two models that are not told σ are {untold:.2g} of the noise apart, or "
        f"{same:.2g} if they saw the same data; told, {told:.2g}{in_time}"
    )
