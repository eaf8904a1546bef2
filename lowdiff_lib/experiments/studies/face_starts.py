"""Where two models end that start from one photograph with a little noise, or much: the paper's own comparison.

By the paper's sampler, stochastic ascent (`study`), and by the probability flow (`flow`).
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from lowdiff_lib.experiments.faces import GRID, TESTED, FaceBench
from lowdiff_lib.experiments.studies.face_attractors import between_faces
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.samplers import Ascent, HasResidual, noise_schedule, probability_flow, stochastic_ascent

SIGMAS = (0.0, 0.01, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5)  # of the noise at the start, as in the authors' tables
STARTS = 12
FLOW_STEPS = 20
MOST = 1000  # steps of the paper's sampler, which takes about 500 from σ = 1; who is not at rest by then has run away

METRICS = {
    "output_cosine": Metric("mean over starts of the cosine of the two outputs, as the authors take it"),
    "output_cosine_centred": Metric("the same, the mean face subtracted from both"),
    "output_distance": Metric("median distance of the two outputs", "two faces"),
    "change": Metric("median over starts of the norm of output less start, per square root of pixels"),
    "ran_away": Metric("share of starts from which a sampler did not come to an end"),
}
Follow = Callable[[HasResidual, Tensor, float, int], Ascent]


def ascend(denoiser: HasResidual, y: Tensor, sigma: float, seed: int) -> Ascent:
    """By the paper's sampler."""
    return stochastic_ascent(denoiser, y, sigma, seed, most=MOST)


def descend(denoiser: HasResidual, y: Tensor, sigma: float, seed: int) -> Ascent:
    """Down the probability flow, which needs a noise level to start at: 0.01 at least."""
    ends = probability_flow(denoiser, y, noise_schedule(max(sigma, 0.011), 0.01, FLOW_STEPS))[-1]
    away = ~torch.isfinite(ends).flatten(1).all(1)
    return Ascent(ends, torch.full((len(y),), FLOW_STEPS), away)


def measure(bench: FaceBench, follow: Follow = ascend) -> Iterator[Value]:
    """From held-out photographs with noise: how alike the outputs of two models are, and how far off the start."""
    x = bench.held_out(STARTS)
    z, middle = bench.noise(x), bench.held_out().mean(0)
    apart = between_faces(bench.held_out(TESTED))
    denoisers: dict[str, HasResidual] = dict(bench.models)
    pairs = {pair: (one, other) for pair, one, other in bench.pairs}
    if bench.references:
        denoisers |= {"wiener": bench.wiener, "wiener of B": bench.wiener_of_b}
        pairs["wiener pair"] = ("wiener", "wiener of B")
    for sigma in SIGMAS:
        start = x + sigma * z
        found = {who: follow(denoiser, start, sigma, bench.repetition) for who, denoiser in denoisers.items()}
        for who in ("A", "B"):
            off = (found[who].ends - start)[~found[who].ran_away]
            if len(off):
                yield Value("change", who, sigma, float(metrics.sizes(off).median()))
            yield Value("ran_away", who, sigma, metrics.share(found[who].ran_away))
        for pair, (one, other) in pairs.items():
            kept = ~(found[one].ran_away | found[other].ran_away)
            if not bool(kept.any()):
                continue
            first, second = found[one].ends[kept], found[other].ends[kept]
            yield Value("output_cosine", pair, sigma, float(metrics.cosines(first, second).diag().mean()))
            centred = metrics.cosines(first - middle, second - middle).diag()
            yield Value("output_cosine_centred", pair, sigma, float(centred.mean()))
            distance = (first - second).flatten(1).norm(dim=1).median()
            yield Value("output_distance", pair, sigma, float(distance) / apart)


study = Study(
    "face_starts",
    "Where do two models end that start from one photograph with noise, by the paper's sampler?",
    GRID,
    METRICS,
    measure,
    arms=("told", "blind"),
)
flow = Study(
    "face_starts_flow",
    "Where do they end by the probability flow?",
    GRID,
    METRICS,
    partial(measure, follow=descend),
    arms=("told", "blind"),
)
