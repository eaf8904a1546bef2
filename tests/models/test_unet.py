"""The U-Net is the paper's: its size, its freedom from biases, and any image size."""

import pytest
import torch

from lowdiff_lib.models.unet import UNet

each_kind = pytest.mark.parametrize("conditional", [False, True], ids=["blind", "conditional"])


def unet(channels: int = 8, blocks: int = 2, seed: int = 0, conditional: bool = False) -> UNet:
    """A network as after some training: the conditional one starts at zero."""
    network = UNet(channels, blocks, seed, conditional).eval()
    torch.nn.init.normal_(network.out.weight, std=0.1, generator=torch.Generator().manual_seed(seed))
    return network


def images(n: int, size: int = 20) -> torch.Tensor:
    return torch.randn(n, 1, size, size, generator=torch.Generator().manual_seed(1))


def noise(n: int, sigma: float = 0.1) -> torch.Tensor:
    return torch.full((n, 1, 1, 1), sigma).log() / 4


@torch.no_grad()
def apply(network: UNet, y: torch.Tensor, sigma: float = 0.1) -> torch.Tensor:
    return network(y, noise(len(y), sigma))


def test_the_papers_network_has_7659264_parameters():
    network = UNet(channels=64, blocks=3, seed=0, conditional=False)
    assert sum(parameter.numel() for parameter in network.parameters()) == 7_659_264


@pytest.mark.parametrize("factor", [0.01, 0.5, 3.0, 100.0])
def test_the_blind_network_has_no_bias_so_that_scaling_the_input_scales_the_output(factor):
    network, y = unet(), images(3)
    torch.testing.assert_close(apply(network, factor * y), factor * apply(network, y), rtol=1e-4, atol=1e-5 * factor)


@pytest.mark.parametrize("factor", [0.5, 3.0, 100.0])
def test_the_conditional_network_sees_the_pattern_and_not_the_contrast(factor):
    """Every image is divided by its own root mean square on the way."""
    network, y = unet(conditional=True), images(3)
    torch.testing.assert_close(apply(network, factor * y), apply(network, y), rtol=1e-3, atol=1e-4)


def test_the_conditional_network_is_told_the_noise_and_the_blind_one_is_not():
    y = images(2)
    assert torch.equal(apply(unet(), y, 0.01), apply(unet(), y, 1.0))
    assert not torch.allclose(apply(unet(conditional=True), y, 0.01), apply(unet(conditional=True), y, 1.0), rtol=0.1)


@each_kind
def test_nothing_in_gives_nothing_out(conditional):
    assert not apply(unet(conditional=conditional), torch.zeros(2, 1, 20, 20)).any()


@pytest.mark.parametrize("size", [4, 5, 20, 23])
@pytest.mark.parametrize("blocks", [1, 2, 3])
@each_kind
def test_an_image_of_any_size_comes_back_in_its_size(size, blocks, conditional):
    found = apply(unet(4, blocks, conditional=conditional), images(2, size))
    assert found.shape == (2, 1, size, size)
    assert bool(torch.isfinite(found).all())


@each_kind
def test_an_image_is_denoised_alike_in_any_company(conditional):
    network, y = unet(conditional=conditional), images(5)
    alone = torch.cat([apply(network, y[i : i + 1]) for i in range(5)])
    torch.testing.assert_close(apply(network, y), alone, rtol=1e-4, atol=1e-5)


def test_the_conditional_network_does_the_same_in_training():
    """Batch statistics would mix noise levels; only the blind network, as in the paper, has them."""
    network, y = unet(conditional=True), images(4)
    assert torch.equal(apply(network.train(), y), apply(network.eval(), y))


def test_batch_norm_divides_by_the_spread_and_takes_no_mean_off():
    network, y = unet().train(), 5 + images(16)
    layer = network.encoder[0].layers[1]
    seen: list[torch.Tensor] = []
    layer.norm.register_forward_hook(lambda module, given, result: seen.extend([given[0], result]))
    with torch.no_grad():
        network(y, noise(16))
    before, after = seen
    spread = layer.norm.gain.detach().abs()
    torch.testing.assert_close(after.std((0, 2, 3), unbiased=False), spread, rtol=1e-2, atol=1e-4)
    ratio = after.mean((0, 2, 3)) / before.mean((0, 2, 3))  # a mean that is kept is divided like everything else
    torch.testing.assert_close(ratio, after.std((0, 2, 3)) / before.std((0, 2, 3)), rtol=1e-3, atol=1e-5)
    expected = 0.9 + 0.1 * before.std((0, 2, 3), unbiased=False)
    torch.testing.assert_close(layer.norm.running_sd, expected, rtol=1e-2, atol=1e-3)


def test_the_conditional_network_starts_at_zero_and_the_blind_one_does_not():
    assert not apply(UNet(4, 2, 0, conditional=True), images(1)).any()
    assert apply(UNet(4, 2, 0, conditional=False), images(1)).any()


@each_kind
def test_the_seed_alone_fixes_the_weights(conditional):
    torch.manual_seed(0)
    first = UNet(4, 2, 7, conditional).state_dict()
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    again = UNet(4, 2, 7, conditional).state_dict()
    assert torch.equal(torch.random.get_rng_state(), before)  # and nobody else's random numbers move
    assert all(torch.equal(first[name], again[name]) for name in first)
    other = UNet(4, 2, 8, conditional).state_dict()
    name = "encoder.0.layers.0.conv.weight"
    assert not torch.equal(first[name], other[name])
