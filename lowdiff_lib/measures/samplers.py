"""Where a denoiser takes a point: down the probability flow from much noise to little, or again and again at one level.

A denoiser here is anything with `residual(y, sigma)`, y [n, *shape] and sigma a number: trained, exact or reference.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from lowdiff_lib.base.checks import real, whole
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.measures.metrics import sizes

MOST_STEPS = 100_000


class HasResidual(Protocol):
    def residual(self, y: Tensor, sigma: float | Tensor) -> Tensor: ...


# From y [n, *shape] at the first of some noise levels to every state, [levels, n, *shape]. y is noise, or an image with
# noise. A study is handed the sampler that it looks at.
Sampler = Callable[[HasResidual, Tensor, Sequence[float]], Tensor]


def noise_schedule(sigma_max: float, sigma_min: float, steps: int) -> list[float]:
    """steps + 1 levels from sigma_max down to sigma_min, geometrically spaced."""
    whole("steps", steps, 1, MOST_STEPS)
    if not 0 < sigma_min < sigma_max < math.inf:
        raise LowdiffError(
            f"sigma_max is {sigma_max} and sigma_min {sigma_min}; the levels must be above 0, finite and decreasing"
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


class Ascent(NamedTuple):
    """Where stochastic ascent ended: points [n, *shape], the steps that each took, and which had not ended, [n]."""

    ends: Tensor
    steps: Tensor
    ran_away: Tensor


def stochastic_ascent(
    denoiser: HasResidual,
    y: Tensor,
    sigma: float,
    seed: int = 0,
    lowest: float = 0.01,
    first_step: float = 0.01,
    beta: float = 0.01,
    most: int = 1000,
) -> Ascent:
    """The paper's sampler, from y [n, *shape], noise or an image with noise (Kadkhodaie and Simoncelli 2021).

    Each step goes a part h of the residual, which grows to 1, and adds noise, so that the noise level falls by about
    1 - beta h: y <- y + h f(y) + gamma z with gamma = s sqrt((1 - beta h)^2 - (1 - h)^2). The level s is read off the
    residual, |f(y)| / sqrt(dim), and is what a network that asks for it is told; `sigma` is it at first, for that. A
    point ends at the level `lowest` and is denoised once more. One that is not there after `most` steps, or is not
    finite, ran away; its end is where it was.
    """
    real("lowest", lowest, 0)
    whole("most", most, 1, MOST_STEPS)
    generator = torch.Generator().manual_seed(seed)
    y = y.double().clone()
    level = torch.full((len(y),), float(sigma), dtype=torch.float64).clamp_min(lowest)
    steps, active = torch.zeros(len(y), dtype=torch.long), torch.ones(len(y), dtype=torch.bool)
    for t in range(1, most + 1):
        h = first_step * t / (1 + first_step * (t - 1))
        noise = torch.randn(y.shape, generator=generator, dtype=torch.float64)  # of all, so that each sees its own
        move = denoiser.residual(y[active], level[active])
        here = sizes(move)
        level[active] = here.clamp(1e-6, 1e6).nan_to_num(1e6)
        gamma = _over(here * ((1 - beta * h) ** 2 - (1 - h) ** 2) ** 0.5, move)
        y[active] = y[active] + h * move + gamma * noise[active]
        steps[active] = t
        active &= (level > lowest) & torch.isfinite(y).flatten(1).all(1)
        if not bool(active.any()):
            break
    away = active | ~torch.isfinite(y).flatten(1).all(1)
    if bool((~away).any()):
        y[~away] += denoiser.residual(y[~away], level[~away])
    return Ascent(y, steps, away)


def _over(values: Tensor, points: Tensor) -> Tensor:
    """values [n] with as many axes as points [n, *shape]."""
    return values.reshape(-1, *[1] * (points.ndim - 1))


def fixed_points(denoiser: HasResidual, y: Tensor, sigma: float, iterations: int = 200) -> Tensor:
    """Where y [n, *shape] comes to rest under y <- D(y, sigma), after at most `iterations`.

    Each step climbs the noisy log density: D(y) - y = sigma^2 score. Its rests are the modes of that density.
    """
    whole("iterations", iterations, 0, MOST_STEPS)
    real("sigma", sigma, 0)
    for _ in range(iterations):
        move = denoiser.residual(y, sigma)
        y = y + move
        if not len(y) or float(move.abs().max()) < 1e-3 * sigma:
            break
    return y
