"""What comes back when a point is disturbed as the paper's authors disturb pictures, and their sampler goes on from it.

Noise everywhere, noise in a random part, or that part hidden; on mixtures the part is a random half of the coordinates,
and what is hidden is set to the mean. `face_perturbed` asks the same of faces.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from lowdiff_lib.experiments.mixtures import GRID, MixtureBench
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.samplers import HasResidual, stochastic_ascent
from lowdiff_lib.models.reference import Identity
from lowdiff_lib.specs import UNTOLD

SIGMAS = (0.1, 0.5)  # of the noise, where there is any
STARTS = 16  # of each kind: training samples of A, held-out ones
OTHERS = 80  # held-out samples whose distances say what is near
MOST = 1000  # steps of the sampler; who is not at rest by then has run away
FAR = 10.0  # times the distance of two at random: as this counts whoever ended further off, or ran away
KINDS = ("everywhere", "part", "hidden")
POINTS = ("train", "held_out")


def metrics_of(sample: str, part: str, hidden: str, unit: str) -> dict[str, Metric]:
    """The metrics of a grid whose samples, parts and hidden parts are called so; see NAMES."""
    how = {"everywhere": "noise everywhere", "part": f"noise in {part}", "hidden": hidden}
    of = {"train": f"training {sample}s of A", "held_out": f"held-out {sample}s"}
    near = f"nearer than a held-out {sample} is to the nearest other of {OTHERS}, in the median,"
    found = {}
    for kind, words in how.items():
        for points, whose in of.items():
            found[f"returned_{kind}_{points}"] = Metric(f"share of {whose} that end {near} to the original; {words}")
            found[f"copied_{kind}_{points}"] = Metric(
                f"share of {whose} that end as a copy of a training {sample} of that model; {words}"
            )
        found[f"together_{kind}"] = Metric(f"share of starts from which two models end {near} to each other; {words}")
        found[f"distance_{kind}"] = Metric(
            f"median distance of the end to the original, or of two ends (A-B); who ran away counts {FAR:g}; {words}",
            unit,
        )
        found[f"ran_away_{kind}"] = Metric(f"share of starts from which the sampler did not come to an end; {words}")
    return found


METRICS = metrics_of("point", "a random half of the coordinates", "a random half set to the mean", "two points")


class Place(NamedTuple):
    """Where points are disturbed and what is near: originals [n, *shape], the first half training samples of A.

    others: held-out samples [m, *shape]. noise: of unit size, and mask: which part is disturbed, both like originals.
    fill: what hidden parts are set to. seed: of the sampler.
    """

    originals: Tensor
    others: Tensor
    noise: Tensor
    mask: Tensor
    fill: Tensor | float
    seed: int

    def disturbed(self, sigmas: Sequence[float] = SIGMAS) -> Iterator[tuple[str, float, Tensor]]:
        """Kind, noise level (0 where there is no noise) and the disturbed points, one disturbance after the other."""
        for sigma in sigmas:
            yield "everywhere", sigma, self.originals + sigma * self.noise
            yield "part", sigma, self.originals + sigma * self.mask * self.noise
        yield "hidden", 0.0, self.originals.where(~self.mask, torch.as_tensor(self.fill, dtype=torch.float64))


def outcomes(
    place: Place,
    denoisers: Mapping[str, HasResidual],
    known: Mapping[str, Tensor],
    pairs: Mapping[str, tuple[str, str]],
    only_paired: Collection[str] = (),
) -> Iterator[Value]:
    """What becomes of disturbed points under each denoiser, and how far the ends of `pairs` of them are apart.

    known: the training samples of those that have any, [n, *shape], real numbers. only_paired: who is only compared
    with others. A denoiser that asks for a noise
    level is told the root mean square of what was done to the points; from then on the sampler reads it off the answer.
    """
    between = torch.pdist(place.others.flatten(1))
    unit, near = float(between.median()), nearest(place.others)
    disturbances, n = list(place.disturbed()), len(place.originals)
    starts = torch.cat([each for _, _, each in disturbances])
    denoisers = {**denoisers, "identity": Identity(place.others)}  # what was near before anything was done
    levels = torch.tensor([metrics.rms(each - place.originals) for _, _, each in disturbances]).repeat_interleave(n)
    found = {who: stochastic_ascent(each, starts, levels, place.seed, most=MOST) for who, each in denoisers.items()}
    aside = {who: each.ran_away.split(n) for who, each in found.items()}
    ends = {who: each.ends.split(n) for who, each in found.items()}
    halves = dict(zip(POINTS, torch.arange(n).chunk(2), strict=True))
    for k, (kind, sigma, _) in enumerate(disturbances):
        for who in (name for name in denoisers if name not in only_paired):
            off = _apart(ends[who][k], place.originals, aside[who][k])
            yield Value(f"ran_away_{kind}", who, sigma, metrics.share(aside[who][k]))
            yield Value(f"distance_{kind}", who, sigma, _median(off, unit))
            for points, half in halves.items():
                yield Value(f"returned_{kind}_{points}", who, sigma, metrics.share(off[half] < near))
            if who in known:
                copied = metrics.copies(ends[who][k], known[who], place.others) & ~aside[who][k]
                for points, half in halves.items():
                    yield Value(f"copied_{kind}_{points}", who, sigma, metrics.share(copied[half]))
        for pair, (one, other) in pairs.items():
            apart = _apart(ends[one][k], ends[other][k], aside[one][k] | aside[other][k])
            yield Value(f"together_{kind}", pair, sigma, metrics.share(apart < near))
            yield Value(f"distance_{kind}", pair, sigma, _median(apart, unit))


def nearest(others: Tensor) -> float:
    """The median distance of one of some samples [m, *shape] to the nearest other one."""
    distances = torch.cdist(others.flatten(1), others.flatten(1)).fill_diagonal_(float("inf"))
    return float(distances.amin(1).median())


def _apart(first: Tensor, second: Tensor, away: Tensor) -> Tensor:
    """Distances of points [n, *shape] and their partners, [n]; infinite where a sampler ran away."""
    return (first - second).flatten(1).norm(dim=1).masked_fill(away, float("inf"))


def _median(distances: Tensor, unit: float) -> float:
    return float((distances / unit).clamp(max=FAR).median())


def measure(bench: MixtureBench) -> Iterator[Value]:
    """On a mixture, beside the best that is possible: the exact denoiser, or for networks not told the best blind."""
    train, others = bench.train().double(), bench.held_out(OTHERS)[0]
    originals = torch.cat([train[torch.arange(STARTS) % len(train)], others[:STARTS]])
    order = torch.rand(originals.shape, generator=torch.Generator().manual_seed(bench.repetition)).argsort(1)
    mask, mean = order < bench.dim // 2, bench.scale.mean.double()
    place = Place(originals, others, bench.noise(originals), mask, mean, bench.repetition)
    best: dict[str, HasResidual] = (
        {"best blind": bench.blind} if bench.spec.parametrisation in UNTOLD else {"exact": bench.exact}
    )
    known = {"A": train, "B": bench.train("B").double(), "twin": train}
    pairs = {pair: (one, other) for pair, one, other in bench.pairs}
    yield from outcomes(place, {**bench.models, **best}, known, pairs)


study = Study(
    "perturbed",
    "What comes back when a point is disturbed and the paper's sampler goes on from it?",
    GRID,
    METRICS,
    measure,
    arms=("told", "blind"),
)
