"""What the explorer shows: the same noisy points and faces, and what A, B and the twin make of them, per noise level.

Everything comes from runs that the other chapters train.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.datasets.mixtures import mixture, mixture_samples
from lowdiff_lib.datasets.samples import faces
from lowdiff_lib.experiments.studies import denoising_faces, training_set_size
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.models.reference import IdealDenoiser
from lowdiff_lib.tables.views import LONGEST, PAIRS, View
from lowdiff_lib.training import runs, sweep

CANDIDATES = 2048


def mixture_views(profile: str = "quick", datasets: Sequence[str] | None = None, points: int = 150) -> list[View]:
    """A view of each mixture of the experiment `training_set_size`. Trains what is missing."""
    plan = training_set_size.plan(profile, datasets)
    table = plan.measure()
    names = dict.fromkeys(case.runs["A"].dataset for case in plan.cases)
    return [_mixture_view(_first(plan, name), table, points) for name in names]


def face_view(profile: str = "quick", source: str = "auto", count: int = 6, side: int = 40) -> View:
    """A view of the first `count` held-out faces, at most `side` pixels wide. Trains what is missing."""
    plan = denoising_faces.plan(profile, source)
    table = plan.measure()
    cases = _first(plan)
    spec = cases[0].runs["A"]
    found = faces(spec.dataset, spec.resolution)
    held_out = found.split(spec.split).held_out
    x = found.tensor(held_out[:: max(1, len(held_out) // count)][:count]).double()  # far apart: other people
    z = unit_noise(x, 7)
    sigmas = denoising_faces.SIGMAS
    noisy = torch.stack([x + s * z for s in sigmas])
    outputs, ideals, cosines = [], [], []
    for case in cases:
        models = {role: runs.load(run) for role, run in case.runs.items()}
        ideal = IdealDenoiser(found.tensor(found.split(spec.split).take("A", case.runs["A"].n_train)))
        residuals = {
            role: torch.stack([model.residual(x + s * z, s) for s in sigmas]) for role, model in models.items()
        }
        noisy = torch.stack([x + s * z for s in sigmas])
        outputs.append(torch.stack([noisy + residuals[role] for role in ("A", "B", "twin")], 1))
        ideals.append(torch.stack([y + ideal.residual(y, s) for y, s in zip(noisy, sigmas, strict=True)]))
        cosines.append(torch.stack([_cosine(residuals["A"], residuals[other]) for other in PAIRS.values()], 1))
    factor = -(-spec.resolution // side)

    def small(images: Tensor) -> np.ndarray:
        """[..., 1, r, r] -> [..., s, s], by averaging."""
        flat = images.reshape(-1, 1, *images.shape[-2:])
        pooled = torch.nn.functional.avg_pool2d(flat, factor) if factor > 1 else flat
        return pooled.reshape(*images.shape[:-3], *pooled.shape[-2:]).numpy()

    return View(
        spec.dataset, spec.resolution**2, spec.objective, _sizes(cases), sigmas,
        cosine=torch.stack(cosines, 1).numpy(), curves=_curves(table, cases, sigmas),
        clean=small(x), noisy=small(noisy), denoised=small(torch.stack(outputs, 1)),
        ideal=small(torch.stack(ideals, 1)),
    )  # fmt: skip


def _first(plan: Plan, dataset: str | None = None) -> list[Case]:
    """The cases of the first repetition, of one data set, by growing n_train."""
    mine = [case for case in plan.cases if case.replicate == 0 and dataset in (None, case.runs["A"].dataset)]
    sweep.ensure([spec for case in mine for spec in case.runs.values()])
    return sorted(mine, key=lambda case: case.runs["A"].n_train)


def _sizes(cases: Sequence[Case]) -> tuple[int, ...]:
    return tuple(case.runs["A"].n_train for case in cases)


def _curves(table: pd.DataFrame, cases: Sequence[Case], sigmas: Sequence[float]) -> np.ndarray:
    mine = table[(table.metric == "residual_cosine") & (table.dataset == cases[0].runs["A"].dataset)]
    mean = mine.groupby(["n_train", "who", "sigma"])["value"].mean()
    return np.array([[[mean[n, pair, s] for s in sigmas] for pair in PAIRS] for n in _sizes(cases)])


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    """Cosine of residuals [S, P, *shape] -> [S, P]."""
    return torch.nn.functional.cosine_similarity(a.flatten(2), b.flatten(2), dim=2)


def _mixture_view(cases: Sequence[Case], table: pd.DataFrame, points: int) -> View:
    spec, sigmas = cases[0].runs["A"], training_set_size.SIGMAS
    exact = mixture(spec.dataset)
    candidates, _ = mixture_samples(spec.dataset, "held-out", CANDIDATES)
    plane = _plane(candidates)
    x = candidates[_far_apart((candidates @ plane).numpy(), points)]
    z = unit_noise(x, 7)
    noisy = torch.stack([x + s * z for s in sigmas])
    true = torch.stack([s**2 * exact.score(y, s) for y, s in zip(noisy, sigmas, strict=True)])
    noise = torch.tensor(sigmas, dtype=torch.float64)[:, None, None, None] * (exact.dim / 2) ** 0.5
    arrows, cosines = [], []
    for case in cases:
        models = {role: runs.load(run) for role, run in case.runs.items()}
        residuals = {
            role: torch.stack([model.residual(y, s) for y, s in zip(noisy, sigmas, strict=True)])
            for role, model in models.items()
        }
        three = [torch.stack([residuals["A"], residuals[other], true], 2) / noise for other in PAIRS.values()]
        arrows.append(torch.stack([_shortened(_in_plane(each)) for each in three], 1))
        cosines.append(torch.stack([_cosine(residuals["A"], residuals[other]) for other in PAIRS.values()], 1))
    return View(
        spec.dataset, exact.dim, spec.objective, _sizes(cases), sigmas,
        cosine=torch.stack(cosines, 1).numpy(), curves=_curves(table, cases, sigmas),
        at=(noisy @ plane).numpy(), arrows=torch.stack(arrows, 1).numpy(),
    )  # fmt: skip


def _plane(x: Tensor) -> Tensor:
    """The plane that is shown, [dim, 2]: the data's own in 2-D, else that of the two principal directions."""
    if x.shape[1] == 2:
        return torch.eye(2, dtype=x.dtype)
    return torch.linalg.svd(x - x.mean(0), full_matrices=False)[2][:2].T


