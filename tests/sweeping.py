"""Sweeps in processes of their own, to be watched and killed, in the store that LOWDIFF_RUNS names.

    python sweeping.py sweep STEPS WORKERS    train `runs(STEPS)` in a process pool
    python sweeping.py together N             N processes train `runs(SHORT)` at the same moment
    python sweeping.py kills N                train `runs(SHORT)`, killed at random moments, until that makes N kills

A Dask worker preloads this file. Every process that trains notes who it is and at which step it began.
"""

import functools
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import torch

from lowdiff_lib.base import paths
from lowdiff_lib.specs import RunSpec, trio
from lowdiff_lib.training import engines, stacks, sweep, trainer
from lowdiff_lib.training import runs as store

LONG, SHORT = 2500, 640  # steps: some seconds and less than one


def runs(steps: int) -> list[RunSpec]:
    """Two stacks of three networks."""
    common = {"width": 16, "depth": 1, "batch": 8, "steps": steps}
    return [spec for n_train in (10, 100) for spec in trio(RunSpec("spiral", n_train, **common), 0).values()]


def weights(specs: list[RunSpec]) -> dict[str, bytes]:
    """The weight file of each run, byte for byte."""
    return {store.key(spec): (store.folder(spec) / "weights.safetensors").read_bytes() for spec in specs}


@functools.cache
def uninterrupted(steps: int) -> dict[str, bytes]:
    """The weights of `runs(steps)`, trained one stack after the other in this process."""
    threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as place, mock.patch.dict(os.environ, LOWDIFF_RUNS=place):
        for job in stacks.grouped(runs(steps)):
            stacks.train(job, store.stack_key(job))
        torch.set_num_threads(threads)
        return weights(runs(steps))


def begun(steps: int) -> bool:
    """Whether every stack has a checkpoint."""
    places = [paths.runs() / "training" / store.stack_key(job) for job in stacks.grouped(runs(steps))]
    return all((place / "checkpoint.safetensors").exists() for place in places)


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def notes() -> dict[int, list[int]]:
    """For each process that trained: the first step it did, each time that it began a stack or went on with one."""
    return {int(file.name): [*map(int, file.read_text().split())] for file in paths.runs().glob("notes/*")}


def noted(self: trainer.Trainer, checkpoint: Path | None = None, train=trainer.Trainer.train):
    """`Trainer.train`, which notes that it is at it."""
    first = True
    for progress in train(self, checkpoint):
        if first:
            file = paths.runs() / "notes" / str(os.getpid())
            file.parent.mkdir(exist_ok=True)
            with file.open("a") as opened:
                opened.write(f"{progress.step}\n")
        first = False
        yield progress


def observe(checkpoint_seconds: float = 0.2) -> None:
    """Note each training in this process; write checkpoints more often, so that a test need not wait for one."""
    trainer.Trainer.train = noted  # type: ignore[method-assign]
    trainer.CHECKPOINT_SECONDS = checkpoint_seconds


def dask_setup(worker: object) -> None:
    observe()


def fork(action: Callable[[], None]) -> int:
    """Start a process that does this and ends; cheap, because it need not load torch again."""
    if child := os.fork():
        return child
    try:
        action()
        os._exit(0)
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)


def train_all() -> None:
    for job in stacks.grouped(runs(SHORT)):
        stacks.train(job, store.stack_key(job))


def together(count: int) -> None:
    begin = time.monotonic() + 0.5

    def at_once() -> None:
        time.sleep(max(0.0, begin - time.monotonic()))  # a busy machine forks slowly
        train_all()

    ended = [os.waitpid(child, 0)[1] for child in [fork(at_once) for _ in range(count)]]
    assert not any(ended)


def kills(wanted: int) -> None:
    """Rounds in stores of their own. After each kill whatever is in the store must be whole."""
    chance = random.Random(0)
    place, done, turn = paths.runs(), 0, 0
    while done < wanted:
        os.environ["LOWDIFF_RUNS"] = str(place / f"round-{turn}")
        turn += 1
        ended = False
        while not ended:
            child = fork(train_all)
            time.sleep(chance.uniform(0, 0.4))
            os.kill(child, signal.SIGKILL)
            ended = os.WIFEXITED(status := os.waitpid(child, 0)[1])
            assert not ended or status == 0
            done += not ended
            there = {folder.name for folder in paths.runs().glob("models/[!.]*")}
            assert all(store.read(spec) for spec in runs(SHORT) if store.key(spec) in there)
    print(f"{done} kills in {turn} rounds", flush=True)


def train_observed(*call) -> None:
    """What the workers of a pool do."""
    observe()
    engines._train(*call)


if __name__ == "__main__":
    observe(0)
    command, *numbers = sys.argv[1:]
    if command == "sweep":
        import sweeping

        engines._train = sweeping.train_observed
        sweep.ensure(runs(int(numbers[0])), workers=int(numbers[1]))
    else:
        torch.set_num_threads(1)  # before the first fork: threads do not survive it
        for job in stacks.grouped(runs(SHORT)):
            store.stack_key(trainer.Trainer(job).specs)  # what every child would compute again
        {"together": together, "kills": kills}[command](int(numbers[0]))
