"""Trains whatever is missing of a list of runs, in parallel processes of one thread each.

One thread each, because threads of one process that share tiny matrix products wait for each other more than they
work; and because one thread gives the same bits every time.
"""

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

import torch

from lowdiff_lib import paths, runs
from lowdiff_lib.errors import LowdiffError
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.storage import locked, write_if_changed
from lowdiff_lib.training import Trainer

STACK = 9  # networks in a stack at most: more of them no longer fit the cache


def missing(specs: Sequence[RunSpec]) -> list[RunSpec]:
    """Those of the runs, each once, that are not in the store."""
    return [spec for spec in dict.fromkeys(specs) if runs.read(spec) is None]


def stacks(specs: Sequence[RunSpec], workers: int) -> list[list[RunSpec]]:
    """Group runs into stacks, as even as the workers need, longest first.

    The grouping does not look at what is trained already: the same request, made again after a stop, finds the
    checkpoints of its stacks.
    """
    groups: dict[tuple, list[RunSpec]] = {}
    for spec in dict.fromkeys(specs):
        groups.setdefault(spec.stack(), []).append(spec)
    jobs = []
    for group in groups.values():
        count = -(-len(group) // STACK)
        if len(group) > 1:
            count = max(count, min(workers, len(group)))
        jobs += [group[i::count] for i in range(count)]
    return sorted(jobs, key=_cost, reverse=True)


def ensure(specs: Sequence[RunSpec], workers: int | None = None) -> None:
    """Train every run that is not in the store yet. Prints progress about every ten seconds.

    workers: processes, by default one per core. Raises what the training raises (TrainingDiverged, TooFewSamples);
    what was finished before stays, and what was begun goes on from its checkpoint next time.
    """
    workers = workers or os.cpu_count() or 1
    jobs = [todo for job in stacks(specs, workers) if (todo := missing(job))]
    if not jobs:
        return
    report = _Report(jobs)
    context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
        waiting: set[Future] = {pool.submit(train_stack, job, runs.stack_key(job)) for job in jobs}
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=1, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                report.show(final=not waiting)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()  # they resume from their checkpoints
            raise


def train_stack(specs: Sequence[RunSpec], stack_key: str) -> None:
    """Train one stack in this process and keep its runs; if another process is at it, wait for its result.

    stack_key: what the caller takes these runs to be called. A worker that was started after an edit has newer code
    than its caller and refuses. Raises LowdiffError, TrainingDiverged.
    """
    if stack_key != runs.stack_key(specs):
        raise LowdiffError("the library changed while runs were waiting to be trained; start again")
    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()
    place = _place(specs)
    with locked(place / "stack"):
        if not missing(specs):
            return
        trainer = Trainer(specs)
        spent = _read_progress(place).get("seconds", 0.0)
        seconds = 0.0
        for progress in trainer.train(place / "checkpoint.safetensors"):
            seconds = progress.seconds
            state = {"step": progress.step, "seconds": spent + seconds}
            write_if_changed(place / "progress.json", json.dumps(state).encode())
            if parent is not None and not parent.is_alive():
                return  # killed; what it asked for goes on from the checkpoint when it asks again
        runs.save(trainer, spent + seconds)
        (place / "checkpoint.safetensors").unlink(missing_ok=True)


def _place(specs: Sequence[RunSpec]) -> Path:
    return paths.runs() / "training" / runs.stack_key(specs)


def _read_progress(place: Path) -> dict:
    try:
        return json.loads((place / "progress.json").read_text())
    except (OSError, ValueError):
        return {}


def _cost(job: Sequence[RunSpec]) -> float:
    """Rough work of a stack: steps x batch x weights x networks (an image's weights are used at every pixel)."""
    spec = job[0]
    pixels = max(1, spec.resolution) ** 2
    return spec.steps * spec.batch * spec.width**2 * spec.depth * pixels * len(job)


class _Report:
    """One line every ten seconds: how much is done, time spent, time left."""

    def __init__(self, jobs: list[list[RunSpec]]):
        self.jobs = jobs
        self.total = sum(map(_cost, jobs))
        self.places = [_place(job) for job in jobs]
        self.started = time.monotonic()
        self.shown = self.started
        self.before = self._fraction()
        networks = sum(map(len, jobs))
        print(f"training {networks} networks in {len(jobs)} stacks", file=sys.stderr, flush=True)

    def _fraction(self) -> float:
        done = 0.0
        for job, place in zip(self.jobs, self.places, strict=True):
            done += _cost(job) * _read_progress(place).get("step", 0) / job[0].steps
        return done / self.total

    def show(self, final: bool) -> None:
        now = time.monotonic()
        if now - self.shown < 10 and not final:
            return
        self.shown = now
        fraction, spent = self._fraction(), now - self.started
        rate = (fraction - self.before) / spent
        left = f", about {(1 - fraction) / rate:.0f} s left" if rate > 0 and not final else ""
        print(f"  trained {fraction:4.0%} in {spent:.0f} s{left}", file=sys.stderr, flush=True)
