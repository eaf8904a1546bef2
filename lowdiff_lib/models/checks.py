"""What every denoiser asks of its arguments, and what follows from its answer."""

import torch
from torch import Tensor

from lowdiff_lib.base.errors import LowdiffError


def noise_levels(y: Tensor, sigma: float | Tensor, shape: torch.Size) -> Tensor:
    """sigma as float64 [n], one for each of the points y [n, *shape].

    Raises LowdiffError unless y has that shape, and sigma is a number or [n], above 0 and finite. Points that are not
    finite pass: an iteration that runs away must not end the others beside it.
    """
    if y.ndim == 0 or y.shape[1:] != shape:
        raise LowdiffError(f"y has shape {list(y.shape)}; it needs [n, {', '.join(map(str, shape))}]")
    levels = torch.as_tensor(sigma, dtype=torch.float64)
    if levels.ndim > 1 or (levels.ndim == 1 and len(levels) not in (1, len(y))):
        raise LowdiffError(f"sigma has shape {list(levels.shape)}; it needs one number, or one per row of y")
    if not bool((levels > 0).all()) or not bool(torch.isfinite(levels).all()):
        raise LowdiffError("sigma must be above 0 and finite")
    return levels.expand(len(y))


def score_of(residual: Tensor, sigma: float | Tensor) -> Tensor:
    """residual / sigma^2 for residuals [n, *shape], float64, and sigma a number or [n] that passed `noise_levels`."""
    levels = torch.as_tensor(sigma, dtype=torch.float64).reshape(-1, *[1] * (residual.ndim - 1))
    return residual / levels**2
