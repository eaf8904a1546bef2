"""What being told the noise level changes."""

import math

from lowdiff_lib.findings.say import because, bullets
from lowdiff_lib.tables import Measured

SMALL = 0.05  # dB: one per cent of the squared error
UNTRAINED = 3.0  # dB: twice the squared error
MUCH = 2.0  # times as far apart


def blindness_answer(measured: Measured) -> str:
    """How much further apart two models are that are not told, at the lowest noise level and the largest n_train.

    Much: more than MUCH times as far apart. Then why, by what their twins share, and whether they trained: `blindness`.
    """
    at = measured.common.largest
    at = at.where(sigma=at.sigmas[0])
    told, blind, twin = _apart(at)
    hangs = "Much hangs" if blind > MUCH * told else "Little hangs"
    return (
        f"**{hangs} on being told σ.** At σ = {at.sigmas[0]:g} and N = {at.sizes[-1]:,}, two networks that are told it "
        f"differ by {told:.2g} times the noise, two that are not by {blind:.2g}: {because(twin / blind)}."
        f"{_untrained(at)}"
    )


def blindness(measured: Measured) -> str:
    """At the lowest noise level, what a network gains or adds that is told it, and that is not; a list by data and N.

    The words follow the sign of the gain, and how much of the difference of A and B the twin has. A network did not
    train where it is more than UNTRAINED worse than the best possible, or than doing nothing where that is not known:
    a photograph has so many pixels that its noise level can be read from it.
    """
    sentences = []
    for mine in (one for of_set in measured.common.each("dataset") for one in of_set.each("n_train")):
        low = mine.sigmas[0]
        at = mine.where(sigma=low)
        told, blind = (_gain(at, "A", arm) for arm in ("told", "blind"))
        told_apart, blind_apart, twin = _apart(at)
        possible = _gain(at, "best blind", "blind")
        best = "" if math.isnan(possible) else f" (the best possible that is not told {_gained(possible)})"
        sentences.append(
            f"{mine.datasets[0]}, N = {mine.sizes[0]:,}, σ = {low:g}: told σ, a network {_gained(told)}; not told, it "
            f"{_gained(blind)}{best}. Told, A and B differ by {told_apart:.2g} times the noise; not told, by "
            f"{blind_apart:.2g}; A and its twin by {twin:.2g}, so {because(twin / blind_apart)}."
            f"{_untrained(at)}"
        )
    return bullets(sentences)


def _apart(at: Measured) -> tuple[float, float, float]:
    """Difference over the noise of A and B told, of A and B not told, and of A and its twin not told."""
    pairs = (("told", "A-B"), ("blind", "A-B"), ("blind", "A-twin"))
    told, blind, twin = (at.mean(metric="disagreement_over_noise", who=pair, arm=arm) for arm, pair in pairs)
    return told, blind, twin


def _gain(at: Measured, who: str, arm: str) -> float:
    """Mean PSNR gain [dB], of held-out data where both are measured; nan where it is not."""
    return at.mean(metric=["psnr_gain", "psnr_gain_held_out"], who=who, arm=arm)


def _untrained(at: Measured) -> str:
    """That the network that is not told did not train at a noise level; nothing, if it did."""
    possible = _gain(at, "best blind", "blind")
    short = (0.0 if math.isnan(possible) else possible) - _gain(at, "A", "blind")
    words = " Not told, a network **did not train** there: that is no finding about the data."
    return words if short > UNTRAINED else ""


def _gained(decibels: float) -> str:
    if abs(decibels) < SMALL:
        return "changes next to nothing"
    return f"removes {decibels:.1f} dB of the error" if decibels > 0 else f"adds {-decibels:.1f} dB of error"
