"""Which noisy points lie near training points."""

import pytest
import torch

from lowdiff_lib.measures import coverage


def noisy(x, sigma, seed=0):
    return x + sigma * torch.randn(x.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dim", [2, 100])
@pytest.mark.parametrize("sigma", [0.01, 1.0])
def test_noisy_copies_of_training_points_are_covered_and_far_points_are_not(dim, sigma):
    train = torch.randn(50, dim, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    assert coverage.of(noisy(train, sigma), train, sigma).share > 0.95
    far = noisy(train + 100, sigma)
    assert coverage.of(far, train, sigma).share == 0


def test_concentration_is_the_largest_weight_of_the_ideal_denoiser():
    train = torch.randn(3000, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    y = noisy(train[:40], 0.2)
    weights = torch.softmax(-(torch.cdist(y, train) ** 2) / (2 * 0.2**2), 1)
    assert coverage.of(y, train, 0.2).concentration == pytest.approx(float(weights.amax(1).mean()), rel=1e-9)
    assert coverage.of(y, train[:1], 0.2).concentration == 1


def test_photographs_are_taken_as_samples_of_any_shape():
    train = torch.rand(5, 1, 4, 4, dtype=torch.float64)
    assert coverage.of(train, train, 0.1).share == 1
