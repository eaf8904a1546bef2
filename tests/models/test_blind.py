"""Who is not told the noise level has to guess it: the best possible guess, and what it costs."""

import math
import subprocess
import sys

import pytest
import torch
from scipy import integrate

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.mixtures import mixture, mixture_samples
from lowdiff_lib.datasets.samples import scale
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.models import blind
from lowdiff_lib.models.blind import BlindExact, BlindIdeal, Prior, WeightedPrior, prior_of
from lowdiff_lib.models.denoiser import StackedDenoiser
from lowdiff_lib.models.skip import SkipNet
from lowdiff_lib.specs import RunSpec

each_prior = pytest.mark.parametrize("prior", [Prior(), Prior(1.0, 1), Prior(0.5)], ids=str)


@each_prior
def test_the_levels_of_a_prior_are_a_quadrature_of_it(prior):
    sigma, log_weight = prior.levels()
    weight = log_weight.exp()
    assert weight.sum().item() == pytest.approx(1, abs=1e-12)
    mean = prior.largest / (prior.power + 1)  # of largest u^power, u uniform
    assert float(weight @ sigma) == pytest.approx(mean, rel=1e-9)
    assert bool((sigma.diff() > 0).all())


@pytest.mark.parametrize("name", ["uniform", "sharpcov", "spiral", "hd-sharpcov"])
@pytest.mark.parametrize("level", [0.01, 0.3])
def test_the_best_blind_denoiser_agrees_with_an_independent_quadrature(name, level):
    """scipy's adaptive one, over u with sigma = u^2, of the mixture's own density and score."""
    exact = mixture(name)
    x, _ = mixture_samples(name, "held-out", 3)
    y = x + level * unit_noise(x, 0)
    for point, answer in zip(y, BlindExact(exact, Prior()).residual(y), strict=True):
        log_best = max(float(exact.log_prob(point[None], s)) for s in torch.logspace(-6, 0, 400).tolist())

        def both(u: float, point=point, log_best=log_best):
            sigma = max(u * u, 1e-150)
            weight = math.exp(float(exact.log_prob(point[None], sigma)) - log_best)
            return torch.cat([exact.residual(point[None], sigma)[0], torch.ones(1)]).numpy() * weight

        total, _ = integrate.quad_vec(both, 0, 1, epsrel=1e-10, epsabs=0, limit=400, norm="max")
        expected = torch.from_numpy(total[:-1] / total[-1])
        torch.testing.assert_close(answer, expected, rtol=1e-6, atol=1e-6 * float(expected.abs().max()))


def test_what_is_weighted_counts_as_if_it_were_drawn_as_often():
    """Against scipy's quadrature of weight times density. So trained, a little noise is what is served."""
    exact, prior = mixture("spiral"), WeightedPrior(0.003, 20.0, 1.5)
    x, _ = mixture_samples("spiral", "held-out", 200)
    z = 0.01 * unit_noise(x, 0)
    answers = BlindExact(exact, prior).residual(x + z)
    for point, answer in zip((x + z)[:3], answers, strict=False):

        def both(t: float, point=point):
            sigma = math.exp(t)
            weight = (1 / sigma**2 + 1 / 1.5**2) * math.exp(float(exact.log_prob(point[None], sigma)))
            return torch.cat([exact.residual(point[None], sigma)[0], torch.ones(1)]).numpy() * weight

        total, _ = integrate.quad_vec(both, math.log(0.003), math.log(20.0), epsrel=1e-10, epsabs=0, norm="max")
        expected = torch.from_numpy(total[:-1] / total[-1])
        torch.testing.assert_close(answer, expected, rtol=1e-6, atol=1e-6 * float(expected.abs().max()))
    gain = {
        name: metrics.psnr_gain(BlindExact(exact, of).residual(x + z), z)
        for name, of in (("", prior), ("u^2", Prior()))
    }
    assert gain[""] > -0.5 > -10 > gain["u^2"]


def test_on_broad_data_not_being_told_costs_most_where_the_noise_is_small():
    """And nothing on thin data in many dimensions, where a point shows how noisy it is."""
    gains = {}
    for name in ("spiral", "hd-sharpcov"):
        exact = mixture(name)
        x, _ = mixture_samples(name, "held-out", 200)
        z = 0.01 * unit_noise(x, 0)
        residuals = exact.residual(x + z, 0.01), BlindExact(exact, Prior()).residual(x + z)
        gains[name] = [metrics.psnr_gain(residual, z) for residual in residuals]
    assert gains["spiral"][0] > 0
    assert gains["spiral"][1] < -15
    assert gains["hd-sharpcov"][1] == pytest.approx(gains["hd-sharpcov"][0], abs=0.1)


