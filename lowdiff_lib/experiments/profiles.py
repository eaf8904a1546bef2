"""Profiles, how much to train: `smoke` in tests, `quick` on a laptop, `full` for two cores, `paper` for a GPU.

A chapter has one more, which trains nothing where a table is published: `published`.
"""

from lowdiff_lib.base.checks import one_of

NAMES = ("smoke", "quick", "full", "paper")  # of the profiles of every grid
PUBLISHED = "published"  # what a chapter shows if nobody asks for more


def trained(profile: str) -> str:
    """The profile to train in. With `published` that is `quick`, for pictures, which no table holds."""
    return "quick" if profile == PUBLISHED else profile


def check(name: str) -> None:
    """Raise LowdiffError, which says which ones there are, if there is no such profile."""
    one_of(NAMES, name, "profile")
