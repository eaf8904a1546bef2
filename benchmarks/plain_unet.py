"""The conditional U-Net as one would write it first, layer by layer. The peer of `lowdiff_lib.models.unet`."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lowdiff_lib.models.denoiser import StackedDenoiser
from lowdiff_lib.specs import RunSpec


class Layer(nn.Module):
    """Convolution, division by the root mean square of the image, gain by the noise, ReLU."""

    def __init__(self, inputs: int, outputs: int, norm: bool = True):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.gain = nn.Sequential(nn.Linear(1, 32), nn.SiLU(), nn.Linear(32, outputs)) if norm else None

    def forward(self, x: Tensor, noise: Tensor) -> Tensor:
        x = self.conv(x)
        if self.gain is not None:
            x = x / torch.sqrt((x**2).mean(dim=(1, 2, 3), keepdim=True) + 1e-8)
            x = x * (1 + self.gain(noise)[:, :, None, None])
        return F.relu(x)


class PlainUNet(nn.Module):
    """y [batch, 1, r, r] and sigma [batch, 1, 1, 1] to the denoised y, preconditioned."""

    def __init__(self, channels: int, blocks: int):
        super().__init__()
        widths = [channels * 2**level for level in range(blocks + 1)]
        self.down = nn.ModuleList(
            nn.ModuleList([Layer(before, width, norm=level > 0), Layer(width, width)])
            for level, (before, width) in enumerate(zip([1, *widths], widths, strict=False))
        )
        pairs = list(zip(widths[1:], widths[:-1], strict=True))[::-1]
        self.up = nn.ModuleList(nn.ConvTranspose2d(deep, flat, 2, stride=2, bias=False) for deep, flat in pairs)
        self.joined = nn.ModuleList(
            nn.ModuleList([Layer(2 * flat, flat)] + [Layer(flat, flat)] * (flat > channels)) for _, flat in pairs
        )
        self.out = nn.Conv2d(channels, 1, 3, padding=1, bias=False)

    def network(self, x: Tensor, noise: Tensor) -> Tensor:
        kept = []
        for level, layers in enumerate(self.down):
            if level > 0:
                x = F.avg_pool2d(x, 2, ceil_mode=True)
            for layer in layers:  # type: ignore[attr-defined]
                x = layer(x, noise)
            kept.append(x)
        for number, (up, layers) in enumerate(zip(self.up, self.joined, strict=True)):
            flat = kept[-2 - number]
            x = torch.cat([up(x)[:, :, : flat.shape[2], : flat.shape[3]], flat], dim=1)
            for layer in layers:  # type: ignore[attr-defined]
                x = layer(x, noise)
        return self.out(x)

    def forward(self, y: Tensor, sigma: Tensor) -> Tensor:
        total, centred = sigma**2 + 0.25**2, y - 0.5
        output = self.network(centred / total.sqrt(), sigma.flatten(1).log() / 4)
        return y - sigma**2 / total * centred + 0.25 * sigma / total.sqrt() * output

    def load(self, model: StackedDenoiser) -> "PlainUNet":
        """Take the weights of an image network, whose layers come in the same order."""
        for own, other in zip(self.parameters(), model.parameters(), strict=True):
            own.data = other.detach().clone()
        return self


def loss(model: PlainUNet, x: Tensor, sigma: Tensor, z: Tensor) -> Tensor:
    """Weighted squared error of the denoised images."""
    error = model(x + sigma * z, sigma) - x
    return ((1 / sigma**2 + 1 / 0.25**2) * error**2).mean()


def trained(
    spec: RunSpec, data: Tensor, layout: torch.memory_format = torch.contiguous_format, compiled: bool = False
) -> Iterator[float]:
    """One step of training a time, with default Adam; yields the loss. compiled: by torch, at the first step."""
    model = PlainUNet(spec.width, spec.depth).to(memory_format=layout).train()
    if compiled:
        model.compile()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    while True:
        x = data[torch.randint(len(data), (spec.batch,))]
        sigma = spec.sigma_min * (spec.sigma_max / spec.sigma_min) ** torch.rand(len(x), 1, 1, 1)
        optimiser.zero_grad()
        value = loss(model, x, sigma, torch.randn_like(x))
        value.backward()
        optimiser.step()
        yield value.item()
