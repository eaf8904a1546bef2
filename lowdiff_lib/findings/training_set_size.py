"""How agreement moves with the training-set size, and the first gate."""

import pandas as pd

from lowdiff_lib.findings.select import largest, mean_at


def mixture_agreement(table: pd.DataFrame) -> str:
    """How A-B agreement moves with N at the smallest sigma, and how much the twin already has; a list by data set."""
    cosine = table[table.metric == "residual_cosine"]
    low, high = cosine.sigma.min(), cosine.sigma.max()
    lines = []
    for dataset, mine in cosine.groupby("dataset", sort=False):
        few, many = mine.n_train.min(), mine.n_train.max()

        def at(n: int, sigma: float, pair: str, mine: pd.DataFrame = mine) -> str:
            return f"{mean_at(mine, n_train=n, sigma=sigma, who=pair):.2f}"

        lines.append(
            f"- **{dataset}**: with N = {few:,} samples a side, models trained on disjoint data "
            f"have a residual cosine of {at(few, high, 'A-B')} "
            f"at σ = {high:g} and of {at(few, low, 'A-B')} at σ = {low:g} (twins: "
            f"{at(few, low, 'A-twin')}). With N = {many:,} "
            f"it is {at(many, high, 'A-B')} and {at(many, low, 'A-B')} (twins: {at(many, low, 'A-twin')})."
        )
    return "\n".join(lines)


def mixture_gate(table: pd.DataFrame) -> str:
    """The first gate on mixtures: does each model at the largest N beat the identity at every sigma?"""
    errors = largest(table)
    errors = errors[(errors.metric == "relative_score_error") & errors.who.isin(["A", "B"])]
    lines = []
    for dataset, mine in errors.groupby("dataset", sort=False):
        worst = mine.loc[mine.value.idxmax()]
        verdict = "holds" if worst.value < 1 else "**does not hold**"
        lines.append(
            f"- {dataset}, N = {worst.n_train:,}: {verdict}. The largest relative score error of "
            "any model at any noise level is "
            f"{worst.value:.2f}, at σ = {worst.sigma:g}; the identity scores 1."
        )
    return "\n".join(lines)
