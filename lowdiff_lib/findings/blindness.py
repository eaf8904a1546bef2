"""What being told the noise level changes; what of it nobody can avoid, and what is too little training."""

import math

import pandas as pd

from lowdiff_lib.base.words import listed, number, table
from lowdiff_lib.findings import crossed
from lowdiff_lib.findings.say import MUCH, SMALL, because, decibels, gained, percent
from lowdiff_lib.tables import Measured

SHARP = 0.75  # of the fine detail of a picture: where less is left, one sees it
UNTRAINED = 3.0  # dB: twice the squared error
BEST = {"told": "exact", "blind": "best blind", "blind-weighted": "best blind"}  # who does best of such training
ALIKE = "told-plain"  # the arm that is told, and else trained like those that are not
HANGS = {  # by the cause that `crossed` finds
    crossed.NOT_TOLD: "Much hangs on being told σ.",
    crossed.TRAINED: "Little hangs on being told σ, much on how networks are trained.",
    crossed.BOTH: "Much hangs on being told σ, unless the training weighs low noise more.",
    crossed.EITHER: "Much hangs on being told σ, and as much on how networks are trained.",
    crossed.NEITHER: "Little hangs on being told σ.",
}


def blindness_answer(measured: Measured) -> str:
    """How much further apart two models are that are not told, at the lowest noise level and the largest n_train.

    Much: more than MUCH times as far apart; where telling and training were crossed, by what that says. Why it is so,
    by what twins share, is said only of networks that did well enough there: see `_shortfall`.
    """
    at = measured.common.largest
    at = at.where(sigma=at.sigmas[0])
    told, blind, twin = _apart(at)
    cases = crossed.lowest(at)
    if cases.empty:
        hangs = HANGS[crossed.NOT_TOLD if blind > MUCH * told else crossed.NEITHER]
    else:
        hangs = HANGS[crossed.cause(cases.iloc[-1])]
    return (
        f"**{hangs}** At σ = {at.sigmas[0]:g} two networks that are told it differ by {told:.2g} "
        f"times the noise, two that are not by {blind:.2g} (N = {at.sizes[-1]:,}). Two of those that saw the same data "
        f"differ by {twin:.2g}{'' if _shortfall(at) else f': {because(twin / blind)}'}. Not told, a network "
        f"{gained(_gain(at, 'A', 'blind'))}. {_why(at, at.sizes[-1])}"
    )


def avoidable(measured: Measured) -> str:
    """Whether longer training would mend what a network adds that is not told, at the lowest noise level of a mixture.

    With the most samples; it would not where the network is within UNTRAINED of the best possible. Nothing where it
    adds none, or where the best possible is not known.
    """
    at = measured.common.largest
    at = at.where(sigma=at.sigmas[0])
    possible, gain = _gain(at, "best blind", "blind"), _gain(at, "A", "blind")
    if math.isnan(possible) or gain > -SMALL:
        return ""
    mend = "would mend part of that" if possible - gain > UNTRAINED else "would not mend that"
    return (
        f"**On {at.name}, longer training {mend}:** at σ = {at.sigmas[0]:g} the network {gained(gain)}, and the best "
        f"that the paper's training can lead to, which is known there, {gained(possible)}."
    )


def guessing(measured: Measured, sigma: float) -> str:
    """How well who is not told sigma can guess it at one noise level, and what that costs at best: words and a table.

    Of mixtures, where it is known what is best by the paper's noise levels and its squared error; in the table by ours,
    too, which weigh low noise more. The guess is good within a factor of MUCH of sigma, in the middle over points.
    Beside it the paper's networks, of most samples.
    """
    at = measured.where(sigma=sigma)
    guess = at.arm("blind").where(metric="expected_sigma", who="best blind").means("dataset")
    possible = {arm: at.arm(arm).where(metric="psnr_gain", who=who).means("dataset") for arm, who in BEST.items()}
    cost = (possible["told"] - possible["blind"]).dropna()
    guess = guess[guess.index.isin(cost.index)].sort_values()
    if guess.empty:
        return ""
    good = guess.between(1 / MUCH, MUCH)
    said = []
    if good.any():
        most = number(cost[guess.index[good]].max())
        said.append(
            f"On {listed(guess.index[good])} who is not told σ can guess it: at best, that costs up to {most} dB."
        )
    if not good.all():
        times, lost = _span(guess[~good]), _span(cost[guess.index[~good]])
        said.append(
            f"On {listed(guess.index[~good])} the best guess by the paper's training is {times} times σ, and costs "
            f"{lost} dB."
        )
    dims = at.shown.groupby("dataset").dim.first()
    trained = at.arm("blind").largest.where(metric="psnr_gain", who="A").means("dataset")
    rows = [
        [
            name,
            f"{dims[name]}",
            number(guess[name]),
            *(decibels(of.get(name, math.nan)) for of in (*possible.values(), trained)),
        ]
        for name in guess.index
    ]
    head = ["data", "dimensions", "best guess, over σ", "told: best", "not told: best by the paper's training"]
    head += ["best by ours", "a network by the paper's"]
    lead = f"At σ = {sigma:g}; gains over doing nothing in dB:"
    return f"**{' '.join(said)}**\n\n{table(lead, head, rows)}"


