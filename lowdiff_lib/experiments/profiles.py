"""Profiles, how much to train: `smoke` in tests, `quick` on a laptop, `full` for two cores, `paper` for a GPU.

A chapter has one more, which trains nothing where a table is published: `published`.
"""

import difflib
from collections.abc import Mapping, Sequence
from typing import TypeVar

from lowdiff_lib.base.errors import LowdiffError

Settings = TypeVar("Settings")
NAMES = ("smoke", "quick", "full", "paper")  # of the profiles of every grid
PUBLISHED = "published"  # what a chapter shows if nobody asks for more


def trained(profile: str) -> str:
    """The profile to train in. With `published` that is `quick`, for pictures, which no table holds."""
    return "quick" if profile == PUBLISHED else profile


def choose(known: Mapping[str, Settings], name: str, noun: str = "profile") -> Settings:
    """What is known by a name, such as the settings of a profile. Raises LowdiffError that says what there is."""
    if name not in known:
        near = difflib.get_close_matches(str(name), known, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise LowdiffError(f"no {noun} {name!r} here; {hint}There are: {', '.join(known)}")
    return known[name]


def one_of(known: Sequence[str], name: str, noun: str = "profile") -> str:
    """The name, if it is known. Raises LowdiffError that says what there is."""
    return choose({each: each for each in known}, name, noun)
