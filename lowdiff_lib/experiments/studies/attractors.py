"""What a denoiser returns to when it is applied again and again, on mixtures: training points, modes, or neither.

And what holds a point there: how large a perturbation it survives, and the slope of the denoiser along the data and
across them.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from lowdiff_lib.experiments.mixtures import GRID, MixtureBench
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.samplers import HasResidual, Sampler, fixed_points, noise_schedule, probability_flow
from lowdiff_lib.tables.levels import first_below

SIGMAS = (0.1, 0.3)
STARTS = 64
RADII = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # of perturbations, in units of the noise at that level
FLOW = (0.005, 24)  # where the score is followed to, in how many steps

_AT_MODE = "share of perturbed {} points within sigma / 2 of a point where the exact denoiser rests"
_AT_TRAINING = "share that else rests nearer to a training point than a third of the second nearest distance"
_FLOWS = "share that ends at a training point, followed down in noise instead"
_RETURNS = "share that rests within sigma of where the unperturbed {} point comes to rest"
_RADIUS = "the perturbation that half of the {} points survive, from 0.5 to 16"
METRICS = {
    "rests_at_mode_train": Metric(_AT_MODE.format("training")),
    "rests_at_mode_held_out": Metric(_AT_MODE.format("held-out")),
    "rests_at_training_point_train": Metric(f"{_AT_TRAINING} (starts: training points)"),
    "rests_at_training_point_held_out": Metric(f"{_AT_TRAINING} (starts: held-out points)"),
    "flows_to_training_point_train": Metric(f"{_FLOWS} (starts: training points)"),
    "flows_to_training_point_held_out": Metric(f"{_FLOWS} (starts: held-out points)"),
    "returns_train": Metric(_RETURNS.format("training")),
    "returns_held_out": Metric(_RETURNS.format("held-out")),
    "basin_radius_train": Metric(_RADIUS.format("training"), "sigma z"),
    "basin_radius_held_out": Metric(_RADIUS.format("held-out"), "sigma z"),
    "jacobian": Metric("mean of v' (dD/dy) v for random unit v, at noisy held-out points; 1 keeps what is there"),
    "jacobian_tangential": Metric("the same for v along the data"),
    "jacobian_normal": Metric("the same for v across the data"),
}
TRAIN = (
    "rests_at_training_point_train",
    "rests_at_mode_train",
    "flows_to_training_point_train",
    "returns_train",
    "basin_radius_train",
)
HELD_OUT = (
    "rests_at_training_point_held_out",
    "rests_at_mode_held_out",
    "flows_to_training_point_held_out",
    "returns_held_out",
    "basin_radius_held_out",
)
SLOPE = {"": "jacobian", "_tangential": "jacobian_tangential", "_normal": "jacobian_normal"}


def measure(bench: MixtureBench, sampler: Sampler = probability_flow) -> Iterator[Value]:
    """Where A comes to rest, iterated at one noise level from points perturbed by noise of that level.

    Beside it the exact denoiser, under which points return too, and the identity: those that were hardly perturbed.
    """
    model, exact, train = bench.model("A"), bench.exact, bench.train().double()
    held_out, component = bench.held_out(STARTS)
    frame = bench.frame(component)
    for sigma in SIGMAS:
        noise, modes = sigma * bench.noise(held_out), fixed_points(exact, held_out, sigma)
        there = {"exact": fixed_points(exact, held_out + noise, sigma) - modes, "identity": noise}
        for who, off in there.items():
            yield Value("returns_held_out", who, sigma, metrics.share(off.norm(dim=1) < sigma))
        for points, names in ((train[:STARTS], TRAIN), (held_out, HELD_OUT)):
            found = _rests(bench, points, train, modes, sigma, sampler)
            for metric, value in zip(names, found, strict=True):
                yield Value(metric, "A", sigma, value)
        y = held_out + noise
        for who, denoiser in (("A", model), ("exact", exact)):
            for direction, v in frame.directions(bench.repetition).items():
                yield Value(SLOPE[direction], who, sigma, _slope(denoiser, y, v, sigma))


def _rests(
    bench: MixtureBench, points: Tensor, train: Tensor, modes: Tensor, sigma: float, sampler: Sampler
) -> tuple[float, ...]:
    """Where points [n, dim] end that are perturbed more and more, and what the ends are, in the order of TRAIN."""
    model, noise = bench.model("A"), sigma * bench.noise(points)
    starts = torch.cat([points, *(points + radius * noise for radius in RADII)])
    unperturbed, *perturbed = fixed_points(model, starts, sigma).split(len(points))
    rests = perturbed[RADII.index(1.0)]
    at_mode = torch.cdist(rests, modes).amin(1) < sigma / 2
    memorised = metrics.is_memorised(rests, train, alone=sigma) & ~at_mode
    flown = sampler(model, points + noise, noise_schedule(sigma, *FLOW))[-1]
    returns = [metrics.share((rest - unperturbed).norm(dim=1) < sigma) for rest in perturbed]
    return (
        metrics.share(memorised),
        metrics.share(at_mode),
        metrics.share(metrics.is_memorised(flown, train, alone=sigma)),
        returns[RADII.index(1.0)],
        _radius(returns),
    )


def _radius(returns: list[float]) -> float:
    """The perturbation of RADII, or between them, from which the share of returns is below a half."""
    found = first_below(RADII, returns, 0.5)
    return RADII[-1] if found is None else found


def _slope(denoiser: HasResidual, y: Tensor, v: Tensor, sigma: float) -> float:
    """Mean over points of v' (dD/dy) v, by a central difference over a tenth of sigma; v [n, dim] of unit length."""
    step = 0.05 * sigma * v
    change = denoiser.residual(y + step, sigma) - denoiser.residual(y - step, sigma)
    return 1 + float(((change / (0.1 * sigma)) * v).sum(1).mean())


study = Study(
    "attractors",
    "What do perturbed points return to when a denoiser is applied again and again?",
    GRID,
    METRICS,
    measure,
)
