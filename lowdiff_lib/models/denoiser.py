"""From a network F to a denoiser D, a residual D(y) - y and a score, for any of the networks.

Five parametrisations. *preconditioned* (Karras et al. 2022, equation 7): D = c_skip y + c_out F(c_in y, log sigma),
where the linear part is already the best denoiser of a Gaussian of the data's mean and standard deviation. *blind*
(the paper's): D = y + F(y); the network is not told sigma. *clean* (the authors' earlier code): D = F(y). *score* (the
paper's NCSN): the score is F(y, sigma). *field* (the paper's SSM): it is F(y), one field for all noise levels.

Networks that add constants see y centred and in units of the data's standard deviation; the bias-free ones see y.

Everything is computed from the residual, which is of order sigma or less, and never as a difference of two images:
the score divides it by sigma**2.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lowdiff_lib.datasets.samples import Scale
from lowdiff_lib.models.checks import noise_levels, score_of
from lowdiff_lib.models.mlp import StackedMLP
from lowdiff_lib.models.ncsn import NCSN
from lowdiff_lib.models.skip import SkipNet
from lowdiff_lib.models.unet import UNet
from lowdiff_lib.specs import UNTOLD, RunSpec

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
        self.parametrisation, self.told = spec.parametrisation, spec.parametrisation not in UNTOLD
        self.bias_free = spec.network == "unet"
        self.output_power = spec.output_power
        self.weighted = spec.weighted == "noise"
        self.sd = scale.sd
        self.register_buffer("mean", scale.mean.float(), persistent=False)
        seeds = [each.weight_seed for each in specs]
        self.network: nn.Module
        if spec.network == "mlp":
            self.network = StackedMLP(scale.mean.numel(), spec.width, spec.depth, seeds, spec.input_gain)
        else:
            assert len(specs) == 1, "these networks fill a core one at a time"
            self.network = _Alone(_alone(spec, scale.mean.numel()))

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
        return y if self.bias_free and not self.told else y - self.mean

    def _coefficients(self, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What the linear part, the network's input and its output are multiplied by, and what it is told of sigma."""
        if self.parametrisation == "preconditioned":
            total = sigma**2 + self.sd**2
            ratio = sigma / total.sqrt()  # 0 on the manifold, 1 in pure noise
            return -(ratio**2), 1 / total.sqrt(), self.sd * ratio**self.output_power, sigma.log() / 4
        nothing, one = torch.zeros_like(sigma), torch.ones_like(sigma)
        if self.parametrisation in ("score", "field"):
            return nothing, one / (2 * self.sd), sigma**2, sigma if self.told else nothing  # images: 2 y - 1
        unit = one if self.bias_free else one * self.sd
        return (-one if self.parametrisation == "clean" else nothing), 1 / unit, unit, nothing

    def forward(self, y: Tensor, sigma: Tensor) -> Tensor:
        return y + self.residual(y, sigma)

    def weight(self, sigma: Tensor) -> Tensor:
        """Weight of the squared error at sigma."""
        return 1 / sigma**2 + 1 / self.sd**2 if self.weighted else torch.ones_like(sigma)


def _alone(spec: RunSpec, dim: int) -> nn.Module:
    """The network of one run, of a kind that is not stacked."""
    told = spec.parametrisation not in UNTOLD
    if spec.network == "unet":
        return UNet(spec.width, spec.depth, spec.weight_seed, told)
    if spec.network == "skip":
        return SkipNet(dim, spec.width, spec.depth, spec.weight_seed)
    return NCSN(spec.width, spec.depth, spec.weight_seed, told, spec.parametrisation == "preconditioned")


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
    """One trained model as a reader uses it: `denoiser(y, sigma)` with y [n, *shape] and sigma a number or [n].

    It returns what the model takes the clean points to be, [n, *shape], float64. of: the run, for people.
    """

    def __init__(self, model: StackedDenoiser, of: RunSpec | None = None):
        self.model, self.of = model.eval(), of

    def __repr__(self) -> str:
        return f"Denoiser of {self.of}" if self.of else f"Denoiser of samples {list(self.model.mean.shape)}"

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

    def score(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        """The gradient of the log density of noisy data as the model has it, residual / sigma^2, float64 [n, *shape].

        Raises LowdiffError for points or noise levels that are none.
        """
        return score_of(self.residual(y, sigma), sigma)

    def __call__(self, y: Tensor, sigma: float | Tensor) -> Tensor:
        return y.double() + self.residual(y, sigma)
