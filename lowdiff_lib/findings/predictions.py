"""What others predict of the study `parting`, and what came out: as predicted, not, or undecided, by stated rules."""

import math

import numpy as np

from lowdiff_lib.findings.say import bullets
from lowdiff_lib.tables import Measured, causes, manifest
from lowdiff_lib.tables.tidy import GAINS, called

PAPER = 250e6  # samples shown to one of the paper's networks: 1,000 epochs of 250,000
BATCH = 256  # samples a step of ours, where none is published
CLOSED, SAME = 0.5, 0.1  # parts of a gap
WITHIN = 0.25  # of a slope
SIZES = 3  # that a slope is taken through, at least
FEWEST = 10  # n_train that a slope is taken from: with one sample a model has nothing to learn from
APART_BY = 1.0  # dB between training points and new ones, from which on points are known by heart
UNCOVERED = 0.5  # of new points that lie near no training point


def in_time(measured: Measured, sigma: float) -> str:
    """What longer training does for who is not told sigma, and what the paper's would do if it went on like that.

    The gap is that to the best possible [dB], or, where nobody knows it, to doing nothing. "Closes": less than CLOSED
    of it is left from the shortest training to the longest; "changes little": within SAME. The extrapolation is a
    straight line over the logarithm of time, through the last two trainings.
    """
    at = measured.where(sigma=sigma, metric=GAINS).arm("blind", "blind-in-time")
    best = measured.where(sigma=sigma, metric=GAINS, who="best blind").means("dataset")
    lines = []
    for (dataset, n_train), rows in at.where(who="A").shown.groupby(["dataset", "n_train"], sort=False):
        gaps = best.get(dataset, 0.0) - rows.groupby("step").value.mean()
        if len(gaps) < 2:
            continue
        first, last, steps = gaps.iloc[0], gaps.iloc[-1], gaps.index
        slope = (last - gaps.iloc[-2]) / math.log(steps[-1] / steps[-2])
        far = max(0.0, last + slope * math.log(PAPER / (_batch(measured.study) * steps[-1])))
        short = "of the best possible" if dataset in best else "of doing nothing"
        lines.append(
            f"{called([dataset])}, N = {n_train:,}, σ = {sigma:g}: after {steps[0]:,} steps {first:.1f} dB short "
            f"{short}, after {steps[-1]:,} {last:.1f} dB. Longer training {_change(first, last)}; if it went on like "
            f"that, the paper's 250 million samples would leave {far:.1f} dB (an extrapolation)."
        )
    return bullets(lines)


def _batch(study: str) -> int:
    """Samples that its networks are shown in a step, as published; BATCH where they are not."""
    found = manifest.find(f"{study}/blind")
    return found.entry["settings"]["batch"] if found else BATCH


def time_to_memorise(measured: Measured) -> str:
    """When training points become easier than new ones, and how that time grows with N (arXiv:2505.17638).

    At each noise level: the first step at which A gains APART_BY dB more on its training points than on new ones, less
    what the exact denoiser does, between two trainings by a straight line over log time. Of SIZES or more n_train that
    have such a step after their shortest training the slope of log step over log N; as predicted within WITHIN of 1.
    """
    lines = []
    for mine in measured.each("dataset"):
        for at in mine.each("sigma"):
            steps = {n: step for n in at.sizes if (step := _first_step(at.where(n_train=n)))}
            if len(steps) < SIZES:
                continue
            slope = float(np.polyfit(np.log(list(steps)), np.log(list(steps.values())), 1)[0])
            said = "as predicted" if abs(slope - 1) < WITHIN else "not as predicted"
            after = ", ".join(f"{step:,.0f} steps with N = {n:,}" for n, step in steps.items())
            lines.append(
                f"{mine.datasets[0]}, σ = {at.sigmas[0]:g}: after {after}: N to the power of {slope:.2f}, {said} (1)."
            )
    return bullets(lines)


def _first_step(at: Measured) -> float | None:
    """The step at which training points are APART_BY dB easier; None if that is before the first training, or never."""
    gains = at.where(metric=["psnr_gain_train", "psnr_gain"]).means("who", "metric", "step").unstack("metric")
    easier = gains["psnr_gain_train"] - gains["psnr_gain"]
    gap = easier["A"] - easier["exact"] - APART_BY
    above = gap[gap > 0]
    if above.empty or above.index[0] == gap.index[0]:
        return None
    last, first = gap.index[gap.index < above.index[0]][-1], above.index[0]
    part = gap[last] / (gap[last] - gap[first])
    return float(np.exp(np.log(last) + part * (np.log(first) - np.log(last))))


def _change(first: float, last: float) -> str:
    if last < CLOSED * first:
        return "closes the gap"
    if abs(last - first) < SAME * abs(first):
        return "changes little"
    return "makes it smaller" if last < first else "makes it larger"


def one_over_n(measured: Measured, sigma: float) -> str:
    """Linear theory (arXiv:2602.02908): the squared difference of two models falls as 1 / N, most of it near sigma.

    The slope is that of a straight line through log d² over log N, of SIZES or more from FEWEST on; as predicted within
    WITHIN of -1.
    """
    lines = []
    for mine in measured.arm("told").where(sigma=sigma).each("dataset"):
        for pair, name in (("wiener pair", "two linear filters"), ("A-B", "two networks")):
            rows = mine.where(metric=causes.APART, who=pair).shown
            by_size = (rows[rows.n_train >= FEWEST].groupby("n_train").value.mean() ** 2).loc[lambda d2: d2 > 0]
            if len(by_size) < SIZES:
                continue
            slope = float(np.polyfit(np.log(by_size.index), np.log(by_size), 1)[0])
            said = "as predicted" if abs(slope + 1) < WITHIN else "not as predicted"
            lines.append(f"{mine.datasets[0]}, σ = {sigma:g}: of {name}, N to the power of {slope:.2f}, {said} (-1).")
    return bullets(lines)


def memorises_where_it_was(measured: Measured) -> str:
    """Selective underfitting (arXiv:2510.01378): a network equals the memoriser at its training points, not elsewhere.

    Asked where at most UNCOVERED of new points lie near a training point. As predicted if its distance from the ideal
    denoiser is less than half as large at training points as at new ones; not, if it is no smaller; else undecided.
    """
    lines = []
    for mine in (one for of_set in measured.arm("told").each("dataset") for one in of_set.each("n_train")):
        covered = mine.where(metric="coverage").means("sigma")
        sigmas = [sigma for sigma, share in covered.items() if share <= UNCOVERED]
        if not sigmas:
            continue
        at = mine.where(who="A-ideal", sigma=sigmas)
        seen, new = (at.where(metric=f"distance_over_noise{where}").shown.value.median() for where in ("_train", ""))
        said = "as predicted" if seen < new / 2 else "undecided" if seen < new else "not as predicted"
        lines.append(
            f"{mine.datasets[0]}, N = {mine.sizes[0]:,}, σ up to {max(sigmas):g}: {seen:.2g} of the noise from the "
            f"memoriser at training points, {new:.2g} at new ones: {said}."
        )
    return bullets(lines)
