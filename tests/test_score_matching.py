"""The two score-matching objectives: the same minimum as the denoiser's, reached without or with the clean point."""

import pytest
import torch

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.mixtures import mixture, mixture_samples
from lowdiff_lib.models.denoiser import Denoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training.losses import directions, ncsn_loss, ssm_loss
from lowdiff_lib.training.trainer import Trainer


class LinearScore:
    """The score s(y) = A y as a model; A symmetric, so that it is the score of a Gaussian."""

    parametrisation = "preconditioned"

    def __init__(self, a: torch.Tensor):
        self.a = a

    def residual(self, y, sigma):
        return sigma[..., None] ** 2 * (y @ self.a)

    def residual_with_derivative(self, y, sigma, v):
        return self.residual(y, sigma), self.residual(v, sigma)


def test_sliced_equals_exact_trace_on_a_linear_score():
    stream = torch.Generator().manual_seed(0)
    a = torch.randn(6, 6, generator=stream, dtype=torch.float64)
    model = LinearScore(a @ a.T)
    x, z = (torch.randn(1, 40_000, 6, generator=stream, dtype=torch.float64) for _ in range(2))
    sigma = torch.full((1, 40_000), 0.7, dtype=torch.float64)
    score = (x + 0.7 * z) @ model.a
    exact = 0.7**2 * (score.square().sum(-1) / 2 + torch.trace(model.a)).mean() / 6
    # Tolerance: four standard errors of the mean of v'Av over the points.
    v = torch.randn(40_000, 6, generator=stream, dtype=torch.float64).sign()
    error = 0.7**2 * ((v @ model.a) * v).sum(1).std() / 6 / 40_000**0.5
    assert abs(ssm_loss(model, x, sigma, z).item() - exact.item()) < 4 * error


def test_directions_are_signs_independent_of_the_points_own_noise():
    z = torch.randn(1, 10_000, 3, generator=torch.Generator().manual_seed(1))
    paired = torch.cat([z, -z], 1)
    v = directions(paired)
    assert set(v.unique().tolist()) == {-1.0, 1.0}
    assert (v * paired).mean((0, 1)).abs().max() < 4 / 20_000**0.5 * 2


def test_the_exact_score_minimises_both_objectives():
    exact = mixture("spiral")
    x = mixture_samples("spiral", "held-out", 4096)[0][None]
    stream = torch.Generator().manual_seed(2)
    z, sigma = torch.randn(x.shape, generator=stream, dtype=torch.float64), torch.full((1, 4096), 0.3).double()

    class Scaled:
        """The exact score times a factor."""

        parametrisation = "preconditioned"

        def __init__(self, factor):
            self.factor = factor

        def residual(self, y, sigma):
            return self.factor * (exact.denoise(y[0], sigma[0]) - y[0])[None]

        def residual_with_derivative(self, y, sigma, v, step=1e-5):
            ahead, behind = (self.residual(y + sign * step * v, sigma) for sign in (1, -1))
            return self.residual(y, sigma), (ahead - behind) / (2 * step)

    for loss in (ncsn_loss, ssm_loss):
        at = {factor: loss(Scaled(factor), x, sigma, z).item() for factor in (0.7, 1.0, 1.3)}
        assert at[1.0] < min(at[0.7], at[1.3]), loss.__name__


def test_the_forward_derivative_is_that_of_autograd():
    trainer = Trainer([RunSpec("spiral", 10, seed=seed, width=16) for seed in range(2)])
    stream = torch.Generator().manual_seed(3)
    for parameter in trainer.model.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=stream)
    model = trainer.model.double()
    y, v = (torch.randn(2, 5, 2, generator=stream, dtype=torch.float64) for _ in range(2))
    sigma = torch.full((2, 5), 0.2, dtype=torch.float64)
    plain = torch.func.jvp(lambda point: model.residual(point, sigma), (y,), (v,))
    for ours, theirs in zip(model.residual_with_derivative(y, sigma, v), plain, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("objective", ["denoiser", "ncsn", "ssm"])
def test_each_objective_learns_the_score(objective):
    """After a short training every objective explains most of the exact score at a middling noise level."""
    spec = RunSpec("uniform", 1000, objective=objective, steps=300, batch=64, width=32, levels=10, input_gain=3.0)
    trainer = Trainer([spec])
    for _ in trainer.train():
        pass
    exact, sigma = mixture("uniform"), 1.0
    x, _ = mixture_samples("uniform", "held-out", 512)
    y = x + sigma * torch.randn(x.shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    score = exact.score(y, sigma)
    wrong = Denoiser(trainer.model).residual(y, sigma) / sigma**2 - score
    assert wrong.square().sum() / score.square().sum() < 0.3


def test_ssm_needs_a_neighbour():
    with pytest.raises(LowdiffError, match="at least 4"):
        RunSpec("spiral", 10, objective="ssm", batch=2)
