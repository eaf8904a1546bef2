"""Where the trajectories of two face models part, and at which noise level their ends are decided."""

import numpy as np
import pandas as pd

from lowdiff_lib.base.words import table
from lowdiff_lib.findings.say import percent
from lowdiff_lib.tables import Measured

APART = 0.1  # of the spread of the faces: two trajectories count as parted
LATE = 0.15  # the change of models counts as late below this noise level
LITTLE = 0.2  # share of the distance: less than this hardly matters


def face_branching(measured: Measured) -> str:
    """Where A and B part and end, for each n_train, and how much of that is decided late; a list."""
    rows, late = [], 0.0
    for mine in measured.each("n_train"):
        far, left = _curves(mine, "trajectory_distance"), _curves(mine, "late_branch_distance")
        share = left["A-B"] / left["A-B"].iloc[-1]
        late = _late(share)
        ends = (f"{far[pair].iloc[0]:.2f}" for pair in ("A-B", "A-twin"))
        rows.append((f"{mine.sizes[0]:,}", _parting(far["A-B"]), *ends, f"{_half(share):.2g}", percent(share[late])))
    return table(
        "From the same noise, in units of the spread of the faces:",
        (
            "N",
            f"A and B are {APART:g} apart from σ =",
            "apart at the end",
            "A and its twin, at the end",
            "half is decided above σ =",
            f"is left if B takes over at σ = {late:.2g}",
        ),
        rows,
    )


def late_switching(measured: Measured) -> str:
    """Does it matter, at the largest n_train, which of two models does the end of the way?"""
    n_train = measured.sizes[-1]
    left = _curves(measured.where(n_train=n_train), "late_branch_distance")
    share = left / left.iloc[-1]
    late = _late(share["A-B"])
    matters = "hardly matters" if share["A-B"][late] < LITTLE else "**still matters**"
    return (
        f"At N = {n_train:,}, which of the two models goes the way below σ = {late:.2g} {matters} for where it ends: "
        f"it makes {left['A-B'][late]:.2f} of the spread of the faces, {share['A-B'][late]:.0%} of the whole distance "
        f"of A and B (here less than {LITTLE:.0%} would count as hardly). For A and its twin, which saw the same "
        f"faces, it makes {left['A-twin'][late]:.2f}, {share['A-twin'][late]:.0%} of theirs."
    )


def _curves(measured: Measured, metric: str) -> pd.DataFrame:
    """Means by sigma, rising, a column for each pair."""
    return measured.where(metric=metric).means("sigma", "who").unstack()


def _late(share: pd.Series) -> float:
    """The highest noise level at which a change of models counts as late."""
    return share[share.index < LATE].index.max()


def _parting(distance: pd.Series) -> str:
    apart = distance[distance > APART].index
    return f"{apart.max():.2g}" if len(apart) else "never"


def _half(share: pd.Series) -> float:
    """The noise level where a rising share is one half, between those that were measured."""
    return float(np.exp(np.interp(0.5, share.cummax(), np.log(share.index))))
