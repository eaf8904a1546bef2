"""The bias-free U-Net of Kadkhodaie et al. (2024), as the paper uses it, and its noise-conditional variant.

No layer adds a constant. So scaling the input of the blind network scales its output (Mohan et al. 2020): it is a
linear filter that adapts to its input. The conditional one normalises each image, and scaling the input of that leaves
the output as it is: it sees the pattern, not the contrast. With 64 channels and 3 blocks the blind network has
7,659,264 parameters.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class UNet(nn.Module):
    """Encoder, middle and decoder with two 3x3 convolutions a block, average pooling and skip connections.

    conditional=False: the paper's network. It is not told sigma; the bias-free batch norm divides by the standard
    deviation over the batch.
    conditional=True: every normalised channel is multiplied by a gain learned as a function of the noise, and each
    image is normalised by its own root mean square, so that training and evaluation do the same. (Batch statistics
    mix noise levels, an error larger than the residual where the noise is small.)

    forward: y [batch, 1, r, r] and noise [batch, 1, 1, 1] to [batch, 1, r, r].
    """

    def __init__(self, channels: int, blocks: int, seed: int, conditional: bool):
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            widths = [channels * 2**level for level in range(blocks + 1)]
            self.encoder = nn.ModuleList()
            for level, width in enumerate(widths):  # the last of these is the middle block
                inputs = widths[level - 1] if level else 1
                first = _Layer(inputs, width, conditional, norm=level > 0)
                self.encoder.append(_Block(first, _Layer(width, width, conditional)))
            self.up, self.decoder = nn.ModuleList(), nn.ModuleList()
            for level in reversed(range(blocks)):
                width = widths[level]
                self.up.append(nn.ConvTranspose2d(2 * width, width, 2, stride=2, bias=False))
                layers = [_Layer(2 * width, width, conditional)]
                if level:
                    layers.append(_Layer(width, width, conditional))
                self.decoder.append(_Block(*layers))
            self.out = nn.Conv2d(channels, 1, 3, padding=1, bias=False)
            if conditional:
                nn.init.zeros_(self.out.weight)  # starts at F = 0: the linear denoiser

    def forward(self, y: Tensor, noise: Tensor) -> Tensor:
        skips: list[Tensor] = []
        x = y
        for level, block in enumerate(self.encoder):
            if level:
                x = F.avg_pool2d(x, 2, ceil_mode=True)  # an odd size is rounded up, and cropped on the way back
            x = block(x, noise)
            skips.append(x)
        skips.pop()
        for up, block in zip(self.up, self.decoder, strict=True):
            skip = skips.pop()
            x = block(torch.cat([up(x)[..., : skip.shape[-2], : skip.shape[-1]], skip], 1), noise)
        return self.out(x)


class _Block(nn.Module):
    """Layers one after the other, each told the noise."""

    def __init__(self, *layers: "_Layer"):
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor, noise: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x, noise)
        return x


class _Layer(nn.Module):
    """3x3 convolution, normalisation without a shift, ReLU."""

    def __init__(self, inputs: int, outputs: int, conditional: bool, norm: bool = True):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm: nn.Module | None = None
        if norm:
            self.norm = _ImageNorm(outputs) if conditional else _BatchNorm(outputs)

    def forward(self, x: Tensor, noise: Tensor) -> Tensor:
        x = self.conv(x)
        return F.relu(x if self.norm is None else self.norm(x, noise))


class _BatchNorm(nn.Module):
    """Batch norm that only divides: no mean is taken off, no shift is added."""

    running_sd: Tensor

    def __init__(self, channels: int):
        super().__init__()
        self.gain = nn.Parameter((torch.randn(channels) * 0.15).clamp_min(-0.025) + 1.0)
        self.register_buffer("running_sd", torch.ones(channels))

    def forward(self, x: Tensor, noise: Tensor) -> Tensor:
        if self.training:
            sd = (_exact(x).var((0, 2, 3), unbiased=False) + 1e-5).sqrt()
            self.running_sd.lerp_(sd.detach(), 0.1)
        else:
            sd = self.running_sd
        return x * (self.gain / sd).to(x.dtype)[:, None, None]


class _ImageNorm(nn.Module):
    """Divides each image by the root mean square of its channels; the gain depends on the noise."""

    def __init__(self, channels: int):
        super().__init__()
        self.gain = nn.Sequential(nn.Linear(1, 32), nn.SiLU(), nn.Linear(32, channels))

    def forward(self, x: Tensor, noise: Tensor) -> Tensor:
        rms = (_exact(x).square().mean((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        return x * ((1 + self.gain(noise.flatten(1))[:, :, None, None]) / rms).to(x.dtype)


def _exact(x: Tensor) -> Tensor:
    """In float32 at least: what is summed over an image, or over a batch, is not to be rounded to bfloat16."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
