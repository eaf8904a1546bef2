"""The denoisers that need no training are what their formulas say."""

import math

import numpy as np
import pytest
import torch

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.mixtures import GaussianMixture, mixture_samples
from lowdiff_lib.models import reference
from lowdiff_lib.models.reference import IdealDenoiser, Identity, WienerDenoiser, ideal_denoise

EACH = [IdealDenoiser, WienerDenoiser, Identity]
each_reference = pytest.mark.parametrize("kind", EACH)


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("sigma", [0.003, 1.0, 100.0])
def test_the_ideal_denoiser_reproduces_its_only_training_point(sigma):
    x, y = randn(1, 2), randn(50, 2, seed=1)
    torch.testing.assert_close(IdealDenoiser(x)(y, sigma), x.expand(50, 2), rtol=0, atol=1e-12)
    torch.testing.assert_close(WienerDenoiser(x)(y, sigma), x.expand(50, 2), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("dataset", "n"), [("spiral", 300), ("hd-sharpcov", 300), ("thin-manifold", 40)])
@pytest.mark.parametrize("sigma", [0.003, 0.05, 1.0, 20.0])
def test_the_ideal_denoiser_is_the_softmax_over_the_training_points(dataset, n, sigma):
    """Against a loop over training points that subtracts before it squares."""
    x = mixture_samples(dataset, "A", n)[0]
    held_out = mixture_samples(dataset, "held-out", 30)[0]
    y = held_out + sigma * randn(*held_out.shape)
    logs = torch.stack([-(y - point).square().sum(1) / (2 * sigma**2) for point in x], 1)
    weights = (logs - logs.logsumexp(1, keepdim=True)).exp()
    torch.testing.assert_close(IdealDenoiser(x)(y, sigma), weights @ x, rtol=1e-7, atol=1e-7)


def test_the_ideal_denoiser_is_the_exact_one_of_a_mixture_of_points():
    x = randn(5, 2)
    points = GaussianMixture("points", torch.ones(5), x, torch.full((5, 2), 1e-18), torch.eye(2).expand(5, 2, 2))
    y = x.repeat(4, 1) + 0.3 * randn(20, 2, seed=1)
    torch.testing.assert_close(IdealDenoiser(x)(y, 0.3), points.denoise(y, 0.3))


def test_with_little_noise_the_ideal_denoiser_gives_the_nearest_training_point_and_with_much_the_mean():
    x, y = randn(50, 3), randn(20, 3, seed=1)
    nearest = x[torch.cdist(y, x).argmin(1)]
    torch.testing.assert_close(IdealDenoiser(x)(y, 1e-3), nearest)
    torch.testing.assert_close(IdealDenoiser(x)(y, 1e6), x.mean(0).expand(20, 3), rtol=0, atol=1e-6)


def test_no_denoiser_is_better_on_noisy_training_points_than_the_ideal_one():
    x = mixture_samples("spiral", "A", 20)[0]
    clean = x.repeat(200, 1)
    y = clean + 0.3 * randn(*clean.shape)
    errors = {kind: float((kind(x)(y, 0.3) - clean).square().mean()) for kind in EACH}
    assert errors[IdealDenoiser] < errors[WienerDenoiser] < errors[Identity]


@pytest.mark.parametrize("sigma", [0.01, 0.3, 3.0])
def test_the_wiener_denoiser_becomes_the_exact_one_of_a_gaussian(sigma):
    """In the limit of many samples; the distance falls like 1 / sqrt(n)."""
    dim = 4
    rotation = torch.linalg.qr(randn(dim, dim))[0]
    spectrum = torch.tensor([1.0, 0.3, 0.1, 0.01], dtype=torch.float64)
    gaussian = GaussianMixture("gaussian", torch.ones(1), randn(1, dim, seed=3), spectrum[None], rotation[None])
    y = gaussian.sample(500, torch.Generator().manual_seed(1)) + sigma * randn(500, dim, seed=2)
    exact = gaussian.denoise(y, sigma)
    distances = []
    for n in (100, 10_000):
        wiener = WienerDenoiser(gaussian.sample(n, torch.Generator().manual_seed(4)))
        distances.append(float((wiener(y, sigma) - exact).norm() / (exact - y).norm()))
    assert distances[1] < 0.05
    assert distances[1] < 0.3 * distances[0]


def test_the_wiener_denoiser_is_the_textbook_formula():
    x, y, sigma = randn(30, 5), randn(7, 5, seed=1), 0.4
    covariance = torch.cov(x.T, correction=0)
    gain = covariance @ torch.linalg.inv(covariance + sigma**2 * torch.eye(5, dtype=torch.float64))
    torch.testing.assert_close(WienerDenoiser(x)(y, sigma), x.mean(0) + (y - x.mean(0)) @ gain.T)


def test_the_wiener_denoiser_of_few_samples_stays_in_their_plane():
    x = randn(3, 20)
    found = WienerDenoiser(x)(randn(10, 20, seed=1), 0.1)
    assert int(torch.linalg.matrix_rank(found - x.mean(0), rtol=1e-9)) == 2


def test_the_identity_changes_nothing():
    y = randn(5, 3)
    assert torch.equal(Identity(y)(y, 0.1), y)


@each_reference
def test_images_come_back_as_images_and_each_point_has_its_own_sigma(kind):
    denoiser, y = kind(randn(300, 1, 5, 5)), randn(600, 1, 5, 5, seed=1)  # more points than are handled at once
    sigma = torch.logspace(-2, 1, 600, dtype=torch.float64)
    found = denoiser(y, sigma)
    assert found.shape == y.shape
    assert found.dtype == torch.float64
    for i in (0, 300, 599):
        torch.testing.assert_close(denoiser(y[i : i + 1], float(sigma[i])), found[i : i + 1])
    assert denoiser(y[:0], 0.1).shape == (0, 1, 5, 5)


