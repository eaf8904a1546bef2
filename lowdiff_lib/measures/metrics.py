"""The measurements, each a few lines that read like its definition.

Residuals are D(y) - y [n, *shape]; for one sigma, score = residual / sigma^2. The cosine of the *denoised points*
goes to 1 near the manifold for any two models; that of their residuals does not, and is what is compared here.

Each raises LowdiffError for what it cannot measure: nothing, other shapes, no real numbers. What is not finite, as from
a trajectory that ran away, gives a value that is not finite; such a table is not published.
"""

import math

import torch
from torch import Tensor

from lowdiff_lib.base.errors import LowdiffError


def _points(*tensors: Tensor, paired: bool = True) -> list[Tensor]:
    """The tensors [n, *shape] as float64; `paired` ones have one n."""
    shapes = {x.shape if paired else x.shape[1:] for x in tensors}
    if len(shapes) > 1 or not all(x.ndim > 1 and x.numel() and x.is_floating_point() for x in tensors):
        found = " and ".join(f"{list(x.shape)} of {x.dtype}" for x in tensors)
        raise LowdiffError(f"cannot measure {found}; give real numbers [n, *shape], at least one, all of one shape")
    return [x.double() for x in tensors]


def relative_score_error(residual: Tensor, exact_score: Tensor, sigma: float) -> float:
    """E|s - s*|^2 / E|s*|^2 with s = residual / sigma^2.

    The identity (s = 0) scores 1. Below 1 means: beats the identity in expected squared error, because
    E|D - x|^2 = E|D* - x|^2 + sigma^4 E|s - s*|^2 for the exact posterior mean D*.
    """
    residual, exact_score = _points(residual, exact_score)
    size = exact_score.square().sum()
    if not 1e-100 < sigma < 1e100 or size == 0:
        raise LowdiffError(f"sigma is {sigma} and E|s*|^2 {size:g}; both must be above 0 and sigma finite")
    wrong = residual.flatten(1) / sigma**2 - exact_score.flatten(1)
    return float(wrong.square().sum() / size)


def residual_cosine(first: Tensor, second: Tensor) -> float:
    """E<a, b> / sqrt(E|a|^2 E|b|^2) of two models' residuals. 1: the same up to a factor; 0: unrelated.

    The cosine of the two as fields: long residuals count more. Points where the score vanishes, about which any two
    models disagree, count nothing, while `mean_cosine` counts each of them as one.
    """
    first, second = _points(first, second)
    size = first.square().sum() * second.square().sum()
    return float((first * second).sum() / size.sqrt().clamp_min(1e-300))


def mean_cosine(first: Tensor, second: Tensor) -> float:
    """Mean over points of the cosine between two models' residuals. Each point counts as one, also where both vanish.

    The authors' code takes the mean cosine of output pictures instead: see `experiments.studies.face_starts`.
    """
    a, b = (x.flatten(1) for x in _points(first, second))
    norms = (a.norm(dim=1) * b.norm(dim=1)).clamp_min(1e-300)
    return float(((a * b).sum(1) / norms).mean())


def relative_distance(first: Tensor, second: Tensor) -> float:
    """Root mean square distance of two residuals over their root mean square size."""
    first, second = _points(first, second)
    size = (first.square().sum() + second.square().sum()) / 2
    return math.sqrt(float((first - second).square().sum() / size.clamp_min(1e-300)))


def memorisation_index(residual: Tensor, exact: Tensor, ideal: Tensor) -> float:
    """Where a model stands between the truth (0) and the ideal denoiser of its training set (1), by distance."""
    to_exact, to_ideal = rms_distance(residual, exact), rms_distance(residual, ideal)
    return to_exact / max(to_exact + to_ideal, 1e-300) if math.isfinite(to_ideal) else math.nan


def share(which: Tensor) -> float:
    """Of a mask [n] the fraction that is true."""
    if which.dtype != torch.bool or which.ndim != 1 or not len(which):
        raise LowdiffError(
            f"cannot take the share of {list(which.shape)} of {which.dtype}; give a mask [n], n at least 1"
        )
    return float(which.double().mean())


def rms(x: Tensor) -> float:
    """Root mean square of all numbers of x."""
    (x,) = _points(x.flatten()[None])
    return math.sqrt(float(x.square().mean()))


