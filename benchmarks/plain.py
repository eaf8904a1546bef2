"""The mixture networks as one would write them first: one network, nn.Linear, a loop. The peers of the stacks.

The mathematics is that of `lowdiff_lib.models`, which the tests check: equal losses for equal weights and samples.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from lowdiff_lib.datasets.samples import Scale, scale, training_samples
from lowdiff_lib.models.denoiser import StackedDenoiser
from lowdiff_lib.specs import RunSpec

EPOCH = 250_000  # samples that an epoch of the authors' code repeats its data set to


class PlainDenoiser(nn.Module):
    """One preconditioned denoiser with the gated network; y [batch, dim] and sigma [batch, 1]."""

    mean: Tensor

    def __init__(self, spec: RunSpec, data: Scale):
        super().__init__()
        dim, sizes = data.mean.numel(), [spec.width] * (spec.depth + 1)
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in zip([dim + 1, *sizes], sizes, strict=False))
        self.linear, self.out = nn.Linear(dim, spec.width), nn.Linear(spec.width, dim)
        self.power, self.sd = spec.output_power, data.sd
        self.register_buffer("mean", data.mean.float())

    def network(self, y: Tensor, noise: Tensor) -> Tensor:
        gate = torch.cat([y, noise], 1)
        for layer in self.hidden[:-1]:
            gate = nn.functional.silu(layer(gate))
        return self.out(self.hidden[-1](gate) * self.linear(y))

    def forward(self, y: Tensor, sigma: Tensor) -> Tensor:
        total = sigma**2 + self.sd**2
        ratio = sigma / total.sqrt()
        centred = y - self.mean
        output = self.network(centred / total.sqrt(), sigma.log() / 4)
        return y - ratio**2 * centred + self.sd * ratio**self.power * output

    def load(self, model: StackedDenoiser, m: int) -> "PlainDenoiser":
        """Take the weights of network m of a stack."""
        stack = model.network
        layers = [*stack.hidden, stack.linear, stack.out]  # type: ignore[misc]
        for own, other in zip([*self.hidden, self.linear, self.out], layers, strict=True):
            own.weight.data = other.weight[m].detach().clone()
            own.bias.data = other.bias[m, :, 0].detach().clone()
        return self


def loss(model: PlainDenoiser, x: Tensor, sigma: Tensor, z: Tensor) -> Tensor:
    """Weighted squared error of the denoised points."""
    error = model(x + sigma * z, sigma) - x
    return ((1 / sigma**2 + 1 / model.sd**2) * error**2).mean()


def trained(spec: RunSpec, batches: Iterator[Tensor]) -> Iterator[float]:
    """One step of training a time, with default Adam; yields the loss."""
    model = PlainDenoiser(spec, scale(spec.dataset)).train()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    for x in batches:
        sigma = spec.sigma_min * (spec.sigma_max / spec.sigma_min) ** torch.rand(len(x), 1)
        optimiser.zero_grad()
        value = loss(model, x, sigma, torch.randn_like(x))
        value.backward()
        optimiser.step()
        yield value.item()


def samples(spec: RunSpec) -> Tensor:
    return training_samples(spec.dataset, 0, spec.side, spec.n_train, spec.split)


def picked(data: Tensor, batch: int) -> Iterator[Tensor]:
    """Batches picked at random from a tensor."""
    while True:
        yield data[torch.randint(len(data), (batch,))]


class _Repeated(Dataset):
    """A data set repeated to the length of an epoch, one sample a call."""

    def __init__(self, data: Tensor):
        self.data = data

    def __len__(self) -> int:
        return EPOCH

    def __getitem__(self, index: int) -> Tensor:
        return self.data[index % len(self.data)]


def loaded(data: Tensor, batch: int) -> Iterator[Tensor]:
    """Batches that a DataLoader collates from single samples, as the paper's code feeds its networks."""
    while True:
        yield from DataLoader(_Repeated(data), batch_size=batch, shuffle=True, drop_last=True)
