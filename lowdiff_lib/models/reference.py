"""Denoisers that need no training: the curves every network is compared with.

Each is built from training samples x [n, *shape] and called as `denoiser(y, sigma)`, y [m, *shape], sigma a number
or [m]; `residual(y, sigma)` is D(y) - y, `score` that over sigma^2. All are float64. Pixels (uint8, for [0, 1]) are
taken as they are stored and become numbers a part at a time, so that 100,000 images of 80 x 80 need 0.64 GB and not 5.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.faces import as_float
from lowdiff_lib.models.checks import noise_levels, score_of

_CHUNK_VALUES = 1 << 22  # numbers of a chunk of data
_DISTANCES = 1 << 18  # between a chunk and the queries: 2 MB, what a core's cache holds
_FAR = 50.0  # a point whose weight is below exp(-50) of another's changes nothing, not even a billion of them
_NOTHING = math.exp(-_FAR)  # so they are 0: numbers near the end of float32 take some processors 100 times as long


class _Reference:
    def __init__(self, x: Tensor):
        pixels = x.dtype == torch.uint8
        if x.ndim < 2 or not x.numel() or not (pixels or x.is_floating_point()) or not bool(torch.isfinite(x).all()):
            raise LowdiffError(
                f"{len(x) if x.ndim else 'no'} training samples, {x.dtype} of shape {list(x.shape)}; a reference "
                "denoiser needs at least 1, [n, *shape], all of them finite real numbers"
            )
        self.shape = x.shape[1:]
        self.x = (x if pixels else x.double()).flatten(1)

    def chunks(self, queries: int = 1) -> Iterator[Tensor]:
        """The training samples in parts, float64 [rows, dim]."""
        for chunk in self.x.split(_rows(queries, self.x.shape[1])):
            yield as_float(chunk).double()

    def residual(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        """D(y) - y for y [m, *shape]. Raises LowdiffError for points or noise levels that are none."""
        if y.is_complex():
            raise LowdiffError(f"y holds {y.dtype}; it must hold real numbers")
        levels = noise_levels(y, sigma, self.shape)
        return self._residual(y.double().flatten(1), levels[:, None]).reshape(y.shape)

    def score(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        """residual / sigma^2 for y [m, *shape]. Raises LowdiffError for points or noise levels that are none."""
        return score_of(self.residual(y, sigma), sigma)

    def __repr__(self) -> str:
        return f"{type(self).__name__} of {len(self.x):,} samples {list(self.shape)}"

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
            chunks = ((chunk, chunk) for chunk in self.chunks(len(y_)))
            results.append(_posterior_means(y_, chunks, s)[0] - y_)
        return torch.cat(results) if results else y


def ideal_denoise(
    queries: Tensor, data: Tensor | np.ndarray, sigmas: Sequence[float], unit: float = 1.0, dtype=torch.float32
) -> Tensor:
    """`IdealDenoiser` for data that need not fit in memory: every query at every noise level, in one pass.

    queries [m, *shape]; data [N, *shape], an array of any real type, such as a memory map of uint8, whose number v
    means v * unit (1 / 255 for pixels in [0, 1]); sigmas [s]. Returns D(y), float64 [s, m, *shape].

    Needs about 8 m s dim bytes, whatever N. `dtype` is that of the weighted means, whose rounding is not amplified.
    Raises LowdiffError for no data, or for points or noise levels that are none.
    """
    if not len(data) or not len(sigmas):
        raise LowdiffError(f"{len(data)} data points and {len(sigmas)} noise levels; give at least 1 of each")
    shape = torch.Size(data.shape[1:])
    levels = torch.stack([noise_levels(queries, float(sigma), shape) for sigma in sigmas], 1)
    y = queries.double().flatten(1) / unit
    rows = _rows(*y.shape)
    centre = _whole(data[:rows]).double().mean(0).round()  # of whole numbers: pixels less it are exact
    means = _posterior_means(y, _read(data, rows, centre.to(dtype)), levels / unit)
    return means.add_(centre).mul_(unit).reshape(len(sigmas), *queries.shape)


def _rows(queries: int, dim: int) -> int:
    """How many data points are handled at once."""
    return max(1, min(_DISTANCES // max(queries, 1), _CHUNK_VALUES // max(dim, 1)))


def _read(data: Tensor | np.ndarray, rows: int, centre: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """The data in chunks [rows, dim], as float64 and, less `centre`, in its precision; the next one uses their memory.

    Sums of centred numbers stay small, and so does their rounding.
    """
    size = min(rows, len(data)), len(centre)
    double, other = torch.empty(size, dtype=torch.float64), torch.empty(size, dtype=centre.dtype)
    for start in range(0, len(data), rows):
        chunk = _whole(data[start : start + rows])
        yield double[: len(chunk)].copy_(chunk), other[: len(chunk)].copy_(chunk).sub_(centre)


def _whole(piece: Tensor | np.ndarray) -> Tensor:
    """A piece of the data in memory, [n, dim]."""
    return (piece if isinstance(piece, Tensor) else torch.from_numpy(np.array(piece))).flatten(1)


def _posterior_means(y: Tensor, chunks: Iterable[tuple[Tensor, Tensor]], sigma: Tensor) -> Tensor:
    """sum_i w_i x_i for y [m, dim] and sigma [m, s], both float64; returns float64 [s, m, dim].

    The softmax is online: sums so far are relative to the nearest point so far, and fade when a nearer one comes.
    Distances are float64, since their rounding is divided by sigma^2. Points whose chunk is too far from a query to
    count at a noise level are left out there: at low noise that is nearly all of the work.
    """
    steepness = (1 / sigma / sigma).clamp(1e-300, 1e300).T[:, :, None]  # finite, so that 0 times it is 0
    mean = y.new_zeros(len(steepness), *y.shape)
    total = y.new_zeros(*mean.shape[:2], 1)
    nearest = y.new_full((len(y), 1), math.inf)
    for x, x_ in chunks:
        half = torch.linalg.vector_norm(x, dim=1) ** 2 / 2 - y @ x.T  # |y - x|^2 / 2, less what all x share
        here, before = half.amin(1, keepdim=True), nearest
        nearest = torch.minimum(before, here)
        half -= nearest
        closer = (nearest != before).flatten().nonzero()[:, 0]  # not a number counts: it must not get lost
        for k, steep in enumerate(steepness):
            fade = torch.exp((nearest[closer] - before[closer]) * steep[closer])
            total[k, closer] *= fade
            mean[k, closer] *= fade
            near = ((here - nearest) * steep < _FAR).flatten().nonzero()[:, 0]
            weights = torch.threshold_(half[near].mul_(-steep[near]).exp_(), _NOTHING, 0.0)
            total[k].index_add_(0, near, weights.sum(1, keepdim=True))
            mean[k].index_add_(0, near, (weights.to(x_.dtype) @ x_).double())
    return mean.div_(total)


class WienerDenoiser(_Reference):
    """Best denoiser of the Gaussian with the training mean and covariance: linear, blind to everything else."""

    def __init__(self, x: Tensor):
        super().__init__(x)
        n, dim = self.x.shape
        self.mean = sum(chunk.sum(0) for chunk in self.chunks()) / n
        centred = (chunk - self.mean for chunk in self.chunks())
        if n <= dim:
            _, singular, self.basis = torch.linalg.svd(torch.cat(list(centred)) / n**0.5, full_matrices=False)
            self.variance = singular**2
        else:
            covariance = sum(chunk.T @ chunk for chunk in centred) / n
            variance, basis = torch.linalg.eigh(covariance)
            self.variance, self.basis = variance.clamp_min(0).flip(0), basis.T.flip(0)

    def _residual(self, y: Tensor, sigma: Tensor) -> Tensor:
        centred = y - self.mean
        kept = (centred @ self.basis.T) * (self.variance / (self.variance + sigma**2))
        return kept @ self.basis - centred


class Identity(_Reference):
    """Does nothing: the bar that a denoiser must clear at every noise level."""

    def _residual(self, y: Tensor, sigma: Tensor) -> Tensor:
        return torch.zeros_like(y)
