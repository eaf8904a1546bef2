"""Trains whatever is missing of a list of runs, and says how far it is."""

import contextlib
import math
import sys
import time
from collections.abc import Sequence

from lowdiff_lib.base import machine, paths
from lowdiff_lib.base.checks import real, whole
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.words import duration
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import devices, engines, stacks, team
from lowdiff_lib.training.outlook import Outlook, hands
from lowdiff_lib.training.trainer import is_compiled

A_PROCESS = 0.6e9  # bytes, torch and a stack: 0.42 to 0.56 were seen
START = 4.0  # seconds that a process takes to load torch and this library
PACE = {"mlp": 2e10}  # work that a slow core does in a second, about; of networks for images:
PACE_OF_IMAGES = 3e8
PATIENCE = 60  # seconds for which a network file system may hide a new file


Asked = Sequence[RunSpec]


def ensure(
    asked: Asked, workers: int | None = None, scheduler: str | None = None, hours: float | None = None
) -> list[RunSpec]:
    """Train every run that is not in the store yet. Prints progress about every ten seconds.

    workers: processes on this machine, by default one per core (see `machine`), or one per graphics card for networks
    that are trained on those (see `devices`); fewer where memory is short, none for what is trained sooner than a
    process starts. scheduler: instead, the address of a Dask scheduler whose workers train. The results are the same.
    Under `torchrun` its processes train each stack together, with the same results but for rounding.
    hours: when to stop; what fits is then chosen in the order in which it is asked for, and what is left is returned.
    Raises what the training raises (TrainingDiverged, TooFewSamples), WorkerLost, LowdiffError; what was finished
    before stays, and what was begun goes on from its checkpoint next time.
    """
    if workers is not None:
        whole("workers", workers, 1)
    if hours is not None:
        real("hours", hours, 0)
    deadline = math.inf if hours is None else time.monotonic() + 3600 * hours
    while jobs := chosen(asked, None if hours is None else (deadline - time.monotonic()) / 3600, workers, scheduler):
        _train(jobs, workers, scheduler, deadline)
        if time.monotonic() > deadline:
            break
        late_by = time.monotonic() + PATIENCE
        while late := [spec for job in jobs for spec in stacks.missing(job)]:
            if time.monotonic() > late_by:
                raise LowdiffError(
                    f"{len(late)} runs were trained but are not in {paths.runs()}; is it one shared folder?"
                )
            time.sleep(1)
    return stacks.missing(asked) if hours is not None else []


def chosen(
    asked: Asked, hours: float | None = None, workers: int | None = None, scheduler: str | None = None
) -> list[stacks.Job]:
    """What `ensure` would train: the stacks that lack something; with `hours`, in the order asked for, those that fit.

    How fast a cluster is, nobody knows: for one all of them are tried. Raises LowdiffError.
    """
    if hours is None:
        return stacks.unfinished(asked)
    if team.is_there():
        raise LowdiffError("the processes of torchrun would not stop at one moment; leave --hours out")
    jobs = stacks.in_order(asked)
    return jobs if scheduler else Outlook().fitting(jobs, 3600 * hours, workers or hands(jobs))


def _train(jobs: list[stacks.Job], workers: int | None, scheduler: str | None, deadline: float) -> None:
    """Train what is missing of stacks, until the deadline."""
    calls = [(job, stacks.key(job)) for job in jobs]

    def kept(some: Sequence[engines.Call]) -> list:
        return stacks.kept([job for job, _ in some])

    report = _Report([stacks.todo(job) for job in jobs])
    if scheduler is None and team.is_first():
        _say_what_is_slow(jobs)
    if team.is_there():
        report.begin("all processes of this team")
        engine = engines.team_of_processes(calls)
    elif scheduler is not None:
        report.begin(f"the workers of {scheduler}")
        engine = engines.dask_cluster(calls, scheduler, kept)
    elif workers is None and _soon(jobs):
        report.begin("this core")
        engine = engines.this_process(calls)
    else:
        cards = devices.cards() if any(devices.suits_card(job[0]) for job in jobs) else []
        workers = workers or _as_memory_allows(min(hands(jobs), len(jobs)))
        alone = "one core" if workers == 1 else f"{workers} cores"
        report.begin(f"{workers} processes on {len(cards)} graphics cards" if cards else alone)
        engine = engines.process_pool(calls, workers, kept, cards)
    with contextlib.closing(engine):
        for _ in engine:
            report.show()
            if time.monotonic() > deadline:
                return
    report.show(final=True)


def _soon(jobs: Sequence[stacks.Job]) -> bool:
    """Whether to train these takes no longer than to start a process for it."""
    on_cores = all(devices.device_of(job[0]).type == "cpu" for job in jobs)
    return on_cores and sum(stacks.cost(job) / PACE.get(job[0].network, PACE_OF_IMAGES) for job in jobs) < START


def _say_what_is_slow(jobs: Sequence[stacks.Job]) -> None:
    """What this machine lacks that these networks would be trained sooner with."""
    specs = [job[0] for job in jobs]
    if any(map(is_compiled, specs)) and not devices.can_compile():
        print(
            "no C++ compiler, or no headers of Python: networks train uncompiled, up to 1.5 times as long",
            file=sys.stderr,
        )
    if any(spec.precision == "bfloat16" for spec in specs) and not devices.multiplies_bfloat16():
        print("no bfloat16 instructions: networks that multiply in it train ten times as long", file=sys.stderr)


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
