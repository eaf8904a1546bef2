"""The fully connected network with skips of the authors' earlier code, for points in the plane or in 100 dimensions.

Their "PointUNet": an encoder of 64, 128 and 256 units with two layers a block, a middle of 512, and a decoder that
takes in what the encoder had; LayerNorm and ReLU after each layer. With width 64 and 3 blocks it has about 0.96 million
parameters. It is not told sigma.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn


class SkipNet(nn.Module):
    """Blocks of two layers, each twice as wide as the one before, and back.

    forward: y [batch, dim] and noise, which is not looked at, to [batch, dim].
    """

    def __init__(self, dim: int, width: int, blocks: int, seed: int):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            widths = [width * 2**level for level in range(blocks + 1)]  # the last of these is the middle block
            inputs = [dim, *widths[:-1]]
            self.encoder = nn.ModuleList(_block(a, b, b) for a, b in zip(inputs, widths, strict=True))
            self.up, self.decoder = nn.ModuleList(), nn.ModuleList()
            for level in reversed(range(blocks)):
                self.up.append(_block(widths[level + 1], widths[level]))
                self.decoder.append(_block(2 * widths[level], widths[level], widths[level]))
            self.out = nn.Linear(width, dim)

    def forward(self, y: Tensor, noise: Tensor) -> Tensor:
        skips: list[Tensor] = []
        x = y
        for block in self.encoder:
            x = block(x)
            skips.append(x)
        skips.pop()
        for up, block in zip(self.up, self.decoder, strict=True):
            x = block(torch.cat([up(x), skips.pop()], 1))
        return self.out(x)


def _block(*widths: int) -> nn.Sequential:
    """Layers from each width to the next: linear, LayerNorm, ReLU."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.LayerNorm(outputs), nn.ReLU()]
    return nn.Sequential(*layers)
