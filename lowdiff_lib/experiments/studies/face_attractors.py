"""What a face denoiser returns to: applied again and again at one noise level, and followed down in noise."""

from collections.abc import Iterator

import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.datasets.faces import as_float
from lowdiff_lib.experiments.studies import denoising_faces
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import HasResidual, fixed_points, noise_schedule, probability_flow
from lowdiff_lib.models.reference import IdealDenoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import runs, sweep

SIGMAS = (0.05, 0.2, 0.5)  # at which the denoiser is iterated
ITERATIONS = 50
DISTURBANCES = (0.05, 0.1, 0.2, 0.5, 1.0)  # noise levels from which the flow starts
FLOW_STEPS = 8
STARTS = 6
ITERATED = {"copy": "rests_at_training_face", "distance": "distance_iterated"}
FLOWED = {"copy": "flows_to_training_face", "own": "survives", "distance": "distance_flowed"}
PICTURED = (1, 5, 50, 200)  # iterations


def plan(*scale, **more) -> Plan:
    """The models of `denoising_faces.plan`, with its arguments, iterated from disturbed faces."""
    return Plan(rows, denoising_faces.plan(*scale, **more).cases)


def measure(*scale, **more) -> pd.DataFrame:
    """What becomes of faces that noise was added to (`..._train`: training faces; `..._held_out`: new ones) under A.

    Beside A, with objective `none`: under the ideal denoiser of its training faces.
    Iterated 50 times at the level of the noise, sigma: `rests_at_training_face`, the share that is then a copy of a
    training face (see `is_copy`); `settles`, the share that has stopped moving (the next step would be below a
    hundredth of sigma); `distance_iterated`, the median distance to the clean face.
    Followed down the probability flow from the noise, sigma: `flows_to_training_face`; `survives`, the share that ends
    nearer to its own clean face than to any other, of the training set or held out; `distance_flowed`.
    Distances are in units of that between two faces at random.
    """
    return plan(*scale, **more).measure()


def between_faces(held_out: Tensor) -> float:
    """The median distance between two of the held-out faces [n, 1, r, r]."""
    return float(torch.pdist(held_out.flatten(1)).median())


def is_copy(ends: Tensor, train: Tensor, apart: float) -> Tensor:
    """Which images are copies of a training face, [n]: nearest distance below a third of the second nearest.

    With one training face there is no second: then below a third of `apart`, the distance between two faces.
    """
    return metrics.is_memorised(ends.flatten(1), train.flatten(1), alone=apart / 3)


def is_own(ends: Tensor, starts: Tensor, others: Tensor) -> Tensor:
    """Which images end nearer to the face that they started from than to any of the others; images [n, 1, r, r]."""
    own = (ends - starts).flatten(1).norm(dim=1)
    distances = torch.cdist(ends.flatten(1), others.flatten(1))
    itself = (starts.flatten(1)[:, None] == others.flatten(1)).all(2)
    return own < distances.masked_fill(itself, float("inf")).amin(1)


def _faces(spec: RunSpec) -> tuple[Tensor, Tensor]:
    """Training faces of a run and held-out ones, float64 [n, 1, r, r]."""
    train, _, held_out = denoising_faces.parts(spec)
    return as_float(train).double(), held_out


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    a = case.runs["A"]
    train, held_out = _faces(a)
    row = {"dataset": a.dataset, "dim": a.resolution**2, "n_train": a.n_train, "repetition": case.replicate}
    denoisers: dict[str, HasResidual] = {a.objective: runs.load(a), "none": IdealDenoiser(train)}
    some = torch.arange(STARTS)
    starts = torch.cat([train[some % len(train)], held_out[some]])  # a single training face starts from each noise
    noise = unit_noise(starts, case.replicate)
    kinds = {"train": slice(0, STARTS), "held_out": slice(STARTS, None)}
    apart, everyone = between_faces(held_out), torch.cat([train, held_out])
    for objective, denoiser in denoisers.items():
        for sigma in SIGMAS:
            ends = fixed_points(denoiser, starts + sigma * noise, sigma, ITERATIONS)
            move = denoiser.residual(ends, sigma).flatten(1).square().mean(1).sqrt()
            for kind, part in kinds.items():
                of = row | {"objective": objective, "who": "ideal" if objective == "none" else "A", "sigma": sigma}
                yield of | {"metric": f"settles_{kind}", "value": metrics.share(move[part] < 0.01 * sigma)}
                found = _where(ends[part], starts[part], train, apart)
                for name, metric in ITERATED.items():
                    yield of | {"metric": f"{metric}_{kind}", "value": found[name]}
        for sigma in DISTURBANCES:
            ends = _flow(denoiser, a, starts + sigma * noise, sigma)
            for kind, part in kinds.items():
                of = row | {"objective": objective, "who": "ideal" if objective == "none" else "A", "sigma": sigma}
                found = _where(ends[part], starts[part], train, apart)
                found["own"] = metrics.share(is_own(ends[part], starts[part], everyone))
                for name, metric in FLOWED.items():
                    yield of | {"metric": f"{metric}_{kind}", "value": found[name]}


def _where(ends: Tensor, starts: Tensor, train: Tensor, apart: float) -> dict[str, float]:
    """What has become of clean faces `starts`; apart: the distance between two faces."""
    off = (ends - starts).flatten(1).norm(dim=1)
    return {
        "copy": metrics.share(is_copy(ends, train, apart)),
        "distance": float(off.median()) / apart,
    }


def _flow(model: HasResidual, spec: RunSpec, y: Tensor, sigma: float) -> Tensor:
    return probability_flow(model, y, noise_schedule(sigma, spec.sigma_min, FLOW_STEPS))[-1]


def pictures(profile: str = "quick", source: str = "auto", face: int = 0, sigma: float = 0.2) -> pd.DataFrame:
    """A training face and a held-out one on their way, for the smallest and the largest n_train, first repetition.

    Columns: n_train, kind (train, held_out), what, sigma, image (float [r, r]). what: `clean`; `noisy` and `iterated
    1`, `iterated 5`, ..., at the given sigma; `flowed`, the end of the flow from each of DISTURBANCES.
    """
    cases = denoising_faces.plan(profile, source).ends
    sweep.ensure([case.runs["A"] for case in cases])
    shown = []
    for case in cases:
        a = case.runs["A"]
        model = runs.load(a)
        train, held_out = _faces(a)
        chosen = denoising_faces.the_face(held_out, face)
        for kind, x in (("train", train[[face % len(train)]]), ("held_out", chosen)):
            noise = unit_noise(x, 7)
            images = {("clean", sigma): x} | _path(model, x + sigma * noise, sigma)
            images |= {("flowed", s): _flow(model, a, x + s * noise, s) for s in DISTURBANCES}
            for (what, level), image in images.items():
                about = {"n_train": a.n_train, "kind": kind, "what": what, "sigma": level}
                shown.append(about | {"image": image[0, 0].numpy()})
    return pd.DataFrame(shown)


def _path(model: HasResidual, y: Tensor, sigma: float) -> dict[tuple[str, float], Tensor]:
    """The noisy image, and what it has become after each of PICTURED iterations."""
    images, done = {("noisy", sigma): y}, 0
    for count in PICTURED:
        y, done = fixed_points(model, y, sigma, count - done), count
        images[f"iterated {count}", sigma] = y
    return images
