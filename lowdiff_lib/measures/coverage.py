"""Whether the training points say anything about a noisy point, or a network has to extrapolate there.

Networks are trained on the shells of noise around their training points, and equal the memoriser only there (Song et
al., arXiv:2510.01378; Dodson et al., arXiv:2602.17846).
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

_CHUNK_VALUES = 1 << 18  # distances at once: 2 MB, what a core's cache holds
WIDE = 3.0  # standard deviations of |z| that still count as within a shell; each is about 1 / sqrt(2)


class Coverage(NamedTuple):
    """share: of the points, those within the shell of a training point. concentration: mean largest weight there."""

    share: float
    concentration: float


def of(y: Tensor, train: Tensor, sigma: float) -> Coverage:
    """How training points [N, *shape] cover noisy points y [n, *shape] at a noise level.

    A point is within the shell of a training point if it is no further from it than its own noisy copies are:
    sigma (sqrt(dim) + WIDE / sqrt(2)). Its concentration is the largest of the weights softmax(-|y - x|^2 / 2 sigma^2).
    """
    points = y.double().flatten(1)
    nearest = torch.full((len(points), 1), math.inf, dtype=torch.float64)
    total = torch.zeros_like(nearest)
    for part in train.flatten(1).split(max(1, _CHUNK_VALUES // len(points))):
        far = torch.cdist(points, part.double(), compute_mode="donot_use_mm_for_euclid_dist").square()
        closest = torch.minimum(nearest, far.amin(1, keepdim=True))
        total = total * torch.exp((closest - nearest) / (2 * sigma**2)).nan_to_num(0)
        total += torch.exp((closest - far) / (2 * sigma**2)).sum(1, keepdim=True)
        nearest = closest
    reach = sigma * (math.sqrt(points.shape[1]) + WIDE / math.sqrt(2))
    return Coverage(float((nearest.sqrt() <= reach).double().mean()), float((1 / total).mean()))
