"""What longer training does, in words. What others predict of it: `claims`."""

import math
from collections.abc import Callable, Mapping

import pandas as pd

from lowdiff_lib.base.words import folded, listed, number, table
from lowdiff_lib.findings.say import MUCH, SMALL, bullets, by_size, decibels, gained, grouped, percent
from lowdiff_lib.tables import Measured, causes, manifest
from lowdiff_lib.tables.tidy import GAINS, called

PAPER = 250e6  # samples shown to one of the paper's networks: 1,000 epochs of 250,000
BATCH = 256  # samples a step of ours, where none is published
PAPERS = "as the line goes on"
CLOSED_UP = "closed"
CLOSED, SAME = 0.5, 0.1  # parts of a gap
ALIKE = 2.0  # times as often
TIME = ("repetition", "n_train", "step")
OF_SET = ("dataset", *TIME)
TOGETHER = 0.5  # of the noise, by which two that stay together differ at most


def in_time(measured: Measured, sigma: float) -> str:
    """What longer training does to two that are told sigma, and to one that is not: a sentence and a table a data set.

    Of repetitions that have every time. Two are "parted" that differ at the end by more than TOGETHER, and MUCH times
    as much as at first; they are "together" below TOGETHER. The gap of one that is not told is that to the best
    possible [dB] or, where nobody knows it, to doing nothing: `_change`. What the paper's training would leave of it is
    a straight line over the logarithm of time, through the last two trainings, down to the best possible, or to who is
    told.
    """
    at = measured.where(sigma=sigma)
    return "\n\n".join(filter(None, map(_in_time, at.each("dataset") if at.arms else [])))


def _in_time(at: Measured) -> str:
    gains = at.where(metric=GAINS).arm(*causes.UNTOLD_TIMES)
    best = gains.where(who="best blind").means(*TIME)
    gaps = _by_step((best if len(best) else 0.0) - gains.where(who="A").means(*TIME))
    apart = _by_step(at.arm(*causes.TOLD_TIMES).where(metric=causes.APART, who="A-B").means(*TIME))
    if not gaps and not apart:
        return ""
    short = "the best possible" if len(best) else "doing nothing"
    head = ["N", "told: steps", "A and B apart", "not told: steps", f"dB short of {short}", PAPERS]
    shown = PAPER / _published(at.study, "batch", BATCH)
    told = at.arm(*causes.TOLD_TIMES).where(metric=GAINS, who="A").means("n_train", "step").groupby("n_train").max()
    floor = {n: 0.0 if len(best) else -told.get(n, math.inf) for n in gaps}  # nobody does better than who is told
    rows = [
        (
            f"{n:,}", *_ends(apart.get(n), "{:.2g}"), *_ends(gaps.get(n), "{:.1f}"),
            _far(gaps[n], floor[n], shown) if n in gaps else "",
        )
        for n in sorted({*apart, *gaps})
    ]  # fmt: skip
    said = [
        _of_sizes("Told σ, longer training", apart, _parted),
        _of_sizes(f"Not told, the gap to {short}", gaps, _course),
    ]
    lead = f"{at.name}, σ = {at.sigmas[0]:g}, from the shortest training to the longest; apart in units of the noise."
    if gaps:
        lead += (
            " The last column is no measurement: it is where a straight line over the logarithm of the steps, through "
            f"the last two trainings, comes to after the paper's 250 million samples ({CLOSED_UP}: as good as "
            f"{'the best possible' if len(best) else 'those told'})."
        )
    return f"**{' '.join(filter(None, said))}**\n\n{folded(table(lead, head, rows))}"


def untold_for_longer(measured: Measured, sigma: float) -> str:
    """What longer training does to networks that are not told sigma, most samples: from the usual time to the longest.

    Where they add error after the usual one. In dB less than CLOSED of it is left: "most of that error"; or less by
    SAME: "part". Beside them those that are told and trained alike, where there are. To stand after what such networks
    of the usual time add.
    """
    at = measured.arm(*causes.UNTOLD_TIMES).where(sigma=sigma)
    usual = usual_steps(at.study)
    gains, apart = (_by_step(each) for each in _gain_and_distance(at))
    if not (both := sorted(n for n in gains.keys() & apart.keys() if usual in gains[n].index[:-1])):
        return ""
    gain, differ = gains[both[-1]], apart[both[-1]]
    first, last = gain[usual], gain.iloc[-1]
    if first > -SMALL:
        return ""
    place = {"sigma": sigma, "n_train": both[-1], "step": gain.index[-1]}
    told = measured.arm(*causes.PLAIN_TIMES).mean(metric=causes.APART, who="A-B", **place)
    beside = "" if math.isnan(told) else f" (told, same training: {_two_digits(told)})"
    return (
        f"**On {at.name}, longer training mends {_mended(first, last)}:** after {gain.index[-1] / usual:g} times the "
        f"steps each {gained(last).removesuffix(' of error')}, two are {_two_digits(differ.iloc[-1])} apart{beside}."
    )


