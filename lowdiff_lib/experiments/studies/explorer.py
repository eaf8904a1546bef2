"""What the explorer shows: the same noisy points and faces, and what A, B and the twin make of them, per noise level.

Everything comes from runs that the other studies train.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.datasets.mixtures import mixture_samples
from lowdiff_lib.datasets.samples import shown
from lowdiff_lib.experiments.faces import FaceBench
from lowdiff_lib.experiments.grid import Bench, Case, first, train
from lowdiff_lib.experiments.mixtures import MixtureBench
from lowdiff_lib.experiments.studies import denoising_faces, training_set_size
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.tables.views import LONGEST, PAIRS, View

CANDIDATES = 2048


def mixture_views(profile: str = "quick", datasets: Sequence[str] = (), points: int = 150) -> list[View]:
    """A view of each mixture of the study `training_set_size`. Trains what is missing."""
    plan = training_set_size.study.plan(profile, datasets=datasets)
    table = plan.table()
    names = dict.fromkeys(case.spec.dataset for case in plan.cases)
    return [_mixture_view(_first(plan.cases, name), table, points) for name in names]


def face_view(profile: str = "quick", datasets: Sequence[str] = (), count: int = 6, side: int = 40) -> View:
    """A view of the first `count` held-out faces, at most `side` pixels wide. Trains what is missing."""
    plan = denoising_faces.study.plan(profile, datasets=datasets)
    table = plan.table()
    benches = [FaceBench(case) for case in _first(plan.cases)]
    spec, held_out = benches[0].spec, benches[0].held_out()
    x = held_out[:: max(1, len(held_out) // count)][:count]  # far apart: other people
    z = unit_noise(x, 7)
    sigmas = denoising_faces.SIGMAS
    noisy = torch.stack([x + s * z for s in sigmas])
    outputs, ideals, cosines = [], [], []
    for bench in benches:
        residuals = _residuals(bench, noisy, sigmas)
        outputs.append(torch.stack([noisy + residuals[role] for role in ("A", "B", "twin")], 1))
        ideals.append(torch.stack([y + bench.ideal.residual(y, s) for y, s in zip(noisy, sigmas, strict=True)]))
        cosines.append(torch.stack([_cosine(residuals["A"], residuals[other]) for other in PAIRS.values()], 1))
    factor = -(-spec.resolution // side)

    def small(images: Tensor) -> np.ndarray:
        """[..., 1, r, r] -> [..., s, s], by averaging."""
        flat = images.reshape(-1, 1, *images.shape[-2:])
        pooled = torch.nn.functional.avg_pool2d(flat, factor) if factor > 1 else flat
        return pooled.reshape(*images.shape[:-3], *pooled.shape[-2:]).numpy()

    return View(
        shown(spec.dataset), spec.resolution**2, spec.objective, _sizes(benches), sigmas,
        cosine=torch.stack(cosines, 1).numpy(), curves=_curves(table, benches, sigmas),
        clean=small(x), noisy=small(noisy), denoised=small(torch.stack(outputs, 1)),
        ideal=small(torch.stack(ideals, 1)),
    )  # fmt: skip


def _first(cases: Sequence[Case], dataset: str | None = None) -> list[Case]:
    """The cases of the first repetition, of one data set, by growing n_train, trained."""
    mine = [case for case in first(cases) if dataset in (None, case.spec.dataset)]
    train(mine)
    return sorted(mine, key=lambda case: case.spec.n_train)


def _sizes(benches: Sequence[Bench]) -> tuple[int, ...]:
    return tuple(bench.spec.n_train for bench in benches)


def _residuals(bench: Bench, noisy: Tensor, sigmas: Sequence[float]) -> dict[str, Tensor]:
    """Of each model, [S, P, *shape]."""
    levels = list(zip(noisy, sigmas, strict=True))
    return {role: torch.stack([model.residual(y, s) for y, s in levels]) for role, model in bench.models.items()}


def _curves(table: pd.DataFrame, benches: Sequence[Bench], sigmas: Sequence[float]) -> np.ndarray:
    mine = table[(table.metric == "residual_cosine") & (table.dataset == shown(benches[0].spec.dataset))]
    mean = mine.groupby(["n_train", "who", "sigma"])["value"].mean()
    return np.array([[[mean[n, pair, s] for s in sigmas] for pair in PAIRS] for n in _sizes(benches)])


def _cosine(a: Tensor, b: Tensor) -> Tensor:
    """Cosine of residuals [S, P, *shape] -> [S, P]."""
    return torch.nn.functional.cosine_similarity(a.flatten(2), b.flatten(2), dim=2)


def _mixture_view(cases: Sequence[Case], table: pd.DataFrame, points: int) -> View:
    benches, sigmas = [MixtureBench(case) for case in cases], training_set_size.SIGMAS
    spec, exact = benches[0].spec, benches[0].exact
    candidates, _ = mixture_samples(spec.dataset, "held-out", CANDIDATES)
    plane = _plane(candidates)
    x = candidates[_far_apart((candidates @ plane).numpy(), points)]
    z = unit_noise(x, 7)
    noisy = torch.stack([x + s * z for s in sigmas])
    true = torch.stack([s**2 * exact.score(y, s) for y, s in zip(noisy, sigmas, strict=True)])
    noise = torch.tensor(sigmas, dtype=torch.float64)[:, None, None, None] * (exact.dim / 2) ** 0.5
    arrows, cosines = [], []
    for bench in benches:
        residuals = _residuals(bench, noisy, sigmas)
        three = [torch.stack([residuals["A"], residuals[other], true], 2) / noise for other in PAIRS.values()]
        arrows.append(torch.stack([_shortened(_in_plane(each)) for each in three], 1))
        cosines.append(torch.stack([_cosine(residuals["A"], residuals[other]) for other in PAIRS.values()], 1))
    return View(
        spec.dataset, exact.dim, spec.objective, _sizes(benches), sigmas,
        cosine=torch.stack(cosines, 1).numpy(), curves=_curves(table, benches, sigmas),
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
