"""What the two grids have in common: their cases, and what a measurement of a case is given.

A grid says which networks are trained at some scale: for each data set, training-set size and repetition the models A,
B and twin, in the variation of an arm (`arms`).
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import Tensor

from lowdiff_lib.base.checks import choose, whole, wholes
from lowdiff_lib.experiments.arms import Arm, times
from lowdiff_lib.experiments.profiles import trained
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import HasResidual
from lowdiff_lib.models.denoiser import Denoiser
from lowdiff_lib.models.reference import IdealDenoiser, WienerDenoiser
from lowdiff_lib.specs import RunSpec, trio
from lowdiff_lib.training import runs, sweep

PAIRS = {"A-B": ("A", "B"), "A-twin": ("A", "twin")}
MOST_REPETITIONS = 100  # of a size; each is three trainings, at least
BESIDE = {"told A-told twin": ("told A", "told twin"), "A-told A": ("A", "told A")}


@dataclass(frozen=True)
class Case:
    """One place in a grid: the runs that are compared there, by role, in which repetition of which arm."""

    arm: Arm
    runs: Mapping[str, RunSpec]  # such as {"A": ..., "B": ..., "twin": ...}
    repetition: int

    @property
    def spec(self) -> RunSpec:
        """That of A, which has what all of them share."""
        return self.runs["A"]

    @property
    def step(self) -> int:
        """How far its runs are trained when they are measured."""
        return self.spec.steps

    def __str__(self) -> str:
        of = self.spec
        return f"{of.dataset}, n_train {of.n_train:,}, arm {self.arm.name}, repetition {self.repetition}"


class Grid:
    """Which networks are trained at which scale, and what a measurement of them is given."""

    name: str
    profiles: Mapping[str, Any]
    arms: Mapping[str, Arm]
    bench: type["Bench"]

    def cases(
        self, profile: str, arm: str, datasets: Sequence[str] = (), sizes: Sequence[int] = (), repetitions: int = 0
    ) -> list[Case]:
        """The places of an arm, each once. What is left empty the arm decides, then the profile.

        sizes: n_train; 0 is the largest there is. repetitions: 0 is as many as the profile has.
        Raises LowdiffError, TooFewSamples, DataNotFound.
        """
        profile = trained(profile)
        budget, variant = choose(self.profiles, profile, "profile"), arm_of(self, arm)
        within, asked = variant.within(profile), wholes("sizes", sizes)
        whole("repetitions", repetitions, 0, MOST_REPETITIONS)
        places: dict[tuple, list[Case]] = {}
        for dataset in self.named(datasets or within.datasets, profile):
            base = self.network(dataset, profile)
            for size in asked or self.that_fit(within.sizes or budget.sizes, variant.change(base)):
                once = not repetitions and within.repeated is not None and size not in within.repeated
                for repetition in range(1 if once else repetitions or budget.repetitions):
                    n_train = self.n_train(size, profile, variant.change(base), repetition)
                    runs = trio(self.drawn(dataclasses.replace(base, n_train=n_train), repetition), repetition)
                    places[dataset, n_train, repetition] = list(cases_of(variant, runs, repetition))
        return [case for found in places.values() for case in found]

    def named(self, datasets: Sequence[str], profile: str) -> tuple[str, ...]:
        """The data sets that are meant, each once; those of the profile where none is named."""
        raise NotImplementedError

    def network(self, dataset: str, profile: str) -> RunSpec:
        """The network and its training, shared by every size, side and seed of a data set."""
        raise NotImplementedError

    def that_fit(self, sizes: Sequence[int], spec: RunSpec) -> Sequence[int]:
        """Of sizes that nobody asked for, those that a side of the data of a spec can hold."""
        return sizes

    def n_train(self, size: int, profile: str, spec: RunSpec, repetition: int) -> int:
        """How many samples a size means for the data of a spec; 0 is the largest.

        Raises LowdiffError, before anything is trained, for more than there are.
        """
        raise NotImplementedError

    def drawn(self, spec: RunSpec, repetition: int) -> RunSpec:
        """With the draw of its data that a repetition has."""
        return spec


def arm_of(grid: Grid, name: str) -> Arm:
    """An arm of a grid. Raises LowdiffError that says which ones there are."""
    return choose(grid.arms, name, f"arm of {grid.name}")


def cases_of(arm: Arm, told: Mapping[str, RunSpec], repetition: int) -> Iterator[Case]:
    """The cases of an arm whose usual runs are `told`, by role: one, or one for each budget."""
    for budget in arm.budgets:
        usual = {role: times("steps", budget)(told[role]) for role in arm.roles}
        mine = {role: arm.change(spec) for role, spec in usual.items()}
        mine |= {f"told {role}": spec for role, spec in usual.items()} if arm.beside else {}
        yield Case(arm, mine, repetition)


def first(cases: Sequence[Case]) -> list[Case]:
    """The cases of the first repetition, which pictures are made of."""
    return [case for case in cases if case.repetition == 0]


def ends(cases: Sequence[Case]) -> list[Case]:
    """Of those the first and the last: the smallest and the largest n_train, as they are listed."""
    found = first(cases)
    return found if len(found) < 2 else [found[0], found[-1]]


def train(cases: Sequence[Case], *roles: str) -> None:
    """Train what is missing of some cases, of all roles or of these."""
    sweep.ensure([spec for case in cases for role, spec in case.runs.items() if not roles or role in roles])


class Bench:
    """What every bench has: the case, its models and who is compared with whom.

    models: by role, where they are not those of the store.
    """

    def __init__(self, case: Case, models: Mapping[str, HasResidual] | None = None):
        self.case, self.spec, self.repetition = case, case.spec, case.repetition
        self.references = case.arm.references
        self._loaded: dict[str, Any] = dict(models or {})

    def model(self, role: str) -> Denoiser:
        """The trained model of a role."""
        if role not in self._loaded:
            self._loaded[role] = runs.load(self.case.runs[role])
        return self._loaded[role]

    @property
    def models(self) -> dict[str, Denoiser]:
        """All of them, by role."""
        return {role: self.model(role) for role in self.case.runs}

    @property
    def pairs(self) -> Iterator[tuple[str, str, str]]:
        """Who is compared: the name of a pair and the roles of its two members, both of which are there."""
        for name, (one, other) in (BESIDE if self.case.arm.beside else PAIRS).items():
            if {one, other} <= self.case.runs.keys():
                yield name, one, other

    @property
    def dim(self) -> int:
        """Dimensions of a sample."""
        raise NotImplementedError

    def train(self, side: str = "A", count: int = 0) -> Tensor:
        """The training samples of a side, or the first `count` of them, as they are stored."""
        raise NotImplementedError

    def noise(self, x: Tensor, more: int = 0) -> Tensor:
        """Noise of unit size for samples [n, *shape], the same for every model of the repetition; other with `more`."""
        return unit_noise(x, self.repetition + more)

    @cached_property
    def ideal(self) -> IdealDenoiser:
        """The ideal denoiser of A's training samples."""
        return IdealDenoiser(self.train())

    @cached_property
    def wiener(self) -> WienerDenoiser:
        """The linear denoiser of A's training samples."""
        return WienerDenoiser(self.train())

    @cached_property
    def wiener_of_b(self) -> WienerDenoiser:
        """That of B's."""
        return WienerDenoiser(self.train("B"))