def _span(values: pd.Series) -> str:
    """The lowest value and the highest, to two digits."""
    low, high = number(values.min()), number(values.max())
    return low if low == high else f"{low} to {high}"


def blindness(measured: Measured) -> str:
    """At the lowest noise level, what a network gains or adds that is told it, and that is not, as a table.

    One for each data set, of the largest three n_train. What it says of the data follows the share of the difference
    of A and B that the twin has, and `_shortfall`.
    """
    most = measured.common.sizes[-1]
    return "\n\n".join(_table(of_set, most) for of_set in measured.common.each("dataset"))


def larger_pictures(finer: Measured, usual: Measured) -> str:
    """The same of networks on larger pictures, arms such as told-finer; then beside the usual those told, least N."""
    if len(finer.arms) < 2:
        return ""
    finer = finer.map(lambda shown: shown.assign(arm=shown.arm.str.partition("-")[0]))
    said = f"The same on pictures of {_side(finer)} pixels.\n\n{blindness(finer)}\n\n{trained_on(finer)}"
    if not (both := sorted(set(finer.sizes) & set(usual.sizes))):
        return said
    pairs = {"A-B": "other faces", "A-twin": "the same faces"}
    parts = []
    for of in (usual, finer):
        at = of.where(n_train=both[0], sigma=finer.sigmas[0], metric="disagreement_over_noise").arm("told").means("who")
        parts.append(f"{_side(of)} pixels " + listed(f"{at[pair]:.2g} ({words})" for pair, words in pairs.items()))
    return f"{said}\n\nTold σ, with N = {both[0]:,}, two networks differ, in units of the noise: {'; '.join(parts)}."


def earlier(measured: Measured) -> str:
    """The same of the network and the training of the authors' earlier code, arm earlier; nothing where it was not run.

    What is possible then is meant for their noise levels.
    """
    if not {"told", "earlier"} <= measured.arms or (theirs := measured.arm("told", "earlier").common).shown.empty:
        return ""
    theirs = theirs.map(lambda shown: shown.assign(arm=shown.arm.replace("earlier", "blind")))
    return (
        "Their network, trained in their way but for fewer steps, on mixtures of this book; beside it ours, which is "
        f"told σ, of the same samples:\n\n{blindness(theirs)}"
    )


def _side(measured: Measured) -> str:
    side = round(measured.shown.dim.max() ** 0.5)
    return f"{side}x{side}"


def portrait(pictures: pd.DataFrame) -> str:
    """What two kinds of networks make of one picture: how much error, how much of its fine detail, and how far apart.

    It is blurred by those that keep less than SHARP of the fine detail.
    """
    at = {arm: pictures[pictures.arm == arm].set_index("what") for arm in ("told", "blind")}
    blurs = {arm: of.fine[list("AB")].max() < SHARP for arm, of in at.items()}
    said = []
    if blurs["blind"] and not blurs["told"]:
        said.append("**Not told σ, both networks blur the face; told, neither does.**")
    for arm, words in (("told", "Told σ"), ("blind", "Not told")):
        of = at[arm]
        left, fine = (listed(say(of[what][who]) for who in "AB") for what, say in (("left", _two), ("fine", percent)))
        said.append(
            f"{words}, A's and B's answers are {left} times the noise away from the clean face, keep {fine} of its "
            f"fine detail, and differ by {of.apart['A']:.2f} times the noise."
        )
    return " ".join(said)


def _two(value: float) -> str:
    return f"{value:.2f}"


