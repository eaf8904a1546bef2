"""How time and memory grow with what is asked for, as exponents: 1 is linear, 0 costs nothing more.

An exponent is fitted to the logarithms, once in each repeat. All cores, but one thread for training.
"""

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks import ideal
from benchmarks.stacks import specs
from benchmarks.timing import Rows, Scale, alone, exponent, in_turns, megabytes, row, threads, times
from lowdiff_lib.datasets.mixtures import mixture
from lowdiff_lib.models.reference import ideal_denoise
from lowdiff_lib.training.trainer import Trainer

LOW, WIDE = (0.01, 1.0), (3.0, 300.0)  # noise levels where one image counts, and where all do
Calls = Mapping[int, Callable[[], object]]


def rows(scale: Scale) -> Rows:
    yield from _training(scale)
    with tempfile.TemporaryDirectory() as folder:
        yield from _ideal(Path(folder), scale)
    points = scale.pick((500, 1000), (2500, 5000, 10_000, 20_000, 40_000))
    exact, y = mixture("hd-sharpcov"), torch.randn(points[-1], 100, dtype=torch.float64)
    yield from _times("mixture score", "points", {n: partial(exact.score, y[:n], 0.1) for n in points}, scale)


def _training(scale: Scale) -> Rows:
    """Against the number of networks in the stack."""
    networks = scale.pick((1, 2), (1, 2, 4, 8, 16, 32))
    with threads(1):
        for dataset, dim in (("spiral", 2), ("hd-sharpcov", 100)):
            steps = {m: _steps(Trainer(specs(dataset, m, 64)), scale) for m in networks}
            yield from _times(f"training step, {dim}-D, batch 64", "M", steps, scale)
        more = scale.pick((2, 4), (16, 32, 64, 128))
        trainers = {m: Trainer(specs("hd-sharpcov", m, scale.pick(64, 256))) for m in more}
        yield from _memory("training, 100-D", "M", {m: _steps(each, scale) for m, each in trainers.items()})


def _steps(trainer: Trainer, scale: Scale) -> Callable[[], None]:
    trainer.block = 1
    return times(scale.pick(1, 3), trainer.train().__next__)


def _ideal(folder: Path, scale: Scale) -> Rows:
    """Against N, dim and the number of noise levels s."""
    n, queries = scale.pick(400, 8000), scale.pick(8, 64)
    data = ideal.images(n, folder)
    y = ideal.noisy(data, queries)
    denoise = partial(ideal_denoise, unit=ideal.UNIT)
    shown = {part: partial(denoise, y, data[:part], np.geomspace(*LOW, 4)) for part in (n // 8, n // 4, n // 2, n)}
    yield from _times("ideal denoiser", "N", shown, scale)
    yield from _memory("ideal denoiser", "N", shown)
    sides = scale.pick((10, 20), (10, 20, 40, 80))
    sized = {each: ideal.images(n // 4, folder, each) for each in sides}
    calls = {s * s: partial(denoise, ideal.noisy(d, queries), d, np.geomspace(*LOW, 4)) for s, d in sized.items()}
    yield from _times("ideal denoiser", "dim", calls, scale)
    for name, ends in (("one image counts", LOW), ("all count", WIDE)):
        levels = {s: partial(denoise, y, data[: n // 4], np.geomspace(*ends, s)) for s in (2, 4, 8, 16)}
        yield from _times(f"ideal denoiser, {name}", "s", levels, scale)
    yield from _memory("ideal denoiser", "s", levels)


def _times(what: str, against: str, calls: Calls, scale: Scale) -> Rows:
    taken = in_turns({str(x): call for x, call in calls.items()}, scale.pick(1, 4))
    for x in calls:
        yield row("growth", what, "s", taken[str(x)], against=against, x=x)
    fits = [exponent(list(calls), turn) for turn in np.stack(list(taken.values()), 1)]
    yield row("growth", f"{what}: time against {against}", "exponent", fits, against=against)


def _memory(what: str, against: str, calls: Calls) -> Rows:
    """Smallest first: freed memory stays with the process for a while."""
    found = {x: max(megabytes(call), 0.01) for x, call in calls.items()}
    for x, most in found.items():
        yield row("growth", what, "MB", [most], against=against, x=x)
    fit = exponent(list(found), list(found.values()))
    yield row("growth", f"{what}: memory against {against}", "exponent", [fit], against=against)


if __name__ == "__main__":
    alone(rows, __doc__)
