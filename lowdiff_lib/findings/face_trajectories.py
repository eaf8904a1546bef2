"""Where the trajectories of two face models part, and at which noise level their ends are decided."""

import numpy as np
import pandas as pd

from lowdiff_lib.findings.say import bullets
from lowdiff_lib.tables import Measured

APART = 0.1  # of the spread of the faces: two trajectories count as parted
LATE = 0.15  # the change of models counts as late below this noise level
LITTLE = 0.2  # share of the distance: less than this hardly matters


def face_branching(measured: Measured) -> str:
    """Where A and B part and end, for each n_train, and how much of that is decided late; a list."""
    sentences = []
    for mine in measured.each("n_train"):
        far, left = _curves(mine, "trajectory_distance"), _curves(mine, "late_branch_distance")
        share = left["A-B"] / left["A-B"].iloc[-1]
        late = _late(share)
        sentences.append(
            f"N = {mine.sizes[0]:,}: trajectories of A and B from the same noise {_parting(far['A-B'])} and end "
            f"{far['A-B'].iloc[0]:.2f} apart in units of the spread of the faces (A and its twin "
            f"{far['A-twin'].iloc[0]:.2f}). Half of that distance is decided above σ = {_half(share):.2g}; if B takes "
            f"over from A at σ = {late:.2g}, {share[late]:.0%} of it is left."
        )
    return bullets(sentences)


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
    return f"are {APART:g} apart from σ = {apart.max():.2g} on" if len(apart) else f"are never {APART:g} apart"


def _half(share: pd.Series) -> float:
    """The noise level where a rising share is one half, between those that were measured."""
    return float(np.exp(np.interp(0.5, share.cummax(), np.log(share.index))))
