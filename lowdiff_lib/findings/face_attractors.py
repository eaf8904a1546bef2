"""What disturbed faces return to, and how much they survive."""

import pandas as pd

from lowdiff_lib.base.words import table
from lowdiff_lib.findings.say import counted, ends
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.levels import first_below

FATES = ("rests_at_training_face_held_out", "settles_held_out", "flows_to_training_face_held_out")


def faces_answer(measured: Measured, starts: int) -> str:
    """What becomes of faces with the fewest training faces: denoised again and again, and with falling noise."""
    least = measured.where(who="A").sizes[0]
    _, settled, flowed = _fates(measured, least, starts)
    return (
        f"Of faces, with N = {least:,}, {settled} come to rest when they are denoised again and again; where the noise "
        f"level falls, {flowed} become a training face."
    )


def face_returns(measured: Measured, iterations: int, starts: int) -> str:
    """How many held-out faces become training faces, by either way down, at the smallest and the largest N.

    starts: how many were tried in a repetition.
    """
    return table(
        f"Of held-out faces with noise of σ = {_most_noise(measured):g}:",
        ("N", f"denoised {iterations} times: now a training face", "come to rest at all",
         "followed down in noise: now a training face"),
        ((f"{n:,}", *_fates(measured, n, starts)) for n in ends(measured.where(who="A"))),
    )  # fmt: skip


def _fates(measured: Measured, n_train: int, starts: int) -> list[str]:
    """How many held-out faces, with most noise, are FATES of A."""
    total = starts * measured.shown.repetition.nunique()
    at = measured.where(who="A", n_train=n_train, sigma=_most_noise(measured)).means("metric")
    return [counted(at[fate], total) for fate in FATES]


def _most_noise(measured: Measured) -> float:
    return measured.where(who="A", metric=FATES[0]).sigmas[-1]


def ideal_returns(measured: Measured) -> str:
    """The same procedure on the ideal denoiser, whose answers are known."""
    ideal = measured.where(who="ideal")
    low = ideal.sigmas[0]
    settles, returns = (
        ideal.mean(sigma=low, metric=[f"{metric}_train", f"{metric}_held_out"])
        for metric in ("settles", "rests_at_training_face")
    )
    return (
        f"Iterated in the same way at σ = {low:g}, the ideal denoiser comes to rest from {settles:.0%} of all "
        f"starts, and {returns:.0%} are then a training face."
    )


def face_basins(measured: Measured) -> str:
    """The noise that half of the faces survive, for each N."""
    shares = measured.where(metric=["survives_train", "survives_held_out"], who="A")
    return table(
        "The noise, σ, that half of the faces survive:",
        ("N", "training faces", "held-out faces"),
        (
            (
                f"{mine.sizes[0]:,}",
                *(_half(mine.where(metric=f"survives_{kind}").means("sigma")) for kind in ("train", "held_out")),
            )
            for mine in shares.each("n_train")
        ),
    )


def _half(shares: pd.Series) -> str:
    """Where a falling curve first goes below a half."""
    sigmas = shares.index.to_list()
    half = first_below(sigmas, shares.to_list(), 0.5)
    if half is None:
        return f"more than {sigmas[-1]:g}"
    return f"less than {half:g}" if half == sigmas[0] else f"{half:.2g}"
