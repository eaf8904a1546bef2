"""A network of a stack is the network of its seed alone."""

import pytest
import torch

from lowdiff_lib.models.mlp import StackedMLP


def alive(network: StackedMLP) -> StackedMLP:
    """As after some training; before it the output is zero."""
    for m in range(len(network.out.weight)):
        stream = torch.Generator().manual_seed(m)
        network.out.weight.data[m] = torch.randn(network.out.weight.shape[1:], generator=stream)
        network.out.bias.data[m] = torch.randn(network.out.bias.shape[1:], generator=stream)
    return network


def points(networks: int, batch: int, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    stream = torch.Generator().manual_seed(0)
    return torch.randn(networks, batch, dim, generator=stream), torch.randn(networks, batch, 1, generator=stream)


@pytest.mark.parametrize("dim", [2, 100])
@pytest.mark.parametrize("others", [[], [4], [4, 0, 11]])
def test_same_seed_same_weights_and_outputs_in_any_stack(dim, others):
    stack, alone = alive(StackedMLP(dim, 32, 2, [*others, 7])), alive(StackedMLP(dim, 32, 2, [7]))
    m = len(others)
    alone.out.load_state_dict({name: value[m : m + 1] for name, value in stack.out.state_dict().items()})
    for name, value in alone.state_dict().items():
        assert torch.equal(stack.state_dict()[name][m : m + 1], value), name
    y, noise = points(m + 1, 64, dim)
    together, single = stack(y, noise)[m:], alone(y[m:], noise[m:])
    torch.testing.assert_close(together, single, rtol=1e-6, atol=1e-6)


def test_networks_of_a_stack_do_not_see_each_other():
    stack = alive(StackedMLP(2, 16, 2, [0, 1, 2]))
    y, noise = points(3, 10, 2)
    before = stack(y, noise)
    y[1] += 1
    for weights in stack.parameters():
        weights.data[1] *= 2
    after = stack(y, noise)
    assert torch.equal(after[[0, 2]], before[[0, 2]])
    assert not torch.allclose(after[1], before[1])


def test_gradients_of_a_stack_are_those_of_its_networks():
    stack, alone = alive(StackedMLP(2, 16, 2, [3, 5])), alive(StackedMLP(2, 16, 2, [3]))
    y, noise = points(2, 10, 2)
    stack(y, noise).square().sum().backward()
    alone(y[:1], noise[:1]).square().sum().backward()
    for (name, own), single in zip(stack.named_parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(own.grad[:1], single.grad, rtol=1e-5, atol=1e-5, msg=name)


def test_it_starts_at_zero_so_that_the_denoiser_starts_linear():
    y, noise = points(2, 10, 5)
    assert not StackedMLP(5, 16, 3, [0, 1])(y, noise).any()


def test_weights_have_the_spread_that_keeps_the_signal():
    network = StackedMLP(100, 256, 3, [0], input_gain=3.0)
    spreads = [float(layer.weight.detach().std()) * layer.weight.shape[2] ** 0.5 for layer in network.layers()]
    assert spreads == pytest.approx([3, 1, 1, 1], rel=0.03)


def test_one_number_more_goes_in_than_comes_out():
    """The point and what is known of the noise."""
    network = StackedMLP(100, 8, 2, [0, 1, 2])
    assert network(*points(3, 6, 100)).shape == (3, 6, 100)
    assert network.layers()[0].weight.shape == (3, 8, 101)