def _far_apart(x: np.ndarray, count: int) -> list[int]:
    """Indices of `count` points spread evenly: each next one is the farthest from all before."""
    chosen = [0]
    distance = np.full(len(x), np.inf)
    while len(chosen) < min(count, len(x)):
        distance = np.minimum(distance, ((x - x[chosen[-1]]) ** 2).sum(1))
        chosen.append(int(distance.argmax()))
    return chosen


def _in_plane(three: Tensor) -> Tensor:
    """Residuals of A, of the other and exact, [S, P, 3, dim] -> [S, P, 3, 2].

    In more than two dimensions each point has a plane of its own, that of its first two residuals, turned so that the
    line between them points up: their angle is the true one, and the exact residual is seen as its shadow there.
    """
    if three.shape[-1] == 2:
        return three
    a, b = (torch.nn.functional.normalize(three[:, :, k], dim=-1) for k in (0, 1))
    up = torch.nn.functional.normalize(a + b, dim=-1)
    across = torch.nn.functional.normalize(b - a, dim=-1)  # at right angles to `up`, since a and b have unit length
    return torch.stack([(three * across[:, :, None]).sum(-1), (three * up[:, :, None]).sum(-1)], -1)


def _shortened(arrows: Tensor) -> Tensor:
    return arrows * (LONGEST / arrows.norm(dim=-1, keepdim=True).clamp_min(1e-12)).clamp_max(1.0)
