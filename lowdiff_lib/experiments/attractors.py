"""What a denoiser returns to when it is applied again and again, on mixtures: training points, modes, or neither."""

from collections.abc import Iterator

import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib import metrics, runs
from lowdiff_lib.datasets.mixtures import mixture, mixture_samples
from lowdiff_lib.datasets.samples import training_samples
from lowdiff_lib.dynamics import fixed_points
from lowdiff_lib.experiments import training_set_size
from lowdiff_lib.experiments.store import Case, Plan

SIGMAS = (0.1, 0.3)
STARTS = 64


def plan(*scale, **more) -> Plan:
    """The models of `training_set_size.plan`, with its arguments, iterated from perturbed points."""
    return Plan(rows, training_set_size.plan(*scale, **more).cases)


def measure(*scale, **more) -> pd.DataFrame:
    """Where A comes to rest, iterated at one noise level from points perturbed by noise of that level.

    Metrics, each a fraction of the starts (pair `train`: perturbed training points; `held-out`: perturbed held-out
    points): `rests_at_mode` (within sigma / 2 of a point where the exact denoiser rests), `rests_at_training_point`
    (else, nearest training distance below a third of the second nearest; Bonnaire et al. 2025), `returns` (within
    sigma of where the unperturbed point comes to rest).
    """
    return plan(*scale, **more).measure()


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    a = case.runs["A"]
    model, exact = runs.load(a), mixture(a.dataset)
    train = training_samples(a.dataset, 0, "A", a.n_train, case.replicate).double()
    held_out, _ = mixture_samples(a.dataset, "held-out", STARTS, case.replicate)
    row = {"dataset": a.dataset, "dim": exact.dim, "n_train": a.n_train, "seed": case.replicate}
    row |= {"objective": a.objective}
    for sigma in SIGMAS:
        modes = fixed_points(exact, held_out, sigma)
        for kind, points in (("train", train[:STARTS]), ("held-out", held_out)):
            stream = torch.Generator().manual_seed(case.replicate)
            noise = sigma * torch.randn(points.shape, generator=stream, dtype=torch.float64)
            ends = fixed_points(model, torch.cat([points, points + noise]), sigma)
            unperturbed, perturbed = ends.split(len(points))
            fractions = _fractions(perturbed, train, modes, sigma)
            fractions["returns"] = float(((perturbed - unperturbed).norm(dim=1) < sigma).double().mean())
            for metric, value in fractions.items():
                yield row | {"pair": kind, "sigma": sigma, "metric": metric, "value": value}


def _fractions(ends: Tensor, train: Tensor, modes: Tensor, sigma: float) -> dict[str, float]:
    """How many of the end points [n, dim] are modes, and how many of the others training points."""
    at_mode = torch.cdist(ends, modes).amin(1) < sigma / 2
    memorised = metrics.is_memorised(ends, train, alone=sigma) & ~at_mode
    return {
        "rests_at_training_point": float(memorised.double().mean()),
        "rests_at_mode": float(at_mode.double().mean()),
    }
