"""What happens close to the data, on mixtures: along them and across them, beside the truth and the memoriser."""

from collections.abc import Iterator, Sequence

import numpy as np
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
from lowdiff_lib.measures.samplers import HasResidual
from lowdiff_lib.models.reference import IdealDenoiser, WienerDenoiser
from lowdiff_lib.training import runs

SIGMAS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
TEST_POINTS = 512  # the ideal denoiser compares each of them with every training point


def plan(*scale, **more) -> Plan:
    """The models of `training_set_size.plan`, with its arguments, looked at near the data."""
    return Plan(rows, training_set_size.plan(*scale, **more).cases)


def measure(*scale, **more) -> pd.DataFrame:
    """The table of `plan`, with the same arguments, on noisy held-out points.

    Of one model (pair A, B, ideal, wiener): `score_error`, root mean square of s - s* per coordinate, and where there
    are normal directions `score_error_tangential`, `score_error_normal` (per direction of that kind) and
    `manifold_distance`, how far D(y) is from its component's plane (also of the exact denoiser and of y itself, pair
    exact and identity); `excess_error`, E|D - D*|^2 over the error E|D* - x|^2 that nobody can avoid. Of the truth
    (pair exact): `score_size`, `_tangential`, `_normal`. Of A: `memorisation_index`. Of A with ideal, wiener, exact:
    `relative_distance`. Of pairs (A-B, twin): `residual_cosine_tangential`, `_normal`.
    """
    return plan(*scale, **more).measure()


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    a, replicate = case.runs["A"], case.replicate
    exact = mixture(a.dataset)
    x, component = mixture_samples(a.dataset, "held-out", TEST_POINTS, replicate)
    frame, z = Frame(exact, component), unit_noise(x, replicate)
    train = training_samples(a.dataset, 0, "A", a.n_train, replicate)
    denoisers: dict[str, HasResidual] = {name: runs.load(spec) for name, spec in case.runs.items()}
    denoisers |= {"exact": exact, "ideal": IdealDenoiser(train), "wiener": WienerDenoiser(train)}
    row = {"dataset": a.dataset, "dim": exact.dim, "n_train": a.n_train, "repetition": replicate}
    for sigma in SIGMAS:
        y = x + sigma * z
        residuals = {name: denoiser.residual(y, sigma) for name, denoiser in denoisers.items()}
        for pair, metric, value in _values(frame, x, y, sigma, residuals):
            objective = a.objective if {"A", "B", "twin"} & {*pair.split("-")} else "none"
            yield row | {"sigma": sigma, "who": pair, "objective": objective, "metric": metric, "value": value}


def _values(
    frame: Frame, x: Tensor, y: Tensor, sigma: float, residuals: dict[str, Tensor]
) -> Iterator[tuple[str, str, float]]:
    """Pair, metric and value of all that is measured at one noise level."""
    truth = residuals["exact"]
    for kind, size in frame.rms(truth / sigma**2).items():
        yield "exact", f"score_size{kind}", size
    unavoidable = metrics.rms(y + truth - x) ** 2
    for name in ("A", "B", "ideal", "wiener"):
        wrong = residuals[name] - truth
        for kind, error in frame.rms(wrong / sigma**2).items():
            yield name, f"score_error{kind}", error
        yield name, "excess_error", metrics.rms(wrong) ** 2 / unavoidable
    if bool(frame.normal.any()):
        centre = frame.exact.means[frame.component]
        for name, point in {"identity": y, **{name: y + residuals[name] for name in ("A", "B", "exact")}}.items():
            across = frame.coordinates(point - centre) * frame.normal
            yield name, "manifold_distance", float(across.square().sum(1).mean().sqrt())
    yield "A", "memorisation_index", metrics.memorisation_index(residuals["A"], truth, residuals["ideal"])
    for name in ("ideal", "wiener", "exact"):
        yield f"A-{name}", "relative_distance", metrics.relative_distance(residuals["A"], residuals[name])
    for pair, other in (("A-B", "B"), ("A-twin", "twin")):
        mine, others = frame.parts(residuals["A"]), frame.parts(residuals[other])
        for kind in mine.keys() - {""}:
            yield pair, f"residual_cosine{kind}", metrics.residual_cosine(mine[kind], others[kind])


def is_flat(dataset: str) -> bool:
    """Whether a mixture lies in the plane, so that there is a map of it."""
    return mixture(dataset).dim == 2


def has_normal(dataset: str) -> bool:
    """Whether a mixture has directions across the data."""
    return bool(Frame(mixture(dataset), torch.tensor([0])).kinds)


def maps(
    profile: str = "quick",
    dataset: str = "spiral",
    sizes: Sequence[int] | None = None,
    sigmas: Sequence[float] = (0.05, 0.2, 1.0),
    points: int = 48,
) -> pd.DataFrame:
    """Where in the plane A and B disagree, on a square grid around a 2-D mixture: first and last of `sizes`.

    Columns: n_train, sigma, u, v, log_density (exact, of the noisy data) and, for the pairs A-B and twin, the angle
    between the two residuals in degrees.
    """
    cases = training_set_size.ends(profile, dataset, sizes)
    side = np.linspace(-5, 5, points)
    grid = torch.tensor(np.stack(np.meshgrid(side, side), -1).reshape(-1, 2))
    tables = []
    for case in cases:
        models = {name: runs.load(spec) for name, spec in case.runs.items()}
        for sigma in sigmas:
            residuals = {name: model.residual(grid, sigma) for name, model in models.items()}
            columns = {"n_train": case.runs["A"].n_train, "sigma": sigma, "u": grid[:, 0], "v": grid[:, 1]}
            columns |= {"log_density": mixture(dataset).log_prob(grid, sigma)}
            for pair, other in (("A-B", "B"), ("A-twin", "twin")):
                columns |= {pair: _degrees(residuals["A"], residuals[other])}
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _degrees(first: Tensor, second: Tensor) -> Tensor:
    return torch.rad2deg(torch.arccos(torch.cosine_similarity(first, second).clamp(-1, 1)))
