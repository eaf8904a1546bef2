"""Many small networks as one: M gated MLPs whose weights are stacked along a leading axis.

A matrix product [M, h, d] @ [M, d, batch] keeps the cores busy where M separate small products cannot. Points are the
columns inside: where d is 2, products with d rows are several times faster than those with d columns. Network m of a
stack is the network of its seed alone: same initial weights, same outputs.

The output is a *gated linear* map of the input, sum_j u_j g_j(y, sigma) (v_j . y + b_j), with the gates g from a
SiLU network. The best denoiser of a Gaussian is linear and that of a mixture is locally so; a plain MLP must
approximate the linear part with bent units and misses the small residuals of low noise in 100 dimensions.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lowdiff_lib.models import pairs


class StackedMLP(nn.Module):
    """M independent networks; `seeds` gives the initial weights of each.

    input_gain: spread of the first layer; a larger one resolves structure finer than the data's overall scale.

    forward: y [M, batch, dim] and noise [M, batch, 1] to [M, batch, dim].
    """

    def __init__(self, dim: int, width: int, depth: int, seeds: Sequence[int], input_gain: float = 1.0):
        super().__init__()
        sizes = [dim + 1] + [width] * (depth + 1)
        gains = [input_gain] + [1.0] * depth
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.hidden = nn.ModuleList(
            _StackedLinear(a, b, gain, generators) for a, b, gain in zip(sizes[:-1], sizes[1:], gains, strict=True)
        )
        self.linear = _StackedLinear(dim, width, 1.0, generators)
        self.out = _StackedLinear(width, dim, 0.0, generators)  # starts at F = 0: the linear denoiser

    def forward(self, y: Tensor, noise: Tensor) -> Tensor:
        points = y.mT
        gate = torch.cat([points, noise.mT], 1)
        for layer in self.hidden[:-1]:
            gate = F.silu(layer(gate))
        return self.out(self.hidden[-1](gate) * self.linear(points)).mT

    def with_derivative(self, y: Tensor, noise: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """F(y) and its derivative along v [M, batch, dim], (dF/dy) v, in one forward pass of twice the batch."""
        points = torch.cat([y.mT, v.mT], 2)
        gate = torch.cat([points, torch.cat([noise.mT, torch.zeros_like(noise.mT)], 2)], 1)
        *before, last = self.layers()
        for layer in before:
            gate = pairs.silu(layer.weight @ gate, layer.bias)
        linear = self.linear
        gated = pairs.product(last.weight @ gate, last.bias, linear.weight @ points, linear.bias)
        value, along = (self.out.weight @ gated).chunk(2, 2)
        return (value + self.out.bias).mT, along.mT

    def layers(self) -> list["_StackedLinear"]:
        """The layers of the gating network, the first one first."""
        return [layer for layer in self.hidden if isinstance(layer, _StackedLinear)]


class _StackedLinear(nn.Module):
    """M affine maps of columns; weight [M, outputs, inputs], bias [M, outputs, 1]."""

    def __init__(self, inputs: int, outputs: int, gain: float, generators: Sequence[torch.Generator]):
        super().__init__()
        scale = gain / math.sqrt(inputs)
        self.weight = nn.Parameter(
            torch.stack([scale * torch.randn(inputs, outputs, generator=g).T for g in generators])
        )
        self.bias = nn.Parameter(torch.zeros(len(generators), outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, self.weight, x)
