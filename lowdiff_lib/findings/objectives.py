"""What the objective changes, beside what another seed changes."""

import numpy as np

from lowdiff_lib.base.words import listed as listed_words
from lowdiff_lib.base.words import table
from lowdiff_lib.findings.say import ends, listed
from lowdiff_lib.tables import Measured, manifest
from lowdiff_lib.tables.levels import learned
from lowdiff_lib.tables.tidy import called, score_errors

UNTRAINED = "did not train"  # never an answer of the objective
LITTLE = 2.0  # errors within this factor
OBJECTIVE = {  # arms in words
    "told": "denoiser",
    "ncsn-published": "NCSN, the paper's network",
    "ssm-published": "ssm, the paper's network",
}


def objective_answer(mixtures: Measured, faces: Measured, sigma: float) -> str:
    """What another loss changes at the largest n_train: score error on mixtures, held-out gain on faces at the lowest.

    Little: the median error over models is within a factor LITTLE of the denoiser's on each mixture. Networks did not
    train on faces where they learned nothing at any noise level (`levels.learned`).
    """
    error = score_errors(mixtures.shown, sigma)
    middle = error.groupby(["n_train", "dataset", "objective"])["value"].median().unstack("objective")
    ratios = middle.loc[mixtures.sizes[-1]].pipe(lambda at: at.drop(columns="denoiser").div(at["denoiser"], axis=0))
    within = {name: bool(ratios[name].between(1 / LITTLE, LITTLE).all()) for name in ratios}
    clauses = " and ".join(f"for {name} {ratios[name].min():.2f} to {ratios[name].max():.2f}" for name in ratios)
    most = np.log(ratios).abs().idxmax()
    furthest = listed_words(f"{name} by {ratios[name][dataset]:.2g} on {dataset}" for name, dataset in most.items())
    gain = faces.where(metric="psnr_gain_held_out", who="A", n_train=faces.sizes[-1])
    at = gain.where(sigma=gain.sigmas[0]).means("objective")
    found = learned(faces.where(n_train=faces.sizes[-1]).shown).groupby("objective", sort=False).learned.any()
    idle = [name for name in at.index if not found.get(name, True)]
    little = [name for name in ratios if within[name] and name not in idle]
    verdict = (
        f"Little between denoiser and {' and '.join(little)}"
        if little
        else f"It does: it multiplies the squared error of the score, {furthest}"
    )
    verdict += f"; {' and '.join(idle)} {UNTRAINED} on faces, nowhere better than a linear filter" if idle else ""
    gains = listed(at, "{0} {1:.2f} dB")
    return (
        f"**{verdict}.** At σ = {sigma:g} and N = {mixtures.sizes[-1]:,}, after as many steps for each, that error "
        f"over the denoiser's is, over the mixtures, {clauses}. On faces at σ = {gain.sigmas[0]:g} the gains are "
        f"{gains}."
    )


def objective_effect(measured: Measured, sigma: float) -> str:
    """Score error of the other objectives at one sigma in units of the denoiser's, smallest and largest n_train.

    Medians over models: with one sample the worst of six is a thousand times the others, and all that a mean shows.
    """
    error = score_errors(measured.shown, sigma)
    middle = error.groupby(["n_train", "dataset", "objective"])["value"].median().unstack("objective")
    ratios = middle.drop(columns="denoiser").div(middle["denoiser"], axis=0)
    ratios = ratios.stack().dropna().rename("ratio").reset_index()
    rows = []
    for n_train in sorted({ratios.n_train.min(), ratios.n_train.max()}):
        for name, here in ratios[ratios.n_train == n_train].groupby("objective"):
            low, high = here.loc[here.ratio.idxmin()], here.loc[here.ratio.idxmax()]
            rows.append((name, f"{n_train:,}", f"{low.ratio:.2f}", low.dataset, f"{high.ratio:.2f}", high.dataset))
    return table(
        f"Squared error of the score at σ = {sigma:g} in units of the denoiser's, median over models:",
        ("objective", "N", "least", "on", "most", "on"),
        rows,
    )


