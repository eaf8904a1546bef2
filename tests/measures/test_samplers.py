"""The two dynamics, against what is known in closed form on one Gaussian and on one training point."""

import itertools

import pytest
import torch

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.mixtures import GaussianMixture, mixture, mixture_samples
from lowdiff_lib.measures.samplers import fixed_points, noise_schedule, probability_flow, stochastic_ascent
from lowdiff_lib.models.reference import IdealDenoiser


@pytest.fixture
def gaussian() -> GaussianMixture:
    """One Gaussian at (1, -2) with variances 4 and 0.09."""
    mean, variances = torch.tensor([[1.0, -2.0]]), torch.tensor([[4.0, 0.09]])
    return GaussianMixture("one", torch.ones(1), mean, variances, torch.eye(2)[None])


def flow_error(gaussian: GaussianMixture, steps: int) -> float:
    """Distance from the closed form: along each axis, y - mean scales as sqrt(variance + sigma^2)."""
    start = torch.tensor([[9.0, 5.0], [-7.0, -11.0]], dtype=torch.float64)
    levels = noise_schedule(10, 0.01, steps)
    end = probability_flow(gaussian, start, levels)[-1]
    mean, variance = gaussian.means[0], gaussian.eigenvalues[0]
    scale = ((variance + levels[-1] ** 2) / (variance + levels[0] ** 2)).sqrt()
    return float((end - (mean + (start - mean) * scale)).norm())


def test_the_integrator_is_of_second_order(gaussian):
    errors = [flow_error(gaussian, steps) for steps in (40, 80, 160)]
    for coarse, fine in itertools.pairwise(errors):
        assert 3.5 < coarse / fine < 4.5


def test_the_exact_flow_ends_on_the_data():
    spiral = mixture("spiral")
    start = 10 * torch.randn(256, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    end = probability_flow(spiral, start, noise_schedule(10, 0.005, 64))[-1]
    data, _ = mixture_samples("spiral", "held-out", 256)
    typical = spiral.log_prob(data, 0.005).quantile(0.01)
    assert (spiral.log_prob(end, 0.005) > typical).double().mean() > 0.95


def test_the_only_training_point_is_the_only_attractor():
    point = torch.tensor([[0.3, -0.7]], dtype=torch.float64)
    start = 5 * torch.randn(20, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    end = fixed_points(IdealDenoiser(point), start, 0.1)
    torch.testing.assert_close(end, point.expand(20, 2))


def test_iterating_the_exact_denoiser_rests_where_the_score_is_zero(gaussian):
    end = fixed_points(gaussian, torch.tensor([[5.0, 0.0]], dtype=torch.float64), 1.0, iterations=1000)
    assert gaussian.score(end, 1.0).norm() < 1e-3


def test_a_schedule_that_does_not_go_down_is_refused():
    with pytest.raises(LowdiffError, match="decreasing"):
        noise_schedule(0.1, 1.0, 10)


# ---- the paper's sampler ----


class Line:
    """The best denoiser of a thin line in many dimensions: data along the first axis alone."""

    def residual(self, y, sigma):
        level = torch.as_tensor(sigma, dtype=torch.float64).reshape(-1, 1)
        kept = y[:, :1] / (1 + level**2)
        return torch.cat([kept - y[:, :1], -y[:, 1:]], 1)


@pytest.mark.parametrize("sigma", [0.05, 1.0])
def test_stochastic_ascent_ends_on_the_data_from_images_with_noise_and_from_noise(sigma):
    noise = sigma * torch.randn(40, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = stochastic_ascent(Line(), noise, sigma, seed=1)
    assert not bool(found.ran_away.any())
    assert float(found.ends[:, 1:].norm(dim=1).max()) < 1e-9  # the last denoising takes what is left across the data
    assert bool((found.steps > 10).all())


def test_with_more_noise_to_start_from_it_takes_more_steps():
    noise = torch.randn(20, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    few, many = (stochastic_ascent(Line(), sigma * noise, sigma).steps.double().mean() for sigma in (0.1, 1.0))
    assert few < many


def test_two_runs_with_one_seed_are_the_same_and_each_point_has_noise_of_its_own():
    start = torch.randn(1, 50, generator=torch.Generator().manual_seed(0), dtype=torch.float64).expand(3, 50)
    one, other = (stochastic_ascent(Line(), start, 1.0, seed=5).ends for _ in range(2))
    assert torch.equal(one, other)
    assert len({float(x) for x in one[:, 0]}) == 3


def test_who_runs_away_is_said_and_does_not_end_the_others():
    class Wild(Line):
        def residual(self, y, sigma):
            move = super().residual(y, sigma)
            return torch.where(y.norm(dim=1, keepdim=True) > 20, 10 * y, move)

    start = torch.zeros(2, 100, dtype=torch.float64)
    start[0, 0] = 60.0
    found = stochastic_ascent(Wild(), start + 0.1, 0.1, most=600)
    assert found.ran_away.tolist() == [True, False]
    assert float(found.ends[1, 1:].norm()) < 1e-9


@pytest.mark.parametrize("asked", [{"lowest": 0.0}, {"lowest": float("nan")}, {"most": 0}, {"most": 10**9}], ids=str)
def test_what_the_sampler_cannot_do_is_refused(asked):
    with pytest.raises(LowdiffError, match=next(iter(asked))):
        stochastic_ascent(Line(), torch.zeros(1, 3, dtype=torch.float64), 1.0, **asked)


@pytest.mark.parametrize("sigma", [-0.1, float("nan"), float("inf"), torch.tensor([0.1, 0.2])], ids=str)
def test_a_start_level_that_is_none_is_refused_with_the_limits(sigma):
    with pytest.raises(LowdiffError, match="noise level at the start must be at least 0 and finite"):
        stochastic_ascent(Line(), torch.zeros(3, 3, dtype=torch.float64), sigma)


def test_points_that_start_from_levels_of_their_own_go_as_they_would_alone():
    noise = torch.randn(2, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    levels = torch.tensor([0.1, 1.0])
    together = stochastic_ascent(Line(), levels[:, None] * noise, levels)
    assert together.steps[0] < together.steps[1]
    alone = stochastic_ascent(Line(), 0.1 * noise, 0.1)
    torch.testing.assert_close(together.ends[0], alone.ends[0])
