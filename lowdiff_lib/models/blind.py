"""The best that a denoiser can do which is not told sigma: references for blind networks that need no training.

It averages over every noise level that fits the noisy point: D(y) = E[x | y] = integral of p(sigma | y) D(y, sigma),
with p(sigma | y) in proportion to p(y | sigma) and the prior, that is, how often each level was drawn in training
(Kadkhodaie, Pooladian, Chewi and Simoncelli, arXiv:2602.09639). Everything is float64 and in log space.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lowdiff_lib.base.checks import real
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.mixtures import GaussianMixture
from lowdiff_lib.specs import RunSpec

FLAT = 1e-4  # below it the density of a noisy point hardly changes with sigma, for data thicker than 1e-3
PANELS, NODES = 40, 12  # of the quadrature over log sigma above FLAT, and Gauss-Legendre nodes in each
_CHUNK_VALUES = 1 << 22  # levels x points x components, or training samples, at a time


@dataclass(frozen=True)
class Prior:
    """How often each noise level was drawn: sigma = largest u^power, u uniform on [0, 1].

    power 2 is the paper's; 1 is uniform, as in the authors' earlier code. Raises LowdiffError for another one.
    """

    largest: float = 1.0
    power: int = 2

    def __post_init__(self) -> None:
        real("the largest noise level", self.largest, 0)
        if self.power not in (1, 2):
            raise LowdiffError(f"the power of the prior is {self.power}; it must be 1 (uniform) or 2 (u squared)")

    def levels(self) -> tuple[Tensor, Tensor]:
        """Noise levels [L], rising, and the log of their weights [L], which sum to 1: a quadrature over the prior."""
        first = min(FLAT, self.largest / 2)
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        u_first = (first / self.largest) ** (1 / self.power)
        u = u_first * (nodes + 1) / 2
        sigma, weight = [self.largest * u**self.power], [u_first * weights / 2]
        edges = np.linspace(math.log(first), math.log(self.largest), PANELS + 1)
        for low, high in itertools.pairwise(edges):
            level = np.exp(low + (high - low) * (nodes + 1) / 2)
            density = (level / self.largest) ** (1 / self.power) / self.power  # of log sigma
            sigma.append(level)
            weight.append(density * weights * (high - low) / 2)
        return torch.from_numpy(np.concatenate(sigma)), torch.from_numpy(np.log(np.concatenate(weight)))


def prior_of(spec: RunSpec) -> Prior:
    """The prior that a run drew its noise levels from. Raises LowdiffError where it was another kind."""
    powers = {"square": 2, "uniform": 1}
    if spec.drawn not in powers:
        raise LowdiffError(f"noise is drawn {spec.drawn}; a blind reference knows {' and '.join(powers)}")
    return Prior(spec.sigma_max, powers[spec.drawn])


class BlindExact:
    """The best blind denoiser of a mixture under a prior of noise levels. `sigma` is taken and not looked at.

    The posterior is over component and level at once: a noisy component is a Gaussian whose covariance keeps its
    eigenvectors, so that the levels enter by products of matrices.
    """

    def __init__(self, exact: GaussianMixture, prior: Prior):
        self.exact = exact
        self.sigma, self.log_weight = prior.levels()

    def residual(self, y: Tensor, sigma: float | Tensor = 0.0) -> Tensor:
        """D(y) - y for y [n, dim]."""
        parts = [self._residual(part) for part in self._parts(y)]
        return torch.cat(parts) if parts else y.double()

    def expected_sigma(self, y: Tensor) -> Tensor:
        """E[sigma | y], [n]: how noisy the point looks."""
        parts = [self._posterior(part)[0].sum(0) @ self.sigma for part in self._parts(y)]
        return torch.cat(parts) if parts else y.new_empty(0, dtype=torch.float64)

    def __call__(self, y: Tensor, sigma: float | Tensor = 0.0) -> Tensor:
        return y.double() + self.residual(y)

    def _parts(self, y: Tensor) -> tuple[Tensor, ...]:
        if y.ndim != 2 or y.shape[1] != self.exact.dim:
            raise LowdiffError(f"{self.exact.name}: y has shape {list(y.shape)}; it needs [n, {self.exact.dim}]")
        return y.double().split(max(1, _CHUNK_VALUES // (len(self.sigma) * len(self.exact.weights)))) if len(y) else ()

    def _posterior(self, y: Tensor) -> tuple[Tensor, list[Tensor]]:
        """p(component, level | y) [K, n, L], and y in the eigenbasis of each component, from its mean."""
        log_joint, coordinates = [], []
        for k, weight in enumerate(self.exact.weights):
            u = (y - self.exact.means[k]) @ self.exact.eigenvectors[k]
            variance = self.exact.eigenvalues[k] + self.sigma[:, None] ** 2  # [L, dim]
            log_prob = -(u**2 @ (1 / variance).T + variance.log().sum(1)) / 2
            log_joint.append(weight.log() + self.log_weight + log_prob)
            coordinates.append(u)
        joint = torch.stack(log_joint)
        return torch.exp(joint - torch.logsumexp(joint, (0, 2), keepdim=True)), coordinates

    def _residual(self, y: Tensor) -> Tensor:
        posterior, coordinates = self._posterior(y)
        total = torch.zeros_like(y)
        for k, u in enumerate(coordinates):
            variance = self.exact.eigenvalues[k] + self.sigma[:, None] ** 2
            removed = posterior[k] @ (self.sigma[:, None] ** 2 / variance)  # the share of u that is taken away
            total -= (removed * u) @ self.exact.eigenvectors[k].T
        return total


class BlindIdeal:
    """The best blind denoiser of a training set: what a blind model of unlimited capacity learns by heart.

    x: training samples [N, *shape], real or pixels. D(y) is the mean of x under weights that are integrated over the
    noise levels, w_i in proportion to the integral of p(sigma) sigma^-dim exp(-|y - x_i|^2 / 2 sigma^2).
    """

    def __init__(self, x: Tensor, prior: Prior):
        pixels = x.dtype == torch.uint8
        if x.ndim < 2 or not x.numel() or not (pixels or x.is_floating_point()):
            raise LowdiffError(f"{x.dtype} of shape {list(x.shape)}; training samples are real numbers [n, *shape]")
        self.shape, self.x = x.shape[1:], x.flatten(1)
        self.unit = 1 / 255 if pixels else 1.0
        self.sigma, log_weight = prior.levels()
        self.offset = log_weight - self.x.shape[1] * self.sigma.log()

    def residual(self, y: Tensor, sigma: float | Tensor = 0.0) -> Tensor:
        """D(y) - y for y [n, *shape]."""
        flat = y.double().flatten(1)
        return (torch.cat([self._mean(point[None]) for point in flat]) - flat).reshape(y.shape)

    def __call__(self, y: Tensor, sigma: float | Tensor = 0.0) -> Tensor:
        return y.double() + self.residual(y)

    def _mean(self, y: Tensor) -> Tensor:
        """D(y) for one point [1, dim]: log weights are collected over the levels, a part of the data at a time."""
        rows = max(1, _CHUNK_VALUES // max(len(self.sigma), self.x.shape[1]))
        log_weights = []
        for part in self.x.split(rows):
            half = ((part.double() * self.unit - y) ** 2).sum(1) / 2
            log_weights.append(torch.logsumexp(self.offset[:, None] - half / self.sigma[:, None] ** 2, 0))
        weights = torch.softmax(torch.cat(log_weights), 0)
        counts = weights > 1e-15
        return weights[counts][None] @ (self.x[counts].double() * self.unit)
