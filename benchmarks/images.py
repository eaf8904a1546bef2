"""The U-Net: images per second in training and in use, against the same network written plainly.

Long trainings are compiled (`trainer.COMPILED_FROM`), and those in bfloat16 keep channels last: these are "ours".
Beside them stand the parts by themselves, and how far training in bfloat16 moves what is measured. bfloat16 is measured
where the processor has instructions for it (`devices.multiplies_bfloat16`); without them it is ten times slower.

One thread, as the library trains: whether two processes do more than one with two threads is measured, too.
"""

import dataclasses
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection

import numpy as np
import torch

from benchmarks import plain_unet
from benchmarks.timing import Rows, Scale, alone, flops, in_turns, row, steps_within, threads, times
from lowdiff_lib.base import machine
from lowdiff_lib.datasets.samples import training_samples
from lowdiff_lib.experiments.arms import TOLD
from lowdiff_lib.experiments.faces import TESTED, FaceBench
from lowdiff_lib.experiments.grid import Case
from lowdiff_lib.experiments.studies.denoising_faces import SIGMAS
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.models.denoiser import Denoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import devices
from lowdiff_lib.training.trainer import COMPILED_FROM, Trainer
from lowdiff_lib.training.trainer import work as work_of

USUAL = ((20, 32, 2, 32), (40, 32, 2, 8), (80, 32, 2, 2), (80, 64, 3, 2))  # resolution, channels, blocks, batch
QUICK = ((20, 8, 2, 4),)
BATCHES = (8, 16, 64)  # beside that of USUAL: what a batch needs fits into the cache, or does not
SIGMA = 0.1
LONG = 10**7  # steps, more than are taken: of a training that is worth compiling
TWICE = "times_peer >= 2"  # of bfloat16 over the plain network


def spec_of(resolution: int, channels: int, blocks: int, batch: int) -> RunSpec:
    size = {"network": "unet", "resolution": resolution, "width": channels, "depth": blocks, "batch": batch}
    return short(RunSpec("faces", 100, lr=2e-3, sigma_min=0.005, sigma_max=2.0, **size))  # type: ignore[arg-type]


def short(spec: RunSpec) -> RunSpec:
    """The same training, too short for the library to compile it, but longer than anyone measures."""
    steps = int(COMPILED_FROM / work_of(dataclasses.replace(spec, steps=1)))
    return dataclasses.replace(spec, steps=max(1, steps))


def trainer_of(spec: RunSpec) -> Trainer:
    """A training that stops after each step."""
    trainer = Trainer([spec])
    trainer.block = 1
    return trainer


def rounded_off(spec: RunSpec) -> RunSpec:
    return dataclasses.replace(spec, precision="bfloat16")


def long(spec: RunSpec, scale: Scale) -> RunSpec:
    """The same training, so long that the library compiles it; not if all has to be quick."""
    return spec if scale.quick else dataclasses.replace(spec, steps=LONG)


def rows(scale: Scale) -> Rows:
    torch._dynamo.config.fail_on_recompile_limit_hit = True  # else it goes on without, and says nothing
    usual = scale.pick(QUICK, USUAL)
    with threads(1):
        for size in usual:
            yield from _training(spec_of(*size), scale)
            yield from _use(spec_of(*size), scale)
        for batch in scale.pick(BATCHES[:1], BATCHES):
            yield _at_batch(spec_of(*usual[0][:3], batch), scale)
        for spec in _precisions(spec_of(*usual[0])):
            yield from _processes(spec, scale)
        yield from _rounded(spec_of(*usual[0]), scale)


def _precisions(spec: RunSpec) -> list[RunSpec]:
    """In what a network may multiply on this machine."""
    return [spec, *([rounded_off(spec)] if devices.multiplies_bfloat16() else [])]


def _training(spec: RunSpec, scale: Scale) -> Rows:
    short = trainer_of(spec).train()
    work = flops(short.__next__) / spec.batch  # of one image
    data = training_samples("faces", spec.resolution, "A", 100, 0)
    # All are made before the first is used: to make one that is compiled forgets what was compiled before.
    compiled = [trainer_of(long(each, scale)).train() for each in _precisions(spec)]
    loops: dict[str, Iterator] = {
        "ours": compiled[0],
        "plain network": plain_unet.trained(spec, data),
        "plain network, channels last": plain_unet.trained(spec, data, torch.channels_last),
        "not compiled": short,
    }
    if rounded := _precisions(spec)[1:]:
        loops |= {"in bfloat16, not compiled": trainer_of(rounded[0]).train(), "in bfloat16": compiled[1]}
    rates, limit = _rates(spec, {name: loop.__next__ for name, loop in loops.items()}, work, scale)
    yield from _compared("training", spec, rates, limit)
    if rounded:
        plain, case = ("plain network", rates["plain network"]), f"training in bfloat16, {_size(spec)}"
        yield row("images", case, "images/s", rates["in bfloat16"], plain, limit, "" if scale.quick else TWICE)


