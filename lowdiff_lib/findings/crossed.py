"""Is it that nobody tells them sigma, or how they are trained? In words."""

import pandas as pd

from lowdiff_lib.findings.say import bullets
from lowdiff_lib.tables import Measured, crossed
from lowdiff_lib.tables.tidy import called

FACTOR = 2.0  # times as far apart: what a choice that matters makes of it
TELLING, PAPERS = "telling, our training", "telling, paper's training"
TOLD, UNTOLD = "training, told", "training, not told"
Matters = tuple[bool, bool, bool, bool]
WHY = {  # by whether telling matters with the paper's training, and with ours; training if told, and if not
    (True, True, False, False): "It is not being told σ, however they are trained.",
    (True, True, False, True): "It is not being told σ, and the paper's training makes it worse.",
    (True, True, True, True): "It is both: not being told σ, and the paper's training.",
    (True, False, False, True): "It takes both: not being told σ, and the paper's training. Either alone does little.",
    (False, False, True, True): "It is the paper's training, told σ or not.",
    (False, False, False, False): "It is neither.",
}


def matters(at: pd.Series) -> Matters:
    """Which ratios of `crossed.apart` are above FACTOR, in the order of WHY."""
    papers, ours, told, untold = (bool(at[name] > FACTOR) for name in (PAPERS, TELLING, TOLD, UNTOLD))
    return papers, ours, told, untold


def telling_or_training(measured: Measured) -> str:
    """At the lowest noise level and the largest n_train: which of the two choices parts two models; then by n_train."""
    found = crossed.apart(measured.shown)
    low = found[found.sigma == found.sigma.min()].sort_values("n_train", kind="stable")
    why = WHY.get(matters(low.iloc[-1]), "It is a mixture of both.")
    said = bullets(_said(at) for _, at in low.iterrows())
    return f"**{why}** On {called(measured.datasets)} at σ = {low.sigma.iloc[0]:g}, A and B differ\n\n{said}"


def _said(at: pd.Series) -> str:
    told, plain, weighted, blind = (f"{at[arm]:.2g}" for arm in crossed.ARMS)
    return (
        f"with N = {at.n_train:,}: told σ, by {told} times the noise (with the paper's training {plain}); not told, by "
        f"{blind} with the paper's training (with ours {weighted})."
    )