def _mended(first: float, last: float) -> str:
    """What a later gain leaves of an earlier one, both negative [dB]."""
    if last > CLOSED * first:
        return "most of that error"
    return "part of that error" if last > (1 - SAME) * first else "nothing of it"


def telling_in_time(measured: Measured, sigma: float) -> str:
    """What it costs not to be told sigma after each time of training, where networks that are told were trained alike.

    A sentence by the rule of `_change`, of the cost in dB, and a table; of the largest n_train that has several times.
    """
    at = measured.arm(*causes.UNTOLD_TIMES).where(sigma=sigma)
    told = measured.arm(*causes.PLAIN_TIMES).where(sigma=sigma)
    all_four = [*_gain_and_distance(told), *_gain_and_distance(at)]
    frame = pd.concat(all_four, axis=1, keys=("told", "told apart", "untold", "untold apart")).dropna()
    found = {name: _by_step(frame[name]) for name in frame}
    if not found["told"]:
        return ""
    n = max(found["told"])
    of = pd.DataFrame({name: of_sizes[n] for name, of_sizes in found.items()})
    cost = of.told - of.untold
    (first, high), *_, (last, low) = cost.items()
    at_best = told.mean(who="exact", metric=GAINS) - at.mean(who="best blind", metric=GAINS)
    possible = "" if math.isnan(at_best) else f" At best, who is trained like that pays {decibels(at_best)} dB."
    rows = [
        (
            f"{step:,}", *map(decibels, (row.told, row.untold, cost[step])),
            _two_digits(row["told apart"]), _two_digits(row["untold apart"]),
        )
        for step, row in of.iterrows()
    ]  # fmt: skip
    said = (
        f"**On {at.name}, what it costs not to be told {_change(high, low)} with longer training:** "
        f"{decibels(high)} dB after {first:,} steps, {decibels(low)} after {last:,} (N = {n:,}).{possible}"
    )
    lead = (
        f"{at.name}, σ = {sigma:g}, N = {n:,}, both by the paper's training; gains in dB, apart in units of the noise:"
    )
    heads = ["steps", "told: gain", "not told: gain", "cost", "two told apart", "two not told apart"]
    return f"{said}\n\n{folded(table(lead, heads, rows))}"


def _two_digits(value: float) -> str:
    return f"{value:#.2g}" if value < 10 else number(value)


def _gain_and_distance(at: Measured) -> tuple[pd.Series, pd.Series]:
    """The gain of A [dB] and how far A and B are apart, by TIME."""
    return at.where(metric=GAINS, who="A").means(*TIME), at.where(metric=causes.APART, who="A-B").means(*TIME)


def _by_step(values: pd.Series) -> dict[int, pd.Series]:
    """For each n_train that has several times, means by step of the repetitions that have them all. By TIME."""
    found = {}
    for n_train, rows in values.groupby("n_train"):
        by_step = rows.unstack("step").dropna()
        if len(by_step) and by_step.shape[1] > 1:
            found[int(n_train)] = by_step.mean()
    return found


def _ends(values: pd.Series | None, form: str) -> tuple[str, str]:
    """The first step and the last, and the values there."""
    if values is None:
        return "", ""
    first, last = (form.format(value) for value in (values.iloc[0], values.iloc[-1]))
    return f"{values.index[0]:,} to {values.index[-1]:,}", f"{first} to {last}"


def _at(gaps: pd.Series, step: float) -> float:
    """A gap at another step, on the straight line through its last two, over the logarithm of the steps."""
    (s, before), (t, last) = list(gaps.items())[-2:]
    return last + (last - before) / math.log(t / s) * math.log(step / t)


