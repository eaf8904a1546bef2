"""The measurements are their definitions, and mean what the book says they mean."""

import math

import pytest
import torch

from lowdiff_lib.datasets.mixtures import mixture, mixture_samples
from lowdiff_lib.measures import metrics
from lowdiff_lib.models.reference import IdealDenoiser, WienerDenoiser


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def noisy(name: str, sigma: float, n: int = 4096) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Clean points, noise, and their sum."""
    x, _ = mixture_samples(name, "held-out", n)
    z = sigma * randn(*x.shape)
    return x, z, x + z


def test_the_exact_score_has_no_error_and_the_identity_has_error_one():
    _, _, y = noisy("spiral", 0.1)
    score = mixture("spiral").score(y, 0.1)
    assert metrics.relative_score_error(0.1**2 * score, score, 0.1) == pytest.approx(0, abs=1e-20)
    assert metrics.relative_score_error(torch.zeros_like(y), score, 0.1) == pytest.approx(1)
    assert metrics.relative_score_error(1.5 * 0.1**2 * score, score, 0.1) == pytest.approx(0.25)


@pytest.mark.parametrize("sigma", [0.1, 1.0])
def test_a_score_error_is_an_excess_of_squared_error(sigma):
    """E|D - x|^2 = E|D* - x|^2 + sigma^4 E|s - s*|^2, so an error below 1 means: better than the identity."""
    x, noise, y = noisy("spiral", sigma, 40_000)
    score = mixture("spiral").score(y, sigma)
    best = (sigma**2 * score + noise).square().sum(1).mean()
    for denoiser in (WienerDenoiser(x), IdealDenoiser(mixture_samples("spiral", "A", 3)[0])):
        residual = denoiser.residual(y, sigma)
        error = metrics.relative_score_error(residual, score, sigma)
        excess = (residual + noise).square().sum(1).mean() - best
        assert float(excess) == pytest.approx(error * sigma**4 * float(score.square().sum(1).mean()), rel=0.1)
        assert (error < 1) == (metrics.psnr_gain(residual, noise) > 0)


def test_cosine_is_of_directions_and_distance_of_arrows():
    a = randn(100, 1, 4, 4)
    for cosine in (metrics.residual_cosine, metrics.mean_cosine):
        assert cosine(a, 3 * a) == pytest.approx(1)
        assert cosine(a, -a) == pytest.approx(-1)
    assert metrics.relative_distance(a, a) == 0
    assert metrics.relative_distance(a, -a) == pytest.approx(2)
    assert metrics.relative_distance(a, 3 * a) == pytest.approx(2 / 5**0.5)


def test_unrelated_directions_have_cosine_zero_and_distance_root_two():
    a, b = randn(20_000, 10), randn(20_000, 10, seed=1)
    assert metrics.residual_cosine(a, b) == pytest.approx(0, abs=0.01)
    assert metrics.relative_distance(a, b) == pytest.approx(2**0.5, abs=0.01)


def test_every_point_counts_alike_in_the_mean_cosine_and_by_its_size_in_the_others():
    a, b = torch.tensor([[1.0, 0.0], [1e-6, 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 1e-6]])
    assert metrics.mean_cosine(a, b) == pytest.approx(0.5)
    assert metrics.residual_cosine(a, b) == pytest.approx(1)
    assert metrics.relative_distance(a, b) == pytest.approx(0, abs=1e-5)


def test_cosine_and_distance_of_fields_of_one_size_are_two_ways_to_say_the_same():
    """|a - b|^2 / |a|^2 = 2 (1 - cosine) where |a| = |b|."""
    a, b = randn(200, 3), randn(200, 3, seed=1)
    b *= a.norm() / b.norm()
    assert metrics.relative_distance(a, b) ** 2 == pytest.approx(2 * (1 - metrics.residual_cosine(a, b)))


def test_the_memorisation_index_is_0_at_the_truth_and_1_at_the_memoriser():
    truth, memory = randn(50, 2), randn(50, 2, seed=1)
    assert metrics.memorisation_index(truth, truth, memory) == 0
    assert metrics.memorisation_index(memory, truth, memory) == 1
    assert metrics.memorisation_index((truth + memory) / 2, truth, memory) == pytest.approx(0.5)


def test_where_a_model_does_nothing_there_is_no_direction_to_agree_on():
    zero, a = torch.zeros(5, 2, dtype=torch.float64), randn(5, 2)
    assert metrics.residual_cosine(zero, a) == metrics.residual_cosine(zero, zero) == 0
    assert metrics.relative_distance(zero, zero) == 0


@pytest.mark.parametrize("compare", [metrics.residual_cosine, metrics.mean_cosine, metrics.relative_distance])
def test_comparisons_do_not_depend_on_the_order_or_the_unit(compare):
    a, b = randn(50, 3), randn(50, 3, seed=1)
    assert compare(a, b) == pytest.approx(compare(b, a))
    assert compare(1e-5 * a, 1e-5 * b) == pytest.approx(compare(a, b))


def test_with_much_noise_any_two_residuals_agree_and_their_cosine_says_nothing():
    """Two models that know one sample each, a different one, both point from the noise to about where the data are."""
    _, _, y = noisy("hd-sharpcov", 10.0, 500)
    a, b = (IdealDenoiser(mixture_samples("hd-sharpcov", side, 1)[0]) for side in "AB")
    middle = mixture("hd-sharpcov").weights @ mixture("hd-sharpcov").means
    assert metrics.residual_cosine(a.residual(y, 10.0), b.residual(y, 10.0)) > 0.95
    assert (
        metrics.residual_cosine(a(y, 10.0) - middle, b(y, 10.0) - middle) < -0.9
    )  # and yet they denoise to opposite ends


def test_near_the_data_any_two_denoised_points_agree_and_their_cosine_says_nothing():
    """Which is why residuals are compared: these two models are strangers."""
    _, _, y = noisy("hd-sharpcov", 0.01, 500)
    a, b = y + 0.01 * randn(*y.shape, seed=1), y + 0.01 * randn(*y.shape, seed=2)
    assert metrics.residual_cosine(a, b) > 0.99
    assert metrics.residual_cosine(a - y, b - y) == pytest.approx(0, abs=0.02)


def test_gain_in_decibels():
    noise = randn(100, 1, 5, 5)
    assert metrics.psnr_gain(torch.zeros_like(noise), noise) == pytest.approx(0)
    assert metrics.psnr_gain(-0.9 * noise, noise) == pytest.approx(20)
    assert metrics.psnr_gain(-0.5 * noise, noise) == pytest.approx(20 * math.log10(2))
    assert metrics.psnr_gain(noise, noise) == pytest.approx(-20 * math.log10(2))


def test_the_gain_of_a_perfect_denoiser_is_cut_off():
    noise = randn(3, 2)
    assert metrics.psnr_gain(-noise, noise) == pytest.approx(100)
