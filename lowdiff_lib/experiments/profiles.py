"""Profiles, how much to train: `smoke` in tests, `quick` on a laptop, `full` for two cores, `paper` for a GPU."""

import difflib
from collections.abc import Mapping
from typing import TypeVar

from lowdiff_lib.errors import LowdiffError

Settings = TypeVar("Settings")


def choose(profiles: Mapping[str, Settings], profile: str) -> Settings:
    """The settings of a profile. Raises LowdiffError that names the profiles there are."""
    if profile not in profiles:
        near = difflib.get_close_matches(str(profile), profiles, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise LowdiffError(f"no profile {profile!r} here; {hint}There are: {', '.join(profiles)}")
    return profiles[profile]