def _use(spec: RunSpec, scale: Scale) -> Rows:
    y = training_samples("faces", spec.resolution, "A", spec.batch, 0)
    sigma = torch.full((spec.batch, 1, 1, 1), SIGMA)
    trainer = trainer_of(spec)
    plainly = plain_unet.PlainUNet(spec.width, spec.depth).load(trainer.model).eval()
    ours = Denoiser(trainer.model)
    last = Denoiser(trainer_of(spec).model)
    last.model.network.to(memory_format=torch.channels_last)

    @torch.no_grad()
    def theirs() -> None:
        plainly(y, sigma)

    def in_bfloat16(denoiser: Denoiser) -> None:
        with torch.autocast("cpu", torch.bfloat16):
            denoiser.residual(y, SIGMA)

    once: dict[str, Callable[[], object]] = {"ours": lambda: ours.residual(y, SIGMA), "plain network": theirs}
    once |= {"channels last": lambda: last.residual(y, SIGMA)}
    if devices.multiplies_bfloat16():
        once |= {"in bfloat16, channels last": partial(in_bfloat16, last)}
    rates, limit = _rates(spec, once, flops(once["ours"]) / spec.batch, scale)
    yield from _compared("use", spec, rates, limit)


def _at_batch(spec: RunSpec, scale: Scale) -> dict:
    """Images a second with a batch of this size, in the precision that is the fastest here."""
    spec = long(_precisions(spec)[-1], scale)
    step = trainer_of(spec).train().__next__
    count = steps_within(step, scale.budget)
    taken = in_turns({"ours": times(count, step)}, scale.pick(1, 3))["ours"]
    case = f"training by batch, {spec.precision}, {spec.resolution}x{spec.resolution}, {spec.width} channels"
    return row("images", case, "images/s", spec.batch * count / taken, against="batch", x=spec.batch)


def _processes(spec: RunSpec, scale: Scale) -> Rows:
    """Two processes, each with a core, against one process with two threads, in turns."""
    if machine.cores() < 2:
        return
    start, seconds = multiprocessing.get_context("spawn"), scale.pick(0.1, 2.0)
    spec = long(spec, scale)
    pipes: list[Connection] = []
    for _ in range(2):
        here, there = start.Pipe()
        start.Process(target=_asked, args=(there, spec, seconds), daemon=True).start()
        there.close()
        pipes.append(here)
    with threads(2):
        steps = trainer_of(spec).train()
        next(steps)
        for pipe in pipes:
            pipe.recv()
        found: list[tuple[float, float]] = []
        for _ in range(scale.pick(1, 3)):
            for pipe in pipes:
                pipe.send("go")
            both = sum(pipe.recv() for pipe in pipes)
            found.append((both, _rate(steps, spec.batch, seconds)))
        for pipe in pipes:
            pipe.close()
        apart, together = np.array(found).T
        case = f"training in two processes, {spec.precision}, {_size(spec)}"
        goal = "" if scale.quick else "times_peer >= 1"
        yield row("images", case, "images/s", apart, ("one process, two threads", together), goal=goal)


def _asked(pipe: Connection, spec: RunSpec, seconds: float) -> None:
    """A process that trains for so long whenever it is asked to, and answers how fast; until nobody is there."""
    with closing(pipe), threads(1):
        steps = trainer_of(spec).train()
        next(steps)
        pipe.send("ready")
        while True:
            try:
                pipe.recv()
            except EOFError:
                return
            pipe.send(_rate(steps, spec.batch, seconds))


def _rate(steps: Iterator, batch: int, seconds: float) -> float:
    """Images a second."""
    count, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds or not count:
        next(steps)
        count += batch
    return count / spent


def _rounded(spec: RunSpec, scale: Scale) -> Rows:
    """How far training in bfloat16 moves the gains on new faces, at the noise level where most; and another seed."""
    spec = dataclasses.replace(spec, steps=scale.pick(3, 150))
    gains = _gains(spec)
    for name, other in zip(("another seed", "bfloat16"), (spec.twin(seed=1), *_precisions(spec)[1:]), strict=False):
        case = f"gains after {spec.steps} steps, {name} against float32, {spec.resolution}x{spec.resolution}"
        yield row("images", case, "dB apart", [float(np.abs(_gains(other) - gains).max())])


def _gains(spec: RunSpec) -> np.ndarray:
    """PSNR gain [dB] of a network, trained here, on held-out faces at each of the noise levels."""
    trainer = Trainer([spec])
    for _ in trainer.train():
        pass
    x = FaceBench(Case(TOLD, {"A": spec}, 0)).held_out(TESTED)
    z = unit_noise(x, 0)
    denoiser = Denoiser(trainer.model)
    return np.array([metrics.psnr_gain(denoiser.residual(x + s * z, s), s * z) for s in SIGMAS])


def _rates(
    spec: RunSpec, once: Mapping[str, Callable[[], object]], work: float, scale: Scale
) -> tuple[dict[str, np.ndarray], tuple[str, np.ndarray]]:
    """Images a second in each way, one after the other in each turn; and what the machine's peak would be."""
    product, product_flops = scale.peak(torch.float32)
    counts = {name: steps_within(call, scale.budget) for name, call in once.items()}
    calls = {name: times(counts[name], call) for name, call in once.items()}
    taken = in_turns({**calls, "peak": product}, scale.pick(1, 3))
    rates = {name: spec.batch * count / taken[name] for name, count in counts.items()}
    return rates, ("float32 matmul peak", product_flops / taken["peak"] / work)


def _compared(what: str, spec: RunSpec, rates: Mapping[str, np.ndarray], limit: tuple[str, np.ndarray]) -> Rows:
    """What the library does, against the plain network and against what it might do instead."""
    for peer in [name for name in rates if name != "ours"]:
        yield row("images", f"{what}, {_size(spec)}", "images/s", rates["ours"], (peer, rates[peer]), limit)


def _size(spec: RunSpec) -> str:
    return f"{spec.resolution}x{spec.resolution}, {spec.width} channels, {spec.depth} blocks, batch {spec.batch}"


if __name__ == "__main__":
    alone(rows, __doc__)
