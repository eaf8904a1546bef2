"""The noise that measurements add: the same for every model that is compared."""

import torch
from torch import Tensor


def unit_noise(x: Tensor, seed: int) -> Tensor:
    """Standard normal numbers like x [n, *shape], float64, the same whenever shape and seed are."""
    return torch.randn(x.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
