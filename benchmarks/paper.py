"""What the paper's full grid would take: its arithmetic, counted, and hours on this machine at the speed measured here.

An estimate. It assumes that two processes of one thread each do twice what one does, that a network's arithmetic grows
with the batch, and CelebA, whatever data are here. The network of faces is not compiled here. A GPU's hours follow from
the arithmetic; the book's page has them.
"""

import dataclasses
from functools import lru_cache

from benchmarks.images import short, spec_of
from benchmarks.timing import Rows, Scale, alone, flops, in_turns, row, steps_within, threads, times
from lowdiff_lib.datasets.mixtures import mixture
from lowdiff_lib.experiments.faces import PROFILES
from lowdiff_lib.experiments.studies import training_set_size
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training.trainer import Trainer

PROCESSES = 2
ARMS = ("told", "ncsn", "ssm")  # of the paper


def mixture_runs() -> list[RunSpec]:
    """Every run on mixtures that the profile `paper` asks for, once: other studies look at the same ones."""
    return [spec for arm in ARMS for spec in training_set_size.study.plan("paper", arm).specs]


def face_runs() -> tuple[RunSpec, int]:
    """The run that the profile `paper` asks for on faces, and how many such."""
    budget = PROFILES["paper"]
    spec = spec_of(budget.resolution, budget.channels, budget.blocks, budget.batch)
    return dataclasses.replace(spec, steps=budget.steps), 3 * len(budget.sizes) * budget.repetitions


@lru_cache
def per_sample(kind: RunSpec) -> float:
    """Floating-point operations of training for each sample of a batch."""
    trainer = Trainer([kind])
    trainer.block = 1
    return flops(trainer.train().__next__) / kind.batch


def kind_of(spec: RunSpec) -> RunSpec:
    """What decides the arithmetic of a sample, as a run with a small batch on few data."""
    return short(dataclasses.replace(spec, n_train=4, side="A", split=0, seed=0, batch=4))


def rows(scale: Scale) -> Rows:
    mixtures = mixture_runs()
    faces, count = face_runs()
    with threads(1):
        for dim in (2, 100):
            mine = [spec for spec in mixtures if mixture(spec.dataset).dim == dim]
            work = sum(per_sample(kind_of(spec)) * spec.batch * spec.steps for spec in mine)
            measured = [dataclasses.replace(mine[0], seed=seed, steps=10**6, n_train=1000) for seed in range(3)]
            yield from _estimate(f"mixtures in {dim}-D, {len(mine):,} runs", work, measured, scale)
        work = count * per_sample(kind_of(faces)) * faces.batch * faces.steps
        small = short(dataclasses.replace(faces, batch=scale.pick(2, 4)))
        yield from _estimate(f"faces at {faces.resolution}x{faces.resolution}, {count} runs", work, [small], scale)


def _estimate(case: str, work: float, measured: list[RunSpec], scale: Scale) -> Rows:
    """work: floating-point operations of all runs. measured: a stack of that kind, whose speed is taken."""
    trainer = Trainer(measured)
    trainer.block = 1
    step = trainer.train().__next__
    each = flops(step)
    steps = steps_within(step, scale.budget)
    taken = in_turns({"ours": times(steps, step)}, scale.pick(1, 4))["ours"]
    rate = each * steps / taken
    yield row("paper", case, "PFLOP", [work / 1e15])
    yield row("paper", case, "hours", work / rate / PROCESSES / 3600)


if __name__ == "__main__":
    alone(rows, __doc__)
