"""Where the reverse trajectories of two models part, on mixtures, beside the trajectory of the exact score."""

from collections.abc import Iterator, Sequence

import pandas as pd
from torch import Tensor

from lowdiff_lib.experiments import published
from lowdiff_lib.experiments.mixtures import GRID, MixtureBench, plane
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.samplers import HasResidual, Sampler, noise_schedule, probability_flow

SIGMA_MAX, SIGMA_MIN, STEPS = 10.0, 0.005, 48
LEVELS = noise_schedule(SIGMA_MAX, SIGMA_MIN, STEPS)
STARTS = 128

METRICS = {
    "trajectory_distance": Metric(
        "root mean square distance of two trajectories from the same starts over the standard deviation of the data"
    )
}


def starts(bench: MixtureBench, count: int) -> Tensor:
    """Points of the noisy data at SIGMA_MAX, [count, dim]: held-out samples with noise."""
    x, _ = bench.held_out(count)
    return x + SIGMA_MAX * bench.noise(x)


def measure(bench: MixtureBench, sampler: Sampler = probability_flow) -> Iterator[Value]:
    """Distance of A's trajectories to those of B, of the twin, of the exact score and of the ideal denoiser."""
    start = starts(bench, STARTS)
    denoisers: dict[str, HasResidual] = {**bench.models, "exact": bench.exact, "ideal": bench.ideal}
    flows = {who: sampler(denoiser, start, LEVELS) for who, denoiser in denoisers.items()}
    sd = bench.scale.sd * start.shape[1] ** 0.5
    compared = {pair: other for pair, _, other in bench.pairs} | {"A-exact": "exact", "A-ideal": "ideal"}
    for pair, other in compared.items():
        for index in range(0, len(LEVELS), 4):
            value = metrics.rms_distance(flows["A"][index], flows[other][index]) / sd
            yield Value("trajectory_distance", pair, LEVELS[index], value)


study = Study("trajectories", "Where do the reverse trajectories of two models part?", GRID, METRICS, measure)


def drawn(profile: str = "quick", dataset: str = "spiral", sizes: Sequence[int] = (), count: int = 6) -> pd.DataFrame:
    """A few trajectories of a 2-D mixture in full, under A, B and the exact score: see `published.ends`.

    Columns: dataset, n_train, who (A, B, exact), start, sigma, u, v.
    """
    tables = []
    for bench in published.ends(profile, dataset, sizes):
        start = starts(bench, count)
        for who, denoiser in {"A": bench.model("A"), "B": bench.model("B"), "exact": bench.exact}.items():
            for index, path in enumerate(probability_flow(denoiser, start, LEVELS).unbind(1)):
                columns = {"dataset": dataset, "n_train": bench.spec.n_train, "who": who, "start": index}
                columns["sigma"] = LEVELS
                tables.append(pd.DataFrame(columns | {"u": path[:, 0], "v": path[:, 1]}))
    return pd.concat(tables, ignore_index=True)


def branch_map(
    profile: str = "quick", dataset: str = "spiral", sizes: Sequence[int] = (), points: int = 36
) -> pd.DataFrame:
    """How far apart the ends are of trajectories that start at the same place of the plane: a map of the starts.

    Columns: n_train, who (A-B, A-twin), u, v (the start at SIGMA_MAX), distance (data units); `points` a side.
    """
    start = plane(points, 2 * SIGMA_MAX)
    tables = []
    for bench in published.ends(profile, dataset, sizes):
        found = {role: probability_flow(model, start, LEVELS)[-1] for role, model in bench.models.items()}
        for pair, one, other in bench.pairs:
            columns = {"n_train": bench.spec.n_train, "who": pair, "u": start[:, 0], "v": start[:, 1]}
            tables.append(pd.DataFrame(columns | {"distance": (found[one] - found[other]).norm(dim=1)}))
    return pd.concat(tables, ignore_index=True)
