"""The NCSN network has the paper's size, takes any image size, and can be differentiated as score matching needs."""

import pytest
import torch

from lowdiff_lib.models.ncsn import NCSN


def ncsn(channels: int = 8, blocks: int = 2, seed: int = 0) -> NCSN:
    """A network as after some training; before it the output is zero."""
    network = NCSN(channels, blocks, seed)
    torch.nn.init.normal_(network.out.weight, std=0.1, generator=torch.Generator().manual_seed(seed))
    return network


def images(n: int, height: int = 20, width: int | None = None, seed: int = 1) -> torch.Tensor:
    return torch.randn(n, 1, height, width or height, generator=torch.Generator().manual_seed(seed))


def noise(n: int, sigma: float = 0.1) -> torch.Tensor:
    return torch.full((n, 1, 1, 1), sigma).log() / 4


@torch.no_grad()
def apply(network: NCSN, y: torch.Tensor, sigma: float = 0.1) -> torch.Tensor:
    return network(y, noise(len(y), sigma))


def test_the_papers_network_has_5503937_parameters():
    network = NCSN(channels=64, blocks=2, seed=0)
    assert sum(parameter.numel() for parameter in network.parameters()) == 5_503_937


@pytest.mark.parametrize("size", [(20, 20), (25, 25), (80, 80), (23, 18), (1, 5)], ids=str)
@pytest.mark.parametrize("blocks", [0, 1, 2, 3])
def test_an_image_of_any_size_comes_back_in_its_size(size, blocks):
    found = apply(ncsn(4, blocks), images(2, *size))
    assert found.shape == (2, 1, *size)
    assert bool(torch.isfinite(found).all())


@pytest.mark.parametrize("channels", [4, 8, 12, 16, 32])
def test_the_network_is_told_the_noise_at_every_width(channels):
    network, y = ncsn(channels), images(2)
    low, high = apply(network, y, 0.01), apply(network, y, 1.0)
    assert float((low - high).norm() / high.norm()) > 0.05


@pytest.mark.parametrize(("channels", "groups"), [(4, [1, 2, 4]), (8, [2, 4, 8]), (12, [1, 2, 4]), (64, [8, 8, 8])])
def test_the_norm_has_8_groups_or_fewer_so_that_each_has_4_channels(channels, groups):
    assert [block.norms[0].num_groups for block in ncsn(channels).encoder[::2]] == groups


def test_an_image_is_denoised_alike_in_any_company():
    network, y = ncsn(), images(5)
    alone = torch.cat([apply(network, y[i : i + 1]) for i in range(5)])
    torch.testing.assert_close(apply(network, y), alone, rtol=1e-4, atol=1e-5)


def test_it_starts_at_zero_so_that_the_denoiser_starts_linear():
    assert not apply(NCSN(8, 2, 0), images(2)).any()


def test_the_seed_alone_fixes_the_weights():
    torch.manual_seed(0)
    first = NCSN(4, 2, 7).state_dict()
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    again = NCSN(4, 2, 7).state_dict()
    assert torch.equal(torch.random.get_rng_state(), before)  # and nobody else's random numbers move
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["first.weight"], NCSN(4, 2, 8).state_dict()["first.weight"])


def along(network: NCSN, y: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """(dF/dy) v at sigma = 0.1, forward mode, as sliced score matching takes it."""
    given = noise(len(y)).to(y)
    return torch.func.jvp(lambda point: network(point, given), (y,), (v,))[1]


@pytest.mark.parametrize("size", [20, 25])
def test_the_derivative_along_a_direction_is_the_difference_quotient(size):
    network, y, v = ncsn().double(), images(2, size).double(), images(2, size, seed=2).double()
    step = 1e-6  # small: the second derivative of ELU jumps
    quotient = (apply(network, y + step * v) - apply(network, y - step * v)) / (2 * step)
    torch.testing.assert_close(along(network, y, v), quotient, rtol=1e-6, atol=1e-7)


def test_a_loss_of_the_derivative_trains_the_weights():
    """v' (dF/dy) v: forward mode and then backward, against backward twice."""
    network, y, v = ncsn().double(), images(2).double(), images(2, seed=2).double()
    weights = [weight for name, weight in network.named_parameters() if name != "out.bias"]  # which is not in dF/dy
    found = torch.autograd.grad((v * along(network, y, v)).sum(), weights)
    y.requires_grad_()
    slope = torch.autograd.grad((v * network(y, noise(2).to(y))).sum(), y, create_graph=True)[0]
    twice = torch.autograd.grad((v * slope).sum(), weights)
    assert all(bool(gradient.any()) for gradient in found)
    for one, other in zip(found, twice, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-8)
