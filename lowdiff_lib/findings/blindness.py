"""What being told the noise level changes."""

from lowdiff_lib.findings.say import bullets
from lowdiff_lib.tables import Measured

SMALL = 0.05  # dB: one per cent of the squared error


def blindness(measured: Measured) -> str:
    """At the lowest noise level, what a network gains or adds that is told it, and that is not; a list by data and N.

    The words follow the sign of the gain, and how much of the difference of A and B the twin has.
    """
    metric = "psnr_gain" if (measured.shown.metric == "psnr_gain").any() else "psnr_gain_held_out"
    sentences = []
    for mine in (one for of_set in measured.common.each("dataset") for one in of_set.each("n_train")):
        low = mine.sigmas[0]
        at = mine.where(sigma=low)
        told, blind = (at.mean(metric=metric, who="A", arm=arm) for arm in ("told", "blind"))
        apart = {arm: at.mean(metric="disagreement_over_noise", who="A-B", arm=arm) for arm in ("told", "blind")}
        twin = at.mean(metric="disagreement_over_noise", who="A-twin", arm="blind")
        possible = at.where(metric=metric, who="best blind").shown.value
        best = f" (the best possible that is not told {_gained(possible.mean())})" if len(possible) else ""
        sentences.append(
            f"{mine.datasets[0]}, N = {mine.sizes[0]:,}, σ = {low:g}: told σ, a network {_gained(told)}; not told, it "
            f"{_gained(blind)}{best}. Told, A and B differ by {apart['told']:.2g} times the noise; not told, by "
            f"{apart['blind']:.2g}; A and its twin by {twin:.2g}, so {_because(twin / apart['blind'])}."
        )
    return bullets(sentences)


def _because(share: float) -> str:
    """Why two models differ, by the share of it that twins have, which saw the same data."""
    if share > 0.9:
        return "other data add nothing to it"
    return "other data make up more than half of it" if share < 0.5 else "other data are a part of it"


def _gained(decibels: float) -> str:
    if abs(decibels) < SMALL:
        return "changes next to nothing"
    return f"removes {decibels:.1f} dB of the error" if decibels > 0 else f"adds {-decibels:.1f} dB of error"
