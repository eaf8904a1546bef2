"""How agreement moves with the training-set size, and the first gate."""

from lowdiff_lib.findings.say import bullets, ends
from lowdiff_lib.tables import Measured


def mixture_agreement(measured: Measured) -> str:
    """How A-B agreement moves with N at the smallest sigma, and how much the twin already has; a list by data set."""
    measured = measured.where(metric="residual_cosine")
    low, high = measured.sigmas[0], measured.sigmas[-1]
    sentences = []
    for mine in measured.each("dataset"):
        few, many = ends(mine)
        at = {n: mine.where(n_train=n).means("sigma", "who") for n in (few, many)}
        sentences.append(
            f"**{mine.datasets[0]}**: with N = {few:,} samples a side, models trained on disjoint data have a residual "
            f"cosine of {at[few][high, 'A-B']:.2f} at σ = {high:g} and of {at[few][low, 'A-B']:.2f} at σ = {low:g} "
            f"(twins: {at[few][low, 'A-twin']:.2f}). With N = {many:,} it is {at[many][high, 'A-B']:.2f} and "
            f"{at[many][low, 'A-B']:.2f} (twins: {at[many][low, 'A-twin']:.2f})."
        )
    return bullets(sentences)


def mixture_gate(measured: Measured) -> str:
    """The first gate on mixtures: does each model at the largest N beat the identity at every sigma?"""
    errors = measured.where(metric="relative_score_error", who=["A", "B"]).largest
    worst = [mine.shown.loc[mine.shown.value.idxmax()] for mine in errors.each("dataset")]
    return bullets(
        f"{one.dataset}, N = {one.n_train:,}: {'holds' if one.value < 1 else '**does not hold**'}. The largest "
        f"relative score error of any model at any noise level is {one.value:.2f}, at σ = {one.sigma:g}; the identity "
        "scores 1."
        for one in worst
    )
