"""The one rule: from numbers of independent repetitions to an interval, and from an interval to a word.

Student's interval of the mean over repetitions, of logarithms where effects are ratios; a word where all of it lies on
one side of the threshold. Rows that carry a headline are judged together, by Holm's procedure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"
CANNOT, ABSENT = "cannot be tested", "not measured"
WORDS = (HOLDS, FAILS, UNDECIDED, CANNOT, ABSENT)
ERROR = 0.05  # with what probability a verdict is wrong, at most, and so each end of an interval


@dataclass(frozen=True)
class Rule:
    """What decides: the effect is above the threshold; below it, if not `above`; `either`: so is its size.

    log: the interval is that of the logarithms; the effect is then a geometric mean, and above 0.
    """

    threshold: float
    above: bool = True
    either: bool = False
    log: bool = False

    def at(self, threshold: float) -> "Rule":
        """The same with another threshold."""
        return Rule(threshold, self.above, self.either, self.log)

    def scaled(self, value: float) -> float:
        """A value on the scale on which distances are measured and averages are taken."""
        return math.log(value) if self.log else value

    def unscaled(self, value: float) -> float:
        """A value of that scale as it is."""
        return math.exp(value) if self.log else value

    def word(self, low: float, high: float) -> str:
        """The verdict on an interval."""
        if self.either:
            above, below = low > self.threshold or high < -self.threshold, max(-low, high) < self.threshold
        else:
            above, below = low > self.threshold, high < self.threshold
        return UNDECIDED if not (above or below) else HOLDS if above == self.above else FAILS


def probability_within(t: float, freedom: int) -> float:
    """That Student's t is between -t and t (Abramowitz and Stegun 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = total = cosine if odd else 1.0
    for k in range(2 + odd, freedom, 2):
        term *= cosine**2 * (k - 1) / k
        total += term
    if odd:
        return 2 / math.pi * (angle + (sine * total if freedom > 1 else 0.0))
    return sine * total


@lru_cache
def quantile(error: float, freedom: int) -> float:
    """The t above which Student's t is with probability `error`."""
    low, high = 0.0, 1.0
    while 1 - probability_within(high, freedom) > 2 * error:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 - probability_within(middle, freedom) > 2 * error else (low, middle)
    return high


def _mean_and_error(values: Sequence[float], test: Rule, shared: float) -> tuple[float, float, int]:
    """Mean and its standard error on the scale of the test, and degrees of freedom.

    shared: the share of their samples that repetitions have in common. If all that varies came from the samples, values
    would correlate by that much: they vary less than independent ones, and their mean more.
    """
    x = np.log(values) if test.log else np.asarray(values, float)
    n = len(x)
    error = x.std(ddof=1) * math.sqrt((1 + (n - 1) * shared) / (1 - shared) / n)
    return float(x.mean()), float(error), n - 1


def interval(
    values: Sequence[float], test: Rule, error: float = ERROR, shared: float = 0.0
) -> tuple[float, float, float]:
    """Mean over two repetitions or more, and its interval; each end is on the wrong side with probability `error`.

    A verdict can only err at one end, that where the truth is not: so with 0.05 it errs once in 20 times at most.
    """
    mean, spread, freedom = _mean_and_error(values, test, shared)
    half = quantile(error, freedom) * spread
    ends = np.array([mean, mean - half, mean + half])
    effect, low, high = map(test.unscaled, ends.tolist())
    return effect, low, high


def probability(values: Sequence[float], test: Rule, shared: float = 0.0) -> float:
    """Of an effect as far beyond the threshold as this, or farther, if it were on the threshold."""
    mean, spread, freedom = _mean_and_error(values, test, shared)
    off = abs(mean - test.scaled(test.threshold))
    return (1 - probability_within(off / spread, freedom)) / 2 if spread else float(off == 0) / 2


def errors_of_holm(probabilities: Sequence[float], error: float = ERROR) -> list[float]:
    """What each of several intervals may err by, so that all of them together err with probability `error` at most.

    Holm (1979), step down: the most certain of m is allowed error / m, the next error / (m - 1), as long as they are
    decided; those that are left have what the first that is not was allowed.
    """
    allowed, left = [0.0] * len(probabilities), len(probabilities)
    for index in sorted(range(len(probabilities)), key=lambda k: probabilities[k]):
        allowed[index] = error / left
        left -= probabilities[index] < error / left
    return allowed


def power(
    values: Sequence[float],
    test: Rule,
    effect: float,
    error: float = ERROR,
    shared: float = 0.0,
    draws: int = 2000,
) -> float:
    """How often as many repetitions with this spread find an effect above the threshold; by simulation."""
    _, spread, freedom = _mean_and_error(values, test, shared)
    random = np.random.default_rng(0)
    mean = random.normal(test.scaled(effect) - test.scaled(test.threshold), spread, draws)
    seen = spread * np.sqrt(random.chisquare(freedom, draws) / freedom)
    return float(np.mean(mean > quantile(error, freedom) * seen))