@each_reference
def test_single_precision_samples_are_handled_in_double(kind):
    x, y = randn(20, 3).float(), randn(5, 3, seed=1).float()
    assert torch.equal(kind(x)(y, 0.1), kind(x.double())(y.double(), 0.1))


@each_reference
def test_what_cannot_be_denoised_is_refused(kind):
    denoiser, y = kind(randn(5, 3)), randn(4, 3)
    for sigma in (0, -1.0, math.nan, math.inf, torch.full((3,), 0.1), torch.full((4, 2), 0.1)):
        with pytest.raises(LowdiffError, match="sigma"):
            denoiser(y, sigma)
    for wrong in (randn(4, 2), randn(3), randn(4, 3, 1), torch.tensor(0.0)):
        with pytest.raises(LowdiffError, match="y has shape"):
            denoiser(wrong, 0.1)
    with pytest.raises(LowdiffError, match="0 training samples"):
        kind(torch.zeros(0, 3))
    with pytest.raises(LowdiffError, match="finite"):
        kind(torch.tensor([[1.0, math.nan]]))


# ---- one pass over data that stay on disk ----

LEVELS = [1e-3, 0.03, 0.1, 0.3, 1.0, 10.0]  # from one point that counts, over a few, to all of them


def softmax_over_all(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The ideal denoiser at each of LEVELS, with all distances at once, subtracted before they are squared."""
    half = (y[:, None] - x).square().flatten(2).sum(2) / 2
    weights = [torch.softmax(-half / sigma**2, 1) for sigma in LEVELS]
    return torch.stack([torch.einsum("mn,n...->m...", each, x) for each in weights])


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(reference, "_CHUNK_VALUES", 36 * 70)  # 70 images of 6 x 6, or, of 40 queries, the distances
    monkeypatch.setattr(reference, "_DISTANCES", 40 * 25)  # of 25 points of a mixture


@pytest.mark.parametrize(("kind", "unit"), [(np.uint8, 1 / 255), (np.float32, 1.0)])
@pytest.mark.parametrize("order", ["as drawn", "nearest last"])
def test_data_on_disk_are_denoised_as_in_memory(tmp_path, small_chunks, kind, unit, order):
    """501 images on a curve, so that at every noise level some compete; they end inside a chunk."""
    along, shape = torch.linspace(0, 1, 501, dtype=torch.float64)[:, None, None, None], randn(2, 1, 6, 6)
    images = (0.5 + 0.2 * (torch.sin(5 * along) * shape[0] + torch.cos(3 * along) * shape[1])).clamp(0, 1)
    if order == "as drawn":
        images = images[torch.randperm(501, generator=torch.Generator().manual_seed(0))]
    stored = (images / unit).round().numpy().astype(kind) if kind is np.uint8 else images.numpy().astype(kind)
    np.save(tmp_path / "images.npy", stored)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    x = torch.from_numpy(stored).double() * unit
    y = x[-20:] + 0.1 * randn(20, 1, 6, 6, seed=1)
    found = ideal_denoise(y, mapped, LEVELS, unit)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found, softmax_over_all(y, x), rtol=0, atol=1e-6)


def test_the_ideal_denoiser_is_the_same_whatever_is_handled_at_once(small_chunks):
    x = mixture_samples("hd-sharpcov", "A", 301)[0]
    y = x[:40] + 0.1 * randn(40, 100)
    expected = softmax_over_all(y, x)
    for sigma, found in zip(LEVELS, expected, strict=True):
        torch.testing.assert_close(IdealDenoiser(x)(y, sigma), found, rtol=1e-7, atol=1e-7)
    double = ideal_denoise(y, x, LEVELS, dtype=torch.float64)
    torch.testing.assert_close(double, expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(("sigma", "expected"), [(5e-324, "nearest"), (1e308, "mean")])
def test_the_smallest_and_the_largest_number_are_noise_levels(sigma, expected):
    x, y = randn(50, 3), randn(20, 3, seed=1)
    answers = {"nearest": x[torch.cdist(y, x).argmin(1)], "mean": x.mean(0).expand(20, 3)}
    torch.testing.assert_close(IdealDenoiser(x)(y, sigma), answers[expected])


def test_a_point_that_ran_away_does_not_spoil_the_others(small_chunks):
    x, y = randn(200, 36), randn(5, 36, seed=1)
    alone = ideal_denoise(y, x, LEVELS)
    y[2], y[4, 0] = math.nan, math.inf
    found = ideal_denoise(y, x, LEVELS)
    torch.testing.assert_close(found[:, [0, 1, 3]], alone[:, [0, 1, 3]])
    assert not found[:, [2, 4]].isfinite().any()


def test_what_cannot_be_denoised_in_one_pass_is_refused():
    x, y = randn(5, 3), randn(4, 3)
    for sigma in (0, -1.0, math.nan, math.inf):
        with pytest.raises(LowdiffError, match="sigma"):
            ideal_denoise(y, x, [0.1, sigma])
    with pytest.raises(LowdiffError, match="y has shape"):
        ideal_denoise(randn(4, 2), x, [0.1])
    for data, sigmas in ((x[:0], [0.1]), (x, [])):
        with pytest.raises(LowdiffError, match="at least 1 of each"):
            ideal_denoise(y, data, sigmas)
