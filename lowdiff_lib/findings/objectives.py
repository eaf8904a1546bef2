"""What the objective changes, beside what another seed changes."""

import pandas as pd

from lowdiff_lib.tables import spread


def objective_effect(table: pd.DataFrame) -> str:
    """Score error of each objective at the smallest and a middle sigma, largest n_train; a list by data set."""
    error = table[(table.metric == "relative_score_error") & table.pair.isin(["A", "B"])]
    error = error[error.n_train == error.groupby("dataset").n_train.transform("max")]
    sigmas = sorted(error.sigma.unique())
    lines = []
    for dataset, mine in error.groupby("dataset", sort=False):
        parts = []
        for sigma in (sigmas[0], sigmas[len(sigmas) // 2]):
            at = spread(mine[mine.sigma == sigma], ["objective"]).sort_values("mean")
            values = ", ".join(f"{row.objective} {row['mean']:.2g}" for _, row in at.iterrows())
            parts.append(f"at σ = {sigma:g} {values}")
        lines.append(f"- **{dataset}**, N = {mine.n_train.iloc[0]:,}: relative score error {'; '.join(parts)}.")
    return "\n".join(lines)


def gain_by_objective(table: pd.DataFrame) -> str:
    """Held-out gain of each objective at the smallest sigma, and how much the choice matters there, largest n_train."""
    gain = table[(table.metric == "psnr_gain_held_out") & (table.pair == "A") & (table.n_train == table.n_train.max())]
    means = gain.groupby(["sigma", "objective"])["value"].mean().unstack("objective")
    apart, low = means.max(axis=1) - means.min(axis=1), gain.sigma.min()
    values = ", ".join(f"{objective} {value:+.2f} dB" for objective, value in means.loc[low].items())
    return (
        f"Held-out gain over the identity at σ = {low:g} with N = {gain.n_train.max():,} faces a side: {values}. "
        f"Over all noise levels the objectives are {apart.median():.2f} dB apart in the median and "
        f"{apart.max():.2f} dB at most (σ = {apart.idxmax():g})."
    )


def objective_agreement(table: pd.DataFrame) -> str:
    """How far the objectives differ in the agreement of A and B at the smallest sigma, largest n_train."""
    cosine = table[(table.metric == "residual_cosine") & (table.pair == "A-B") & (table.sigma == table.sigma.min())]
    cosine = cosine[cosine.n_train == cosine.groupby("dataset").n_train.transform("max")]
    parts = []
    for dataset, mine in cosine.groupby("dataset", sort=False):
        means = mine.groupby("objective")["value"].mean()
        values = ", ".join(f"{objective} {value:.2f}" for objective, value in means.items())
        parts.append(f"{dataset}, N = {mine.n_train.iloc[0]:,}: {values}")
    return f"Residual cosine of A and B at σ = {cosine.sigma.min():g}. {'; '.join(parts)}."
