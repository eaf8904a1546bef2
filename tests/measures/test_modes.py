"""The linear theory of agreement, beside pairs of Wiener denoisers that were made of samples."""

import pytest
import torch

from lowdiff_lib.datasets.mixtures import GaussianMixture, mixture
from lowdiff_lib.measures.modes import BANDS, Modes, renormalised
from lowdiff_lib.models.reference import WienerDenoiser

DIM = 30


def gaussian() -> GaussianMixture:
    variance = torch.logspace(1, -3, DIM, dtype=torch.float64)
    eye = torch.eye(DIM, dtype=torch.float64)
    return GaussianMixture("one", torch.ones(1), torch.zeros(1, DIM), variance[None], eye[None])


@pytest.mark.parametrize("n_train", [20, 60, 1000])  # fewer than there are dimensions, about twice as many, many
def test_pairs_of_linear_denoisers_differ_as_theory_says(n_train):
    exact, sigma, generator = gaussian(), 0.1, torch.Generator().manual_seed(0)
    modes, found = Modes(exact), []
    for _ in range(60):
        one, other = (WienerDenoiser(exact.sample(n_train, generator)) for _ in range(2))
        x = exact.sample(200, generator)
        y = x + sigma * torch.randn(x.shape, dtype=torch.float64, generator=generator)
        found.append(modes.rms(one.residual(y, sigma) - other.residual(y, sigma), sigma))
    theory = modes.theory(n_train, sigma)
    assert set(theory) == set(BANDS)
    for band, value in theory.items():
        measured = (sum(each[band] ** 2 for each in found) / len(found)) ** 0.5
        assert measured == pytest.approx(value, rel=0.12), band


def test_with_many_samples_the_noise_is_what_it_is_and_with_few_it_is_more():
    variance = Modes(mixture("hd-uniform")).variance
    assert renormalised(variance, 10**9, 0.3) == pytest.approx(0.09, rel=1e-6)
    assert renormalised(variance, 10, 0.3) > 0.9
    assert renormalised(variance, 10, 0.3) == pytest.approx(
        0.09
        + renormalised(variance, 10, 0.3) * float((variance / (variance + renormalised(variance, 10, 0.3))).sum()) / 10
    )


@pytest.mark.parametrize("name", ["spiral", "hd-sharpcov", "thin-manifold"])
def test_modes_are_those_of_the_samples_and_bands_share_them_out(name):
    exact = mixture(name)
    modes = Modes(exact)
    x = exact.sample(20_000, torch.Generator().manual_seed(1))
    along = ((x - x.mean(0)) @ modes.basis).var(0)
    torch.testing.assert_close(along, modes.variance, rtol=0.25, atol=1e-6)
    for sigma in (0.01, 0.5):
        assert sum(int(mine.sum()) for mine in modes.bands(sigma).values()) == exact.dim
