"""Words that sentences share."""

import math
from collections.abc import Iterable

import pandas as pd

from lowdiff_lib.base.words import listed as in_words
from lowdiff_lib.tables import Measured

SMALL = 0.05  # dB: one per cent of the squared error
MUCH = 2.0  # times as far apart: what a change that matters makes of two models


def box(measured: Measured, text: str) -> str:
    """A text that also stands alone, as on the landing page; with whose table it speaks of, if that is a re-run."""
    return f"{text}\n\n*Of {measured.origin}, not of what is published.*" if measured.profile else text


def brief(answer: str) -> str:
    """Of an answer its verdict and the first sentence after it: for a page that has many."""
    verdict, _, rest = answer.partition(".** ")
    first, stop, _ = rest.partition(". ")
    return f"{verdict}.** {first}{stop and '.'}"


def by_size(said: Iterable[tuple[str, str]]) -> str:
    """Words, each with the N that they are said of: "grows with N = 10 and 100; shrinks with N = 1,000"."""
    return "; ".join(f"{words} with N = {in_words(sizes)}" for words, sizes in grouped(said).items())


def grouped(said: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """For each of some words, in the order in which they come, all that they are said of."""
    found: dict[str, list[str]] = {}
    for words, of in said:
        found.setdefault(words, []).append(of)
    return found


def bullets(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def listed(values: pd.Series, form: str, joint: str = ", ") -> str:
    """Values with what they are of, each in a form such as "{0} {1:.2f}"."""
    return joint.join(form.format(of, value) for of, value in values.items())


def ends(measured: Measured) -> list[int]:
    """The smallest n_train and the largest."""
    return [measured.sizes[0], measured.sizes[-1]]


def decibels(gain: float) -> str:
    """A gain in dB, without its unit; nothing where it is not known."""
    return "" if math.isnan(gain) else f"{round(gain, 1) + 0.0:.1f}".replace("-", "−")


def gained(gain: float) -> str:
    """What a denoiser does that gains so many dB: words after "it"."""
    if abs(gain) < SMALL:
        return "changes next to nothing"
    return f"removes {gain:.1f} dB of error" if gain > 0 else f"adds {-gain:.1f} dB of error"


def percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def counted(share: float, total: int) -> str:
    """A share of few as what it is: "9 of 12"."""
    return f"{round(share * total)} of {total}"


def removed(gain: float) -> float:
    """The share of the squared error that a PSNR gain [dB] takes away; below 0 where it adds."""
    return 1 - 10 ** (-gain / 10)


def few(measured: Measured) -> int:
    """What counts as few samples a side: the smallest n_train above 1, or the smallest there is."""
    return next((n for n in measured.sizes if n > 1), measured.sizes[0])


def few_faces(n_train: int) -> str:
    return f"With N = {n_train:,} face{'s' if n_train > 1 else ''} a side"


def because(share: float) -> str:
    """Why two models differ, by the share of it that twins have, which saw the same data: words for after a colon."""
    if share > 0.9:
        return "other data add nothing"
    return "most of it is due to other data" if share < 0.5 else "part of it is due to other data"
