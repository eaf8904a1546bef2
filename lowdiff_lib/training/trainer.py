"""Trains a stack of runs. A generator: progress, plots and early stopping belong to the caller.

Each run draws its samples, noise levels and noise from its own random stream, so it is the same run whatever stack it
is trained in. Noise comes in pairs z, -z on one sample: at small sigma the regression target is almost pure noise
(-z / sigma where the score is of order 1), and the pair cancels its leading part from the gradient.
"""

import contextlib
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lowdiff_lib.base.errors import LowdiffError, TrainingDiverged
from lowdiff_lib.datasets.faces import as_float
from lowdiff_lib.datasets.samples import scale, stored_samples
from lowdiff_lib.models.denoiser import StackedDenoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import vouched
from lowdiff_lib.training.devices import can_compile, compile_network, device_of, layout_of
from lowdiff_lib.training.flat import in_a_row, one_array, views
from lowdiff_lib.training.losses import LOSSES

WARMUP = 100  # steps
BLOCK_VALUES = 1 << 19  # random numbers drawn at a time by one run; a block is also what a checkpoint falls between
CHECKPOINT_SECONDS = 20.0
LOOK = 64  # steps on a graphics card between two looks at the loss, at least
COMPILED_FROM = 2e10  # of `work`, a minute of a core: there a faster network is worth the 20 seconds that it takes
SMALLEST = 2.0**-50  # in place of a square that is 0, whose logarithm no network can be told
EXPLODED = 1e3  # times the loss of a network that does nothing, which is about 1 (unweighted: the mean of sigma^2)


@dataclass(frozen=True)
class Progress:
    """Where training is: `step` of `steps` done, mean loss of each run over the last block, seconds in this process."""

    step: int
    steps: int
    loss: list[float]
    seconds: float


