"""From memorisation to generalisation: are the faces that a model makes those that it was shown?"""

from collections.abc import Iterator

import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib import metrics, runs, sweep
from lowdiff_lib.datasets.samples import faces, training_samples
from lowdiff_lib.dynamics import probability_flow
from lowdiff_lib.errors import LowdiffError
from lowdiff_lib.experiments import denoising_faces
from lowdiff_lib.experiments.face_trajectories import levels, pure_noise
from lowdiff_lib.experiments.store import Case, Plan
from lowdiff_lib.specs import RunSpec

SAMPLES = 24
PICTURED = 8
UNRELATED = 80  # faces of side B that held-out faces are compared with: other people, where people are known


def plan(*scale, **more) -> Plan:
    """The models of `denoising_faces.plan`, with its arguments, sampled from shared noise."""
    return Plan(rows, denoising_faces.plan(*scale, **more).cases)


def measure(*scale, **more) -> pd.DataFrame:
    """What the samples of A are like: its training faces, those of side B, the samples of B from the same noise.

    Metrics (sigma: where the samples end):
    `nearest_training_cosine`: of a sample (pair A) or a held-out face (pair held-out) and the training face of A most
    like it. `nearest_other_cosine`: the same against the training faces of B (pair A). `sample_cosine`: of two samples
    from the same noise (pair A-B, twin), or of two photographs of different people (pair unrelated). Each is the mean
    over samples; `_p10` and `_p90` are percentiles; `_centred`, after the mean face is subtracted from both.
    `memorised`: share of samples (pair A) or held-out faces (pair held-out) that count as copies of a training face.
    """
    return plan(*scale, **more).measure()


def sample(spec: RunSpec, start: Tensor) -> Tensor:
    """The faces that a model makes of noise, both float64 [n, 1, r, r]: where its trajectories from `start` end."""
    return probability_flow(runs.load(spec), start, levels(spec))[-1]


def held_out_faces(spec: RunSpec) -> Tensor:
    """Every held-out face, float64 [n, 1, r, r]."""
    found = faces(spec.dataset, spec.resolution)
    return found.tensor(found.split(spec.split).held_out).double()


def training_faces(spec: RunSpec) -> Tensor:
    """The training faces of a run, float32 [n, 1, r, r]."""
    return training_samples(spec.dataset, spec.resolution, spec.side, spec.n_train, spec.split)


def _other_people(spec: RunSpec) -> Tensor:
    found = faces(spec.dataset, spec.resolution)
    return found.tensor(found.split(spec.split).B[:UNRELATED]).double()


def most_alike(points: Tensor, train: Tensor, middle: Tensor) -> tuple[Tensor, Tensor]:
    """For each of `points` the largest cosine with a face of `train`, and the index of that face, both [n].

    The cosine is that of the images minus `middle`. Part by part, so that 100,000 faces need no second copy of them.
    """
    parts = [metrics.cosines(points - middle, part.double() - middle) for part in train.split(4096)]
    largest, index = torch.cat(parts, 1).max(1)
    return largest, index


def copies(points: Tensor, train: Tensor, held_out: Tensor) -> Tensor:
    """Which points [n, *shape] are copies of a training face, [n] (see `metrics.is_memorised`).

    With one training face there is no second one: then nearer than a third of a held-out face's median distance.
    """
    points, train, held_out = points.flatten(1), train.flatten(1).double(), held_out.flatten(1)
    typical = float(torch.cdist(held_out, train).amin(1).median())
    return metrics.is_memorised(points, train, alone=typical / 3)


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    a, b = case.runs["A"], case.runs["B"]
    start = pure_noise(a, SAMPLES, case.replicate)
    made = {name: sample(spec, start) for name, spec in case.runs.items()}
    train, other, held_out = training_faces(a), training_faces(b), held_out_faces(a)
    row = {"dataset": a.dataset, "dim": a.resolution**2, "n_train": a.n_train, "seed": case.replicate}
    row |= {"sigma": a.sigma_min, "objective": a.objective}
    for suffix, middle in (("", torch.zeros_like(held_out[0])), ("_centred", held_out.mean(0))):
        found = {
            ("nearest_training_cosine", "A"): most_alike(made["A"], train, middle)[0],
            ("nearest_training_cosine", "held-out"): most_alike(held_out, train, middle)[0],
            ("nearest_other_cosine", "A"): most_alike(made["A"], other, middle)[0],
            ("sample_cosine", "A-B"): metrics.cosines(made["A"] - middle, made["B"] - middle).diag(),
            ("sample_cosine", "twin"): metrics.cosines(made["A"] - middle, made["twin"] - middle).diag(),
            ("sample_cosine", "unrelated"): metrics.cosines(held_out - middle, _other_people(a) - middle).flatten(),
        }
        for (metric, pair), values in found.items():
            summary = {"": values.mean(), "_p10": values.quantile(0.1), "_p90": values.quantile(0.9)}
            for what, value in summary.items():
                yield row | {"pair": pair, "metric": f"{metric}{suffix}{what}", "value": float(value)}
    for pair, points in (("A", made["A"]), ("held-out", held_out)):
        share = float(copies(points, train, held_out).double().mean())
        yield row | {"pair": pair, "metric": "memorised", "value": share}


def pictures(profile: str = "quick", source: str = "auto", first: int = 0) -> pd.DataFrame:
    """Samples of A, the training face of A most like each, and B's samples from the same noise, for each n_train.

    PICTURED of those that are measured, from the first replicate, from number `first` on. Columns: n_train, sample,
    what (A, nearest, B), cosine (with A's sample, centred), copied (whether A's sample counts as a copy), image
    (float [r, r]).
    """
    if not 0 <= first <= SAMPLES - PICTURED:
        raise LowdiffError(f"first is {first}; it must be from 0 to {SAMPLES - PICTURED}")
    cases = [case.runs for case in denoising_faces.plan(profile, source).cases if case.replicate == 0]
    sweep.ensure([case[side] for case in cases for side in ("A", "B")])
    shown = []
    for case in cases:
        a = case["A"]
        start = pure_noise(a, SAMPLES, 0)[first : first + PICTURED]
        made = {side: sample(case[side], start) for side in ("A", "B")}
        train, held_out = training_faces(a), held_out_faces(a)
        middle = held_out.mean(0)
        near = train[most_alike(made["A"], train, middle)[1]].double()
        copied = copies(made["A"], train, held_out)
        for what, images in {"A": made["A"], "nearest": near, "B": made["B"]}.items():
            likeness = metrics.cosines(made["A"] - middle, images - middle).diag()
            for index, image in enumerate(images):
                about = {"n_train": a.n_train, "sample": first + index, "what": what}
                about |= {"cosine": float(likeness[index]), "copied": bool(copied[index])}
                shown.append(about | {"image": image[0].numpy()})
    return pd.DataFrame(shown)
