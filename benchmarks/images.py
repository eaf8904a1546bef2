"""The U-Net: images per second in training and in use, against the same network written plainly.

Also what bfloat16, the channels-last layout and compiling bring on this machine, and how far training in bfloat16 moves
what is measured. One thread, as the library trains. Whether bfloat16 pays depends on the processor: on some it is half
as fast again as float32, on others slower, by far. So `full` trains in float32, everywhere.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import numpy as np
import torch

from benchmarks import plain_unet
from benchmarks.timing import Rows, Scale, alone, flops, in_turns, row, steps_within, threads, times
from lowdiff_lib.datasets.samples import training_samples
from lowdiff_lib.experiments.arms import TOLD
from lowdiff_lib.experiments.faces import TESTED, FaceBench
from lowdiff_lib.experiments.grid import Case
from lowdiff_lib.experiments.studies.denoising_faces import SIGMAS
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.models.denoiser import Denoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training.trainer import Trainer

USUAL = ((20, 32, 2, 32), (40, 32, 2, 8), (80, 32, 2, 2), (80, 64, 3, 2))  # resolution, channels, blocks, batch
QUICK = ((20, 8, 2, 4),)
SLOW = 64  # channels from which bfloat16 would take minutes on a processor that has none
SIGMA = 0.1
STEPS = 5000  # more than are taken, and too few for the library to compile the network by itself


def spec_of(resolution: int, channels: int, blocks: int, batch: int) -> RunSpec:
    size = {"network": "unet", "resolution": resolution, "width": channels, "depth": blocks, "batch": batch}
    return RunSpec("faces", 100, steps=STEPS, lr=2e-3, sigma_min=0.005, sigma_max=2.0, **size)  # type: ignore[arg-type]


def trainer_of(spec: RunSpec) -> Trainer:
    """A training that stops after each step."""
    trainer = Trainer([spec])
    trainer.block = 1
    return trainer


def rounded_off(spec: RunSpec) -> RunSpec:
    return dataclasses.replace(spec, precision="bfloat16")


def compiled(spec: RunSpec) -> Iterator:
    """A training whose network torch compiles at the first step, as the library does for the longest ones."""
    trainer = trainer_of(spec)
    trainer.model.network.compile()
    return trainer.train()


def in_bfloat16(steps: Iterator) -> Iterator:
    """The steps of a training that knows nothing of it, with torch's autocast, which is left after each."""
    while True:
        with torch.autocast("cpu", torch.bfloat16):
            found = next(steps, None)
        if found is None:
            return
        yield found


def rows(scale: Scale) -> Rows:
    with threads(1):
        for size in scale.pick(QUICK, USUAL):
            yield from _training(spec_of(*size), scale)
            yield from _use(spec_of(*size), scale)
        yield from _rounded(spec_of(*scale.pick(QUICK, USUAL)[0]), scale)


def _training(spec: RunSpec, scale: Scale) -> Rows:
    ours = trainer_of(spec).train()
    work = flops(ours.__next__) / spec.batch  # of one image
    data = training_samples("faces", spec.resolution, "A", 100, 0)
    loops: dict[str, Iterator] = {
        "ours": ours,
        "plain network": plain_unet.trained(spec, data),
        "in bfloat16": trainer_of(rounded_off(spec)).train(),
        "channels last": plain_unet.trained(spec, data, torch.channels_last),
        "in bfloat16, channels last": in_bfloat16(plain_unet.trained(spec, data, torch.channels_last)),
    }
    if not scale.quick:
        both = plain_unet.trained(spec, data, torch.channels_last, compiled=True)
        loops |= {"compiled": compiled(spec), "channels last, compiled": both}
        loops |= {"in bfloat16, compiled": compiled(rounded_off(spec))}
    yield from _compared("training", spec, {name: loop.__next__ for name, loop in loops.items()}, work, scale)


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

    def rounded(denoiser: Denoiser) -> None:
        with torch.autocast("cpu", torch.bfloat16):
            denoiser.residual(y, SIGMA)

    once: dict[str, Callable[[], object]] = {"ours": lambda: ours.residual(y, SIGMA), "plain network": theirs}
    once |= {"in bfloat16": partial(rounded, ours), "channels last": lambda: last.residual(y, SIGMA)}
    once |= {"in bfloat16, channels last": partial(rounded, last)}
    yield from _compared("use", spec, once, flops(once["ours"]) / spec.batch, scale)


def _rounded(spec: RunSpec, scale: Scale) -> Rows:
    """How far training in bfloat16 moves the gains on new faces, at the noise level where most; and another seed."""
    spec = dataclasses.replace(spec, steps=scale.pick(3, 150))
    gains = _gains(spec)
    for name, moved in (("bfloat16", _gains(rounded_off(spec))), ("another seed", _gains(spec.twin(seed=1)))):
        case = f"gains after {spec.steps} steps, {name} against float32, {spec.resolution}x{spec.resolution}"
        yield row("images", case, "dB apart", [float(np.abs(moved - gains).max())])


def _gains(spec: RunSpec) -> np.ndarray:
    """PSNR gain [dB] of a network, trained here, on held-out faces at each of the noise levels."""
    trainer = Trainer([spec])
    for _ in trainer.train():
        pass
    x = FaceBench(Case(TOLD, {"A": spec}, 0)).held_out(TESTED)
    z = unit_noise(x, 0)
    denoiser = Denoiser(trainer.model)
    return np.array([metrics.psnr_gain(denoiser.residual(x + s * z, s), s * z) for s in SIGMAS])


def _compared(what: str, spec: RunSpec, once: Mapping[str, Callable[[], object]], work: float, scale: Scale) -> Rows:
    """What the library does, against the plain network and against what it might do instead."""
    product, product_flops = scale.peak(torch.float32)
    once = {name: call for name, call in once.items() if "bfloat16" not in name or spec.width < SLOW}
    counts = {name: steps_within(call, scale.budget) for name, call in once.items()}
    calls = {name: times(counts[name], call) for name, call in once.items()}
    taken = in_turns({**calls, "peak": product}, scale.pick(1, 3))
    rates = {name: spec.batch * count / taken[name] for name, count in counts.items()}
    limit = ("matmul peak", product_flops / taken["peak"] / work)
    size = f"{spec.resolution}x{spec.resolution}, {spec.width} channels, {spec.depth} blocks, batch {spec.batch}"
    for peer in [name for name in rates if name != "ours"]:
        yield row("images", f"{what}, {size}", "images/s", rates["ours"], peer=(peer, rates[peer]), limit=limit)


if __name__ == "__main__":
    alone(rows, __doc__)
