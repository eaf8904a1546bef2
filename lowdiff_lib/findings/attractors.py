"""What iterated points return to."""

from lowdiff_lib.findings.say import bullets, ends, few
from lowdiff_lib.tables import Measured, live

TRAINING, MODE = "rests_at_training_point_held_out", "rests_at_mode_held_out"


def attractor_answer(measured: Measured) -> str:
    """On how many mixtures more than half of the points come to rest at a training sample, with few and with many.

    And at a mode of the true density, with many; at the smallest sigma.
    """
    low = measured.where(sigma=measured.sigmas[0])
    least, most = few(low), low.sizes[-1]
    training, mode = (low.where(metric=metric).means("n_train", "dataset") > 0.5 for metric in (TRAINING, MODE))
    of, at_few, at_many, at_modes = len(training[most]), training[least].sum(), training[most].sum(), mode[most].sum()
    if 2 * at_few > of:
        end = "with many, at none of them" if not at_many else "with many, still on some data"
        verdict = f"With few data a point comes to rest at a training sample; {end}"
    else:
        verdict = "With many data, at training samples" if at_many > at_few else "Not at training samples, few or many"
    return (
        f"**{verdict}.** With {least:,} samples more than half of the points do on {at_few} of {of} mixtures, with "
        f"{most:,} on {at_many or 'none'}. Then more than half rest at a mode of the true density on {at_modes}."
    )


def attractor_shares(measured: Measured) -> str:
    """What perturbed held-out points return to, for the smallest and largest n_train, at the smallest sigma."""
    sigma = measured.sigmas[0]
    low = measured.where(sigma=sigma, metric=[TRAINING, MODE])
    places = [(mine, n) for mine in low.each("dataset") for n in ends(mine)]
    return bullets(
        f"{mine.datasets[0]}, N = {n:,}, σ = {sigma:g}: {mine.mean(n_train=n, metric=TRAINING):.0%} of perturbed "
        f"held-out points come to rest at a training point, {mine.mean(n_train=n, metric=MODE):.0%} at a mode of the "
        f"true density. {live.link(mine.datasets[0], n, sigma, show=('again', 'samples'))}"
        for mine, n in places
    )


def basins(measured: Measured) -> str:
    """How large a perturbation held-out and training points survive, smallest and largest n_train, by data set."""
    sigma = measured.sigmas[0]
    low = measured.where(sigma=sigma, metric=["basin_radius_train", "basin_radius_held_out"])
    sentences = []
    for mine in low.each("dataset"):
        clauses = "; ".join(
            f"with N = {n:,} half of the starts come back from "
            f"{mine.mean(n_train=n, metric='basin_radius_train'):.2g} σ around training points and from "
            f"{mine.mean(n_train=n, metric='basin_radius_held_out'):.2g} σ around held-out ones"
            for n in ends(mine)
        )
        sentences.append(f"{mine.datasets[0]}, σ = {sigma:g}: {clauses}.")
    return bullets(sentences)