def _table(measured: Measured, most: int) -> str:
    low, rows = measured.sigmas[0], []
    for at in measured.where(sigma=low).each("n_train")[-3:]:
        apart, possible = _apart(at), _gain(at, "best blind", "blind")
        gains = [_gain(at, "A", "told"), _gain(at, "A", "blind"), possible]
        rows.append(
            [
                f"{at.sizes[0]:,}",
                *map(decibels, gains),
                *("not run" if math.isnan(each) else f"{each:.2g}" for each in apart),
                _says(at, most),
            ]
        )
    head = ["N", "told: gain", "not told: gain", "best possible, not told", "told: A, B apart", "not told: A, B apart"]
    head += ["not told: A, its twin apart", "why those part"]
    lines = [head, *rows]
    if not any(row[3] for row in rows):  # it is not known of any
        lines = [[*line[:3], *line[4:]] for line in lines]
    lead = f"{measured.name}, σ = {low:g}. Gains in dB: below 0, error is added. Apart: in units of the noise."
    return table(lead, lines[0], lines[1:])


def _says(at: Measured, most: int) -> str:
    """What the row of an n_train says of the data, in a few words."""
    _, blind, twin = _apart(at)
    if not _shortfall(at):
        return because(twin / blind)
    if math.isnan(_gain(at, "best blind", "blind")):
        return "not known, as the best possible is not"
    return f"too little training{'' if at.sizes[-1] == most else ' or too few data'}"


def trained_on(measured: Measured) -> str:
    """For which pictures that holds, and in how many repetitions, of which each has other faces."""
    times = measured.common.shown.groupby("n_train").repetition.nunique()
    most, all_of_them = times.max(), times.nunique() == 1
    often = "one repetition" if most == 1 else f"{most} repetitions with other faces"
    sizes = "" if all_of_them else f" with N = {listed(f'{n:,}' for n in times.index[times == most])}, else one"
    return f"*Pictures of {_side(measured)} pixels; {often}{sizes}.*"


def _apart(at: Measured) -> tuple[float, float, float]:
    """Difference over the noise of A and B told, of A and B not told, and of A and its twin not told."""
    pairs = (("told", "A-B"), ("blind", "A-B"), ("blind", "A-twin"))
    told, blind, twin = (at.mean(metric="disagreement_over_noise", who=pair, arm=arm) for arm, pair in pairs)
    return told, blind, twin


def _gain(at: Measured, who: str, arm: str) -> float:
    """Mean PSNR gain [dB], of held-out data where both are measured; nan where it is not."""
    return at.mean(metric=["psnr_gain", "psnr_gain_held_out"], who=who, arm=arm)


def _shortfall(at: Measured) -> bool:
    """Whether a network that is not told is UNTRAINED worse than the best possible, or than doing nothing.

    The second where the best possible is not known, nor how well a network does that is told and trained alike. Then
    how far two of them are apart says nothing about the data.
    """
    possible = _gain(at, "best blind", "blind")
    if math.isnan(possible) and not math.isnan(_gain(at, "A", ALIKE)):
        return False  # what is missing is known: see `_why`
    return (0.0 if math.isnan(possible) else possible) - _gain(at, "A", "blind") > UNTRAINED


def _why(at: Measured, most: int) -> str:
    """What of the error of a network that is not told nobody can avoid, and what is too little training.

    Or too few data, where there are fewer than `most`. Where the best possible is not known, what a network gains that
    is told and trained alike.
    """
    possible = _gain(at, "best blind", "blind")
    if math.isnan(possible) and not math.isnan(alike := _gain(at, "A", ALIKE)):
        weighted = _gain(at, "A", "blind-weighted")
        ours = "" if math.isnan(weighted) else f"; not told but trained like ours, it {gained(weighted)}"
        return f"Told σ but trained the same way, it {gained(alike)}{ours}."
    if math.isnan(possible):
        unknown = "How much better anybody could do is not known here"
        return f"{unknown}, so that this says nothing about the data." if _shortfall(at) else f"{unknown}."
    best = f"The best on average over the paper's noise levels, not told, {gained(possible)}"
    if _shortfall(at):
        few = "" if at.sizes[-1] == most else " or too few data"
        return f"{best}: the rest is **too little training**{few}, and no sign of what other data do."
    return f"{best}: trained like that, nobody can avoid it." if possible < -SMALL else f"{best}."
