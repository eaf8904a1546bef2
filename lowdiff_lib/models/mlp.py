"""Many small networks as one: M gated MLPs whose weights are stacked along a leading axis.

A matrix product [M, batch, d] @ [M, d, h] keeps the cores busy where M separate small products cannot. Network m
of a stack is the network of its seed alone: same initial weights, same outputs.

The output is a *gated linear* map of the input, sum_j u_j g_j(y, sigma) (v_j . y + b_j), with the gates g from a
SiLU network. The best denoiser of a Gaussian is linear and that of a mixture is locally so; a plain MLP must
approximate the linear part with bent units and misses the small residuals of low noise in 100 dimensions.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

INPUT_GAIN = 3.0  # spread of the first layer; a larger one resolves data structure finer than its overall scale


class StackedMLP(nn.Module):
    """M independent networks; `seeds` gives the initial weights of each.

    forward: y [M, batch, dim] and noise [M, batch, 1] to [M, batch, dim].
    """

    def __init__(self, dim: int, width: int, depth: int, seeds: Sequence[int]):
        super().__init__()
        sizes = [dim + 1] + [width] * (depth + 1)
        gains = [INPUT_GAIN] + [1.0] * depth
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.hidden = nn.ModuleList(
            _StackedLinear(a, b, gain, generators) for a, b, gain in zip(sizes[:-1], sizes[1:], gains, strict=True)
        )
        self.linear = _StackedLinear(dim, width, 1.0, generators)
        self.out = _StackedLinear(width, dim, 0.0, generators)  # starts at F = 0: the linear denoiser

    def forward(self, y: Tensor, noise: Tensor) -> Tensor:
        gate = torch.cat([y, noise], -1)
        for layer in self.hidden[:-1]:
            gate = F.silu(layer(gate))
        return self.out(self.hidden[-1](gate) * self.linear(y))


class _StackedLinear(nn.Module):
    """M affine maps; weight [M, inputs, outputs], bias [M, 1, outputs]."""

    def __init__(self, inputs: int, outputs: int, gain: float, generators: Sequence[torch.Generator]):
        super().__init__()
        scale = gain / math.sqrt(inputs)
        self.weight = nn.Parameter(torch.stack([scale * torch.randn(inputs, outputs, generator=g) for g in generators]))
        self.bias = nn.Parameter(torch.zeros(len(generators), 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x, self.weight)
