"""The six Gaussian mixtures, whose density, score and best denoiser are known exactly at every noise level.

Adding noise of standard deviation `sigma` to a mixture adds `sigma**2` to each eigenvalue of each component's
covariance, so the noisy density is again a mixture. Everything is float64 and in log space: component densities
underflow a few dozen standard deviations away, their logarithms do not.
"""

import math
import zlib
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from lowdiff_lib.base.checks import whole
from lowdiff_lib.base.errors import LowdiffError

_CHUNK_VALUES = 1 << 18  # numbers handled at once (rows x components x dim): 2 MB, what a core's cache holds,
_CHUNK_ROWS = 512  # but not fewer rows than pay for the work that a chunk takes
_MOST_VALUES = 1 << 28  # numbers in one sample (n x dim): 2 GB


class GaussianMixture:
    """A mixture of K Gaussians in `dim` dimensions, given by the spectra of its covariances.

    weights [K], means [K, dim], eigenvalues [K, dim] (variances), eigenvectors [K, dim, dim] (columns).
    """

    def __init__(self, name: str, weights: Tensor, means: Tensor, eigenvalues: Tensor, eigenvectors: Tensor):
        self.name = name
        self.weights = weights.double() / weights.double().sum()
        self.means, self.eigenvalues = means.double(), eigenvalues.double()
        self.eigenvectors = eigenvectors.double()

    def __repr__(self) -> str:
        return f"GaussianMixture {self.name}: {len(self.weights)} components in {self.dim} dimensions"

    @property
    def dim(self) -> int:
        return self.means.shape[1]

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw n points, [n, dim]."""
        return self.sample_with_components(n, generator)[0]

    def sample_with_components(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw n points [n, dim] and the index of the component each came from [n]."""
        if check_n(self, n) == 0:
            return self.means.new_empty(0, self.dim), torch.empty(0, dtype=torch.long)
        component = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        x = torch.randn(n, self.dim, dtype=torch.float64, generator=generator)
        for k in range(len(self.weights)):
            mine = component == k
            x[mine] = self.means[k] + (x[mine] * self.eigenvalues[k].sqrt()) @ self.eigenvectors[k].T
        return x, component

    def log_prob(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        """Log density of x + sigma z at y [n, dim]; returns [n]."""
        return torch.cat([torch.logsumexp(self._log_joint(y_, s)[0], 1) for y_, s in self._chunks(y, sigma)])

    def score(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        """Gradient of `log_prob` with respect to y [n, dim]; returns [n, dim]."""
        return self._mean_over_components(y, sigma, lambda k, u, variance: -u / variance, offset=False)

    def denoise(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        """Posterior mean E[x | y], the denoiser of least squared error; y and result [n, dim].

        Equals y + sigma**2 score(y, sigma) (Miyasawa 1961; Tweedie's formula).
        """
        return self._mean_over_components(
            y, sigma, lambda k, u, variance: u * self.eigenvalues[k] / variance, offset=True
        )

    def residual(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        """denoise(y, sigma) - y, as the trained denoisers have it; y and result [n, dim]."""
        level = torch.as_tensor(sigma, dtype=torch.float64).reshape(-1, 1)
        return level**2 * self.score(y, sigma)

    def responsibilities(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        """Posterior probability of each component given y [n, dim]; returns [n, K]."""
        return torch.cat([torch.softmax(self._log_joint(y_, s)[0], 1) for y_, s in self._chunks(y, sigma)])

    def _chunks(self, y: Tensor, sigma: float | Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        if y.ndim != 2 or y.shape[1] != self.dim:
            raise LowdiffError(f"{self.name}: y has shape {list(y.shape)}; it needs [n, {self.dim}]")
        if y.is_complex():
            raise LowdiffError(f"{self.name}: y is of {y.dtype}; it needs real numbers")
        y = y.double()
        sigma = torch.as_tensor(sigma, dtype=torch.float64)
        if sigma.ndim > 1 or (sigma.ndim == 1 and len(sigma) not in (1, len(y))):
            raise LowdiffError(f"sigma has shape {list(sigma.shape)}; it needs one number, or one per row of y")
        if not bool(torch.isfinite(sigma).all()) or bool((sigma < 0).any()):
            raise LowdiffError("sigma must be finite and at least 0")
        sigma = sigma.reshape(-1, 1)
        rows = max(_CHUNK_ROWS, _CHUNK_VALUES // self.eigenvalues.numel())
        chunks = y.split(rows)
        same = len(sigma) == 1  # then the variances are worked out once, not for each row
        yield from zip(chunks, [sigma] * len(chunks) if same else sigma.split(rows), strict=True)

    def _log_joint(self, y: Tensor, sigma: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """log(weight_k p_k(y)) [n, K], and for each k the coordinates of y in its eigenbasis and variances."""
        columns, parts = [], []
        for k, weight in enumerate(self.weights):
            u = (y - self.means[k]) @ self.eigenvectors[k]
            variance = self.eigenvalues[k] + sigma**2
            mahalanobis = (u**2 / variance).sum(1)
            log_det = torch.log(variance).sum(1)
            columns.append(weight.log() - 0.5 * (mahalanobis + log_det + self.dim * math.log(2 * math.pi)))
            parts.append((u, variance))
        return torch.stack(columns, 1), parts

    def _mean_over_components(self, y: Tensor, sigma: float | Tensor, value, offset: bool) -> Tensor:
        """Responsibility-weighted mean of `value` (given in each component's eigenbasis)."""
        results = []
        for y_, s in self._chunks(y, sigma):
            log_joint, parts = self._log_joint(y_, s)
            responsibility = torch.softmax(log_joint, 1)
            total = torch.zeros_like(y_)
            for k, (u, variance) in enumerate(parts):
                each = value(k, u, variance) @ self.eigenvectors[k].T
                total += responsibility[:, k, None] * (each + self.means[k] if offset else each)
            results.append(total)
        return torch.cat(results)


# ---------------------------------------------------------------------------------------------------------------
# The six recipes (paper, data section; the facts are in the module that makes each one)


def _random_means(rng: np.random.Generator, components: int, dim: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.dirichlet(np.ones(components)), rng.uniform(-3, 3, (components, dim))


def _random_rotation(rng: np.random.Generator, dim: int) -> np.ndarray:
    """A rotation drawn from the Haar measure (QR of a Gaussian matrix with the signs fixed)."""
    q, r = np.linalg.qr(rng.standard_normal((dim, dim)))
    return q * np.sign(np.diag(r))


def _uniform(rng: np.random.Generator, dim: int) -> tuple:
    """K = 3, means uniform in [-3, 3]^d, Dirichlet(1) weights, covariance 0.5 I."""
    weights, means = _random_means(rng, 3, dim)
    return weights, means, np.full((3, dim), 0.5), np.broadcast_to(np.eye(dim), (3, dim, dim))


def _sharpcov(rng: np.random.Generator, dim: int) -> tuple:
    """As uniform, with eigenvalues 0.5 exp(-3 i) floored at 1e-6 and a random rotation per component."""
    weights, means = _random_means(rng, 3, dim)
    spectrum = np.maximum(0.5 * np.exp(-3.0 * np.arange(dim)), 1e-6)
    rotations = np.stack([_random_rotation(rng, dim) for _ in range(3)])
    return weights, means, np.broadcast_to(spectrum, (3, dim)), rotations


def _spiral(rng: np.random.Generator, dim: int) -> tuple:
    """K = 10 on r = 3.5 (1 - t / 2 pi); variance 0.5 s along the tangent, 0.05 s along the normal, + 1e-6."""
    t = np.linspace(0, 1.9 * np.pi, 10)
    r = 3.5 * (1 - t / (2 * np.pi))
    slope = -3.5 / (2 * np.pi)
    means = np.stack([r * np.cos(t), r * np.sin(t)], 1)
    tangents = np.stack([slope * np.cos(t) - r * np.sin(t), slope * np.sin(t) + r * np.cos(t)], 1)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    normals = np.stack([-tangents[:, 1], tangents[:, 0]], 1)
    s = np.maximum(0.1, r / 3.5)
    return np.ones(10), means, np.stack([0.5 * s, 0.05 * s], 1) + 1e-6, np.stack([tangents, normals], 2)


def _thin_manifold(rng: np.random.Generator, dim: int) -> tuple:
    """A flat torus of radius 2 in a random 4-dimensional subspace, tiled by 16 x 16 thin plates.

    The paper's recipe is not public; this one is our choice. Each component lies in a tangent plane of the torus
    (standard deviation 0.3 along both tangents, where the plane has left the torus by 0.02) and is 0.02 thick along the
    other dim - 2 directions.
    """
    frame = _random_rotation(rng, dim)  # columns 0..3 span the subspace of the torus
    angles = 2 * np.pi * np.arange(16) / 16
    means, rotations = [], []
    for a in angles:
        for b in angles:
            circle_a, circle_b = (np.cos(a), np.sin(a)), (np.cos(b), np.sin(b))
            means.append(frame[:, :4] @ (2 * np.array([*circle_a, *circle_b])))
            tangent_a = frame[:, :2] @ (-circle_a[1], circle_a[0])
            tangent_b = frame[:, 2:4] @ (-circle_b[1], circle_b[0])
            normal_a, normal_b = frame[:, :2] @ circle_a, frame[:, 2:4] @ circle_b
            rotations.append(np.column_stack([tangent_a, tangent_b, normal_a, normal_b, frame[:, 4:]]))
    spectrum = np.array([0.3**2, 0.3**2] + [0.02**2] * (dim - 2))
    return np.ones(256), np.stack(means), np.broadcast_to(spectrum, (256, dim)), np.stack(rotations)


_RECIPES = {
    "uniform": (_uniform, 2),
    "sharpcov": (_sharpcov, 2),
    "spiral": (_spiral, 2),
    "hd-uniform": (_uniform, 100),
    "hd-sharpcov": (_sharpcov, 100),
    "thin-manifold": (_thin_manifold, 100),
}
MIXTURES = tuple(_RECIPES)
# Those of the paper, which the profiles full and paper are made of.
SIX = ("uniform", "sharpcov", "spiral", "hd-uniform", "hd-sharpcov", "thin-manifold")
PARTS = ("A", "B", "held-out")


def check_mixture(name: str) -> str:
    """Return `name` if there is such a mixture, else raise with the nearest one."""
    if name not in _RECIPES:
        import difflib

        near = difflib.get_close_matches(name, MIXTURES, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise LowdiffError(f"no mixture called {name!r}; {hint}There are: {', '.join(MIXTURES)}")
    return name


def recipe_of(name: str) -> str:
    """The name of the function that a mixture is made by."""
    return _RECIPES[check_mixture(name)][0].__name__


def check_n(source: GaussianMixture, n: int, least: int = 0) -> int:
    """Return `n` if it is a number of samples that can be drawn of a mixture, else raise with the limit."""
    return whole(f"{source.name}: the number of samples", n, least, _MOST_VALUES // source.dim)


def is_random(name: str) -> bool:
    """Whether a recipe draws its means, weights or rotations at random, so that there are others of its kind."""
    return not torch.equal(mixture(name).means, mixture(name, 1).means)


@lru_cache(maxsize=32)
def mixture(name: str, seed: int = 0) -> GaussianMixture:
    """One of the six mixtures of the paper; `seed` draws the random means, weights and rotations."""
    recipe, dim = _RECIPES[check_mixture(name)]
    whole(f"the seed of {name}", seed)
    parts = recipe(np.random.default_rng((zlib.crc32(name.encode()), seed)), dim)
    return GaussianMixture(name, *(torch.from_numpy(np.array(part)) for part in parts))


def mixture_samples(name: str, part: str, n: int, split: int = 0, draw: int = 0) -> tuple[Tensor, Tensor]:
    """The first n samples of one part (`A`, `B` or `held-out`) of a mixture: [n, dim] and components [n].

    Parts come from separate random streams, so they are disjoint; a smaller n is a prefix of a larger one.
    `split` draws another set of A, B and held-out, `draw` another mixture of the recipe (`mixture`).
    """
    source = mixture(name, draw)
    check_n(source, n)
    if part not in PARTS:
        raise LowdiffError(f"{name} has no part {part!r}; it must be one of {', '.join(PARTS)}")
    generator = torch.Generator().manual_seed(zlib.crc32(f"{name}/{part}/{split}".encode()))
    blocks = [source.sample_with_components(1024, generator) for _ in range(-(-n // 1024))]
    if not blocks:
        return source.sample_with_components(0, generator)
    return torch.cat([x for x, _ in blocks])[:n], torch.cat([k for _, k in blocks])[:n]
