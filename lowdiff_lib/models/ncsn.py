"""The paper's NCSN: a residual convolutional encoder and decoder with GroupNorm and ELU, told sigma by a channel.

It is the network of the authors' public repository, after the ResScore of Song and Ermon (2019). With two channels in,
one out, 64 filters and 2 blocks it has exactly the paper's 5,503,937 parameters. For sliced score matching they leave
the channel of sigma out.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class NCSN(nn.Module):
    """An encoder that halves the side `blocks` times, each time with twice the channels, and its mirror image.

    No skip connections: everything passes through the smallest side.

    channels: a multiple of 4. told: whether it has the channel of sigma. from_zero: it starts at F = 0, where that is
    the linear denoiser; else, as published, with weights N(0, 0.02^2).

    forward: y [batch, 1, h, w] and noise [batch, 1, 1, 1] to [batch, 1, h, w].
    """

    def __init__(self, channels: int, blocks: int, seed: int, told: bool = True, from_zero: bool = True):
        super().__init__()
        self.told = told
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            widths = [channels * 2**level for level in range(blocks + 1) for _ in range(2)]
            self.first = nn.Conv2d(1 + told, channels, 3, padding=1)
            self.encoder = nn.ModuleList(_Block(inputs, outputs) for inputs, outputs in pairwise(widths))
            self.decoder = nn.ModuleList(_Block(inputs, outputs) for inputs, outputs in pairwise(reversed(widths)))
            self.out = nn.Conv2d(channels, 1, 3, padding=1)
            if from_zero:
                nn.init.zeros_(self.out.weight)
                nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]
            else:
                for module in self.modules():
                    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                        nn.init.normal_(module.weight, std=0.02)

    def forward(self, y: Tensor, noise: Tensor) -> Tensor:
        sizes: list[torch.Size] = []
        x = self.first(torch.cat([y, noise.expand_as(y)], 1) if self.told else y)
        for block in self.encoder:
            sizes.append(x.shape[-2:])
            x = block(x)
        for block in self.decoder:  # each returns to the size that its mirror image started from
            x = block(x, *sizes.pop())
        return self.out(x)


class _Block(nn.Module):
    """ELU(shortcut(x) + f(x)), where f is: convolution, norm, ELU, convolution, norm.

    Where the channels grow, the side is halved (an odd one is rounded up); where they shrink, it is doubled and cropped
    to the size that is given. Then the shortcut is a convolution, else the identity.

    forward: x [batch, inputs, h, w] to [batch, outputs, height, width].
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.first, self.second, self.shortcut = _convolutions(inputs, outputs)
        self.norms = nn.ModuleList([_norm(outputs), _norm(outputs)])

    def forward(self, x: Tensor, height: int | None = None, width: int | None = None) -> Tensor:
        change = F.elu(self.norms[0](self.first(x)))
        change = self.norms[1](self.second(change)[..., :height, :width])
        return F.elu(self.shortcut(x)[..., :height, :width] + change)


def _convolutions(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module, nn.Module]:
    """The two of f, and the shortcut."""
    if inputs < outputs:
        return _down(inputs, outputs), _same(outputs, outputs), _down(inputs, outputs)
    if inputs > outputs:
        return _same(inputs, outputs), _up(outputs, outputs), _up(inputs, outputs)
    return _same(inputs, outputs), _same(outputs, outputs), nn.Identity()


def _same(inputs: int, outputs: int) -> nn.Module:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def _down(inputs: int, outputs: int) -> nn.Module:
    return nn.Conv2d(inputs, outputs, 3, stride=2, padding=1)


def _up(inputs: int, outputs: int) -> nn.Module:
    return nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1)


def _norm(channels: int) -> nn.Module:
    """8 groups, or fewer so that each has 4 channels or more: one alone loses its mean, which carries sigma."""
    return nn.GroupNorm(math.gcd(8, channels // 4), channels)
