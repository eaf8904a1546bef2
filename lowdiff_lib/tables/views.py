"""What the explorer has of one mixture of the plane, beside its networks: numbers, ready for a page."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Scene:
    """One data set of the plane, as plain numbers.

    mixture: weights, means, eigenvalues and eigenvectors of its components. mean, sd: its scale, as networks have it.
    frame: centre and half width of the square that is shown at first. start: the point that is. arms: by name, the
    n_train of which networks are published (`sizes`), what tells how to read them, and the largest sigma that they were
    trained at. points [P, 2]: held-out samples; noise [P, 2] of unit size, to be added. samples: by side, the first
    training samples [N, 2]. curves: rows arm, n_train, who, sigma, value: the published cosine of residuals. checks:
    points `y` [C, 2], noise levels `sigma` [C], and by network what the library makes of them, `residuals` [C, 2], for
    the page to compare. networks: SHA-256 of the published file of each network, by its name.
    """

    name: str
    mixture: dict[str, Any]
    mean: list[float]
    sd: float
    frame: tuple[float, float, float]
    start: tuple[float, float]
    arms: dict[str, dict[str, Any]]
    points: np.ndarray
    noise: np.ndarray
    samples: dict[str, np.ndarray]
    curves: pd.DataFrame
    checks: dict[str, Any]
    networks: dict[str, str]
