"""From a network to a denoiser: where it starts, what the weight does, and that float32 is enough."""

import copy
import dataclasses
import math

import pytest
import torch

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.mixtures import mixture_samples
from lowdiff_lib.datasets.samples import scale
from lowdiff_lib.models.denoiser import Denoiser, StackedDenoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training.trainer import noise_levels as drawn_levels

SPECS = {
    "mlp": RunSpec("spiral", 10, width=16, depth=2),
    "mlp, 100-D, power 2": RunSpec("hd-uniform", 10, width=16, depth=2, output_power=2),
    "unet": RunSpec("faces", 10, network="unet", width=4, depth=2, resolution=20),
}
each_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
SIGMAS = [0.003, 0.1, 1.0, 20.0]


def denoiser(spec: RunSpec, trained: bool = True) -> Denoiser:
    """A denoiser before training, or (weights moved at random) as after it."""
    model = StackedDenoiser([spec], scale(spec.dataset, spec.resolution))
    if trained:
        stream = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter += 0.3 / parameter.shape[-1] ** 0.5 * torch.randn(parameter.shape, generator=stream)
    return Denoiser(model)


def points(spec: RunSpec, n: int, sigma: float) -> torch.Tensor:
    """Noisy points around the mean of the data, with its spread."""
    of = scale(spec.dataset, spec.resolution)
    stream = torch.Generator().manual_seed(1)
    z = torch.randn(n, *of.mean.shape, generator=stream, dtype=torch.float64)
    return of.mean + math.hypot(of.sd, sigma) * z


@pytest.mark.parametrize("sigma", SIGMAS)
@each_spec
def test_before_training_it_is_the_best_denoiser_of_a_round_gaussian(spec, sigma):
    """Of the data's mean m and standard deviation s: D(y) = m + s^2 / (s^2 + sigma^2) (y - m)."""
    of, y = scale(spec.dataset, spec.resolution), points(spec, 8, sigma)
    wiener = of.mean + of.sd**2 / (of.sd**2 + sigma**2) * (y - of.mean)
    torch.testing.assert_close(denoiser(spec, trained=False)(y, sigma), wiener.double(), rtol=1e-5, atol=1e-5)


def test_the_scale_is_the_mean_and_spread_of_the_data():
    for name in ("spiral", "hd-sharpcov"):
        x, _ = mixture_samples(name, "held-out", 20_000)
        of = scale(name)
        torch.testing.assert_close(x.mean(0), of.mean, rtol=0, atol=0.12)
        assert float((x - of.mean).square().mean().sqrt()) == pytest.approx(of.sd, rel=0.02)


@pytest.mark.parametrize("told", [True, False])
def test_the_two_ways_of_training_cross_with_being_told(told):
    """Whether a network is told sigma and how it is trained are two choices: each can be had without the other."""
    theirs = {"noise": "square", "weighting": "none", "sigma_max": 1.0}
    ours = {"parametrisation": "blind", "noise": "log-uniform", "weighting": "noise"}
    spec = dataclasses.replace(SPECS["unet"], **(theirs if told else ours))
    alike = dataclasses.replace(SPECS["unet"], **({"parametrisation": "blind"} if told else {}))  # the other kind's
    assert (spec.drawn, spec.weighted) == (alike.drawn, alike.weighted)
    sigma, of = torch.tensor([[0.01, 0.1, 1.0]]), scale(spec.dataset, spec.resolution)
    model = StackedDenoiser([spec], of)
    torch.testing.assert_close(model.weight(sigma), torch.ones_like(sigma) if told else 1 / sigma**2 + 1 / of.sd**2)
    assert model.told is told


def test_noise_drawn_as_a_square_is_never_zero_and_not_weighted_by_its_inverse():
    plain = RunSpec("spiral", 10, noise="square", weighting="none", sigma_max=1.0)
    assert float(drawn_levels(plain, torch.zeros(1, 1)).log()) > -40
    with pytest.raises(LowdiffError, match="weighting is 'noise', which divides by sigma"):
        RunSpec("spiral", 10, noise="square", weighting="noise", sigma_max=1.0)


def test_blind_starts_at_the_identity_and_is_not_told_sigma():
    spec = RunSpec("spiral", 10, width=16, depth=2, parametrisation="blind")
    y = points(spec, 8, 1.0)
    assert torch.equal(denoiser(spec, trained=False)(y, 0.1), y)
    trained = denoiser(spec)
    assert torch.equal(trained.residual(y, 0.1), trained.residual(y, 1.0))
    assert trained.residual(y, 0.1).abs().max() > 0.01


