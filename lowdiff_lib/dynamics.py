"""Where a denoiser takes a point: down the probability flow from much noise to little, or again and again at one level.

A denoiser here is anything with `residual(y, sigma)`, y [n, *shape] and sigma a number: trained, exact or reference.
"""

import itertools
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from lowdiff_lib.errors import LowdiffError


class HasResidual(Protocol):
    def residual(self, y: Tensor, sigma: float) -> Tensor: ...


def noise_schedule(sigma_max: float, sigma_min: float, steps: int) -> list[float]:
    """steps + 1 levels from sigma_max down to sigma_min, geometrically spaced."""
    if not 0 < sigma_min < sigma_max or steps < 1:
        raise LowdiffError(
            f"sigma_max {sigma_max}, sigma_min {sigma_min} and {steps} steps; "
            "the levels must be above 0 and decreasing, with at least 1 step"
        )
    return np.geomspace(sigma_max, sigma_min, steps + 1).tolist()


def probability_flow(denoiser: HasResidual, y: Tensor, sigmas: Sequence[float]) -> Tensor:
    """Solve dy / dsigma = -sigma score = -residual / sigma through `sigmas`, from y [n, *shape] at sigmas[0].

    Returns every state, [len(sigmas), n, *shape]. Heun's method in log sigma, where dy / dlog(sigma) = -residual:
    second order (Karras et al. 2022, algorithm 1, with t = log sigma).
    """
    states = [y]
    for here, there in itertools.pairwise(sigmas):
        step = float(np.log(there / here))
        slope = -denoiser.residual(y, here)
        ahead = -denoiser.residual(y + step * slope, there)
        y = y + step * (slope + ahead) / 2
        states.append(y)
    return torch.stack(states)


def fixed_points(denoiser: HasResidual, y: Tensor, sigma: float, iterations: int = 200) -> Tensor:
    """Where y [n, *shape] comes to rest under y <- D(y, sigma), after at most `iterations`.

    Each step climbs the noisy log density: D(y) - y = sigma^2 score. Its rests are the modes of that density.
    """
    for _ in range(iterations):
        move = denoiser.residual(y, sigma)
        y = y + move
        if float(move.abs().max()) < 1e-3 * sigma:
            break
    return y
