"""From a network F to a denoiser D, a residual D(y) - y and a score, for any of the networks.

Two parametrisations. *preconditioned* (Karras et al. 2022, equation 7): D = c_skip y + c_out F(c_in y, log sigma),
where the linear part is already the best denoiser of a Gaussian of the data's mean and standard deviation. *blind*
(the paper's): D = y + F(y); the network is not told sigma.

Everything is computed from the residual, which is of order sigma or less, and never as a difference of two images:
the score divides it by sigma**2.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lowdiff_lib.datasets.samples import Scale
from lowdiff_lib.models.checks import noise_levels
from lowdiff_lib.models.mlp import StackedMLP
from lowdiff_lib.models.ncsn import NCSN
from lowdiff_lib.models.unet import UNet
from lowdiff_lib.specs import RunSpec

BATCH, BATCH_VALUES = 4096, 1 << 20  # points, and numbers in them, that a network is given at once, at most


def over(sigma: Tensor, y: Tensor) -> Tensor:
    """sigma [M, batch] with as many trailing axes as y [M, batch, ...] has."""
    return sigma.reshape(sigma.shape + (1,) * (y.ndim - sigma.ndim))


class StackedDenoiser(nn.Module):
    """M denoisers that share everything but their weights; y is [M, batch, *shape], sigma [M, batch]."""

    mean: Tensor

    def __init__(self, specs: Sequence[RunSpec], scale: Scale):
        super().__init__()
        spec = specs[0]
        self.blind = spec.parametrisation == "blind"
        self.output_power = spec.output_power
        self.sd = scale.sd
        self.register_buffer("mean", scale.mean.float(), persistent=False)
        seeds = [each.weight_seed for each in specs]
        self.network: nn.Module
        if spec.network == "mlp":
            self.network = StackedMLP(scale.mean.numel(), spec.width, spec.depth, seeds, spec.input_gain)
        else:
            assert len(specs) == 1, "image networks fill a core one at a time"
            unet = spec.network == "unet"
            alone = (
                UNet(spec.width, spec.depth, seeds[0], not self.blind)
                if unet
                else NCSN(spec.width, spec.depth, seeds[0])
            )
            self.network = _Alone(alone)

    def residual(self, y: Tensor, sigma: Tensor) -> Tensor:
        """D(y) - y, [M, batch, *shape]."""
        sigma = over(sigma, y)
        skip, c_in, c_out, noise = self._coefficients(sigma)
        return skip * (y - self.mean) + c_out * self.network(c_in * self._centred(y), noise)

    def residual_with_derivative(self, y: Tensor, sigma: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """The residual and its derivative along v [M, batch, *shape]."""
        sigma = over(sigma, y)
        skip, c_in, c_out, noise = self._coefficients(sigma)
        output, along = self.network.with_derivative(c_in * self._centred(y), noise, c_in * v)  # type: ignore[operator]
        return skip * (y - self.mean) + c_out * output, skip * v + c_out * along

    def _centred(self, y: Tensor) -> Tensor:
        return y if self.blind else y - self.mean

    def _coefficients(self, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What the linear part, the network's input and its output are multiplied by, and what it is told of sigma."""
        if self.blind:
            return torch.zeros_like(sigma), torch.ones_like(sigma), torch.ones_like(sigma), torch.zeros_like(sigma)
        total = sigma**2 + self.sd**2
        ratio = sigma / total.sqrt()  # 0 on the manifold, 1 in pure noise
        return -(ratio**2), 1 / total.sqrt(), self.sd * ratio**self.output_power, sigma.log() / 4

    def forward(self, y: Tensor, sigma: Tensor) -> Tensor:
        return y + self.residual(y, sigma)

    def weight(self, sigma: Tensor) -> Tensor:
        """Weight of the squared error at sigma: what brings the network's target to unit size at every level."""
        return torch.ones_like(sigma) if self.blind else 1 / sigma**2 + 1 / self.sd**2


class _Alone(nn.Module):
    """A single network in a stack of one."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, y: Tensor, noise: Tensor) -> Tensor:
        return self.network(y[0], noise[0])[None]

    def with_derivative(self, y: Tensor, noise: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        output, along = torch.func.jvp(lambda point: self(point, noise), (y,), (v,))[:2]
        return output, along


class Denoiser:
    """One trained model as a reader uses it: `denoiser(y, sigma)` with y [n, *shape] and sigma a number or [n]."""

    def __init__(self, model: StackedDenoiser):
        self.model = model.eval()

    @torch.no_grad()
    def residual(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        """D(y) - y, in float64, computed by the network where it is and in its own precision.

        Raises LowdiffError for points or noise levels that are none.
        """
        sigma = noise_levels(y, sigma, self.model.mean.shape)
        batch = max(1, min(BATCH, BATCH_VALUES // self.model.mean.numel()))
        home = {"device": self.model.mean.device, "dtype": torch.float32}
        parts = [
            self.model.residual(y_[None].to(**home), s[None].to(**home))[0].to(y.device, torch.float64)
            for y_, s in zip(y.split(batch), sigma.split(batch), strict=True)
        ]
        return torch.cat(parts) if parts else y.double()

    def __call__(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        return y.double() + self.residual(y, sigma)
