"""What longer training does, in words. What others predict of it: `claims`."""

import math

import pandas as pd

from lowdiff_lib.findings.say import MUCH, bullets
from lowdiff_lib.tables import Measured, causes, manifest
from lowdiff_lib.tables.tidy import GAINS, called

PAPER = 250e6  # samples shown to one of the paper's networks: 1,000 epochs of 250,000
BATCH = 256  # samples a step of ours, where none is published
CLOSED, SAME = 0.5, 0.1  # parts of a gap
ALIKE = 2.0  # times as often
TOGETHER = 0.5  # of the noise, by which two that stay together differ at most


def in_time(measured: Measured, sigma: float) -> str:
    """What longer training does for one who is not told sigma, and what the paper's would do if it went on like that.

    The gap is that to the best possible [dB], or, where nobody knows it, to doing nothing. "Closes": less than CLOSED
    of it is left from the shortest training to the longest; "changes little": within SAME. The extrapolation is a
    straight line over the logarithm of time, through the last two trainings. Then of two that are told.
    """
    at = measured.where(sigma=sigma, metric=GAINS).arm("blind", "blind-in-time")
    best = at.where(who="best blind").means("dataset")
    lines, batch = [], _published(measured.study, "batch", BATCH)
    for (dataset, n_train), rows in at.where(who="A").shown.groupby(["dataset", "n_train"], sort=False):
        gaps = best.get(dataset, 0.0) - rows.groupby("step").value.mean()
        if len(gaps) < 2:
            continue
        first, last, steps = gaps.iloc[0], gaps.iloc[-1], gaps.index
        slope = (last - gaps.iloc[-2]) / math.log(steps[-1] / steps[-2])
        far = max(0.0, last + slope * math.log(PAPER / (batch * steps[-1])))
        short = "of the best possible" if dataset in best else "of doing nothing"
        lines.append(
            f"{called([dataset])}, N = {n_train:,}, σ = {sigma:g}, not told: after {steps[0]:,} steps {first:.1f} dB "
            f"short {short}, after {steps[-1]:,} {last:.1f} dB. Longer training {_change(first, last)}; if it went on "
            f"like that, the paper's 250 million samples would leave {far:.1f} dB (an extrapolation)."
        )
    return bullets([*lines, *_together(measured.where(sigma=sigma))])


def _together(at: Measured) -> list[str]:
    """Whether two that are told sigma stay together however long they train, for each n_train."""
    pairs = at.arm("told", "told-in-time").where(metric=causes.APART, who="A-B").shown
    lines = []
    for (dataset, n_train), rows in pairs.groupby(["dataset", "n_train"], sort=False):
        apart = rows.groupby("step").value.mean()
        if len(apart) < 2:
            continue
        first, last = apart.iloc[0], apart.iloc[-1]
        if last > max(MUCH * first, TOGETHER):
            verdict = "Longer training parts them, though they are told"
        else:
            verdict = "They stay together" if last < TOGETHER else "They are as far apart, or less"
        lines.append(
            f"{called([dataset])}, N = {n_train:,}, told: after {apart.index[0]:,} steps A and B differ by {first:.2g} "
            f"times the noise, after {apart.index[-1]:,} by {last:.2g}. {verdict}."
        )
    return lines


def seen_as_often(measured: Measured, sigma: float) -> str:
    """Whether few samples part two models because each is seen more often: few and many, seen about as often.

    Of networks that are told sigma and trained for several times, with the largest n_train and the smallest that can be
    compared with it: whose samples are seen as often, within a factor ALIKE, after some steps, and part two after the
    usual ones. "Mostly that": two then stay together (TOGETHER).
    """
    told = measured.arm("told", "told-in-time").where(sigma=sigma, metric=causes.APART, who="A-B").shown
    lines, published = [], _published(measured.study, "steps", 0)
    for dataset, rows in told.groupby("dataset", sort=False):
        shared = rows.groupby("n_train").step.transform("nunique") > 1
        cells = rows[shared].pivot_table(index="repetition", columns=["n_train", "step"], values="value").dropna()
        sizes = sorted({n for n, _ in cells.columns})
        usual = rows[rows.arm == "told"].step.max() if (rows.arm == "told").any() else published
        if cells.empty or len(sizes) < 2:
            continue
        apart, many = cells.mean(), sizes[-1]
        nearest = ((few, *_as_often(apart[few].index / few, apart[many].index / many)) for few in sizes[:-1])
        alike = [each for each in nearest if 1 / ALIKE < each[-1] < ALIKE and apart[each[0]].get(usual, 0.0) > TOGETHER]
        if not alike:
            continue
        few, at_few, at_many, ratio = alike[0]
        s, t = apart[few].index[at_few], apart[many].index[at_many]
        verdict = "Mostly that parts them" if apart[few, s] < TOGETHER else "It is not that alone which parts them"
        lines.append(
            f"Whatever N, a network trains for as many steps, so few samples are each seen more often. {verdict}: told "
            f"σ, two trained on {few:,} samples of {called([dataset])} differ at σ = {sigma:g} by "
            f"{apart[few, usual]:.2g} times the noise after the usual {usual:,} steps, but by {apart[few, s]:.2g} "
            f"after {s:,}, when each sample was seen about as often ({ratio:.2g} to 1) as each of {many:,} is in {t:,} "
            f"steps; two of those differ by {apart[many, t]:.2g}."
        )
    return bullets(lines)


def _as_often(few: pd.Index, many: pd.Index) -> tuple[int, int, float]:
    """Which of some times is nearest to which of others, and their ratio."""
    ratios = {(s, t): few[s] / many[t] for s in range(len(few)) for t in range(len(many))}
    (s, t), ratio = min(ratios.items(), key=lambda item: abs(math.log(item[1])))
    return s, t, ratio


def _published(study: str, setting: str, default: float) -> float:
    """A setting of a study's usual networks, as published; the default where they are not."""
    found = manifest.find(f"{study}/told")
    return found.entry["settings"].get(setting, default) if found else default


def _change(first: float, last: float) -> str:
    if last < CLOSED * first:
        return "closes the gap"
    if abs(last - first) < SAME * abs(first):
        return "changes little"
    return "makes it smaller" if last < first else "makes it larger"
