"""How far apart the two tables are that a figure can be drawn of: the reader's own, and the published one."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.artist import Artist

from lowdiff_lib.figures.drawing import OTHER
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import where

KEYS = ["dataset", "arm", "objective", "n_train", "who", "metric"]


def asked_for(*artists: Artist) -> None:
    """Hide artists until a reader asks for the other table."""
    for artist in artists:
        artist.set_gid(OTHER)


class Apart(NamedTuple):
    """How far apart the two tables of `measured` are in what is upward: `axis`, in words; nan where they share nothing.

    ratio: whether middle and largest are ratios, of the larger to the smaller value, and not differences.
    """

    measured: Measured
    axis: str
    middle: float
    largest: float
    ratio: bool

    def __str__(self) -> str:
        by = "a factor of " if self.ratio else ""
        return f"{self.axis} differs by {by}{self.middle:.2g} (median), {self.largest:.2g} at most"


def apart(measured: Measured, axis: str, across: str, lines: Sequence[Any] = (), scale: str = "linear") -> Apart:
    """How far apart the means of the two tables are, at the places where both have any.

    lines: of a panel; what belongs to no model is the same in both, and is left out.
    """
    if measured.other.empty:
        return Apart(measured, axis, math.nan, math.nan, False)
    both = [
        pd.concat([where(table, line.rows) for line in lines if not line.ink] or [table]).drop_duplicates()
        for table in (measured.shown, measured.other)
    ]
    keys = list(dict.fromkeys([*KEYS, across]))
    shown, other = (table.groupby(keys)["value"].mean() for table in both)
    shown, other = shown.align(other, join="inner")
    difference = np.exp(np.abs(np.log(shown / other))) if scale == "log" else (shown - other).abs()
    return Apart(measured, axis, float(difference.median()), float(difference.max()), scale == "log")


def switch(differences: Sequence[Apart]) -> tuple[str, str] | None:
    """What the switch says that shows the other table, and the line with how far apart they are; None without one.

    differences: of each panel; of those with the same axis, the one that is furthest apart is said.
    """
    both = [one for one in differences if not one.measured.other.empty]
    if not both:
        return None
    mine = both[0].measured.published_leads or not both[0].measured.profile
    known: dict[str, Apart] = {}
    for one in both:
        if not math.isnan(one.middle) and (one.axis not in known or one.largest > known[one.axis].largest):
            known[one.axis] = one
    words = "; ".join(map(str, known.values())) or "there is no training-set size that both have"
    return f"Compare with {'my run' if mine else 'what is published'}", f"Half as strong: {words}."
