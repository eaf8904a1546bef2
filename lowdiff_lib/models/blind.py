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
_CHUNK_VALUES = 1 << 19  # levels x points, or numbers of training samples, at a time: 4 MB


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


@dataclass(frozen=True)
class WeightedPrior:
    """Noise levels drawn log-uniformly and counted by 1 / sigma^2 + 1 / sd^2, which is what weights the squared error.

    An error that is weighted by w(sigma) has the minimum of one whose levels come w(sigma) times as often.
    """

    least: float
    largest: float
    sd: float

    def levels(self) -> tuple[Tensor, Tensor]:
        """As of `Prior`."""
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        sigma, weight = [], []
        for low, high in itertools.pairwise(np.linspace(math.log(self.least), math.log(self.largest), PANELS + 1)):
            level = np.exp(low + (high - low) * (nodes + 1) / 2)
            sigma.append(level)
            weight.append((1 / level**2 + 1 / self.sd**2) * weights * (high - low) / 2)
        joint = np.concatenate(weight)
        return torch.from_numpy(np.concatenate(sigma)), torch.from_numpy(np.log(joint / joint.sum()))


def prior_of(spec: RunSpec, sd: float) -> Prior | WeightedPrior:
    """The noise levels that a run drew, as often as they counted. sd: of the data.

    Raises LowdiffError for a kind that no blind reference knows.
    """
    powers = {"square": 2, "uniform": 1}
    if spec.weighted == "noise" and spec.drawn == "log-uniform":
        return WeightedPrior(spec.sigma_min, spec.sigma_max, sd)
    if spec.drawn not in powers or spec.weighted != "none":
        raise LowdiffError(
            f"noise is drawn {spec.drawn} and weighted by {spec.weighted}; a blind reference knows "
            f"{' and '.join(powers)} without weights, and log-uniform with the weights noise"
        )
    return Prior(spec.sigma_max, powers[spec.drawn])


class BlindExact:
    """The best blind denoiser of a mixture under a prior of noise levels. `sigma` is taken and not looked at.

    The posterior is over component and level at once: a noisy component is a Gaussian whose covariance keeps its
    eigenvectors, so that the levels enter by products of matrices.
    """

    def __init__(self, exact: GaussianMixture, prior: Prior | WeightedPrior):
        self.exact = exact
        self.sigma, self.log_weight = prior.levels()

    def residual(self, y: Tensor, sigma: float | Tensor = 0.0) -> Tensor:
        """D(y) - y for y [n, dim]."""
        return self.answer(y)[0]

    def expected_sigma(self, y: Tensor) -> Tensor:
        """E[sigma | y], [n]: how noisy the point looks."""
        return self.answer(y)[1]

    def __call__(self, y: Tensor, sigma: float | Tensor = 0.0) -> Tensor:
        return y.double() + self.residual(y)

    def answer(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Both at once, for half the work: the residual [n, dim] and E[sigma | y] [n]."""
        if y.ndim != 2 or y.shape[1] != self.exact.dim:
            raise LowdiffError(f"{self.exact.name}: y has shape {list(y.shape)}; it needs [n, {self.exact.dim}]")
        if not len(y):
            return y.double(), y.new_empty(0, dtype=torch.float64)
        rows = max(1, _CHUNK_VALUES // len(self.sigma))
        moved, sigma = zip(*map(self._answer, y.double().split(rows)), strict=True)
        return torch.cat(moved), torch.cat(sigma)

    def _answer(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Component after component; sums so far are relative to the likeliest place so far (online softmax)."""
        most = y.new_full((len(y), 1), -math.inf)
        total, moved, sigma = torch.zeros_like(most), torch.zeros_like(y), torch.zeros_like(most)
        squared = self.sigma[:, None] ** 2
        for k, weight in enumerate(self.exact.weights):
            u = (y - self.exact.means[k]) @ self.exact.eigenvectors[k]
            variance = self.exact.eigenvalues[k] + squared  # [L, dim]
            joint = u**2 @ (-0.5 / variance).T
            joint += weight.log() + self.log_weight - variance.log().sum(1) / 2
            before, most = most, torch.maximum(most, joint.amax(1, keepdim=True))
            joint.sub_(most).exp_()
            fade = torch.exp(before - most)
            removed = joint @ (squared / variance)  # the share of u that is taken away
            total = total * fade + joint.sum(1, keepdim=True)
            moved = moved * fade - (removed * u) @ self.exact.eigenvectors[k].T
            sigma = sigma * fade + joint @ self.sigma[:, None]
        return moved / total, (sigma / total)[:, 0]


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
        """D(y) for one point [1, dim]: a part of the data at a time, once for their weights and once for their mean."""
        parts = self.x.split(max(1, _CHUNK_VALUES // max(len(self.sigma), self.x.shape[1])))
        log_weights = []
        for part in parts:
            half = self._numbers(part).sub_(y).square_().sum(1) / 2
            log_weights.append(torch.logsumexp(self.offset[:, None] - half / self.sigma[:, None] ** 2, 0))
        weights = torch.softmax(torch.cat(log_weights), 0)
        mean = torch.zeros_like(y)
        for part, share in zip(parts, weights.split(len(parts[0])), strict=True):
            counts = share > 1e-15
            mean += share[counts][None] @ self._numbers(part[counts])
        return mean

    def _numbers(self, part: Tensor) -> Tensor:
        """Training samples as float64, which may be written to."""
        return part.double() * self.unit
