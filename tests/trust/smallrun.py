"""Three small runs and their table: a second to train, enough to be broken."""

import dataclasses

import sweeping

from lowdiff_lib.experiments.studies import training_set_size
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.specs import trio
from lowdiff_lib.training import runs, stacks

SPEC = dataclasses.replace(sweeping.runs(sweeping.SHORT)[0], steps=192)  # three blocks, so three checkpoints


def plan() -> Plan:
    """Made anew for each store: it remembers its folder."""
    return Plan(training_set_size.rows, [Case(trio(SPEC, 0), 0)])


def train() -> None:
    for job in stacks.grouped(plan().specs):
        stacks.train(job, runs.stack_key(job))


def measure() -> None:
    plan().measure()
