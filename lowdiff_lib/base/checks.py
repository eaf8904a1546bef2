"""What someone asked for, numbers and names: what they have to be, or a sentence that says so."""

import difflib
import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from lowdiff_lib.base.errors import LowdiffError

Thing = TypeVar("Thing")


def whole(what: str, value: object, least: int = 0, most: int | None = None) -> int:
    """`value` as an int. Raises LowdiffError, with the name `what`, if it is no whole number from `least` to `most`."""
    limits = f"at least {least:,}" if most is None else f"from {least:,} to {most:,}"
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise LowdiffError(f"{what} is {value!r}; it must be a whole number, {limits}")
    number = int(value)
    if number < least or (most is not None and number > most):
        raise LowdiffError(f"{what} is {number:,}; it must be a whole number, {limits}")
    return number


def wholes(what: str, values: object, least: int = 0, most: int | None = None) -> tuple[int, ...]:
    """Several of them, each once, in the order in which they are given."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise LowdiffError(f"{what} is {values!r}; it must be a list of whole numbers, such as [10, 100]")
    return tuple(dict.fromkeys(whole(f"one of {what}", value, least, most) for value in values))


def real(what: str, value: object, above: float = -math.inf, below: float = math.inf) -> float:
    """`value` as a float. Raises LowdiffError, with the name `what`, if it is no number between `above` and `below`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise LowdiffError(f"{what} is {value!r}; it must be a number")
    number = float(value)
    if not above < number < below:
        raise LowdiffError(f"{what} is {number:g}; it must be above {above:g} and below {below:g}")
    return number


def choose(known: Mapping[str, Thing], name: str, noun: str) -> Thing:
    """What is known by a name, such as the settings of a profile. Raises LowdiffError that says what there is."""
    if name not in known:
        near = nearest(str(name), known)
        hint = f"did you mean {near}? " if near else ""
        raise LowdiffError(f"no {noun} {name!r} here; {hint}There are: {', '.join(known)}")
    return known[name]


def one_of(known: Sequence[str], name: str, noun: str) -> str:
    """The name, if it is known. Raises LowdiffError that says what there is."""
    return choose({each: each for each in known}, name, noun)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, or "" if none is like it."""
    by_case = {name.casefold(): name for name in known}
    return next((by_case[match] for match in difflib.get_close_matches(word.casefold(), by_case, 1, 0.5)), "")