def sizes(x: Tensor) -> Tensor:
    """Root mean square of the numbers of each of the points [n, *shape], [n]."""
    (x,) = _points(x)
    return x.flatten(1).norm(dim=1) / x[0].numel() ** 0.5


def rms_distance(first: Tensor, second: Tensor) -> float:
    """Root mean square distance between points [n, *shape] and their partners."""
    first, second = _points(first, second)
    return math.sqrt(float((first - second).flatten(1).square().sum(1).mean()))


def is_memorised(points: Tensor, train: Tensor, alone: float) -> Tensor:
    """Which points [n, dim] are copies of one of `train` [m, dim], [n]: nearest distance below a third of the second.

    (Bonnaire et al. 2025.) With a single training point there is no second: then nearer than `alone`.
    """
    ends, known = (x.flatten(1) for x in _points(points, train, paired=False))
    distances = torch.cdist(ends, known)
    if len(train) == 1:
        return distances[:, 0] < alone
    nearest, second = distances.topk(2, largest=False).values.unbind(1)
    return nearest < second / 3


def copies(points: Tensor, train: Tensor, held_out: Tensor) -> Tensor:
    """Which points [n, *shape] are copies of a training sample, [n] (see `is_memorised`): the one rule of the book.

    With one training sample there is no second one: then nearer than a third of a held-out sample's median distance.
    """
    ends, known, new = (x.flatten(1) for x in _points(points, train, held_out, paired=False))
    alone = float(torch.cdist(new, known).amin(1).median()) / 3 if len(known) == 1 else math.inf
    return is_memorised(ends, known, alone)


def psnr_gain(residual: Tensor, noise: Tensor) -> float:
    """Decibels of squared error that denoising y = x + noise removes. 0: as good as leaving it; negative: worse.

    At most 100: beyond that an answer is exact but for rounding.
    """
    residual, noise = _points(residual, noise)
    before, left = float(noise.square().sum()), float((residual + noise).square().sum())
    if before == 0:
        raise LowdiffError("the noise is 0 everywhere; there is no error to remove")
    return 10 * (math.log10(before) - math.log10(max(left, 1e-10 * before)))


def cosines(first: Tensor, second: Tensor) -> Tensor:
    """Cosine of each of `first` [n, *shape] with each of `second` [m, *shape], [n, m]."""
    a, b = (x.flatten(1) for x in _points(first, second, paired=False))
    return (a @ b.T) / (a.norm(dim=1)[:, None] * b.norm(dim=1)).clamp_min(1e-300)


BANDS = {"low": (0.0, 3.0), "middle": (3.0, 6.0), "high": (6.0, math.inf)}  # cycles per picture: from, below


def frequency_bands(images: Tensor) -> dict[str, Tensor]:
    """Images [n, 1, r, r] by spatial frequency: the coefficients [n, k] of each of BANDS.

    They are those of the orthonormal cosine transform (DCT-II), which, unlike Fourier's, sees no jump between opposite
    edges. Coefficient (p, q) is a wave of hypot(p, q) / 2 cycles per picture. The squares of all bands sum to that of
    the image (Parseval), so whatever is measured by squares can be measured in each. A band that the picture is too
    small for is left out.
    """
    (images,) = _points(images)
    r = images.shape[-1]
    if images.shape[1:] != (1, r, r):
        raise LowdiffError(f"images have shape {list(images.shape)}; they must be [n, 1, r, r]")
    order = torch.arange(r, dtype=torch.float64)
    waves = (2 / r) ** 0.5 * torch.cos(math.pi / r * order[:, None] * (order + 0.5))
    waves[0] /= 2**0.5
    coefficients = (waves @ images @ waves.T).flatten(1)
    cycles = torch.hypot(order[:, None], order).flatten() / 2
    within = {band: (low <= cycles) & (cycles < high) for band, (low, high) in BANDS.items()}
    return {band: coefficients[:, which] for band, which in within.items() if bool(which.any())}


def subspace_overlap(first: Tensor, second: Tensor) -> float:
    """How much two subspaces of dimension k share, by orthonormal bases [k, dim]: mean squared cosine.

    1: the same subspace; 0: orthogonal; k / dim for two at random.
    """
    first, second = (x.flatten(1) for x in _points(first, second))
    return float((first @ second.T).square().sum() / len(first))