@each_spec
def test_denoised_is_noisy_plus_residual(spec):
    model, y = denoiser(spec), points(spec, 8, 0.3)
    assert torch.equal(model(y, 0.3), y + model.residual(y, 0.3))
    assert model(y, 0.3).dtype == torch.float64


@each_spec
def test_every_point_may_have_its_own_sigma(spec, monkeypatch):
    model, y = denoiser(spec), points(spec, 6, 0.3)
    sigma = torch.tensor([0.003, 0.01, 0.1, 0.3, 1.0, 20.0])
    one_by_one = torch.cat([model.residual(y[i : i + 1], float(sigma[i])) for i in range(6)])
    torch.testing.assert_close(model.residual(y, sigma), one_by_one, rtol=1e-4, atol=1e-6)
    together = model.residual(y, sigma)
    monkeypatch.setattr("lowdiff_lib.models.denoiser.BATCH", 4)
    torch.testing.assert_close(model.residual(y, sigma), together, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("power", [1, 2])
def test_the_residual_vanishes_with_the_noise_at_the_rate_that_was_chosen(power):
    """D stays within about sigma^power of y (power 2: the network is the score) whatever the weights are."""
    model = denoiser(RunSpec("uniform", 10, width=16, depth=2, output_power=power))
    y = mixture_samples("uniform", "held-out", 64)[0]
    sizes = [float(model.residual(y, sigma).square().mean().sqrt()) for sigma in (0.003, 0.03)]
    assert math.log10(sizes[1] / sizes[0]) == pytest.approx(power, abs=0.25)


def test_the_weight_brings_the_target_of_the_network_to_unit_size():
    """What F has to predict, (D* - skip y) / c_out, is of order 1 at every sigma where D* = x (no prior knowledge)."""
    spec = RunSpec("spiral", 10, width=16, depth=2)
    model, of = StackedDenoiser([spec], scale("spiral")), scale("spiral")
    x, _ = mixture_samples("spiral", "held-out", 20_000)
    z = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    for sigma in SIGMAS:
        error = sigma * z + model.residual((x + sigma * z).float()[None], torch.full((1, len(x)), sigma))[0]
        weight = float(model.weight(torch.tensor([[sigma]])))
        assert weight == pytest.approx(1 / sigma**2 + 1 / of.sd**2, rel=1e-5)
        assert weight * float(error.detach().square().mean()) == pytest.approx(1, abs=0.05)  # the loss at F = 0


@pytest.mark.parametrize("sigma", [0.003, 0.03, 1.0])
@each_spec
def test_float32_is_precise_enough_at_the_smallest_noise(spec, sigma):
    """The network in float64 on the same points gives the same residual to a tenth of a per cent."""
    single = denoiser(spec)
    double = copy.deepcopy(single.model).double()
    y = points(spec, 16, sigma)
    with torch.no_grad():
        exact = double.residual(y[None], torch.full((1, len(y)), sigma, dtype=torch.float64))[0]
    assert float((single.residual(y, sigma) - exact).norm() / exact.norm()) < 1e-3


@each_spec
def test_points_and_noise_levels_that_are_none_are_refused(spec):
    model, y = denoiser(spec), points(spec, 4, 0.1)
    for sigma in (0.0, -0.1, math.nan, math.inf, torch.full((3,), 0.1), torch.full((4, 1), 0.1)):
        with pytest.raises(LowdiffError, match="sigma"):
            model.residual(y, sigma)
    for wrong in (y[0], y[..., :1], y[None], torch.tensor(1.0)):
        with pytest.raises(LowdiffError, match=r"y has shape"):
            model(wrong, 0.1)
    assert model.residual(y[:0], 0.1).shape == y[:0].shape


@each_spec
def test_a_point_that_ran_away_does_not_touch_the_others(spec):
    model, y = denoiser(spec), points(spec, 4, 0.1)
    alone = model(y[1:], 0.1)
    y[0] = math.nan
    together = model(y, 0.1)
    assert bool(together[0].isnan().any())
    torch.testing.assert_close(together[1:], alone, rtol=1e-5, atol=1e-6)


def test_a_denoiser_is_not_left_in_training():
    """The blind U-Net's batch norm would let one image depend on the others."""
    spec = RunSpec("faces", 10, network="unet", width=4, depth=2, resolution=20, parametrisation="blind")
    model, y = denoiser(spec), points(spec, 4, 0.3)
    torch.testing.assert_close(model(y, 0.3)[:1], model(y[:1], 0.3), rtol=1e-5, atol=1e-5)


def test_images_are_scaled_by_round_numbers():
    """Which no training set decides, so that A and B start alike."""
    assert scale("celeba", 80).sd == 0.25
    assert torch.equal(scale("celeba", 80).mean, torch.full((1, 80, 80), 0.5))
