"""The mixtures are what they say they are, and their score and best denoiser are exact at every noise level."""

import math
from functools import lru_cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.mixtures import MIXTURES, SIX, mixture, mixture_samples
from lowdiff_lib.models.reference import WienerDenoiser

each_mixture = pytest.mark.parametrize("name", MIXTURES)
each_flat_mixture = pytest.mark.parametrize("name", ["uniform", "sharpcov", "spiral"])
SIGMAS = [1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0]


@lru_cache
def clean(name: str, n: int) -> torch.Tensor:
    return mixture_samples(name, "held-out", n)[0]


def many(name: str) -> int:
    """How many points show a law of large numbers and are still quickly computed."""
    return 1000 if name == "thin-manifold" else 20_000  # it has 256 components in 100-D


def noisy(name: str, n: int, sigma: float | torch.Tensor, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """n clean held-out points and the same with noise."""
    x = clean(name, n)
    z = torch.randn(x.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return x, x + torch.as_tensor(sigma, dtype=torch.float64).reshape(-1, 1) * z


def gradient(name: str, y: torch.Tensor, sigma: float | torch.Tensor) -> torch.Tensor:
    y = y.clone().requires_grad_()
    return torch.autograd.grad(mixture(name).log_prob(y, sigma).sum(), y)[0]


def relative_error(value: torch.Tensor, truth: torch.Tensor) -> float:
    """The largest over points of |value - truth| / |truth|."""
    return float(((value - truth).norm(dim=1) / truth.norm(dim=1)).max())


@lru_cache
def best_linear(name: str) -> WienerDenoiser:
    return WienerDenoiser(mixture_samples(name, "A", 10_000)[0])


def covariances(name: str, sigma: float) -> np.ndarray:
    """Covariance of each component of the noisy mixture, [K, dim, dim]."""
    m = mixture(name)
    spectra = torch.diag_embed(m.eigenvalues + sigma**2)
    return (m.eigenvectors @ spectra @ m.eigenvectors.mT).numpy()


def plane(reach: float, spacing: float) -> torch.Tensor:
    """A square grid of points in the plane."""
    side = torch.arange(-reach, reach + spacing / 2, spacing, dtype=torch.float64)
    return torch.cartesian_prod(side, side)


# ---- score, density, denoiser ----


@pytest.mark.parametrize("sigma", SIGMAS)
@each_mixture
def test_the_score_is_the_gradient_of_the_log_density(name, sigma):
    _, y = noisy(name, 48, sigma)
    assert relative_error(mixture(name).score(y, sigma), gradient(name, y, sigma)) < 1e-8


@each_mixture
def test_every_point_may_have_its_own_sigma(name):
    sigma = torch.logspace(-3, 2, 16, dtype=torch.float64)
    _, y = noisy(name, 16, sigma)
    m = mixture(name)
    assert relative_error(m.score(y, sigma), gradient(name, y, sigma)) < 1e-8
    for method in (m.log_prob, m.score, m.denoise, m.responsibilities):
        one_by_one = torch.cat([method(y[i : i + 1], float(sigma[i])) for i in range(16)])
        torch.testing.assert_close(method(y, sigma), one_by_one, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("sigma", [1e-3, 1.0, 100.0])
@each_mixture
def test_a_thousand_standard_deviations_away_everything_is_finite_and_the_score_points_back(name, sigma):
    m = mixture(name)
    direction = torch.randn(32, m.dim, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    direction /= direction.norm(dim=1, keepdim=True)
    spread = (m.eigenvalues.max() + sigma**2).sqrt()
    y = m.weights @ m.means + 1000 * spread * direction
    score = m.score(y, sigma)
    assert bool(torch.isfinite(m.log_prob(y, sigma)).all())
    assert bool(torch.isfinite(m.denoise(y, sigma)).all())
    assert bool(((score * direction).sum(1) < 0).all())
    assert relative_error(score, gradient(name, y, sigma)) < 1e-8
    total = m.responsibilities(y, sigma).sum(1)
    torch.testing.assert_close(total, torch.ones_like(total))


@pytest.mark.parametrize("sigma", [0.0, 0.003, 0.3, 3.0])
@each_mixture
def test_the_density_is_the_weighted_sum_of_scipys_gaussians(name, sigma):
    m = mixture(name)
    _, y = noisy(name, 50, sigma)
    parts = [
        math.log(weight) + multivariate_normal(mean, covariance).logpdf(y.numpy())
        for weight, mean, covariance in zip(m.weights.tolist(), m.means.numpy(), covariances(name, sigma), strict=True)
    ]
    np.testing.assert_allclose(m.log_prob(y, sigma), np.logaddexp.reduce(parts, axis=0), rtol=1e-7, atol=1e-6)


@pytest.mark.parametrize("sigma", [0.0, 0.1, 1.0])
@each_flat_mixture
def test_the_density_integrates_to_one(name, sigma):
    reach, spacing = 6.5 + 5 * sigma, 0.05 + 0.1 * sigma
    total = float(mixture(name).log_prob(plane(reach, spacing), sigma).exp().sum()) * spacing**2
    assert total == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(("sigma", "spacing"), [(0.05, 0.05), (1.0, 0.1)])
@each_flat_mixture
def test_samples_with_noise_fall_where_the_density_says(name, sigma, spacing):
    """Fractions of samples in the cells of a chessboard against the integral of the density over them."""
    m, n = mixture(name), many(name)
    grid = plane(6.5 + 2 * sigma, spacing)
    density = m.log_prob(grid, sigma).exp() * spacing**2
    _, y = noisy(name, n, sigma)

    def cell(points: torch.Tensor) -> torch.Tensor:
        # cells meet between two points of the grid
        row_column = ((points + spacing / 2) / 1.5).floor().clamp(-3, 2).long() + 3
        return 6 * row_column[:, 0] + row_column[:, 1]

    expected = torch.zeros(36, dtype=torch.float64).index_add_(0, cell(grid), density)
    found = torch.bincount(cell(y), minlength=36) / n
    standard_error = (expected * (1 - expected) / n).sqrt()
    assert bool(((found - expected).abs() < 5 * standard_error + 1e-3).all())


@pytest.mark.parametrize("sigma", [0.01, 1.0])
@each_mixture
def test_samples_and_score_belong_together(name, sigma):
    """Stein's identity, E[s(y) (y - mean)^T] = -I, holds for the score of the distribution that y comes from only."""
    m = mixture(name)
    _, y = noisy(name, many(name), sigma)
    score, centred = m.score(y, sigma), y - m.weights @ m.means
    found = score.T @ centred / len(y)
    standard_error = ((score**2).T @ centred**2 / len(y) - found**2).sqrt() / len(y) ** 0.5
    wrong = (found + torch.eye(m.dim, dtype=torch.float64)).abs() / standard_error
    assert float(wrong.max()) < 6  # standard errors; 10,000 entries in 100-D


@pytest.mark.parametrize("sigma", [0.0, 0.7])
@each_mixture
def test_moments_of_the_samples(name, sigma):
    m = mixture(name)
    _, y = noisy(name, many(name), sigma)
    mean = m.weights @ m.means
    spread = m.means - mean
    exact = np.tensordot(m.weights, covariances(name, sigma), 1) + (spread.T * m.weights @ spread).numpy()
    found = np.cov(y.numpy(), rowvar=False)
    scale = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    assert np.abs((found - exact) / scale).max() < 8 / len(y) ** 0.5
    assert float(((y.mean(0) - mean).abs() / torch.tensor(np.sqrt(np.diag(exact)))).max()) < 5 / len(y) ** 0.5


@pytest.mark.parametrize("sigma", SIGMAS)
@each_mixture
def test_the_denoiser_is_a_step_along_the_score(name, sigma):
    """Miyasawa: D(y) = y + sigma^2 score(y)."""
    m = mixture(name)
    _, y = noisy(name, 48, sigma)
    torch.testing.assert_close(m.denoise(y, sigma), y + sigma**2 * m.score(y, sigma), rtol=1e-9, atol=1e-9)


@each_flat_mixture
def test_the_denoiser_is_the_posterior_mean(name):
    """Against Bayes' rule on a grid of clean points."""
    m, sigma = mixture(name), 0.5
    _, y = noisy(name, 8, sigma)
    x = plane(8, 0.03)
    prior = m.log_prob(x, 0.0)
    posterior = torch.softmax(prior - torch.cdist(y, x) ** 2 / (2 * sigma**2), 1)
    torch.testing.assert_close(m.denoise(y, sigma), posterior @ x, rtol=1e-5, atol=1e-5)


@each_mixture
def test_without_noise_the_best_denoiser_changes_nothing(name):
    x, _ = mixture_samples(name, "A", 100)
    torch.testing.assert_close(mixture(name).denoise(x, 0.0), x, rtol=0, atol=1e-9)


@pytest.mark.parametrize("sigma", [0.01, 0.1, 0.5, 2.0])
@each_mixture
def test_nothing_denoises_better_than_the_exact_denoiser(name, sigma):
    """Mean squared errors on the same noisy points; differences in their own standard errors."""
    m = mixture(name)
    x, y = noisy(name, min(2048, many(name)), sigma)
    wiener = best_linear(name)
    errors = {
        "exact": (m.denoise(y, sigma) - x).square().sum(1),
        "wiener": (wiener(y, sigma) - x).square().sum(1),
        "identity": (y - x).square().sum(1),
    }
    for other in ("wiener", "identity"):
        worse = errors[other] - errors["exact"]
        assert float(worse.mean()) > -3 * float(worse.std()) / len(x) ** 0.5
    if sigma >= 0.5:  # there is much to gain here
        assert float(errors["exact"].mean()) < 0.97 * float(errors["identity"].mean())
    if name == "spiral" and sigma in (0.1, 0.5):  # a bent density is where linear denoising is not enough
        assert float(errors["exact"].mean()) < 0.99 * float(errors["wiener"].mean())


# ---- the recipes of the paper ----


@pytest.mark.parametrize(("name", "dim"), [("uniform", 2), ("hd-uniform", 100)])
def test_uniform_is_three_round_clouds(name, dim):
    m = mixture(name)
    assert m.means.shape == (3, dim)
    assert float(m.means.abs().max()) <= 3
    assert float(m.weights.sum()) == pytest.approx(1)
    np.testing.assert_allclose(covariances(name, 0.0), np.broadcast_to(0.5 * np.eye(dim), (3, dim, dim)))


@pytest.mark.parametrize(("name", "dim"), [("sharpcov", 2), ("hd-sharpcov", 100)])
def test_sharpcov_has_eigenvalues_that_fall_by_e_cubed_to_a_floor(name, dim):
    m = mixture(name)
    assert m.means.shape == (3, dim)
    assert float(m.means.abs().max()) <= 3
    spectrum = np.sort(np.linalg.eigvalsh(covariances(name, 0.0)), axis=1)[:, ::-1]
    for own in spectrum:
        np.testing.assert_allclose(own[:2], [0.5, 0.5 * math.exp(-3)], rtol=1e-9)
        np.testing.assert_allclose(own[5:], 1e-6, rtol=1e-6)
    if dim > 2:
        assert not np.allclose(covariances(name, 0.0)[0], covariances(name, 0.0)[1])  # each its own rotation


def test_the_spiral_winds_inwards_and_is_ten_times_as_long_as_wide():
    m = mixture("spiral")
    t = torch.linspace(0, 1.9 * math.pi, 10, dtype=torch.float64)
    radius = 3.5 * (1 - t / (2 * math.pi))
    torch.testing.assert_close(m.means, radius[:, None] * torch.stack([t.cos(), t.sin()], 1))
    torch.testing.assert_close(m.weights, torch.full((10,), 0.1, dtype=torch.float64))
    width = torch.clamp(radius / 3.5, min=0.1)
    torch.testing.assert_close(m.eigenvalues, torch.stack([0.5 * width, 0.05 * width], 1) + 1e-6)
    step = 1e-6
    ahead = 3.5 * (1 - (t + step) / (2 * math.pi))
    along = (ahead[:, None] * torch.stack([(t + step).cos(), (t + step).sin()], 1) - m.means) / step
    along /= along.norm(dim=1, keepdim=True)
    torch.testing.assert_close((m.eigenvectors[:, :, 0] * along).sum(1).abs(), torch.ones(10, dtype=torch.float64))


def test_the_thin_manifold_has_two_wide_directions_at_each_point():
    """Ours, since the paper's recipe is not public: a flat torus of radius 2 in a subspace of four dimensions."""
    m = mixture("thin-manifold")
    assert m.means.shape == (256, 100)
    wide, thin = np.split(np.sort(np.linalg.eigvalsh(covariances("thin-manifold", 0.0)))[:, ::-1], [2], axis=1)
    np.testing.assert_allclose(wide, 0.3**2, rtol=1e-9)
    np.testing.assert_allclose(thin, 0.02**2, rtol=1e-9)
    assert int(torch.linalg.matrix_rank(m.means, rtol=1e-9)) == 4
    torch.testing.assert_close(m.means.norm(dim=1), torch.full((256,), 8**0.5, dtype=torch.float64))
    for k in range(256):  # the wide directions lie in the torus: turning leaves the distance to the axes as it is
        torch.testing.assert_close(m.eigenvectors[k, :, :2].T @ m.means[k], torch.zeros(2, dtype=torch.float64))
    nearest = torch.cdist(m.means, m.means).fill_diagonal_(9.0).min(1).values
    assert float(nearest.max()) < 4 * 0.3  # plates overlap: the density has no holes


@each_mixture
def test_eigenvectors_are_orthonormal(name):
    m = mixture(name)
    eye = torch.eye(m.dim, dtype=torch.float64).expand_as(m.eigenvectors)
    torch.testing.assert_close(m.eigenvectors.mT @ m.eigenvectors, eye, rtol=0, atol=1e-12)


# ---- samples ----


@each_mixture
def test_the_seed_fixes_a_mixture_and_another_seed_changes_it(name):
    first, again, other = mixture(name), mixture.__wrapped__(name), mixture(name, seed=1)
    assert torch.equal(first.means, again.means)
    assert torch.equal(first.eigenvectors, again.eigenvectors)
    if name in SIX:  # of another one nothing need be random, as of the spiral nothing is
        assert torch.equal(first.means, other.means) == (name == "spiral")  # nothing about the spiral is random


def test_the_mixtures_do_not_share_their_random_numbers():
    assert not torch.equal(mixture("uniform").weights, mixture("sharpcov").weights)
    assert not torch.equal(mixture("hd-uniform").weights, mixture("hd-sharpcov").weights)


@each_mixture
def test_a_smaller_training_set_is_a_prefix_of_a_larger_one(name):
    large, components = mixture_samples(name, "A", 2500)
    for n in (0, 1, 10, 1000, 1024, 1025):
        small, of = mixture_samples(name, "A", n)
        assert torch.equal(small, large[:n])
        assert torch.equal(of, components[:n])


@each_mixture
def test_sides_and_held_out_share_no_sample(name):
    parts = [mixture_samples(name, part, 5000, split)[0] for part in ("A", "B", "held-out") for split in (0, 1)]
    rows = torch.cat(parts).float()  # as trained on
    assert len(torch.unique(rows, dim=0)) == len(rows)


@each_mixture
def test_components_come_as_often_as_their_weight_says(name):
    m = mixture(name)
    x, component = mixture_samples(name, "B", 20_000)
    share = torch.bincount(component, minlength=len(m.weights)) / 20_000
    standard_error = (m.weights * (1 - m.weights) / 20_000).sqrt()
    assert bool(((share - m.weights).abs() < 5 * standard_error).all())
    for k in (0, len(m.weights) - 1):
        mine = x[component == k]
        off = (mine.mean(0) - m.means[k]) @ m.eigenvectors[k] / (m.eigenvalues[k] / len(mine)).sqrt()
        assert float(off.abs().max()) < 5


def test_sampling_depends_on_the_generator_alone():
    m = mixture("spiral")
    torch.manual_seed(0)
    first = m.sample(100, torch.Generator().manual_seed(5))
    torch.manual_seed(1)
    assert torch.equal(m.sample(100, torch.Generator().manual_seed(5)), first)
    assert m.sample(0, torch.Generator()).shape == (0, 2)


# ---- what is refused ----


def test_a_name_that_is_nearly_right_gets_the_right_one():
    with pytest.raises(LowdiffError, match="did you mean spiral"):
        mixture("spirral")
    with pytest.raises(LowdiffError, match="uniform, sharpcov, spiral, hd-uniform, hd-sharpcov, thin-manifold"):
        mixture("nothing like it")
    with pytest.raises(LowdiffError):
        mixture_samples("spirral", "A", 10)


@pytest.mark.parametrize("shape", [(), (2,), (5, 3), (5, 1), (5, 2, 1), (0,)], ids=str)
def test_points_of_a_wrong_shape_are_refused(shape):
    for method in (mixture("spiral").log_prob, mixture("spiral").score, mixture("spiral").denoise):
        with pytest.raises(LowdiffError, match=r"\[n, 2\]"):
            method(torch.zeros(shape), 0.1)


@pytest.mark.parametrize(
    "sigma",
    [-0.1, math.nan, math.inf, torch.tensor([0.1] * 4), torch.zeros(5, 2), torch.tensor([0.1, 0.1, math.nan, 0, 0])],
    ids=str,
)
def test_a_sigma_that_is_none_is_refused(sigma):
    for method in (mixture("spiral").log_prob, mixture("spiral").score, mixture("spiral").denoise):
        with pytest.raises(LowdiffError, match="sigma"):
            method(torch.zeros(5, 2), sigma)


def test_a_negative_number_of_samples_is_refused():
    with pytest.raises(LowdiffError, match="number of samples is -1"):
        mixture("spiral").sample(-1, torch.Generator())


@pytest.mark.parametrize(("part", "n"), [("C", 10), ("a", 10), ("", 1)])
def test_a_part_or_a_number_that_is_none_is_refused(part, n):
    with pytest.raises(LowdiffError, match="A, B, held-out"):
        mixture_samples("spiral", part, n)


def test_a_seed_that_is_none_is_refused():
    with pytest.raises(LowdiffError, match="-1"):
        mixture("spiral", seed=-1)


def test_no_points_give_no_values():
    m, none = mixture("hd-sharpcov"), torch.zeros(0, 100)
    assert m.log_prob(none, 0.1).shape == (0,)
    assert m.score(none, torch.zeros(0)).shape == m.denoise(none, 1.0).shape == (0, 100)


coordinates = st.floats(-1e6, 1e6)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(MIXTURES),
    values=st.lists(coordinates, min_size=1, max_size=6),
    sigma=st.floats(1e-3, 100),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_any_finite_point_has_a_finite_score_that_does_not_depend_on_its_neighbours(name, values, sigma, dtype):
    m = mixture(name)
    y = torch.tensor(values, dtype=dtype).reshape(-1, 1).repeat(1, m.dim)
    score, denoised = m.score(y, sigma), m.denoise(y, sigma)
    assert score.dtype == denoised.dtype == torch.float64
    assert bool(
        torch.isfinite(score).all() & torch.isfinite(denoised).all() & torch.isfinite(m.log_prob(y, sigma)).all()
    )
    largest = (y.abs().max() + m.means.abs().max()) / (m.eigenvalues.min() + sigma**2)  # of what cancels in the sum
    torch.testing.assert_close(m.score(y[:1], sigma)[0], score[0], rtol=1e-9, atol=1e-12 * float(largest))
    scale = y.abs().max() + 10
    assert float((denoised - (y + sigma**2 * score)).abs().max()) < 1e-8 * float(scale)
