"""The derivative of a denoiser is that of its closed form, or of finite differences, and what is read off it holds."""

import pytest
import torch

from lowdiff_lib.datasets.samples import scale
from lowdiff_lib.measures import jacobian, metrics
from lowdiff_lib.models.denoiser import Denoiser, StackedDenoiser
from lowdiff_lib.models.reference import WienerDenoiser
from lowdiff_lib.specs import RunSpec

SIDE, SIGMA = 8, 0.3


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def wiener() -> WienerDenoiser:
    """Of 40 images with a falling spectrum, fewer than there are pixels."""
    spectrum = torch.linspace(2, 0.01, SIDE**2, dtype=torch.float64)
    basis = torch.linalg.qr(randn(SIDE**2, SIDE**2)).Q
    return WienerDenoiser(((randn(40, SIDE**2, seed=1) * spectrum) @ basis).reshape(40, 1, SIDE, SIDE))


@pytest.fixture(scope="module", params=["preconditioned", "blind"])
def network(request) -> Denoiser:
    """A U-Net in float64 whose last layer is not zero, as after training."""
    spec = RunSpec("faces", 1, network="unet", width=4, depth=1, resolution=SIDE, parametrisation=request.param)
    model = StackedDenoiser([spec], scale("faces", SIDE))
    for weights in model.parameters():
        if not weights.any():
            torch.nn.init.normal_(weights, std=0.3, generator=torch.Generator().manual_seed(0))
    return Denoiser(model.double())


def y(n: int = 1) -> torch.Tensor:
    return 0.5 + 0.4 * randn(n, 1, SIDE, SIDE, seed=3)


def exact(wiener: WienerDenoiser) -> torch.Tensor:
    return wiener.basis.T @ torch.diag(wiener.variance / (wiener.variance + SIGMA**2)) @ wiener.basis


def test_the_jacobian_of_the_wiener_denoiser_is_its_closed_form_and_symmetric(wiener):
    basis, matrix = jacobian.compressed(wiener, y(), SIGMA)
    torch.testing.assert_close(basis, torch.eye(SIDE**2, dtype=torch.float64))
    torch.testing.assert_close(matrix, exact(wiener))
    torch.testing.assert_close(matrix, matrix.T)


def test_the_jacobian_of_a_network_is_that_of_finite_differences(network):
    _, matrix = jacobian.compressed(network, y(), SIGMA)
    denoised, step = jacobian.answer(network, SIGMA), 1e-6
    for pixel in (0, 19, 63):
        change = torch.zeros(1, 1, SIDE, SIDE, dtype=torch.float64)
        change.view(-1)[pixel] = step
        with torch.no_grad():
            slope = (denoised(y() + change) - denoised(y() - change)) / (2 * step)
        torch.testing.assert_close(matrix[:, pixel], slope.flatten(), atol=1e-7, rtol=1e-5)


def test_what_is_differentiated_is_the_denoiser(network):
    with torch.no_grad():
        found = jacobian.answer(network, SIGMA)(y(3).float())
    network.model.float()
    torch.testing.assert_close(found, network(y(3), SIGMA).float(), atol=1e-5, rtol=1e-4, check_dtype=False)
    network.model.double()


def test_a_chunked_jacobian_is_the_same(network, monkeypatch):
    _, whole = jacobian.compressed(network, y(), SIGMA)
    monkeypatch.setattr(jacobian, "CHUNK", 7 * SIDE**2)
    torch.testing.assert_close(jacobian.compressed(network, y(), SIGMA)[1], whole)


def test_forwards_and_backwards_are_transposes(network):
    """<u, J v> = <J' u, v>, at each point with the Jacobian there."""
    u, v = randn(4, 1, SIDE, SIDE, seed=4), randn(4, 1, SIDE, SIDE, seed=5)
    one = (u * jacobian.along(network, y(4), SIGMA, v)).flatten(1).sum(1)
    other = (jacobian.transposed_along(network, y(4), SIGMA, u) * v).flatten(1).sum(1)
    torch.testing.assert_close(one, other)
    _, matrix = jacobian.compressed(network, y(4)[2:3], SIGMA)
    torch.testing.assert_close(jacobian.along(network, y(4), SIGMA, v)[2].flatten(), matrix @ v[2].flatten())


def test_the_spectrum_falls_and_its_vectors_are_orthonormal(network):
    found = jacobian.spectrum(network, y(), SIGMA)
    assert (found.values.diff() <= 0).all()
    torch.testing.assert_close(found.vectors @ found.vectors.T, torch.eye(SIDE**2, dtype=torch.float64))
    assert found.largest >= float(found.values[0])
    _, matrix = jacobian.compressed(network, y(), SIGMA)
    assert float(found.values.sum()) == pytest.approx(float(matrix.trace()))
    leading = found.vectors[0]
    assert float(leading @ matrix @ leading) == pytest.approx(float(found.values[0]))


def test_a_few_directions_carry_the_leading_part_of_the_spectrum(wiener):
    """Where it falls; eigenvalues that crowd near 1, as with little noise, come out a little low."""
    some, whole = (jacobian.spectrum(wiener, y(), 2.0, rank) for rank in (12, None))
    torch.testing.assert_close(some.values[:8], whole.values[:8], atol=0, rtol=1e-3)
    assert metrics.subspace_overlap(some.vectors[:5], whole.vectors[:5]) > 0.99
    assert some.largest == pytest.approx(whole.largest, rel=1e-3)
    crowded, exact = (jacobian.spectrum(wiener, y(), SIGMA, rank).values[:8] for rank in (12, None))
    assert (crowded <= exact + 1e-9).all()
    assert (crowded > 0.98 * exact).all()


def test_random_directions_give_the_trace_on_average(wiener):
    """Hutchinson 1990."""
    v = randn(4000, 1, SIDE, SIDE, seed=6).sign()
    images = jacobian.along(wiener, y().repeat(4000, 1, 1, 1), SIGMA, v)
    assert float((images * v).flatten(1).sum(1).mean()) == pytest.approx(float(exact(wiener).trace()), rel=0.02)


def test_the_trace_is_the_error_that_is_left_in_units_of_the_noise(wiener):
    """E|D(y) - x|^2 = sigma^2 tr J for the best denoiser (from Miyasawa's formula): it keeps that many directions."""
    x = wiener.mean + (randn(20_000, len(wiener.variance), seed=7) * wiener.variance.sqrt()) @ wiener.basis
    x = x.reshape(-1, 1, SIDE, SIDE)
    z = SIGMA * randn(*x.shape, seed=8)
    left = (wiener.residual(x + z, SIGMA) + z).flatten(1).square().sum(1).mean()
    assert float(left) == pytest.approx(SIGMA**2 * float(exact(wiener).trace()), rel=0.02)


def test_overlap_is_one_for_one_subspace_and_k_over_dim_for_random_ones():
    vectors = torch.linalg.qr(randn(SIDE**2, 20)).Q.T
    turned = torch.linalg.qr(randn(10, 10, seed=1)).Q @ vectors[:10]
    assert metrics.subspace_overlap(vectors[:10], turned) == pytest.approx(1)
    assert metrics.subspace_overlap(vectors[:10], vectors[10:]) == pytest.approx(0, abs=1e-12)
    random = [torch.linalg.qr(randn(400, 10, seed=seed)).Q.T for seed in range(20)]
    mean = sum(metrics.subspace_overlap(a, b) for a, b in zip(random[::2], random[1::2], strict=True)) / 10
    assert mean == pytest.approx(10 / 400, rel=0.3)
