"""The exact score of a mixture in 100 dimensions, against scipy's densities and against a loop over points.

All cores, float64. The peers are timed on some of the points, and scaled up.
"""

import numpy as np
import scipy.special  # type: ignore[import-untyped]
import torch
from scipy.stats import multivariate_normal  # type: ignore[import-untyped]
from torch import Tensor

from benchmarks.timing import Rows, Scale, alone, flops, in_turns, row
from lowdiff_lib.datasets.mixtures import GaussianMixture, mixture

SIGMA = 0.1
MIXTURES = ("hd-uniform", "hd-sharpcov")
PART, LOOPED = 100_000, 200  # points that scipy is timed on, and the loop


def covariances(exact: GaussianMixture, sigma: float) -> list[np.ndarray]:
    noisy = (exact.eigenvalues + sigma**2)[:, None] * exact.eigenvectors
    return list((noisy @ exact.eigenvectors.transpose(1, 2)).numpy())


def by_scipy(exact: GaussianMixture, y: Tensor, sigma: float) -> np.ndarray:
    """Responsibilities from scipy's log densities, then a linear system for each component."""
    points, means, both = y.numpy(), exact.means.numpy(), covariances(exact, sigma)
    logs = [
        np.log(weight) + multivariate_normal(mean, cov).logpdf(points)
        for weight, mean, cov in zip(exact.weights.numpy(), means, both, strict=True)
    ]
    share = scipy.special.softmax(np.stack(logs, 1), axis=1)
    pulls = [-np.linalg.solve(cov, (points - mean).T).T for mean, cov in zip(means, both, strict=True)]
    return sum(share[:, k, None] * pull for k, pull in enumerate(pulls))


def by_loop(exact: GaussianMixture, y: Tensor, sigma: float) -> np.ndarray:
    """One point after the other, with inverse covariances made beforehand."""
    means, both = exact.means.numpy(), covariances(exact, sigma)
    inverses = [np.linalg.inv(cov) for cov in both]
    offsets = np.log(exact.weights.numpy()) - [np.linalg.slogdet(cov)[1] / 2 for cov in both]
    found = []
    for point in y.numpy():
        pulls = [inverse @ (mean - point) for inverse, mean in zip(inverses, means, strict=True)]
        logs = [c - pull @ (mean - point) / 2 for c, pull, mean in zip(offsets, pulls, means, strict=True)]
        share = scipy.special.softmax(logs)
        found.append(sum(each * pull for each, pull in zip(share, pulls, strict=True)))
    return np.stack(found)


def rows(scale: Scale) -> Rows:
    n = scale.pick(1000, 1_000_000)
    for name in MIXTURES:
        exact = mixture(name)
        y = exact.sample(n, torch.Generator().manual_seed(0))
        y += SIGMA * torch.randn(y.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
        yield from _case(exact, y, scale)


def _case(exact: GaussianMixture, y: Tensor, scale: Scale) -> Rows:
    part, few = y[:PART], y[:LOOPED]
    product, product_flops = scale.peak(torch.float64)
    calls = {"ours": lambda: exact.score(y, SIGMA), "peak": product}
    calls |= {"scipy": lambda: by_scipy(exact, part, SIGMA), "loop": lambda: by_loop(exact, few, SIGMA)}
    taken = in_turns(calls, scale.repeats)
    work = flops(lambda: exact.score(y, SIGMA))
    case = f"{exact.name}, {len(y):,} points"
    limit = ("float64 matmul peak", work * taken["peak"] / product_flops)
    for name, peer, points in (("scipy", "scipy log densities", part), ("loop", "a loop over points", few)):
        theirs = taken[name] * (len(y) / len(points))
        yield row("score", case, "s", taken["ours"], peer=(peer, theirs), limit=limit)
    ours, scipys = exact.score(few, SIGMA).numpy(), by_scipy(exact, few, SIGMA)
    wrong = np.abs(ours - scipys).max() / np.abs(scipys).max()
    yield row("score", f"{case}, against scipy, relative", "max error", [float(wrong)])


if __name__ == "__main__":
    alone(rows, __doc__)
