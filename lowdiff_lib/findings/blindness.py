"""What being told the noise level changes."""

from lowdiff_lib.findings.say import because, bullets
from lowdiff_lib.tables import Measured

SMALL = 0.05  # dB: one per cent of the squared error
UNTRAINED = 3.0  # dB: twice the squared error
MUCH = 2.0  # times as far apart


def blindness_answer(measured: Measured) -> str:
    """One sentence: how much further apart two models are that are not told, at the lowest noise level.

    At the largest n_train. Much: more than MUCH times as far apart. Then why, by what their twins share: `because`.
    """
    at = measured.common.largest
    low = at.sigmas[0]
    near = at.where(sigma=low, metric="disagreement_over_noise")
    told, blind = (near.mean(who="A-B", arm=arm) for arm in ("told", "blind"))
    twin = near.mean(who="A-twin", arm="blind")
    hangs = "Much hangs" if blind > MUCH * told else "Little hangs"
    return (
        f"**{hangs} on being told σ.** At σ = {low:g} and N = {at.sizes[-1]:,}, two networks that are told it differ "
        f"by {told:.2g} times the noise, two that are not by {blind:.2g}: {because(twin / blind)}."
    )


def blindness(measured: Measured) -> str:
    """At the lowest noise level, what a network gains or adds that is told it, and that is not; a list by data and N.

    The words follow the sign of the gain, and how much of the difference of A and B the twin has. A network did not
    train where it is more than UNTRAINED worse than the best possible, or than doing nothing where that is not known:
    a photograph has so many pixels that its noise level can be read from it.
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
        floor = possible.mean() if len(possible) else 0.0
        sentences.append(
            f"{mine.datasets[0]}, N = {mine.sizes[0]:,}, σ = {low:g}: told σ, a network {_gained(told)}; not told, it "
            f"{_gained(blind)}{best}. Told, A and B differ by {apart['told']:.2g} times the noise; not told, by "
            f"{apart['blind']:.2g}; A and its twin by {twin:.2g}, so {because(twin / apart['blind'])}."
            f"{_untrained(floor - blind)}"
        )
    return bullets(sentences)


def _untrained(short: float) -> str:
    """Nothing, or that the network that is not told did not train; short: dB that it is below what it could have."""
    return " Not told, it **did not train** there: that is no finding about the data." if short > UNTRAINED else ""


def _gained(decibels: float) -> str:
    if abs(decibels) < SMALL:
        return "changes next to nothing"
    return f"removes {decibels:.1f} dB of the error" if decibels > 0 else f"adds {-decibels:.1f} dB of error"
