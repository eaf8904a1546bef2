"""What the objective changes, beside what another seed changes."""

import pandas as pd

from lowdiff_lib.findings.say import listed
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import score_errors

LITTLE, NOTHING = 2.0, 0.1  # errors within this factor; less than this share of the denoiser's gain


def objective_answer(mixtures: Measured, faces: Measured, sigma: float) -> str:
    """What another loss changes at the largest n_train: score error on mixtures, held-out gain on faces at the lowest.

    Little: the median error over models is within a factor LITTLE of the denoiser's on each mixture. Next to nothing
    was learned where the gain is below NOTHING of the denoiser's.
    """
    error = score_errors(mixtures.shown, sigma)
    middle = error.groupby(["n_train", "dataset", "objective"])["value"].median().unstack("objective")
    ratios = middle.loc[mixtures.sizes[-1]].pipe(lambda at: at.drop(columns="denoiser").div(at["denoiser"], axis=0))
    within = {name: bool(ratios[name].between(1 / LITTLE, LITTLE).all()) for name in ratios}
    clauses = " and ".join(f"{name} {ratios[name].min():.2f} to {ratios[name].max():.2f}" for name in ratios)
    gain = faces.where(metric="psnr_gain_held_out", who="A", n_train=faces.sizes[-1])
    at = gain.where(sigma=gain.sigmas[0]).means("objective")
    idle = [name for name in at.index if at[name] < NOTHING * at["denoiser"]]
    little = [name for name in ratios if within[name] and name not in idle]
    verdict = (
        f"Little between denoiser and {' and '.join(little)}" if little else "It does: each objective has its own error"
    )
    verdict += f"; {' and '.join(idle)} learned next to nothing on faces" if idle else ""
    return (
        f"**{verdict}.** At σ = {sigma:g} and N = {mixtures.sizes[-1]:,} the error of the score is, in units of the "
        f"denoiser's, {clauses} times over the mixtures. At σ = {gain.sigmas[0]:g} on faces the gains are "
        f"{listed(at, '{0} {1:.2f} dB')}."
    )


def objective_effect(measured: Measured, sigma: float) -> str:
    """Score error of the other objectives at one sigma in units of the denoiser's, smallest and largest n_train.

    Medians over models: with one sample the worst of six is a thousand times the others, and all that a mean shows.
    """
    error = score_errors(measured.shown, sigma)
    middle = error.groupby(["n_train", "dataset", "objective"])["value"].median().unstack("objective")
    ratios = middle.drop(columns="denoiser").div(middle["denoiser"], axis=0)
    ratios = ratios.stack().dropna().rename("ratio").reset_index()
    sentences = []
    for n_train in sorted({ratios.n_train.min(), ratios.n_train.max()}):
        here = ratios[ratios.n_train == n_train].groupby("objective")
        clauses = " and ".join(f"that of {name} is {_range(mine)} times the denoiser's" for name, mine in here)
        sentences.append(f"With N = {n_train:,} {clauses}.")
    return f"Relative score error at σ = {sigma:g}, median over models. {' '.join(sentences)}"


def _range(ratios: pd.DataFrame) -> str:
    """The lowest and the highest ratio with their data sets, or the one that there is."""
    low, high = ratios.loc[ratios.ratio.idxmin()], ratios.loc[ratios.ratio.idxmax()]
    if len(ratios) == 1:
        return f"{low.ratio:.2f} ({low.dataset})"
    return f"{low.ratio:.2f} ({low.dataset}) to {high.ratio:.2f} ({high.dataset})"


def gain_by_objective(measured: Measured) -> str:
    """Held-out gain of each objective at the smallest sigma, how far apart they are; smallest and largest n_train."""
    gain = measured.where(metric="psnr_gain_held_out", who="A")
    low, sentences = gain.sigmas[0], []
    for n_train in sorted({gain.sizes[0], gain.sizes[-1]}):
        means = gain.where(n_train=n_train).means("sigma", "objective").unstack("objective")
        apart = means.max(axis=1) - means.min(axis=1)
        sentences.append(
            f"With N = {n_train:,} faces a side: {listed(means.loc[low], '{0} {1:+.2f} dB')}; over all noise levels "
            f"the objectives are {apart.median():.2f} dB apart in the median and {apart.max():.2f} dB at most "
            f"(σ = {apart.idxmax():g})."
        )
    return f"Held-out gain over the identity at σ = {low:g}, on {gain.datasets[0]}. {' '.join(sentences)}"


def objective_agreement(measured: Measured) -> str:
    """How far the objectives differ in the agreement of A and B at the smallest sigma, largest n_train."""
    cosine = measured.where(metric="residual_cosine", who="A-B")
    sigma = cosine.sigmas[0]
    clauses = "; ".join(
        f"{mine.datasets[0]}, N = {mine.sizes[-1]:,}: "
        + listed(mine.where(n_train=mine.sizes[-1]).means("objective"), "{0} {1:.2f}")
        for mine in cosine.where(sigma=sigma).each("dataset")
    )
    return f"Residual cosine of A and B at σ = {sigma:g}. {clauses}."