class Trainer:
    """M runs that share a stack (`RunSpec.stack`). `model` holds their networks; `train` does the work."""

    def __init__(self, specs: Sequence[RunSpec]):
        if not specs or len({spec.stack() for spec in specs}) != 1:
            raise LowdiffError(f"{len(specs)} runs given as one stack; they must differ in data and seed only")
        self.specs = list(specs)
        self.spec = spec = self.specs[0]
        self.device = device_of(spec)
        self.model = StackedDenoiser(self.specs, scale(spec.dataset, spec.resolution, spec.draw)).train()
        self.model.to(self.device).to(memory_format=layout_of(spec, self.device))
        stored = [stored_samples(s.dataset, s.resolution, s.side, s.n_train, s.split, s.draw) for s in self.specs]
        self.data = [samples.to(self.device) for samples in stored]
        self.streams = [torch.Generator().manual_seed(s.stream_seed) for s in self.specs]
        self.flat = one_array(list(self.model.parameters()))  # nothing may move the parameters from here on
        self.optimiser = torch.optim.Adam([self.flat], lr=spec.lr, betas=(0.9, 0.99), fused=True)
        self.step = 0
        self.log: list[tuple[int, list[float]]] = []  # (step, mean loss of each run over the block)
        per_step = spec.batch // 2 * self.data[0][0].numel()
        self.block = max(1, min(64, BLOCK_VALUES // per_step))
        if is_compiled(spec) and can_compile():
            compile_network(self.model.network)

    @property
    def look(self) -> int:
        """Steps between two looks at the loss: whole blocks; more of them on a card, which has to stop for it."""
        least = 1 if self.device.type == "cpu" else LOOK
        return -(-least // self.block) * self.block

    def train(self, checkpoint: Path | None = None) -> Iterator[Progress]:
        """Train to the end, from `checkpoint` if it is there. Yields after every block of steps.

        The state is written to `checkpoint` about every 20 seconds; continuing from it gives the same bits as never
        having stopped. Raises TrainingDiverged, LowdiffError (damaged checkpoint).
        """
        if checkpoint and checkpoint.exists():
            self._restore(checkpoint)
        loss_of = LOSSES[self.spec.objective]
        started = saved = time.monotonic()
        while self.step < self.spec.steps:
            count = min(self.look, self.spec.steps - self.step)  # it decides the random numbers
            total = torch.zeros(len(self.specs), device=self.device)
            for x, sigma, z in self._batches(count):
                for group in self.optimiser.param_groups:
                    group["lr"] = self._learning_rate()
                with self._multiplying():
                    loss = loss_of(self.model, x, sigma, z)
                self._descend(loss.sum())
                total += loss.detach()
                self.step += 1
            losses = (total / count).tolist()
            self._check(losses)
            self.log.append((self.step, losses))
            if checkpoint and time.monotonic() - saved > CHECKPOINT_SECONDS:
                self.save(checkpoint)
                saved = time.monotonic()
            yield Progress(self.step, self.spec.steps, losses, time.monotonic() - started)
        self.model.eval()

    def weights(self, m: int) -> dict[str, Tensor]:
        """Weights and buffers of run m alone, as a stack of one would hold them."""
        state = self.model.state_dict()
        if self.spec.network != "mlp":
            return {name: value.cpu().clone(memory_format=torch.contiguous_format) for name, value in state.items()}
        return {name: value[m : m + 1].clone() for name, value in state.items()}

    def _multiplying(self) -> contextlib.AbstractContextManager:
        """For one step: in which precision the network multiplies."""
        if self.spec.precision == "float32":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)  # which keeps rounded weights until it is left

    def _descend(self, loss: Tensor) -> None:
        """One step of the optimiser."""
        self.model.zero_grad()
        loss.backward()
        self.flat.grad = self._gradient()
        self.optimiser.step()

    def _gradient(self) -> Tensor:
        """What backward left, like `flat`."""
        return in_a_row([torch.zeros_like(p) if p.grad is None else p.grad for p in self.model.parameters()])

    def _learning_rate(self) -> float:
        """Linear warm-up, then a cosine to zero, which averages the optimiser's noise away."""
        warm = min(1.0, (self.step + 1) / WARMUP)
        return self.spec.lr * warm * 0.5 * (1 + math.cos(math.pi * self.step / self.spec.steps))

    def _batches(self, count: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """x, sigma and z for each of `count` steps, drawn a block at a time."""
        for start in range(0, count, self.block):
            yield from zip(*self._draw(min(self.block, count - start)), strict=True)

    def _draw(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """x, sigma and z for `count` steps, each [count, M, batch, ...]."""
        spec, half, device = self.spec, self.spec.batch // 2, self.device
        pinned = device.type == "cuda"  # or the copy to the card would wait until the card has nothing to do
        xs, sigmas, zs = [], [], []
        for data, stream in zip(self.data, self.streams, strict=True):
            chosen = torch.randint(len(data), (count * half,), generator=stream).to(device, non_blocking=True)
            uniform = torch.rand(count, half, generator=stream).to(device, non_blocking=True)
            z = torch.randn(count, half, *data.shape[1:], generator=stream, pin_memory=pinned)
            z = z.to(device, non_blocking=True)
            x = as_float(data[chosen]).reshape(z.shape)
            sigma = noise_levels(spec, uniform)
            xs.append(torch.cat([x, x], 1))
            sigmas.append(torch.cat([sigma, sigma], 1))
            zs.append(torch.cat([z, -z], 1))
        return torch.stack(xs, 1), torch.stack(sigmas, 1), torch.stack(zs, 1)

    def _check(self, losses: list[float]) -> None:
        plain = self.spec.objective == "denoiser" and self.spec.weighted == "none"
        limit = EXPLODED * (self.spec.sigma_max**2 if plain else 1)
        for m, (spec, loss) in enumerate(zip(self.specs, losses, strict=True)):
            finite = all(bool(torch.isfinite(weight).all()) for weight in self.weights(m).values())
            if not finite or not abs(loss) < limit:
                raise TrainingDiverged(
                    f"{spec} diverged: "
                    + (f"its loss was {loss:g}" if finite else "a weight was infinite or not a number")
                    + f" by step {self.step}; nothing of it is kept. Try a learning rate below {spec.lr:g}"
                )

    def save(self, checkpoint: Path) -> None:
        """Write everything that decides the rest of the training to one file, whole or not at all."""
        state = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for name, value in self.optimiser.state[self.flat].items():
            parts = views(value, self.model.parameters()) if value.shape == self.flat.shape else [value]
            state |= {f"optimiser.{name}.{index}": part for index, part in enumerate(parts)}
        for m, stream in enumerate(self.streams):
            state[f"stream.{m}"] = stream.get_state()
        state["log.step"] = torch.tensor([step for step, _ in self.log])
        state["log.loss"] = torch.tensor([loss for _, loss in self.log], dtype=torch.float64)
        vouched.write(checkpoint, state, {"runs": repr(self.specs)})

    def _restore(self, checkpoint: Path) -> None:
        try:
            state, about = vouched.read(checkpoint)
            if about != {"runs": repr(self.specs)}:
                raise ValueError("it is of other runs")
        except (OSError, ValueError) as error:
            raise LowdiffError(f"{checkpoint} is damaged ({error}); delete it to train from the start") from error

        def of(prefix: str) -> dict[str, Tensor]:
            return {name.removeprefix(prefix): v for name, v in state.items() if name.startswith(prefix)}

        self.model.load_state_dict(of("model."))
        saved = of("optimiser.")
        self.optimiser.state[self.flat] = {"step": saved["step.0"].to(self.device)}
        for name in ("exp_avg", "exp_avg_sq"):
            whole = torch.zeros_like(self.flat)
            for index, part in enumerate(views(whole, self.model.parameters())):
                part.copy_(saved[f"{name}.{index}"])
            self.optimiser.state[self.flat][name] = whole
        for m, stream in enumerate(self.streams):
            stream.set_state(state[f"stream.{m}"])
        self.log = list(zip(state["log.step"].tolist(), state["log.loss"].tolist(), strict=True))
        self.step = self.log[-1][0]


def noise_levels(spec: RunSpec, uniform: Tensor) -> Tensor:
    """The noise levels of uniform numbers [count, batch] in [0, 1)."""
    if spec.drawn == "levels":
        uniform = (torch.arange(uniform.shape[1], device=uniform.device) % spec.levels).expand_as(uniform)
        uniform = uniform / (spec.levels - 1)
    elif spec.levels:
        uniform = (uniform * spec.levels).floor() / (spec.levels - 1)
    if spec.drawn == "square":
        return spec.sigma_max * (uniform**2).clamp_min(SMALLEST)
    if spec.drawn == "uniform":
        return spec.sigma_min + (spec.sigma_max - spec.sigma_min) * uniform
    return spec.sigma_min * (spec.sigma_max / spec.sigma_min) ** uniform


def is_compiled(spec: RunSpec) -> bool:
    """Whether a network is worth compiling. Not by ssm, whose derivative along a direction torch does not compile."""
    return spec.network != "mlp" and spec.objective != "ssm" and work(spec) >= COMPILED_FROM


def work(spec: RunSpec) -> float:
    """Rough work of one run: steps x batch x weights (an image's weights are used at every pixel)."""
    return spec.steps * spec.batch * spec.width**2 * spec.depth * max(1, spec.resolution) ** 2
