"""Where the reverse trajectories of two models part, on mixtures, beside the trajectory of the exact score."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.datasets.mixtures import mixture, mixture_samples
from lowdiff_lib.datasets.samples import scale, training_samples
from lowdiff_lib.experiments.studies import training_set_size
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import noise_schedule, probability_flow
from lowdiff_lib.models.reference import IdealDenoiser
from lowdiff_lib.training import runs

SIGMA_MAX, SIGMA_MIN, STEPS = 10.0, 0.005, 48
STARTS = 128


def plan(*scale, **more) -> Plan:
    """The models of `training_set_size.plan`, with its arguments, followed from shared starting points."""
    return Plan(rows, training_set_size.plan(*scale, **more).cases)


def measure(*scale, **more) -> pd.DataFrame:
    """Distance between trajectories, against the noise level on the way down.

    Metric `trajectory_distance`: root mean square distance over the standard deviation of the data (pair A-B, twin,
    A-exact, A-ideal).
    """
    return plan(*scale, **more).measure()


def _starts(dataset: str, n: int, replicate: int) -> Tensor:
    """n points of the noisy data at SIGMA_MAX, [n, dim]: held-out samples with noise."""
    x, _ = mixture_samples(dataset, "held-out", n, replicate)
    return x + SIGMA_MAX * unit_noise(x, replicate)


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    a = case.runs["A"]
    start = _starts(a.dataset, STARTS, case.replicate)
    levels = noise_schedule(SIGMA_MAX, SIGMA_MIN, STEPS)
    ideal = IdealDenoiser(training_samples(a.dataset, 0, "A", a.n_train, case.replicate))
    flows = {name: probability_flow(runs.load(spec), start, levels) for name, spec in case.runs.items()}
    flows |= {"exact": probability_flow(mixture(a.dataset), start, levels)}
    flows |= {"ideal": probability_flow(ideal, start, levels)}
    row = {"dataset": a.dataset, "dim": start.shape[1], "n_train": a.n_train, "repetition": case.replicate}
    row |= {"objective": a.objective, "metric": "trajectory_distance"}
    sd = scale(a.dataset).sd * start.shape[1] ** 0.5
    for pair, other in (("A-B", "B"), ("A-twin", "twin"), ("A-exact", "exact"), ("A-ideal", "ideal")):
        for index in range(0, len(levels), 4):
            value = metrics.rms_distance(flows["A"][index], flows[other][index]) / sd
            yield row | {"who": pair, "sigma": levels[index], "value": value}


def drawn(
    profile: str = "quick", dataset: str = "spiral", sizes: Sequence[int] | None = None, starts: int = 6
) -> pd.DataFrame:
    """A few trajectories of a 2-D mixture in full, under A, B and the exact score, for the first and last of `sizes`.

    Columns: n_train, who (A, B, exact), start, sigma, u, v.
    """
    cases = training_set_size.ends(profile, dataset, sizes)
    levels = noise_schedule(SIGMA_MAX, SIGMA_MIN, STEPS)
    start = _starts(dataset, starts, 0)
    tables = []
    for case in cases:
        who = {side: runs.load(case.runs[side]) for side in ("A", "B")} | {"exact": mixture(dataset)}
        for name, denoiser in who.items():
            for index, path in enumerate(probability_flow(denoiser, start, levels).unbind(1)):
                columns = {"n_train": case.runs["A"].n_train, "who": name, "start": index, "sigma": levels}
                tables.append(pd.DataFrame(columns | {"u": path[:, 0], "v": path[:, 1]}))
    return pd.concat(tables, ignore_index=True)


def branch_map(
    profile: str = "quick", dataset: str = "spiral", sizes: Sequence[int] | None = None, points: int = 36
) -> pd.DataFrame:
    """How far apart the ends are of trajectories that start at the same place of the plane: a map of the starts.

    Columns: n_train, pair (A-B, twin), u, v (the start at SIGMA_MAX), distance (data units); `points` a side.
    """
    levels = noise_schedule(SIGMA_MAX, SIGMA_MIN, STEPS)
    side = np.linspace(-2 * SIGMA_MAX, 2 * SIGMA_MAX, points)
    start = torch.tensor(np.stack(np.meshgrid(side, side), -1).reshape(-1, 2))
    tables = []
    for case in training_set_size.ends(profile, dataset, sizes):
        ends = {who: probability_flow(runs.load(spec), start, levels)[-1] for who, spec in case.runs.items()}
        for pair, other in (("A-B", "B"), ("A-twin", "twin")):
            columns = {"n_train": case.runs["A"].n_train, "who": pair, "u": start[:, 0], "v": start[:, 1]}
            tables.append(pd.DataFrame(columns | {"distance": (ends["A"] - ends[other]).norm(dim=1)}))
    return pd.concat(tables, ignore_index=True)
