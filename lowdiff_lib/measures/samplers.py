"""Where a denoiser takes a point: down the probability flow from much noise to little, or again and again at one level.

A denoiser here is anything with `residual(y, sigma)`, y [n, *shape] and sigma a number: trained, exact or reference.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from lowdiff_lib.base.errors import LowdiffError

MOST_STEPS = 100_000


class HasResidual(Protocol):
    def residual(self, y: Tensor, sigma: float) -> Tensor: ...


# From y [n, *shape] at the first of some noise levels to every state, [levels, n, *shape]. y is noise, or an image with
# noise. A study is handed the sampler that it looks at.
Sampler = Callable[[HasResidual, Tensor, Sequence[float]], Tensor]


def noise_schedule(sigma_max: float, sigma_min: float, steps: int) -> list[float]:
    """steps + 1 levels from sigma_max down to sigma_min, geometrically spaced."""
    if not 0 < sigma_min < sigma_max < math.inf or not _is_count(steps, 1):
        raise LowdiffError(
            f"sigma_max {sigma_max}, sigma_min {sigma_min} and {steps} steps; "
            f"the levels must be above 0, finite and decreasing, with 1 to {MOST_STEPS:,} steps"
        )
    return np.geomspace(sigma_max, sigma_min, steps + 1).tolist()


def probability_flow(denoiser: HasResidual, y: Tensor, sigmas: Sequence[float]) -> Tensor:
    """Solve dy / dsigma = -sigma score = -residual / sigma through `sigmas`, from y [n, *shape] at sigmas[0].

    Returns every state, [len(sigmas), n, *shape]. Heun's method in log sigma, where dy / dlog(sigma) = -residual:
    second order (Karras et al. 2022, algorithm 1, with t = log sigma).
    """
    if not len(sigmas) or not all(0 < sigma < math.inf for sigma in sigmas):
        raise LowdiffError(f"the noise levels are {list(sigmas)}; they must be above 0 and finite, at least one")
    states = [y]
    for here, there in itertools.pairwise(sigmas):
        step = math.log(there) - math.log(here)
        slope = -denoiser.residual(y, here)
        ahead = -denoiser.residual(y + step * slope, there)
        y = y + step * (slope + ahead) / 2
        states.append(y)
    return torch.stack(states)


def fixed_points(denoiser: HasResidual, y: Tensor, sigma: float, iterations: int = 200) -> Tensor:
    """Where y [n, *shape] comes to rest under y <- D(y, sigma), after at most `iterations`.

    Each step climbs the noisy log density: D(y) - y = sigma^2 score. Its rests are the modes of that density.
    """
    if not 0 < sigma < math.inf or not _is_count(iterations, 0):
        raise LowdiffError(
            f"sigma is {sigma} and iterations {iterations}; sigma must be above 0 and finite, and there must be 0 to "
            f"{MOST_STEPS:,} iterations"
        )
    for _ in range(iterations):
        move = denoiser.residual(y, sigma)
        y = y + move
        if not len(y) or float(move.abs().max()) < 1e-3 * sigma:
            break
    return y


def _is_count(value: object, least: int) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        return False
    return least <= int(value) <= MOST_STEPS
