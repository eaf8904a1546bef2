"""Where the trajectories of two face models part, and at which noise level their ends are decided."""

import numpy as np
import pandas as pd

APART = 0.1  # of the spread of the faces: two trajectories count as parted
LATE = 0.15  # the change of models counts as late below this noise level
LITTLE = 0.2  # share of the distance: less than this hardly matters


def face_branching(table: pd.DataFrame) -> str:
    """Where A and B part and end, for each n_train, and how much of that is decided late; a list."""
    lines = []
    for n_train, mine in table.groupby("n_train"):
        far, left = (_curves(mine, metric) for metric in ("trajectory_distance", "late_branch_distance"))
        share = left["A-B"] / left["A-B"].iloc[-1]
        late = share[share.index < LATE].index.max()
        lines.append(
            f"- N = {n_train:,}: trajectories of A and B from the same noise {_parting(far['A-B'])} and end "
            f"{far['A-B'].iloc[0]:.2f} apart in units of the spread of the faces (A and its twin "
            f"{far['A-twin'].iloc[0]:.2f}). Half of that distance is decided above σ = {_half(share):.2g}; if B takes "
            f"over from A at σ = {late:.2g}, {share[late]:.0%} of it is left."
        )
    return "\n".join(lines)


def late_switching(table: pd.DataFrame) -> str:
    """Does it matter, at the largest n_train, which of two models does the end of the way?"""
    n_train = table.n_train.max()
    left = _curves(table[table.n_train == n_train], "late_branch_distance")
    share = left / left.iloc[-1]
    late = share[share.index < LATE].index.max()
    matters = "hardly matters" if share["A-B"][late] < LITTLE else "**still matters**"
    return (
        f"At N = {n_train:,}, which of the two models goes the way below σ = {late:.2g} {matters} for where it ends: "
        f"it makes {left['A-B'][late]:.2f} of the spread of the faces, {share['A-B'][late]:.0%} of the whole distance "
        f"of A and B (here less than {LITTLE:.0%} would count as hardly). For A and its twin, which saw the same "
        f"faces, it makes {left['A-twin'][late]:.2f}, {share['A-twin'][late]:.0%} of theirs."
    )


def _curves(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Mean over seeds, by sigma (rising) and pair."""
    return table[table.metric == metric].groupby(["sigma", "who"])["value"].mean().unstack()


def _parting(distance: pd.Series) -> str:
    apart = distance[distance > APART].index
    return f"are {APART:g} apart from σ = {apart.max():.2g} on" if len(apart) else f"are never {APART:g} apart"


def _half(share: pd.Series) -> float:
    """The noise level where a rising share is one half, between those that were measured."""
    return float(np.exp(np.interp(0.5, share.cummax(), np.log(share.index))))
