"""Trains whatever is missing of a list of runs, and says what there is to do and how far it is."""

import contextlib
import json
import sys
import time
from collections.abc import Sequence

from lowdiff_lib.base import machine, paths
from lowdiff_lib.base.checks import whole
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.words import duration
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import devices, engines, stacks, team

A_PROCESS = 0.6e9  # bytes, torch and a stack: 0.42 to 0.56 were seen
PATIENCE = 60  # seconds for which a network file system may hide a new file


Asked = Sequence[RunSpec]


def ensure(asked: Asked, workers: int | None = None, scheduler: str | None = None) -> None:
    """Train every run that is not in the store yet. Prints progress about every ten seconds.

    workers: processes on this machine, by default one per core (see `machine`), or one per graphics card for networks
    that are trained on those (see `devices`); fewer where memory is short. scheduler: instead, the address of a Dask
    scheduler whose workers train. The results are the same. Under `torchrun` its processes train each stack together,
    with the same results but for rounding. Raises what the training raises (TrainingDiverged, TooFewSamples),
    WorkerLost, LowdiffError; what was finished before stays, and what was begun goes on from its checkpoint next time.
    """
    if workers is not None:
        whole("workers", workers, 1)
    jobs = _jobs(asked)
    if not jobs:
        return
    calls = [(job, stacks.key(job)) for job in jobs]

    def kept(some: Sequence[engines.Call]) -> list:
        return stacks.kept([job for job, _ in some])

    report = _Report([stacks.todo(job) for job in jobs])
    if team.is_there():
        report.begin("all processes of this team")
        engine = engines.team_of_processes(calls)
    elif scheduler is not None:
        report.begin(f"the workers of {scheduler}")
        engine = engines.dask_cluster(calls, scheduler, kept)
    else:
        cards = devices.cards() if any(devices.suits_card(job[0]) for job in jobs) else []
        workers = workers or _as_memory_allows(min(len(cards) or machine.cores(), len(jobs)))
        alone = "one core" if workers == 1 else f"{workers} cores"
        report.begin(f"{workers} processes on {len(cards)} graphics cards" if cards else alone)
        engine = engines.process_pool(calls, workers, kept, cards)
    with contextlib.closing(engine):
        for _ in engine:
            report.show()
    deadline = time.monotonic() + PATIENCE
    while late := stacks.missing(asked):
        if time.monotonic() > deadline:
            raise LowdiffError(f"{len(late)} runs were trained but are not in {paths.runs()}; is it one shared folder?")
        time.sleep(1)
    report.show(final=True)


def outlook(asked: Asked) -> str:
    """What is there of these runs, what is to be trained, and for how long as far as is known."""
    jobs = [stacks.todo(job) for job in _jobs(asked)]
    to_train = sum(map(len, jobs))
    total = len(dict.fromkeys(asked))
    if not jobs:
        return f"{total} runs, all there"
    seconds = _seconds(jobs)
    on_cards = any(devices.device_of(job[0]).type == "cuda" for job in jobs)
    unit = "graphics card" if on_cards else "core"
    known = (
        f"about {duration(seconds)} of one {unit}" if seconds else "no such network was trained here yet to tell time"
    )
    return f"{total} runs: {total - to_train} there, {to_train} to train in {len(jobs)} stacks; {known}"


def _jobs(asked: Asked) -> list[stacks.Job]:
    return [job for job in stacks.grouped(asked) if stacks.missing(job)]


def _as_memory_allows(wanted: int) -> int:
    """So many processes, or fewer where memory is short; then it says so, rather than that they are killed."""
    free = machine.free_memory()
    if free is None or free >= wanted * A_PROCESS:
        return wanted
    fit = max(1, int(free // A_PROCESS))
    what = f"{fit} of {wanted} processes start" if fit < wanted else "training may be stopped"
    print(
        f"{free / 1e9:.1f} GB of memory are free, and a training process takes about {A_PROCESS / 1e9:.1f} GB: {what}",
        file=sys.stderr, flush=True,
    )  # fmt: skip
    return fit


def _seconds(jobs: Sequence[stacks.Job]) -> float | None:
    """Time that training takes on one core or card, from what such networks took in this store. None: not known."""

    def kind(spec: RunSpec, device: str) -> tuple:
        return spec.network, spec.width, spec.precision, device

    spent: dict[tuple, list[float]] = {}
    for file in paths.runs().glob("models/*/run.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # of an older library, or damaged
            about = json.loads(file.read_text())
            spec = RunSpec(**about["spec"])
            made_on = about["made_by"]["device"]
            spent.setdefault(kind(spec, made_on), []).append(about["seconds"] / stacks.cost([spec]))
    rates = [spent.get(kind(spec, devices.device_of(spec).type)) for spec in (job[0] for job in jobs)]
    if not all(rates):
        return None
    return sum(stacks.cost(job) * sum(rate) / len(rate) for job, rate in zip(jobs, rates, strict=True) if rate)


class _Report:
    """One line every ten seconds: how much is done, time spent, time left."""

    def __init__(self, jobs: list[stacks.Job]):
        self.jobs = jobs
        self.total = sum(map(stacks.cost, jobs))
        self.started = self.shown = time.monotonic()
        self.before = self._fraction()

    def begin(self, where: str) -> None:
        """Say what is trained, and where."""
        networks = sum(map(len, self.jobs))
        if team.is_first():
            kept = "" if paths.in_project() else f"; they are kept in {paths.runs()}"
            what = f"training {networks} networks in {len(self.jobs)} stacks, on {where}{kept}"
            print(what, file=sys.stderr, flush=True)

    def _fraction(self) -> float:
        done = sum(stacks.cost(job) * stacks.progress(job).get("step", 0) / job[0].steps for job in self.jobs)
        return done / self.total

    def show(self, final: bool = False) -> None:
        now = time.monotonic()
        if (now - self.shown < 10 and not final) or not team.is_first():
            return
        self.shown = now
        fraction, spent = 1.0 if final else self._fraction(), now - self.started
        rate = (fraction - self.before) / spent
        left = f", about {duration((1 - fraction) / rate)} left" if rate > 0 and fraction < 1 else ""
        print(f"  trained {fraction:4.0%} in {duration(spent)}{left}", file=sys.stderr, flush=True)
