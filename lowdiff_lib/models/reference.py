"""Denoisers that need no training: the curves every network is compared with.

Each is built from training samples x [n, *shape] and called as `denoiser(y, sigma)`, y [m, *shape], sigma a number
or [m]; `residual(y, sigma)` is D(y) - y. All are float64.
"""

import torch
from torch import Tensor

from lowdiff_lib.errors import LowdiffError
from lowdiff_lib.models.checks import noise_levels


class _Reference:
    def __init__(self, x: Tensor):
        if x.ndim < 2 or not x.numel() or not x.is_floating_point() or not bool(torch.isfinite(x).all()):
            raise LowdiffError(
                f"{len(x) if x.ndim else 'no'} training samples, {x.dtype} of shape {list(x.shape)}; a reference "
                "denoiser needs at least 1, [n, *shape], all of them finite real numbers"
            )
        self.shape = x.shape[1:]
        self.x = x.double().flatten(1)

    def residual(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        """D(y) - y for y [m, *shape]. Raises LowdiffError for points or noise levels that are none."""
        if y.is_complex():
            raise LowdiffError(f"y holds {y.dtype}; it must hold real numbers")
        levels = noise_levels(y, sigma, self.shape)
        return self._residual(y.double().flatten(1), levels[:, None]).reshape(y.shape)

    def __call__(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        return y.double() + self.residual(y, sigma)

    def _residual(self, y: Tensor, sigma: Tensor) -> Tensor:
        raise NotImplementedError


class IdealDenoiser(_Reference):
    """Posterior mean over the training set: what a model of unlimited capacity learns from it, by heart.

    D(y) = sum_i w_i x_i with w = softmax(-|y - x_i|^2 / 2 sigma^2) (Karras et al. 2022, appendix B.3).
    """

    def _residual(self, y: Tensor, sigma: Tensor) -> Tensor:
        results = []
        for y_, s in zip(y.split(256), sigma.split(256), strict=True):
            weights = torch.softmax(-(torch.cdist(y_, self.x) ** 2) / (2 * s**2), 1)
            results.append(weights @ self.x - y_)
        return torch.cat(results) if results else y


class WienerDenoiser(_Reference):
    """Best denoiser of the Gaussian with the training mean and covariance: linear, blind to everything else."""

    def __init__(self, x: Tensor):
        super().__init__(x)
        self.mean = self.x.mean(0)
        _, singular, self.basis = torch.linalg.svd((self.x - self.mean) / len(x) ** 0.5, full_matrices=False)
        self.variance = singular**2

    def _residual(self, y: Tensor, sigma: Tensor) -> Tensor:
        centred = y - self.mean
        kept = (centred @ self.basis.T) * (self.variance / (self.variance + sigma**2))
        return kept @ self.basis - centred


class Identity(_Reference):
    """Does nothing: the bar that a denoiser must clear at every noise level."""

    def _residual(self, y: Tensor, sigma: Tensor) -> Tensor:
        return torch.zeros_like(y)
