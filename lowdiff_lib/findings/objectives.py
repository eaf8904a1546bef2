"""What the objective changes, beside what another seed changes."""

import pandas as pd

from lowdiff_lib.tables.tidy import score_errors


def objective_effect(table: pd.DataFrame, sigma: float) -> str:
    """Score error of the other objectives at one sigma in units of the denoiser's, smallest and largest n_train.

    Medians over models: with one sample the worst of six is a thousand times the others, and all that a mean shows.
    """
    error = score_errors(table, sigma)
    middle = error.groupby(["n_train", "dataset", "objective"])["value"].median().unstack("objective")
    ratios = middle.drop(columns="denoiser").div(middle["denoiser"], axis=0)
    ratios = ratios.stack().dropna().rename("ratio").reset_index()
    lines = []
    for n_train in sorted({ratios.n_train.min(), ratios.n_train.max()}):
        here = ratios[ratios.n_train == n_train]
        parts = [f"that of {name} is {_range(mine)} times the denoiser's" for name, mine in here.groupby("objective")]
        lines.append(f"With N = {n_train:,} {' and '.join(parts)}.")
    return f"Relative score error at σ = {sigma:g}, median over models. {' '.join(lines)}"


def _range(ratios: pd.DataFrame) -> str:
    """The lowest and the highest ratio with their data sets, or the one that there is."""
    low, high = ratios.loc[ratios.ratio.idxmin()], ratios.loc[ratios.ratio.idxmax()]
    if len(ratios) == 1:
        return f"{low.ratio:.2f} ({low.dataset})"
    return f"{low.ratio:.2f} ({low.dataset}) to {high.ratio:.2f} ({high.dataset})"


def gain_by_objective(table: pd.DataFrame) -> str:
    """Held-out gain of each objective at the smallest sigma, how far apart they are; smallest and largest n_train."""
    gain = table[(table.metric == "psnr_gain_held_out") & (table.who == "A")]
    low, lines = gain.sigma.min(), []
    for n_train in sorted({gain.n_train.min(), gain.n_train.max()}):
        means = gain[gain.n_train == n_train].groupby(["sigma", "objective"])["value"].mean().unstack("objective")
        apart = means.max(axis=1) - means.min(axis=1)
        values = ", ".join(f"{objective} {value:+.2f} dB" for objective, value in means.loc[low].items())
        lines.append(
            f"With N = {n_train:,} faces a side: {values}; over all noise levels the objectives are "
            f"{apart.median():.2f} dB apart in the median and {apart.max():.2f} dB at most (σ = {apart.idxmax():g})."
        )
    return f"Held-out gain over the identity at σ = {low:g}, on {gain.dataset.iloc[0]}. {' '.join(lines)}"


def objective_agreement(table: pd.DataFrame) -> str:
    """How far the objectives differ in the agreement of A and B at the smallest sigma, largest n_train."""
    cosine = table[(table.metric == "residual_cosine") & (table.who == "A-B") & (table.sigma == table.sigma.min())]
    cosine = cosine[cosine.n_train == cosine.groupby("dataset").n_train.transform("max")]
    parts = []
    for dataset, mine in cosine.groupby("dataset", sort=False):
        means = mine.groupby("objective")["value"].mean()
        values = ", ".join(f"{objective} {value:.2f}" for objective, value in means.items())
        parts.append(f"{dataset}, N = {mine.n_train.iloc[0]:,}: {values}")
    return f"Residual cosine of A and B at σ = {cosine.sigma.min():g}. {'; '.join(parts)}."
