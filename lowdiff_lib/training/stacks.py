"""Stacks of runs: how runs are grouped, and how one stack is trained in this process, once, whoever asks.

One thread, because threads that share tiny matrix products wait for each other more than they work; and because one
thread gives the same bits every time. What a stack is at is kept in the run store:

    runs/training/<stack key>/checkpoint.safetensors   where training goes on after a stop
    runs/training/<stack key>/progress.json            steps done and seconds spent
"""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.storage import locked, remove_strays, write_if_changed
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import made_by, runs, team
from lowdiff_lib.training.devices import one_thread
from lowdiff_lib.training.trainer import Trainer, work

STACK = 3  # networks in a stack at most: A, B and twin. More of them save little time, and keep fewer cores busy.

Job = Sequence[RunSpec]  # the runs of one stack


def missing(asked: Sequence[RunSpec]) -> list[RunSpec]:
    """Those of the runs, each once, that are not in the store."""
    return [spec for spec in dict.fromkeys(asked) if not runs.is_there(spec)]


def grouped(asked: Sequence[RunSpec]) -> list[Job]:
    """Runs in stacks, those with most work first.

    The grouping looks neither at what is trained already nor at who will train: the same request, made again after a
    stop, or with other workers, finds the checkpoints of its stacks.
    """
    alike: dict[tuple, list[RunSpec]] = {}
    for spec in dict.fromkeys(asked):
        alike.setdefault(spec.stack(), []).append(spec)
    stacks = [group[start : start + STACK] for group in alike.values() for start in range(0, len(group), STACK)]
    return sorted(stacks, key=cost, reverse=True)


def unfinished(asked: Sequence[RunSpec]) -> list[Job]:
    """The stacks that lack something, those with most work first."""
    return [job for job in grouped(asked) if missing(job)]


def in_order(asked: Sequence[RunSpec]) -> list[Job]:
    """The stacks that lack something, in the order in which one of their runs is first asked for."""
    place = {spec: number for number, spec in reversed([*enumerate(asked)])}
    return sorted(unfinished(asked), key=lambda job: min(place[spec] for spec in job))


def cost(job: Job) -> float:
    """Rough work of a stack."""
    return work(job[0]) * len(job)


def key(job: Job) -> str:
    """Name of the place where a stack in training keeps its checkpoint and progress."""
    return runs.stack_key(job)


def progress(job: Job) -> dict:
    """Of a stack that was begun: step, seconds (spent so far). Empty for another."""
    try:
        return json.loads((_place(job) / "progress.json").read_text())
    except (OSError, ValueError):
        return {}


def kept(jobs: Sequence[Job]) -> list:
    """What would survive a stop now. It changes whenever training has come further for good."""
    state = []
    for job in jobs:
        lacking = todo(job)
        checkpoint = lacking and _checkpoint(lacking)
        state.append((len(lacking), checkpoint.stat().st_mtime_ns if checkpoint and checkpoint.exists() else 0))
    return state


def train(job: Job, stack_key: str, wanted: Callable[[], bool] = lambda: True) -> None:
    """Train what is missing of a stack and keep it; if another process is at one of its runs, wait for the result.

    stack_key: what the caller takes these runs to be called. wanted: asked after every block of steps; once it says
    no, training stops. Raises TrainingDiverged; LowdiffError if the caller has other code, torch or data than this
    process, or does not want the runs any more.
    """
    if stack_key != key(job) or any(map(made_by.is_edited, job)):
        raise LowdiffError(
            "what trains the runs has other code, another torch or other images than what asked for them "
            "(edited meanwhile, or an old worker); restart both, from one installation"
        )
    one_thread()
    with _held(job):
        if lacking := todo(job):
            _tidy(lacking)
            for _ in _steps(Trainer, lacking, wanted):
                pass
        _checkpoint(job).unlink(missing_ok=True)


def train_together(job: Job) -> Iterator[None]:
    """As `train`, by a team of processes (`torchrun`) that all call this. Yields after each block of steps."""
    one_thread()
    with _held(job) if team.is_first() else contextlib.nullcontext():
        team.wait_for_all()
        lacking = todo(job)
        team.wait_for_all()  # before the first one writes, or they would not agree on what is missing
        if lacking and team.is_first():
            _tidy(lacking)
        if lacking:
            yield from _steps(team.TeamTrainer, lacking, lambda: True)
        team.wait_for_all()


@contextlib.contextmanager
def _held(job: Job) -> Iterator[None]:
    """Nobody else is at the runs of a stack."""
    with contextlib.ExitStack() as held:
        for spec in sorted(job, key=runs.key):  # in one order everywhere, so that no two wait for each other
            held.enter_context(locked(runs.folder(spec)))
        yield


def todo(job: Job) -> Job:
    """What is missing of a stack; all of it if it was killed between keeping one run and the next."""
    lacking = missing(job)
    return list(job) if lacking and _checkpoint(job).exists() else lacking


def _steps(make: type[Trainer], lacking: Job, wanted: Callable[[], bool]) -> Iterator[None]:
    """Train what is missing and keep it."""
    trainer = make(lacking)
    checkpoint, spent = _checkpoint(lacking), progress(lacking).get("seconds", 0.0)
    seconds = said = 0.0
    for now in trainer.train(checkpoint):
        seconds = spent + now.seconds
        if team.is_first() and (now.seconds - said > 1 or now.step == now.steps):
            said = now.seconds
            state = {"step": now.step, "seconds": seconds}
            write_if_changed(_place(lacking) / "progress.json", json.dumps(state).encode())
        if not wanted():
            raise LowdiffError("stopped: the caller does not want these runs any more")
        yield
    if team.is_first():
        runs.save(trainer, seconds)
        checkpoint.unlink(missing_ok=True)


def _place(job: Job) -> Path:
    return paths.runs() / "training" / key(job)


def _checkpoint(job: Job) -> Path:
    return _place(job) / "checkpoint.safetensors"


def _tidy(lacking: Job) -> None:
    """Remove half-written files of killed processes. Only whoever holds the locks of these runs writes there."""
    for spec in lacking:
        remove_strays(runs.folder(spec))
    for stray in _place(lacking).glob(".*"):  # safetensors gives its temporary files names of its own
        stray.unlink(missing_ok=True)