def _far(gaps: pd.Series, floor: float, step: float) -> str:
    """A gap at a step far away, in dB; or that nothing is left of it. Nothing where it has just turned."""
    if (gaps.iloc[-1] - gaps.iloc[-2]) * (gaps.iloc[-1] - gaps.iloc[0]) < 0:
        return ""
    gap = _at(gaps, step)
    return CLOSED_UP if gap <= floor else decibels(gap)


def _of_sizes(begin: str, values: Mapping[int, pd.Series], verdict: Callable[[pd.Series], str]) -> str:
    """A sentence: which n_train have which verdict, by their values over time; and which have a later one."""
    shortest = min((row.index[-1] for row in values.values()), default=0)
    said = []
    for n, row in values.items():
        after = f" (after {row.index[-1]:,} steps)" if row.index[-1] > shortest else ""
        said.append((verdict(row), f"{n:,}{after}"))
    return f"{begin} {by_size(said)}." if said else ""


def _parted(apart: pd.Series) -> str:
    first, last = apart.iloc[0], apart.iloc[-1]
    if last > max(MUCH * first, TOGETHER):
        return "parts two"
    if last < TOGETHER:
        return "leaves two together" if first < TOGETHER else "brings two together"
    return "leaves two apart"


def seen_as_often(measured: Measured, sigma: float) -> str:
    """Whether few samples part two models because each is seen more often: few and many, seen about as often.

    Of networks that are told sigma and trained for several times, with the largest n_train that can be compared with a
    smaller one, and the smallest such: whose samples are seen as often, within a factor ALIKE, after some steps, when
    they were trained (A gains half as much as with the larger) and two of the larger are together (TOGETHER), and part
    two after the usual ones. "Mostly that": two then stay together, too.
    """
    told = measured.arm(*causes.TOLD_TIMES).where(sigma=sigma)
    lines, published = [], usual_steps(measured.study)
    for dataset, rows in told.where(metric=causes.APART, who="A-B").shown.groupby("dataset", sort=False):
        shared = rows.groupby("n_train").step.transform("nunique") > 1
        cells = rows[shared].pivot_table(index="repetition", columns=["n_train", "step"], values="value").dropna()
        sizes = sorted({n for n, _ in cells.columns})
        usual = rows[rows.arm == "told"].step.max() if (rows.arm == "told").any() else published
        if cells.empty or len(sizes) < 2:
            continue
        apart = cells.mean()
        nearest = [
            (few, many, *_as_often(apart[few].index, few, apart[many].index, many))
            for many in reversed(sizes)
            for few in sizes[: sizes.index(many)]
        ]
        gain = told.where(metric=GAINS, who="A", dataset=dataset).means("n_train", "step")
        alike = [
            (few, many, s, t, ratio)
            for few, many, s, t, ratio in nearest
            if 1 / ALIKE < ratio < ALIKE and apart[many, t] < TOGETHER < apart[few].get(usual, 0.0)
            if gain.get((few, s), 0.0) > gain.get((many, t), 0.0) / 2 - SMALL
        ]
        if not alike:
            continue
        few, many, s, t, ratio = alike[0]
        verdict = "Mostly that parts them" if apart[few, s] < TOGETHER else "It is not that alone which parts them"
        lines.append(
            f"Whatever N, a network trains for as many steps, so few samples are each seen more often. {verdict}: told "
            f"σ, two trained on {few:,} samples of {called([dataset])} differ at σ = {sigma:g} by "
            f"{apart[few, usual]:.2g} times the noise after the usual {usual:,} steps, but by {apart[few, s]:.2g} "
            f"after {s:,}, when each sample was seen about as often ({ratio:.2g} to 1) as each of {many:,} is in {t:,} "
            f"steps; two of those differ by {apart[many, t]:.2g}."
        )
    return bullets(lines)


def easier(measured: Measured, sigma: float) -> str:
    """By how much easier training samples are than new ones for A that is told sigma, over time, as a table [dB].

    Of repetitions that have every time.
    """
    at = measured.arm(*causes.TOLD_TIMES).where(sigma=sigma, who="A")
    gaps = at.where(metric="psnr_gain_train").means(*OF_SET) - at.where(metric=GAINS).means(*OF_SET)
    lead = "How much more A, told σ, gains on the samples that it was trained on than on new ones [dB]"
    return _over_time(lead, gaps, f", σ = {sigma:g}", decibels)


