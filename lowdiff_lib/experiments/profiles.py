"""Profiles, how much to train: `smoke` in tests, `quick` on a laptop, `full` for two cores, `paper` for a GPU."""

from lowdiff_lib.base.checks import one_of

NAMES = ("smoke", "quick", "full", "paper")  # of the profiles of every grid


def check(name: str) -> None:
    """Raise LowdiffError, which says which ones there are, if there is no such profile."""
    one_of(NAMES, name, "profile")
