"""Profiles, how much to train: `smoke` in tests, `quick` on a laptop, `full` for two cores, `paper` for a GPU."""

import difflib
from collections.abc import Mapping
from typing import TypeVar

from lowdiff_lib.base.errors import LowdiffError

Settings = TypeVar("Settings")
MOST_BUDGET = 1000  # times the steps of a profile


def choose(known: Mapping[str, Settings], name: str, noun: str = "profile") -> Settings:
    """What is known by a name, such as the settings of a profile. Raises LowdiffError that says what there is."""
    if name not in known:
        near = difflib.get_close_matches(str(name), known, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise LowdiffError(f"no {noun} {name!r} here; {hint}There are: {', '.join(known)}")
    return known[name]
