"""The measurements, each a few lines that read like its definition.

Residuals are D(y) - y [n, *shape]; for one sigma, score = residual / sigma^2. The cosine of the *denoised points*
goes to 1 near the manifold for any two models; that of their residuals does not, and is what is compared here.
"""

import math

import torch
from torch import Tensor


def relative_score_error(residual: Tensor, exact_score: Tensor, sigma: float) -> float:
    """E|s - s*|^2 / E|s*|^2 with s = residual / sigma^2.

    The identity (s = 0) scores 1. Below 1 means: beats the identity in expected squared error, because
    E|D - x|^2 = E|D* - x|^2 + sigma^4 E|s - s*|^2 for the exact posterior mean D*.
    """
    wrong = residual.flatten(1) / sigma**2 - exact_score.flatten(1)
    return float(wrong.square().sum() / exact_score.square().sum())


def residual_cosine(first: Tensor, second: Tensor) -> float:
    """Mean over points of the cosine between two models' residuals. 1: same direction; 0: unrelated."""
    a, b = first.flatten(1), second.flatten(1)
    norms = (a.norm(dim=1) * b.norm(dim=1)).clamp_min(1e-300)
    return float(((a * b).sum(1) / norms).mean())


def relative_distance(first: Tensor, second: Tensor) -> float:
    """Root mean square distance of two residuals over their root mean square size."""
    size = (first.square().sum() + second.square().sum()) / 2
    return math.sqrt(float((first - second).square().sum() / size.clamp_min(1e-300)))


def rms_distance(first: Tensor, second: Tensor) -> float:
    """Root mean square distance between points [n, *shape] and their partners."""
    return math.sqrt(float((first - second).flatten(1).square().sum(1).mean()))


def is_memorised(points: Tensor, train: Tensor, alone: float) -> Tensor:
    """Which points [n, dim] are copies of one of `train` [m, dim], [n]: nearest distance below a third of the second.

    (Bonnaire et al. 2025.) With a single training point there is no second: then nearer than `alone`.
    """
    distances = torch.cdist(points, train)
    if len(train) == 1:
        return distances[:, 0] < alone
    nearest, second = distances.topk(2, largest=False).values.unbind(1)
    return nearest < second / 3


def psnr_gain(residual: Tensor, noise: Tensor) -> float:
    """Decibels of squared error that denoising y = x + noise removes. 0: as good as leaving it; negative: worse.

    At most 100: beyond that an answer is exact but for rounding.
    """
    before, left = float(noise.square().sum()), float((residual + noise).square().sum())
    return 10 * math.log10(before / max(left, 1e-10 * before))