def copies_in_time(measured: Measured) -> str:
    """When what A, told sigma, makes of noise are copies: a sentence, by the rule "more than half", and a table.

    measured: of the study `memorisation`; of repetitions that have every time. The usual networks are left out, whose
    precision is another.
    """
    made = measured.arm(*causes.TOLD_TIMES[1:]).where(metric="memorised", who="A")
    return "\n\n".join(filter(None, map(_copies, made.each("dataset") if made.arms else [])))


def _copies(made: Measured) -> str:
    values = made.means(*OF_SET)
    rows = _by_step(values.droplevel("dataset"))
    if not rows:
        return ""
    first = {n: next((step for step, share in row.items() if share > 0.5), 0) for n, row in rows.items()}
    known = [f"with N = {n:,} after {step:,} steps" for n, step in first.items() if step]
    never = grouped((f"after {rows[n].index[-1]:,}", f"{n:,}") for n, step in first.items() if not step)
    others = [f"with N = {listed(sizes)} {after}" for after, sizes in never.items()]
    lead = "Share of what A, told σ, makes of noise that are copies of its training samples"
    copies = f"Most of what A makes of noise are copies {listed(known)}." if known else ""
    none = f"{'Still' if known else 'Of what A makes of noise'} most are no copies {listed(others)}." if others else ""
    said = f"**{' '.join(filter(None, (copies, none)))}**"
    return f"{said}\n\n{folded(_over_time(lead, values, '', percent))}"


def score_error_in_time(measured: Measured, sigma: float) -> str:
    """The squared score error of A, told sigma, on new points over time, as a table; of mixtures, whose score is known.

    Of repetitions that have every time.
    """
    at = measured.arm(*causes.TOLD_TIMES).where(sigma=sigma, who="A", metric="relative_score_error")
    lead = "Squared error of the score of A, told σ, on new points; doing nothing has 1"
    return folded(_over_time(lead, at.means(*OF_SET), f", σ = {sigma:g}", number), "The error of the score over time")


def _over_time(lead: str, values: pd.Series, at: str, say: Callable[[float], str]) -> str:
    """A table of values over the steps of training for each data set, a row for each n_train.

    values: by OF_SET. at: where else they were taken, in words.
    """
    tables = []
    for dataset, of_set in values.groupby(level="dataset", sort=False):
        rows = _by_step(of_set.droplevel("dataset"))
        steps = sorted({step for row in rows.values() for step in row.index})
        cells = [
            (f"{n:,}", *(say(row[step]) if step in row.index else "" for step in steps)) for n, row in rows.items()
        ]
        head = ["N", *(f"after {step:,} steps" for step in steps)]
        tables.append(table(f"{lead} ({called([dataset])}{at}):", head, cells))
    return "\n\n".join(filter(None, tables))


def _as_often(steps: pd.Index, few: int, others: pd.Index, many: int) -> tuple[int, int, float]:
    """After which steps each of few samples was seen most nearly as often as each of many, after which; the ratio."""
    ratios = {(s, t): (s / few) / (t / many) for s in steps for t in others}
    (s, t), ratio = min(ratios.items(), key=lambda item: abs(math.log(item[1])))
    return s, t, ratio


def usual_steps(study: str) -> int:
    """How long a study's usual networks are trained, as published; 0 where they are not."""
    return int(_published(study, "steps", 0))


def _published(study: str, setting: str, default: float) -> float:
    """A setting of a study's usual networks, as published; the default where they are not."""
    found = manifest.find(f"{study}/told")
    return found.entry["settings"].get(setting, default) if found else default


def _course(gaps: pd.Series) -> str:
    """How a gap changes over time: as `_change` has it, unless it was clearly larger in between than at both ends."""
    first, last = gaps.iloc[0], gaps.iloc[-1]
    return "first grows, then shrinks" if gaps.max() > (1 + SAME) * max(first, last) else _change(first, last)


def _change(first: float, last: float) -> str:
    if abs(last - first) < max(SAME * abs(first), SMALL):
        return "stays as it is"
    if first > 0 and last < CLOSED * first:
        return "mostly closes"
    return "shrinks" if last < first else "grows"
