"""What iterated points return to."""

from lowdiff_lib.base.words import table
from lowdiff_lib.findings.say import ends, few, percent
from lowdiff_lib.tables import Measured, live

TRAINING, MODE = "rests_at_training_point_held_out", "rests_at_mode_held_out"
HARDLY = 0.1  # share of the points: fewer are hardly any


def attractor_answer(measured: Measured) -> str:
    """On how many mixtures more than half of the points come to rest at a training sample, with few and with many.

    And at a mode of the true density, with many; at the smallest sigma. Hardly any: fewer than HARDLY on each mixture.
    """
    low = measured.where(sigma=measured.sigmas[0])
    least, most = few(low), low.sizes[-1]
    training, mode = (low.where(metric=metric).means("n_train", "dataset") for metric in (TRAINING, MODE))
    of, highest = len(training[most]), training[most].max()
    at_few, at_many, at_modes = ((share > 0.5).sum() for share in (training[least], training[most], mode[most]))
    at_neither = (1 - training[most] - mode[most] > 0.5).sum()
    if 2 * at_few > of:
        still = "hardly any does" if highest < HARDLY else "less than half do"
        verdict = "With few data a point comes to rest at a training sample; with many, "
        verdict += "it still does on some data" if at_many else still
    else:
        verdict = "With many data, at training samples" if at_many > at_few else "Not at training samples, few or many"
    many = f"on {at_many}" if at_many else f"at most {percent(highest)} on any"
    return (
        f"**{verdict}.** With {least:,} samples more than half do on {at_few} of {of} mixtures, with "
        f"{most:,} {many}. Then more than half rest at a mode of the true density on {at_modes}, at neither on "
        f"{at_neither} (σ = {low.sigmas[0]:g})."
    )


def attractor_shares(measured: Measured) -> str:
    """What perturbed held-out points return to, with few samples and with many, at the smallest sigma."""
    sigma = measured.sigmas[0]
    low = measured.where(sigma=sigma, metric=[TRAINING, MODE])
    places = [(mine, n) for mine in low.each("dataset") for n in (few(mine), mine.sizes[-1])]
    return table(
        f"Where disturbed held-out points come to rest, at σ = {sigma:g}:",
        ("mixture", "N", "at a training sample", "at a mode of the truth", "see it"),
        (
            (
                mine.datasets[0],
                f"{n:,}",
                percent(mine.mean(n_train=n, metric=TRAINING)),
                percent(mine.mean(n_train=n, metric=MODE)),
                live.link(mine.datasets[0], n, sigma, words="try it", show=("again", "samples")),
            )
            for mine, n in places
        ),
    )


def basins(measured: Measured) -> str:
    """How large a perturbation held-out and training points survive, smallest and largest n_train; of one data set."""
    sigma = measured.sigmas[0]
    low = measured.where(sigma=sigma, metric=["basin_radius_train", "basin_radius_held_out"])
    first, last = (
        [f"{low.mean(n_train=n, metric=f'basin_radius_{kind}'):.2g} σ" for kind in ("train", "held_out")]
        for n in ends(low)
    )
    few, many = ends(low)
    return (
        f"With N = {few:,} half of the starts come back from {first[0]} around a training point and from {first[1]} "
        f"around a new one; with N = {many:,} from {last[0]} and {last[1]} ({low.name}, σ = {sigma:g})."
    )
