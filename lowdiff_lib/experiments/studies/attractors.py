"""What a denoiser returns to when it is applied again and again, on mixtures: training points, modes, or neither.

And what holds a point there: how large a perturbation it survives, and the slope of the denoiser along the data and
across them.
"""

from collections.abc import Iterator

import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.datasets.mixtures import mixture, mixture_samples
from lowdiff_lib.datasets.samples import training_samples
from lowdiff_lib.experiments.studies import training_set_size
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.frame import Frame
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import HasResidual, fixed_points, noise_schedule, probability_flow
from lowdiff_lib.tables.levels import first_below
from lowdiff_lib.training import runs

SIGMAS = (0.1, 0.3)
STARTS = 64
RADII = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # of perturbations, in units of the noise at that level
FLOW = (0.005, 24)  # where the score is followed to, in how many steps


def plan(*scale, **more) -> Plan:
    """The models of `training_set_size.plan`, with its arguments, iterated from perturbed points."""
    return Plan(rows, training_set_size.plan(*scale, **more).cases)


def measure(*scale, **more) -> pd.DataFrame:
    """Where A comes to rest, iterated at one noise level from points perturbed by noise of that level.

    Metrics, each a fraction of the starts (`..._train`: perturbed training points; `..._held_out`: perturbed held-out
    points): `rests_at_mode` (within sigma / 2 of a point where the exact denoiser rests), `rests_at_training_point`
    (else, nearest training distance below a third of the second nearest; Bonnaire et al. 2025), `returns` (within
    sigma of where the unperturbed point comes to rest), `flows_to_training_point` (the score followed down instead).
    `basin_radius`: the perturbation, in units of sigma z, that half of the starts survive (at least 0.5, at most 16).
    `jacobian`, `_tangential`, `_normal` (pair A, exact): mean of v' (dD/dy) v for unit vectors v along the data and
    across them, at noisy held-out points; 1 keeps what is there, 0 removes it.
    """
    return plan(*scale, **more).measure()


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    a, replicate = case.runs["A"], case.replicate
    model, exact = runs.load(a), mixture(a.dataset)
    train = training_samples(a.dataset, 0, "A", a.n_train, replicate).double()
    held_out, component = mixture_samples(a.dataset, "held-out", STARTS, replicate)
    frame = Frame(exact, component)
    row = {
        "dataset": a.dataset,
        "dim": exact.dim,
        "n_train": a.n_train,
        "repetition": replicate,
        "objective": a.objective,
    }
    for sigma in SIGMAS:
        modes = fixed_points(exact, held_out, sigma)
        for kind, points in (("train", train[:STARTS]), ("held_out", held_out)):
            for metric, value in _rests(model, points, train, modes, sigma, replicate).items():
                yield row | {"who": "A", "sigma": sigma, "metric": f"{metric}_{kind}", "value": value}
        y = held_out + sigma * unit_noise(held_out, replicate)
        for pair, denoiser in (("A", model), ("exact", exact)):
            for kind, v in frame.directions(replicate).items():
                value = _slope(denoiser, y, v, sigma)
                of = {"who": pair, "objective": a.objective if pair == "A" else "none"}
                yield row | of | {"sigma": sigma, "metric": f"jacobian{kind}", "value": value}


def _rests(
    model: HasResidual, points: Tensor, train: Tensor, modes: Tensor, sigma: float, seed: int
) -> dict[str, float]:
    """Where points [n, dim] end that are perturbed more and more, and what the ends are."""
    noise = sigma * unit_noise(points, seed)
    starts = torch.cat([points, *(points + radius * noise for radius in RADII)])
    unperturbed, *perturbed = fixed_points(model, starts, sigma).split(len(points))
    ends = perturbed[RADII.index(1.0)]
    at_mode = torch.cdist(ends, modes).amin(1) < sigma / 2
    memorised = metrics.is_memorised(ends, train, alone=sigma) & ~at_mode
    flown = probability_flow(model, points + noise, noise_schedule(sigma, *FLOW))[-1]
    returns = [metrics.share((end - unperturbed).norm(dim=1) < sigma) for end in perturbed]
    return {
        "rests_at_training_point": metrics.share(memorised),
        "rests_at_mode": metrics.share(at_mode),
        "flows_to_training_point": metrics.share(metrics.is_memorised(flown, train, alone=sigma)),
        "returns": returns[RADII.index(1.0)],
        "basin_radius": _radius(returns),
    }


def _radius(returns: list[float]) -> float:
    """The perturbation of RADII, or between them, from which the share of returns is below a half."""
    found = first_below(RADII, returns, 0.5)
    return RADII[-1] if found is None else found


def _slope(denoiser: HasResidual, y: Tensor, v: Tensor, sigma: float) -> float:
    """Mean over points of v' (dD/dy) v, by a central difference over a tenth of sigma; v [n, dim] of unit length."""
    step = 0.05 * sigma * v
    change = denoiser.residual(y + step, sigma) - denoiser.residual(y - step, sigma)
    return 1 + float(((change / (0.1 * sigma)) * v).sum(1).mean())
