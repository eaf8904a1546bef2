"""The denoiser objective is its formula, and the exact posterior mean is its minimum."""

import math

import pytest
import torch

from lowdiff_lib.datasets.mixtures import MIXTURES, mixture, mixture_samples
from lowdiff_lib.datasets.samples import scale
from lowdiff_lib.models.denoiser import StackedDenoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training.losses import denoiser_loss, ncsn_loss


def stack_after_training(networks: int) -> StackedDenoiser:
    model = StackedDenoiser([RunSpec("spiral", 10, seed=seed, width=16) for seed in range(networks)], scale("spiral"))
    stream = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=stream)
    return model


def draw(networks: int, batch: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    stream = torch.Generator().manual_seed(1)
    x, z = (torch.randn(networks, batch, 2, generator=stream) for _ in range(2))
    return x, 10 ** (2 * torch.rand(networks, batch, generator=stream) - 1.5), z


@torch.no_grad()
def test_the_loss_is_the_weighted_squared_error_of_the_denoised_point():
    """mean over the batch of (1 / sigma^2 + 1 / s^2) |D(x + sigma z) - x|^2 / dim, for each network."""
    model, (x, sigma, z) = stack_after_training(3), draw(3, 8)
    by_hand = []
    for m in range(3):
        total = 0.0
        for i in range(8):
            noisy = x[m] + sigma[m, :, None] * z[m]
            denoised = model(noisy.expand(3, 8, 2), sigma[m].expand(3, 8))[m, i]
            weight = 1 / float(sigma[m, i]) ** 2 + 1 / scale("spiral").sd ** 2
            total += weight * float((denoised - x[m, i]).square().sum()) / 2
        by_hand.append(total / 8)
    assert denoiser_loss(model, x, sigma, z).tolist() == pytest.approx(by_hand, rel=1e-4)


@torch.no_grad()
def test_at_low_noise_score_matching_is_the_same_loss():
    """The weights of the two differ by the factor 1 + (sigma / s)^2 alone."""
    model, (x, _, z) = stack_after_training(2), draw(2, 64)
    for sigma in (0.005, 0.05, 1.0):
        levels = torch.full((2, 64), sigma)
        ratio = denoiser_loss(model, x, levels, z) / ncsn_loss(model, x, levels, z)
        assert ratio.tolist() == pytest.approx([1 + (sigma / scale("spiral").sd) ** 2] * 2, rel=1e-4)


@torch.no_grad()
def test_the_loss_of_one_network_ignores_the_others():
    model, (x, sigma, z) = stack_after_training(3), draw(3, 8)
    before = denoiser_loss(model, x, sigma, z)
    x[1] += 5
    after = denoiser_loss(model, x, sigma, z)
    assert torch.equal(before[[0, 2]], after[[0, 2]])
    assert before[1] != after[1]


@pytest.mark.parametrize("sigma", [0.02, 0.3, 3.0])
@pytest.mark.parametrize("name", [name for name in MIXTURES if name != "thin-manifold"])
def test_the_exact_posterior_mean_is_the_minimum(name, sigma):
    """Away from it by e h(y), the loss rises by e^2 E w|h|^2 and the part linear in e is zero, for any h."""
    exact, n = mixture(name), 10_000
    x, _ = mixture_samples(name, "held-out", n)
    z = torch.randn(x.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    y = x + sigma * z
    posterior_mean = exact.denoise(y, sigma)
    weight = 1 / sigma**2 + 1 / scale(name).sd ** 2
    center = exact.weights @ exact.means
    away = {
        "shift": torch.ones_like(y),
        "stretch": y - center,
        "bend": torch.sin(3 * y),
        "identity": y - posterior_mean,
        "nearest mean": exact.means[exact.responsibilities(y, sigma).argmax(1)] - posterior_mean,
    }
    for kind, h in away.items():
        linear = 2 * weight * (h * (posterior_mean - x)).mean(1)
        assert abs(float(linear.mean())) < 4.5 * float(linear.std()) / math.sqrt(n), kind

    class Away:
        """The exact denoiser, off by step times `stretch`."""

        def __init__(self, step: float):
            self.step = step

        def residual(self, y, sigma):
            return (posterior_mean + self.step * away["stretch"])[None] - y

        def weight(self, sigma):
            return torch.full_like(sigma, weight)

    loss = {e: float(denoiser_loss(Away(e), x[None], torch.full((1, n), sigma), z[None])) for e in (-0.1, 0.0, 0.1)}
    rise = 0.01 * weight * float(away["stretch"].square().mean())
    assert (loss[0.1] + loss[-0.1]) / 2 - loss[0.0] == pytest.approx(rise, rel=1e-6)
    assert loss[0.0] < min(loss[0.1], loss[-0.1])
