"""The grid of the faces: how much is trained, which arms there are, and the bench.

It is the one way to the training faces of a run and to the faces that no model has seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from lowdiff_lib.base.checks import choose
from lowdiff_lib.base.errors import DataNotFound, LowdiffError
from lowdiff_lib.datasets.faces import as_float
from lowdiff_lib.datasets.photographs import celeba
from lowdiff_lib.datasets.photographs.find import name_of
from lowdiff_lib.datasets.samples import faces, stored_samples
from lowdiff_lib.experiments.arms import FACES
from lowdiff_lib.experiments.grid import Bench, Grid
from lowdiff_lib.experiments.profiles import PUBLISHED, trained
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.tables import manifest
from lowdiff_lib.tables.tidy import called

TESTED = 80  # faces of a kind, training or held-out, that a gain or a cosine is measured on


@dataclass(frozen=True)
class Budget:
    """How much to train in one profile. A size of 0 means the largest that a side holds."""

    sizes: tuple[int, ...]
    repetitions: int
    resolution: int
    channels: int
    blocks: int
    steps: int
    batch: int
    precision: str = "float32"


PROFILES = {
    "smoke": Budget((10, 0), 1, 20, 4, 2, 16, 8),
    "quick": Budget((1, 10, 0), 2, 20, 16, 2, 250, 32),
    "full": Budget((1, 10, 100, 1000, 0), 2, 20, 32, 2, 1000, 64),
    "paper": Budget((1, 10, 100, 1000, 10_000, 0), 3, 80, 64, 3, 60_000, 512, "bfloat16"),
}


def source_of(source: str) -> str:
    """`auto` becomes `celeba` where it is installed, else `faces` (AT&T, which come with the install)."""
    if source != "auto":
        return source
    try:
        celeba.locate()
    except DataNotFound:
        return "faces"
    return "celeba"


def people(profile: str = "quick", datasets: Sequence[str] = ()) -> str:
    """Whether the people on one side are on the other, or held out, in words for a reader; for the first data set.

    And whether they were in the published table of these faces, if it says so and the answer is another.
    """
    known = manifest.find("denoising_faces/told")
    apart, so, theirs = None, "", ""
    if known and (apart := known.entry.get("people_apart")) is not None:
        so = "nobody is in two parts" if apart else "people were not kept apart: some may be in two parts"
        theirs = called([known.entry["settings"].get("dataset", "")])
        if profile == PUBLISHED:
            return f"In the published tables of this page, on {theirs}, {so}."
    here = faces(source_of([*datasets, "auto"][0]), choose(PROFILES, trained(profile), "profile").resolution)
    if apart is None or apart is (here.identity is not None):
        return here.people
    return f"{here.people} In the published table on {theirs} {so}."


def pictured(datasets: Sequence[str] = ()) -> str:
    """Which faces the networks behind pictures saw, in words for a reader: those are trained here, not published."""
    source = source_of([*datasets, "auto"][0])
    if source == "faces":
        att = "the AT&T faces {cite:p}`samaria1994`"
        return f"CelebA may not be shown here, so these are small networks, trained on {att}."
    cited = " {cite:p}`liu2015`, which may not be passed on" if source == "celeba" else ""
    return f"These are networks trained on this machine, on {called([name_of(source)])}{cited}."


def check(source: str, profile: str, face: int = 0, sizes: Sequence[int] = ()) -> None:
    """Raise LowdiffError if the faces of a source do not divide into sides, or lack that face, or that many a side.

    So that it is known before anything is trained. face: its number among those that are tested.
    """
    split = faces(source_of(source), choose(PROFILES, trained(profile), "profile").resolution).split()
    tested = min(TESTED, len(split.held_out))
    if not 0 <= face < tested:
        raise LowdiffError(f"face is {face}; it must be from 0 to {tested - 1}")
    for n_train in sizes:
        split.take("A", n_train or split.size)


class FaceBench(Bench):
    """What is measured of one case: its models, references, training faces and held-out ones, [n, 1, r, r] in [0, 1].

    Everything is float64 but `train`, which are pixels as they are stored: 100,000 faces of 80 x 80 need 0.64 GB.
    """

    @property
    def dim(self) -> int:
        return self.spec.resolution**2

    @cached_property
    def _set(self):
        found = faces(self.spec.dataset, self.spec.resolution)
        return found, found.split(self.spec.split)

    @property
    def largest(self) -> int:
        """How many faces a side holds."""
        return self._set[1].size

    def train(self, side: str = "A", count: int = 0) -> Tensor:
        """The training faces of a side, or the first `count` of them, uint8."""
        spec = self.spec
        return stored_samples(spec.dataset, spec.resolution, side, count or spec.n_train, spec.split)

    def seen(self, side: str = "A", count: int = 0) -> Tensor:
        """As `train`, as numbers."""
        return as_float(self.train(side, count)).double()

    def held_out(self, count: int | None = None) -> Tensor:
        """The faces that no model has seen, or the first `count` of them."""
        found, split = self._set
        return found.tensor(split.held_out[:count]).double()

    def face(self, number: int) -> Tensor:
        """One of the held-out faces that are tested, [1, 1, r, r]. Raises LowdiffError for another number."""
        some = self.held_out(TESTED)
        if not 0 <= number < len(some):
            raise LowdiffError(f"face is {number}; it must be from 0 to {len(some) - 1}")
        return some[number : number + 1]


class _Faces(Grid):
    name = "faces"
    profiles = PROFILES
    arms = FACES
    bench = FaceBench

    def named(self, datasets: Sequence[str], profile: str) -> tuple[str, ...]:
        """A data set is "auto", "faces", "celeba" or the path of a folder of portraits."""
        return tuple(dict.fromkeys(source_of(name) for name in datasets or ("auto",)))

    def network(self, dataset: str, profile: str) -> RunSpec:
        budget = choose(PROFILES, profile, "profile")
        return RunSpec(
            dataset, n_train=1, network="unet", width=budget.channels, depth=budget.blocks,
            resolution=budget.resolution, steps=budget.steps, batch=budget.batch, lr=2e-3, sigma_min=0.005,
            sigma_max=2.0, precision=budget.precision,
        )  # fmt: skip

    def that_fit(self, sizes: Sequence[int], spec: RunSpec) -> Sequence[int]:
        largest = faces(spec.dataset, spec.resolution).split().size
        return [size for size in sizes if size < largest]

    def n_train(self, size: int, profile: str, spec: RunSpec, repetition: int) -> int:
        split = faces(spec.dataset, spec.resolution).split(repetition)
        return len(split.take("A", size or split.size))


GRID = _Faces()
