"""Where two denoisers differ, by the variance of the data along a direction; and what linear theory predicts there.

Two linear (Wiener) denoisers of disjoint training sets differ because their covariances do (Wang, Zavatone-Veth and
Pehlevan, arXiv:2602.02908). For Gaussian data, along the mode of variance v and with n + 1 samples a side,

    E|D_A - D_B|^2 = 2 s^2 v / (v + s)^2 (sum_w q_w + q_v + 1) / (n - df2),   q_w = (w + sigma^2) w / (w + s)^2,

with w the variances of all modes and df2 = sum_w w^2 / (w + s)^2. The first term in the brackets is the theory of many
dimensions; the second and third are the mode's own variance and the mean, which count in few. s is the noise that such
a covariance acts with: s = sigma^2 + s / n sum_w w / (w + s). It is sigma^2 where samples are many. One sample has no
covariance: each denoiser answers with its sample.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from lowdiff_lib.datasets.mixtures import GaussianMixture

BANDS = ("strong", "near", "weak")
WITHIN = 4.0  # a variance within this factor of sigma^2 is near it
_HALVINGS = 100


class Modes:
    """The principal directions of a mixture: `variance` [dim], rising, and `basis` [dim, dim] (columns)."""

    def __init__(self, exact: GaussianMixture):
        mean = exact.weights @ exact.means
        centred = exact.means - mean
        between = (exact.weights[:, None] * centred).T @ centred
        within = torch.einsum(
            "k,kij,kj,klj->il", exact.weights, exact.eigenvectors, exact.eigenvalues, exact.eigenvectors
        )
        self.variance, self.basis = torch.linalg.eigh(between + within)

    def bands(self, sigma: float) -> Mapping[str, Tensor]:
        """Which modes [dim] are of which of BANDS; those that have none are left out."""
        ratio = self.variance / sigma**2
        found = {"strong": ratio > WITHIN, "weak": ratio < 1 / WITHIN}
        found["near"] = ~(found["strong"] | found["weak"])
        return {band: found[band] for band in BANDS if bool(found[band].any())}

    def rms(self, v: Tensor, sigma: float) -> dict[str, float]:
        """Root mean square of v [n, dim] per direction of each band."""
        turned = v @ self.basis
        return {band: float(turned[:, mine].square().mean().sqrt()) for band, mine in self.bands(sigma).items()}

    def theory(self, n_train: int, sigma: float) -> dict[str, float]:
        """What `rms` of the difference of two linear denoisers of n_train samples each is predicted to be."""
        by_mode = self.predicted(n_train, sigma)
        return {band: float(by_mode[mine].mean().sqrt()) for band, mine in self.bands(sigma).items()}

    def predicted(self, n_train: int, sigma: float) -> Tensor:
        """Mean square difference along each mode [dim]."""
        if n_train == 1:
            return 2 * self.variance
        n = n_train - 1
        s = renormalised(self.variance, n, sigma)
        kept = self.variance / (self.variance + s) ** 2
        noisy = (self.variance + sigma**2) * kept
        return 2 * s**2 * kept * (noisy.sum() + noisy + 1) / (n - float((self.variance * kept).sum()))


def renormalised(variance: Tensor, n: int, sigma: float) -> float:
    """The noise level squared that a covariance of n degrees of freedom acts with; solved by halving."""
    low, high = sigma**2, sigma**2 + float(variance.sum()) / n
    for _ in range(_HALVINGS):
        s = (low + high) / 2
        if s < sigma**2 + s * float((variance / (variance + s)).sum()) / n:
            low = s
        else:
            high = s
    return (low + high) / 2
