"""The grid of the mixtures, where the truth is known: how much is trained, which arms there are, and the bench."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from lowdiff_lib.base.checks import choose
from lowdiff_lib.datasets.mixtures import SIX, check_mixture, check_n, is_random, mixture, mixture_samples
from lowdiff_lib.datasets.samples import Scale, scale, training_samples
from lowdiff_lib.experiments.arms import MIXTURES
from lowdiff_lib.experiments.grid import Bench, Grid
from lowdiff_lib.experiments.profiles import PUBLISHED, trained
from lowdiff_lib.measures.frame import Frame
from lowdiff_lib.models.blind import BlindExact, prior_of
from lowdiff_lib.specs import RunSpec

MANY = 20  # dimensions from which on a network is as for 100
SIZES = (1, 10, 100, 1000, 10_000, 100_000)


@dataclass(frozen=True)
class Budget:
    """How much to train in one profile. steps: of data in few dimensions (2), and of those in many (100)."""

    datasets: tuple[str, ...]
    sizes: tuple[int, ...]
    repetitions: int
    steps: dict[int, int]
    batch: int


PROFILES = {
    "smoke": Budget(("spiral",), (10, 100), 1, {2: 64, 100: 32}, 64),
    "quick": Budget(("spiral", "hd-sharpcov"), SIZES[1:5], 2, {2: 2400, 100: 800}, 256),
    "full": Budget(SIX, SIZES, 3, {2: 8000, 100: 2500}, 256),
    "paper": Budget(SIX, SIZES, 5, {2: 24_000, 100: 12_000}, 512),
}


def including(dataset: str, profile: str) -> tuple[str, ...]:
    """The data sets of a profile, and this one if it is not among them; none named, where that means all published."""
    if profile == PUBLISHED and dataset in SIX:
        return ()
    return tuple(dict.fromkeys([*choose(PROFILES, trained(profile), "profile").datasets, check_mixture(dataset)]))


class MixtureBench(Bench):
    """What is measured of one case: its models, the exact mixture, references, and noisy points. All float64."""

    @cached_property
    def exact(self):
        """The mixture that the samples are from; a denoiser, too."""
        return mixture(self.spec.dataset, self.spec.draw)

    @property
    def dim(self) -> int:
        return self.exact.dim

    @property
    def scale(self) -> Scale:
        """Mean and standard deviation of the data."""
        return scale(self.spec.dataset, draw=self.spec.draw)

    def held_out(self, count: int) -> tuple[Tensor, Tensor]:
        """Points that no model has seen, [count, dim], and the component that each is from, [count]."""
        return mixture_samples(self.spec.dataset, "held-out", count, self.repetition, self.spec.draw)

    def frame(self, component: Tensor) -> Frame:
        """Directions along the data and across them, at points of these components."""
        return Frame(self.exact, component)

    def train(self, side: str = "A", count: int = 0) -> Tensor:
        """The training samples of a side, or the first `count` of them, float32 [n, dim]."""
        spec = self.spec
        return training_samples(spec.dataset, 0, side, count or spec.n_train, self.repetition, spec.draw)

    @cached_property
    def blind(self) -> BlindExact:
        """The best denoiser that is not told the noise level, where levels are drawn as in training."""
        return BlindExact(self.exact, prior_of(self.spec, self.scale.sd))


class _Mixtures(Grid):
    name = "mixtures"
    profiles = PROFILES
    arms = MIXTURES
    bench = MixtureBench

    def named(self, datasets: Sequence[str], profile: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(datasets or choose(PROFILES, profile, "profile").datasets))

    def network(self, dataset: str, profile: str) -> RunSpec:
        """As every grid; of 100-D data that are wide in every direction the network learns the score itself.

        There it stays of order 1 at low noise (output_power 2). Along thin directions it grows like 1 / sigma, and
        output_power 1 fits.
        """
        budget, flat = choose(PROFILES, profile, "profile"), mixture(check_mixture(dataset)).dim < MANY
        common = RunSpec(dataset, n_train=1, steps=budget.steps[2 if flat else 100], batch=budget.batch)
        if flat:
            return dataclasses.replace(common, width=128, input_gain=3.0, output_power=1, lr=5e-3)
        thin = float(mixture(dataset).eigenvalues.min()) < 0.1**2
        return dataclasses.replace(common, width=256, output_power=1 if thin else 2, lr=2e-3)

    def n_train(self, size: int, profile: str, spec: RunSpec, repetition: int) -> int:
        return check_n(mixture(spec.dataset), size or choose(PROFILES, profile, "profile").sizes[-1])

    def drawn(self, spec: RunSpec, repetition: int) -> RunSpec:
        return dataclasses.replace(spec, draw=repetition if is_random(spec.dataset) else 0)


GRID = _Mixtures()


def plane(points: int, reach: float = 5.0) -> Tensor:
    """A square grid of `points` a side around the middle of the plane, float64 [points^2, 2]."""
    side = torch.linspace(-reach, reach, points, dtype=torch.float64)
    v, u = torch.meshgrid(side, side, indexing="ij")
    return torch.stack([u, v], -1).reshape(-1, 2)
