"""A batch of values and, beside them in one tensor, their derivatives along a direction, as a forward derivative has.

Both halves go through one matrix product, and the steps between products are written out with their own backward
step. Left to autograd, every step would cut the tensor in two and glue it again, forward and backward.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def silu(pair: Tensor, bias: Tensor) -> Tensor:
    """silu(value + bias) and its derivative. pair [M, width, 2 batch], bias [M, width, 1]."""
    return _Silu.apply(pair, bias)


def product(pair: Tensor, bias: Tensor, other: Tensor, other_bias: Tensor) -> Tensor:
    """(value + bias) (other value + other bias) and its derivative; shapes as for `silu`."""
    return _Product.apply(pair, bias, other, other_bias)


class _Silu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, pair: Tensor, bias: Tensor) -> Tensor:
        value, along = pair.chunk(2, 2)
        value = value + bias
        rise = value.sigmoid()
        found = torch.empty_like(pair)
        first, second = found.chunk(2, 2)
        torch.mul(value, rise, out=first)
        slope = torch.addcmul(rise, first, 1 - rise)
        torch.mul(along, slope, out=second)
        ctx.save_for_backward(pair, found, rise, slope)
        return found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        pair, answer, rise, slope = ctx.saved_tensors
        along, silu = pair.chunk(2, 2)[1], answer.chunk(2, 2)[0]
        first, second = grad.chunk(2, 2)
        found = torch.empty_like(grad)
        value, back = found.chunk(2, 2)
        torch.mul(second, slope, out=back)
        bend = (1 - rise).mul_(rise + slope - silu * rise)  # silu'' = (1 - r) (r + silu' - silu r)
        torch.mul(first, slope, out=value)
        value.addcmul_(bend.mul_(along), second)
        return found, value.sum(2, keepdim=True)


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, pair: Tensor, bias: Tensor, other: Tensor, other_bias: Tensor) -> Tensor:
        (a, a_along), (b, b_along) = pair.chunk(2, 2), other.chunk(2, 2)
        a, b = a + bias, b + other_bias
        found = torch.empty_like(pair)
        first, second = found.chunk(2, 2)
        torch.mul(a, b, out=first)
        torch.mul(a_along, b, out=second)
        second.addcmul_(a, b_along)
        ctx.save_for_backward(a, pair, b, other)
        return found

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        a, pair, b, other = ctx.saved_tensors
        return (*_factor(grad, b, other), *_factor(grad, a, pair))


def _factor(grad: Tensor, value: Tensor, pair: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient of one factor, as a pair, and of its bias; `value`, with its bias, and `pair` are the other factor's."""
    first, second = grad.chunk(2, 2)
    found = torch.empty_like(grad)
    upper, lower = found.chunk(2, 2)
    torch.mul(first, value, out=upper)
    upper.addcmul_(second, pair.chunk(2, 2)[1])
    torch.mul(second, value, out=lower)
    return found, upper.sum(2, keepdim=True)
