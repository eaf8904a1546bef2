"""What the objective changes, beside what another seed changes."""

import pandas as pd

from lowdiff_lib.findings.say import bullets, listed
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.levels import learned
from lowdiff_lib.tables.tidy import score_errors

UNTRAINED = "did not train"  # never an answer of the objective
LITTLE = 2.0  # errors within this factor


def objective_answer(mixtures: Measured, faces: Measured, sigma: float) -> str:
    """What another loss changes at the largest n_train: score error on mixtures, held-out gain on faces at the lowest.

    Little: the median error over models is within a factor LITTLE of the denoiser's on each mixture. Networks did not
    train on faces where they learned nothing at any noise level (`levels.learned`).
    """
    error = score_errors(mixtures.shown, sigma)
    middle = error.groupby(["n_train", "dataset", "objective"])["value"].median().unstack("objective")
    ratios = middle.loc[mixtures.sizes[-1]].pipe(lambda at: at.drop(columns="denoiser").div(at["denoiser"], axis=0))
    within = {name: bool(ratios[name].between(1 / LITTLE, LITTLE).all()) for name in ratios}
    clauses = " and ".join(f"{name} {ratios[name].min():.2f} to {ratios[name].max():.2f}" for name in ratios)
    gain = faces.where(metric="psnr_gain_held_out", who="A", n_train=faces.sizes[-1])
    at = gain.where(sigma=gain.sigmas[0]).means("objective")
    found = learned(faces.where(n_train=faces.sizes[-1]).shown).groupby("objective", sort=False).learned.any()
    idle = [name for name in at.index if not found.get(name, True)]
    little = [name for name in ratios if within[name] and name not in idle]
    verdict = (
        f"Little between denoiser and {' and '.join(little)}" if little else "It does: each objective has its own error"
    )
    verdict += f"; {' and '.join(idle)} {UNTRAINED} on faces" if idle else ""
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
    """Held-out gain of each objective at the smallest sigma, how far apart they are; smallest and largest n_train.

    Of the objectives whose networks learned something (`levels.learned`, at any noise level); of the others that they
    did not train.
    """
    gain = measured.where(metric="psnr_gain_held_out", who="A")
    low, sentences = gain.sigmas[0], []
    for n_train in sorted({gain.sizes[0], gain.sizes[-1]}):
        found = learned(measured.where(n_train=n_train).shown).groupby("objective", sort=False).learned.any()
        means = gain.where(n_train=n_train).means("sigma", "objective").unstack("objective")
        trained = means[[name for name in means if found.get(name, True)]]
        words = [f"{listed(trained.loc[low], '{0} {1:+.2f} dB')}"] if trained.shape[1] else []
        if trained.shape[1] > 1:
            apart = trained.max(axis=1) - trained.min(axis=1)
            words.append(
                f"over all noise levels these are {apart.median():.2f} dB apart in the median and {apart.max():.2f} dB "
                f"at most (σ = {apart.idxmax():g})"
            )
        words += [f"**{name} {UNTRAINED}**" for name in means if name not in trained]
        sentences.append(f"With N = {n_train:,} faces a side: {'; '.join(words)}.")
    return f"Held-out gain over the identity at σ = {low:g}, on {gain.name}. {' '.join(sentences)}"


def objectives_learned(measured: Measured) -> str:
    """At which noise levels the networks of each arm learned something, by the rule of `levels.learned`; a list."""
    sentences = []
    for (arm, n_train), mine in learned(measured.shown).groupby(["arm", "n_train"], sort=False):
        at, rest = (", ".join(f"{sigma:g}" for sigma in mine[which].sigma) for which in (mine.learned, ~mine.learned))
        beats = f"better than doing nothing and than the linear filter of its faces at σ = {at}"
        beats += f"; no better at {rest}" if rest else ""
        fails = f"**{UNTRAINED}**: at no noise level is it better than doing nothing and than the linear filter"
        sentences.append(f"{arm}, N = {n_train:,}: {beats if at else fails}.")
    return bullets(sentences)


def objective_agreement(measured: Measured) -> str:
    """How far the objectives differ in the agreement of A and B at the smallest sigma, largest n_train."""
    cosine = measured.where(metric="residual_cosine", who="A-B")
    sigma = cosine.sigmas[0]
    clauses = "; ".join(
        f"{mine.name}, N = {mine.sizes[-1]:,}: "
        + listed(mine.where(n_train=mine.sizes[-1]).means("objective"), "{0} {1:.2f}")
        for mine in cosine.where(sigma=sigma).each("dataset")
    )
    return f"Residual cosine of A and B at σ = {sigma:g}. {clauses}."
