"""Values and derivatives in one tensor: what autograd says of the same functions, forward and backward, in float64."""

import torch
from torch.nn import functional as F

from lowdiff_lib.models import pairs

BATCH = 3


def numbers(*shape, seed):
    generator = torch.Generator().manual_seed(seed)
    return (3 * torch.randn(*shape, generator=generator, dtype=torch.float64)).requires_grad_()


def pair(seed):
    return numbers(2, 4, 2 * BATCH, seed=seed), numbers(2, 4, 1, seed=seed + 1)


def test_values_and_derivatives_are_those_of_forward_mode():
    (first, bias), (second, other) = pair(0), pair(2)
    value, along = first.chunk(2, 2)
    found = pairs.silu(first, bias).chunk(2, 2)
    torch.testing.assert_close(found, torch.func.jvp(F.silu, (value + bias,), (along,)))
    factors = (value + bias, second.chunk(2, 2)[0] + other)
    expected = torch.func.jvp(torch.mul, factors, (along, second.chunk(2, 2)[1]))
    torch.testing.assert_close(pairs.product(first, bias, second, other).chunk(2, 2), expected)


def test_their_gradients_are_those_of_small_differences():
    assert torch.autograd.gradcheck(pairs.silu, pair(0))
    assert torch.autograd.gradcheck(pairs.product, (*pair(0), *pair(2)))
