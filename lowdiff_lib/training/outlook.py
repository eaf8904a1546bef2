"""How long trainings will take, by what such networks took on this machine, and which of them fit some hours."""

import contextlib
import dataclasses
import heapq
import json
from collections.abc import Iterator, Sequence
from statistics import median

from lowdiff_lib.base import machine, paths
from lowdiff_lib.base.provenance import provenance
from lowdiff_lib.base.words import duration
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import devices, stacks


class Outlook:
    """What the networks in the run store took, a second for so much work. Of those that this machine trained."""

    def __init__(self) -> None:
        self.paces: dict[tuple, list[float]] = {}
        here = provenance()["machine"]
        for file in paths.runs().glob("models/*/run.json"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # of an older library, or damaged
                about = json.loads(file.read_text())
                spec = RunSpec(**about["spec"])
                if about["machine"] == here:
                    for kind in _kinds(spec, about["made_by"]["device"]):
                        self.paces.setdefault(kind, []).append(about["seconds"] / stacks.cost([spec]))

    def seconds(self, job: stacks.Job) -> float | None:
        """Time that what is left of a stack takes on one core or card; None if no such network was trained here."""
        for kind in _kinds(job[0], devices.device_of(job[0]).type):
            if kind in self.paces:
                done = stacks.progress(job).get("step", 0) / job[0].steps
                return stacks.cost(job) * (1 - done) * median(self.paces[kind])
        return None

    def together(self, jobs: Sequence[stacks.Job]) -> float | None:
        """Time that stacks take one after the other; None if that of one is not known."""
        each = [self.seconds(job) for job in jobs]
        return None if None in each else sum(filter(None, each))

    def fitting(self, jobs: Sequence[stacks.Job], seconds: float, workers: int) -> list[stacks.Job]:
        """Those that so many workers can end in so many seconds, chosen in their order; all whose time is not known."""
        found, busy = [], [0.0] * workers
        for job in jobs:
            end = busy[0] + (self.seconds(stacks.todo(job)) or 0.0)
            if end <= seconds:
                heapq.heapreplace(busy, end)
                found.append(job)
        return found

    def describe(self, asked: Sequence[RunSpec], workers: int | None = None) -> str:
        """What is there of these runs, what is to be trained, and for how long as far as is known."""
        jobs = [stacks.todo(job) for job in stacks.unfinished(asked)]
        to_train, total = sum(map(len, jobs)), len(dict.fromkeys(asked))
        if not jobs:
            return f"{total} runs, all there"
        unit = "graphics card" if any(devices.device_of(job[0]).type == "cuda" for job in jobs) else "core"
        workers, seconds = workers or hands(jobs), self.together(jobs)
        known = "no such network was trained here yet to tell time"
        if seconds is not None:
            known = f"about {duration(seconds)} of one {unit}"
            wall = max([seconds / workers, *(self.seconds(job) or 0.0 for job in jobs)])
            known += f", {duration(wall)} on {workers}" if workers > 1 and len(jobs) > 1 else ""
        return f"{total} runs: {total - to_train} there, {to_train} to train in {len(jobs)} stacks; {known}"


def hands(jobs: Sequence[stacks.Job]) -> int:
    """How many stacks this machine trains at once: one per core, or one per card if it is for cards."""
    cards = devices.cards() if any(devices.suits_card(job[0]) for job in jobs) else []
    return len(cards) or machine.cores()


def _kinds(spec: RunSpec, device: str) -> Iterator[tuple]:
    """What tells how fast a network is trained, the most telling first: such a one, one of its size, of its kind."""
    alike = dataclasses.replace(spec, n_train=1, side="A", split=0, draw=0, seed=0, steps=1)
    yield device, alike
    size = (spec.network, spec.width, spec.depth, spec.batch, spec.resolution)
    yield (device, spec.objective, spec.precision, *size)
    yield device, spec.network, spec.width, spec.precision
    yield device, spec.network, spec.precision
