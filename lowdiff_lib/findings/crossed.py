"""Is it that nobody tells them sigma, or how they are trained? In words."""

import pandas as pd

from lowdiff_lib.base.words import listed, table
from lowdiff_lib.findings.say import MUCH, decibels
from lowdiff_lib.tables import Measured, crossed
from lowdiff_lib.tables.tidy import GAINS, called

CHOICE = 1.0  # dB: a fifth of the squared error, by which each of two trainings is better somewhere
SHARE = 0.25  # of the squared difference that both have together: what a choice has that does it alone
NOT_TOLD, TRAINED, BOTH, EITHER, NEITHER = "not told", "trained", "both", "either", "neither"
WHY = {
    NOT_TOLD: "two part that are not told σ, however they are trained",
    TRAINED: "two part that are trained like the paper's, told σ or not",
    BOTH: (
        "two part only if both hold, not being told σ and the paper's training: "
        "change either, and they are less than half as far apart"
    ),
    EITHER: "either is enough to part two, not being told σ or the paper's training",
    NEITHER: "neither parts them, not being told σ nor the paper's training",
}
PARTS = {
    NOT_TOLD: "not being told",
    TRAINED: "the training",
    BOTH: "only both together",
    EITHER: "either of them",
    NEITHER: "neither",
}


def cause(at: pd.Series) -> str:
    """Which of the two choices parts two models. at: a row of `crossed.apart`."""
    both = at[crossed.BOTH] ** 2
    if both <= MUCH**2 * at[crossed.NEITHER] ** 2:
        return NEITHER
    alone = (at[crossed.TELLING] ** 2 > SHARE * both, at[crossed.TRAINING] ** 2 > SHARE * both)
    return {(True, False): NOT_TOLD, (False, True): TRAINED, (False, False): BOTH, (True, True): EITHER}[alone]


def lowest(measured: Measured) -> pd.DataFrame:
    """Rows of `crossed.apart` at the lowest noise level, n_train rising; none, if the choices were not crossed."""
    found = crossed.apart(measured.shown)
    return found[found.sigma == found.sigma.min()].sort_values("n_train", kind="stable")


def telling_or_training(measured: Measured) -> str:
    """Which of the two it is at the lowest noise level, for each n_train; then in numbers, as a table."""
    low = lowest(measured)
    said = table(
        f"How far A and B are apart, in units of the noise; {called(low.dataset.unique())}, σ = {low.sigma.iloc[0]:g}:",
        ("N", "told, our training", "told, the paper's", "not told, ours", "not told, the paper's", "what parts them"),
        [
            (f"{at.n_train:,}", *(f"{at[arm]:.2g}" for arm in crossed.ARMS), PARTS[cause(at)])
            for _, at in low.iterrows()
        ],
    )
    return f"**{_why(low)}**\n\n{said}\n\n{_price(measured, low.iloc[-1])}"


def _why(low: pd.DataFrame) -> str:
    """What parts two networks, the largest n_train first; those where it is the same together."""
    sizes: dict[str, list[str]] = {}
    for _, at in low[::-1].iterrows():
        sizes.setdefault(cause(at), []).insert(0, f"{at.n_train:,}")
    if len(sizes) == 1:
        (only,) = sizes
        return f"{WHY[only][0].upper()}{WHY[only][1:]}."
    return " ".join(f"With N = {listed(of)} {WHY[each]}." for each, of in sizes.items())


def _price(measured: Measured, at: pd.Series) -> str:
    """What a network that is not told gains at the lowest noise level, and where the two trainings are furthest apart.

    Of levels above it. If each training is better at one of the two, a network that is not told has to choose.
    """
    mine = measured.where(dataset=at.dataset, n_train=at.n_train, metric=list(GAINS), who=["A", "B"])
    gains = mine.arm(crossed.TELLING, crossed.BOTH).means("sigma", "arm").unstack("arm")
    ours, papers, low = gains[crossed.TELLING], gains[crossed.BOTH], at.sigma
    high = (papers - ours)[gains.index > low].idxmax()
    choose = ours[low] > papers[low] + CHOICE and ours[high] < papers[high] - CHOICE
    so = " Not told, a network has to choose which noise to serve, and its training decides." if choose else ""
    gained = [decibels(of[sigma]) for of in (ours, papers) for sigma in (low, high)]
    return (
        f"Not told, N = {at.n_train:,}: our training gains {gained[0]} dB at σ = {low:g} and {gained[1]} dB at "
        f"σ = {high:g}; the paper's {gained[2]} dB and {gained[3]} dB.{so}"
    )