def test_the_noise_that_a_thin_point_seems_to_have_is_the_noise_that_it_has():
    exact = mixture("hd-sharpcov")
    x, _ = mixture_samples("hd-sharpcov", "held-out", 100)
    for level in (0.01, 0.1):
        seems = BlindExact(exact, Prior()).expected_sigma(x + level * unit_noise(x, 1))
        assert float(seems.median()) == pytest.approx(level, rel=0.05)


def test_the_blind_ideal_denoiser_is_the_blind_one_of_a_mixture_of_points():
    """The training set as a mixture whose components have no width."""
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = x[:3] + 0.2 * torch.randn(3, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    sigma, log_weight = Prior().levels()
    squares = ((y[:, None] - x) ** 2).sum(-1)
    joint = log_weight[:, None, None] - 4 * sigma.log()[:, None, None] - squares / (2 * sigma[:, None, None] ** 2)
    weights = torch.softmax(torch.logsumexp(joint, 0), 1)
    torch.testing.assert_close(BlindIdeal(x, Prior())(y), weights @ x, rtol=1e-10, atol=1e-12)


def test_a_training_point_is_left_where_it_is():
    x = torch.randn(50, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(BlindIdeal(x, Prior())(x), x, rtol=0, atol=1e-6)


def test_pixels_are_taken_as_they_are_stored():
    pixels = torch.randint(256, (20, 1, 4, 4), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    x = pixels.double() / 255
    y = x[:4] + 0.1 * unit_noise(x[:4], 0)
    torch.testing.assert_close(BlindIdeal(pixels, Prior())(y), BlindIdeal(x, Prior())(y))


ANSWER = """
import resource, torch
from lowdiff_lib.models.blind import BlindIdeal, Prior
pixels = torch.randint(256, (20_000, 1, 40, 40), dtype=torch.uint8)
BlindIdeal(pixels[:10], Prior())(torch.rand(1, 1, 40, 40))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
BlindIdeal(pixels, Prior(20.0))(20 * torch.randn(1, 1, 40, 40))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_images_are_numbers_a_part_at_a_time():
    """With much noise every image counts. 20,000 of 40 x 40 are 32 MB of pixels, and would be 256 MB of numbers."""
    answered = subprocess.run([sys.executable, "-c", ANSWER], check=True, capture_output=True, text=True)
    assert int(answered.stdout) < 100_000  # kB


def test_both_answers_at_once_are_those_of_whole_chunks(monkeypatch):
    x, _ = mixture_samples("spiral", "held-out", 20)
    y = x + 0.1 * unit_noise(x, 0)
    best = BlindExact(mixture("spiral"), Prior())
    residual, seems = best.answer(y)
    monkeypatch.setattr(blind, "_CHUNK_VALUES", 3 * len(best.sigma))  # three points
    torch.testing.assert_close(best.residual(y), residual, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(best.expected_sigma(y), seems, rtol=1e-12, atol=0)
    assert best.answer(y[:0])[0].shape == (0, 2)


def test_a_blind_network_answers_the_same_whatever_it_is_told():
    for more in ({"parametrisation": "blind"}, {"parametrisation": "clean", "network": "skip", "noise": "uniform"}):
        model = StackedDenoiser([RunSpec("spiral", 10, width=8, depth=1, **more)], scale("spiral"))
        y = torch.randn(1, 7, 2, generator=torch.Generator().manual_seed(0))
        answers = [model(y, torch.full((1, 7), sigma)) for sigma in (0.01, 1.0)]
        torch.testing.assert_close(*answers)


def test_the_authors_earlier_network_has_the_size_that_theirs_has():
    assert sum(p.numel() for p in SkipNet(2, 64, 3, 0).parameters()) == pytest.approx(0.96e6, rel=0.01)


def test_a_reference_knows_how_noise_was_drawn():
    assert prior_of(RunSpec("spiral", 10, parametrisation="blind", sigma_max=1.0), 1.0) == Prior(1.0, 2)
    assert prior_of(RunSpec("spiral", 10, parametrisation="blind", noise="uniform", sigma_max=0.5), 1.0) == Prior(
        0.5, 1
    )
    with pytest.raises(LowdiffError, match="log-uniform"):
        prior_of(RunSpec("spiral", 10, noise="levels", levels=4), 1.0)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"parametrisation": "blind", "objective": "ncsn"}, "divides by sigma"),
        ({"parametrisation": "blind", "objective": "ssm"}, "divides by sigma"),
        ({"noise": "levels"}, "at least 2"),
        ({"noise": "cube"}, "must be one of usual, log-uniform, square, uniform, levels"),
        ({"network": "ncsn", "parametrisation": "blind", "resolution": 8}, "preconditioned, score or field"),
    ],
)
def test_what_cannot_be_trained_is_refused(asked, answer):
    with pytest.raises(LowdiffError, match=answer):
        RunSpec("spiral", 10, **asked)
