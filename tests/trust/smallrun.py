"""Three small runs and their table: a second to train, enough to be broken."""

import dataclasses

import sweeping

from lowdiff_lib.experiments.arms import TOLD
from lowdiff_lib.experiments.grid import Case
from lowdiff_lib.experiments.mixtures import GRID
from lowdiff_lib.experiments.studies import training_set_size
from lowdiff_lib.experiments.study import Plan
from lowdiff_lib.specs import trio
from lowdiff_lib.training import runs, stacks

SPEC = dataclasses.replace(sweeping.runs(sweeping.SHORT)[0], steps=192)  # three blocks, so three checkpoints


class OnePlace(type(GRID)):  # type: ignore[misc]
    """The grid of mixtures with one small place in it, whatever is asked for."""

    def cases(self, profile: str, arm: str, *scale: object) -> list[Case]:
        return [Case(TOLD, trio(SPEC, 0), 0)]


STUDY = dataclasses.replace(training_set_size.study, name="small", grid=OnePlace(), arms=("told",))


def plan() -> Plan:
    """Made anew for each store: it remembers its folder."""
    return STUDY.plan("smoke")


def train() -> None:
    for job in stacks.grouped(plan().specs):
        stacks.train(job, runs.stack_key(job))


def measure() -> None:
    plan().table()
