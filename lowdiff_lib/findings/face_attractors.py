"""What disturbed faces return to, and how much they survive."""

import pandas as pd

from lowdiff_lib.findings.say import bullets, counted, ends
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.levels import first_below


def face_returns(measured: Measured, iterations: int, starts: int) -> str:
    """How many held-out faces become training faces, by either way down, at the smallest and the largest N.

    starts: how many were tried in a repetition.
    """
    total = starts * measured.shown.repetition.nunique()
    models = measured.where(who="A")
    high = models.where(metric="rests_at_training_face_held_out").sigmas[-1]
    sentences = []
    for n_train in ends(models):
        at = models.where(n_train=n_train, sigma=high).means("metric")
        sentences.append(
            f"N = {n_train:,}, σ = {high:g}: denoised {iterations} times at that level, "
            f"{counted(at['rests_at_training_face_held_out'], total)} held-out faces have become a training face, and "
            f"{counted(at['settles_held_out'], total)} have come to rest at all. Followed down in noise instead, "
            f"{counted(at['flows_to_training_face_held_out'], total)} end at a training face."
        )
    return bullets(sentences)


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
    sentences = []
    for mine in measured.where(metric=["survives_train", "survives_held_out"], who="A").each("n_train"):
        train, held_out = (
            _half(mine.where(metric=f"survives_{kind}").means("sigma")) for kind in ("train", "held_out")
        )
        sentences.append(f"N = {mine.sizes[0]:,}: of training faces {train}; of held-out faces {held_out}.")
    return bullets(sentences)


def _half(shares: pd.Series) -> str:
    """Where a falling curve first goes below a half, in words."""
    sigmas = shares.index.to_list()
    half = first_below(sigmas, shares.to_list(), 0.5)
    if half is None:
        return f"half or more survive every disturbance up to σ = {sigmas[-1]:g}"
    if half == sigmas[0]:
        return f"fewer than half survive σ = {sigmas[0]:g}"
    return f"half survive σ = {half:.2g}"
