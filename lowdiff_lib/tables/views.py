"""What the explorer shows of one data set, as arrays and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

PAIRS = {"A-B": "B", "A-twin": "twin"}  # what A is compared with
LONGEST = 4.0  # in units of the typical noise; a longer arrow is cut


@dataclass(frozen=True)
class View:
    """One data set. S noise levels, N sizes, 2 pairs (A-B, twin), P points or faces; s below is a side's pixels.

    cosine: [S, N, 2, P] of A's residual with the other's. curves: [N, 2, S], the same over all held-out points.
    Mixtures: `at` [S, P, 2] where the noisy points are in the plane that is shown; `arrows` [S, N, 2, P, 3, 2] the
    residuals of A, of the other and the exact one over sigma and, in more than two dimensions, over sqrt(dim / 2).
    Faces, with values from 0 to 1: clean [P, s, s], noisy [S, P, s, s], denoised [S, N, 3, P, s, s] by A, B and the
    twin, ideal [S, N, P, s, s].
    """

    dataset: str
    dim: int
    objective: str
    sizes: tuple[int, ...]
    sigmas: tuple[float, ...]
    cosine: np.ndarray
    curves: np.ndarray
    at: np.ndarray | None = None
    arrows: np.ndarray | None = None
    clean: np.ndarray | None = None
    noisy: np.ndarray | None = None
    denoised: np.ndarray | None = None
    ideal: np.ndarray | None = None


def field_table(view: View, sigmas: Sequence[float] = (0.05, 0.3, 1.0)) -> pd.DataFrame:
    """The arrows of a 2-D view for the smallest and the largest n_train at the levels nearest to `sigmas`.

    Columns: dataset, n_train, sigma, what (A, B, exact), u, v, du, dv; the last two are the residual over sigma.
    """
    assert view.at is not None
    assert view.arrows is not None
    parts = []
    for n in sorted({0, len(view.sizes) - 1}):
        for wanted in sigmas:
            s = int(np.abs(np.log(np.array(view.sigmas) / wanted)).argmin())
            for k, what in enumerate(("A", "B", "exact")):
                (u, v), (du, dv) = view.at[s].T, view.arrows[s, n, 0, :, k].T
                about = {"dataset": view.dataset, "n_train": view.sizes[n], "sigma": view.sigmas[s], "what": what}
                parts.append(pd.DataFrame(about | {"u": u, "v": v, "du": du, "dv": dv}))
    return pd.concat(parts, ignore_index=True)