def gain_by_objective(measured: Measured) -> str:
    """Held-out gain of each objective at the smallest sigma, how far apart they are; smallest and largest n_train.

    Of the objectives whose networks learned something (`levels.learned`, at any noise level); of the others that they
    did not train.
    """
    gain = measured.where(metric="psnr_gain_held_out", who="A")
    low, rows, names = gain.sigmas[0], [], sorted(gain.shown.objective.unique())
    for n_train in dict.fromkeys(ends(gain)):
        found = learned(measured.where(n_train=n_train).shown).groupby("objective", sort=False).learned.any()
        means = gain.where(n_train=n_train).means("sigma", "objective").unstack("objective")
        trained = means[[name for name in means if found.get(name, True)]]
        apart = trained.max(axis=1) - trained.min(axis=1)
        most = f"{apart.max():.2f}, at σ = {apart.idxmax():g}" if trained.shape[1] > 1 else "–"
        at = (f"{means.loc[low, name]:+.2f}" if name in trained else f"**{UNTRAINED}**" for name in names)
        rows.append((f"{n_train:,}", *at, most))
    return table(
        f"Gain over doing nothing on new faces at σ = {low:g}, on {gain.name}, in dB; and how far those that trained "
        "are apart at most, over all noise levels:",
        ("N", *names, "most apart"),
        rows,
    )


def objectives_learned(measured: Measured) -> str:
    """At which noise levels the networks of each arm learned something, by the rule of `levels.learned`."""
    rows = []
    for (arm, n_train), mine in learned(measured.shown).groupby(["arm", "n_train"], sort=False):
        at, rest = (", ".join(f"{sigma:g}" for sigma in mine[which].sigma) for which in (mine.learned, ~mine.learned))
        rows.append((OBJECTIVE.get(arm, arm), f"{n_train:,}", at or f"none: **{UNTRAINED}**", rest or "none"))
    return table("", ("objective", "N", "better than both at σ =", "no better at σ ="), rows)


def papers_networks(measured: Measured) -> str:
    """A section on the networks that the paper gives its objectives, and what they learned; nothing if none was run."""
    if len(measured.arms) < 2:
        return ""
    return (
        "## The networks that the paper gives them\n\nThe paper trains each score with a network of its own: NCSN as "
        "{cite:t}`song2019` have it, a residual network that is told σ as one more channel of the picture and answers "
        "with the score itself, for ten noise levels; sliced score matching with the same network, which is not told σ "
        f"at all{_narrower(measured)}. Beside the denoiser that is told σ, on the same faces:\n\n"
        + objectives_learned(measured)
    )


def objective_agreement(measured: Measured) -> str:
    """How far the objectives differ in the agreement of A and B at the smallest sigma, largest n_train."""
    cosine = measured.where(metric="residual_cosine", who="A-B")
    sigma, names = cosine.sigmas[0], sorted(cosine.shown.objective.unique())
    rows = []
    for mine in cosine.where(sigma=sigma).each("dataset"):
        at = mine.where(n_train=mine.sizes[-1]).means("objective")
        rows.append((called(mine.datasets), f"{mine.sizes[-1]:,}", *(f"{at[name]:.2f}" for name in names)))
    return table(f"How alike A and B answer (residual cosine) at σ = {sigma:g}:", ("data", "N", *names), rows)


def _narrower(measured: Measured) -> str:
    """Whether the network of sliced score matching was trained less wide than that of NCSN, as published."""
    found = [manifest.find(f"{measured.study}/{arm}") for arm in ("ncsn-published", "ssm-published")]
    ncsn, ssm = (each.entry["settings"].get("width") if each else None for each in found)
    return f" (here {ssm} channels wide, where NCSN has {ncsn})" if ncsn and ssm and ncsn != ssm else ""
