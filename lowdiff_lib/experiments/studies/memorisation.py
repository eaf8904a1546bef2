"""From memorisation to generalisation: are the faces that a model makes those that it was shown?"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.samples import faces, training_samples
from lowdiff_lib.experiments.studies import denoising_faces
from lowdiff_lib.experiments.studies.face_trajectories import levels, pure_noise
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.samplers import HasResidual, probability_flow
from lowdiff_lib.models.reference import WienerDenoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import runs, sweep

SAMPLES = 24
PICTURED = 8
UNRELATED = 80  # faces that held-out ones are compared with, as strangers


def plan(*scale, **more) -> Plan:
    """The models of `denoising_faces.plan`, with its arguments, sampled from shared noise."""
    return Plan(rows, denoising_faces.plan(*scale, **more).cases)


def measure(*scale, **more) -> pd.DataFrame:
    """What the samples of A are like: its training faces, those of side B, the samples of B from the same noise.

    Metrics (sigma: where the samples end):
    `nearest_training_cosine`: of a sample (pair A) or a held-out face (pair held-out) and the training face of A most
    like it. `nearest_other_cosine`: the same against the training faces of B (pair A). `sample_cosine`: of two samples
    from the same noise (pair A-B, twin; pair wiener: the Wiener denoisers of the training faces of A and of B), or of
    two photographs of different people (pair unrelated). Each is the mean over samples; `_p10` and `_p90` are
    percentiles; `_centred`, after the mean face is subtracted from both.
    `memorised`: share of samples (pair A) or held-out faces (pair held-out) that count as copies of a training face.
    """
    return plan(*scale, **more).measure()


def sample(model: HasResidual, spec: RunSpec, start: Tensor) -> Tensor:
    """The faces that a model makes of noise, both float64 [n, 1, r, r]: where its trajectories from `start` end."""
    return probability_flow(model, start, levels(spec))[-1]


def held_out_faces(spec: RunSpec) -> Tensor:
    """Every held-out face, float64 [n, 1, r, r]."""
    found = faces(spec.dataset, spec.resolution)
    return found.tensor(found.split(spec.split).held_out).double()


def training_faces(spec: RunSpec) -> Tensor:
    """The training faces of a run, float32 [n, 1, r, r]."""
    return training_samples(spec.dataset, spec.resolution, spec.side, spec.n_train, spec.split)


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
    train, other, held_out = training_faces(a), training_faces(b), held_out_faces(a)
    models: dict[str, HasResidual] = {name: runs.load(spec) for name, spec in case.runs.items()}
    models |= {"wiener A": WienerDenoiser(train), "wiener B": WienerDenoiser(other)}
    made = {name: sample(model, a, start) for name, model in models.items()}
    row = {"dataset": a.dataset, "dim": a.resolution**2, "n_train": a.n_train, "repetition": case.replicate}
    row |= {"sigma": a.sigma_min}
    for suffix, middle in (("", torch.zeros_like(held_out[0])), ("_centred", held_out.mean(0))):
        found = _cosines(made, train, other, held_out, middle)
        found["sample_cosine", "unrelated"] = metrics.cosines(held_out - middle, _strangers(b) - middle).flatten()
        for (metric, pair), values in found.items():
            row["objective"] = a.objective if pair in ("A", "A-B", "twin") else "none"
            summary = {"": values.mean(), "_p10": values.quantile(0.1), "_p90": values.quantile(0.9)}
            for what, value in summary.items():
                yield row | {"who": pair, "metric": f"{metric}{suffix}{what}", "value": float(value)}
    for pair, points, objective in (("A", made["A"], a.objective), ("held-out", held_out, "none")):
        share = metrics.share(copies(points, train, held_out))
        yield row | {"who": pair, "objective": objective, "metric": "memorised", "value": share}


def _strangers(b: RunSpec) -> Tensor:
    """Up to UNRELATED faces of side B, which are not held out; where people are known, they are of other people."""
    size = faces(b.dataset, b.resolution).split(b.split).size
    return training_faces(replace(b, n_train=min(UNRELATED, size))).double()


def _cosines(
    made: Mapping[str, Tensor], train: Tensor, other: Tensor, held_out: Tensor, middle: Tensor
) -> dict[tuple[str, str], Tensor]:
    """For each metric and pair the cosine of every sample, after `middle` is subtracted."""

    def paired(first: str, second: str) -> Tensor:
        return metrics.cosines(made[first] - middle, made[second] - middle).diag()

    return {
        ("nearest_training_cosine", "A"): most_alike(made["A"], train, middle)[0],
        ("nearest_training_cosine", "held-out"): most_alike(held_out, train, middle)[0],
        ("nearest_other_cosine", "A"): most_alike(made["A"], other, middle)[0],
        ("sample_cosine", "A-B"): paired("A", "B"),
        ("sample_cosine", "twin"): paired("A", "twin"),
        ("sample_cosine", "wiener"): paired("wiener A", "wiener B"),
    }


def pictures(profile: str = "quick", source: str = "auto", first: int = 0) -> pd.DataFrame:
    """Samples of A, the training face of A most like each, and B's samples from the same noise, for each n_train.

    PICTURED of those that are measured, from the first replicate, from number `first` on. Columns: n_train, sample,
    what (A, nearest, B), cosine (with A's sample, centred), copied (whether A's sample counts as a copy), image
    (float [r, r]).
    """
    if not 0 <= first <= SAMPLES - PICTURED:
        raise LowdiffError(f"first is {first}; it must be from 0 to {SAMPLES - PICTURED}")
    cases = [case.runs for case in denoising_faces.plan(profile, source).first]
    sweep.ensure([case[side] for case in cases for side in ("A", "B")])
    shown = []
    for case in cases:
        a = case["A"]
        start = pure_noise(a, SAMPLES, 0)[first : first + PICTURED]
        made = {side: sample(runs.load(case[side]), a, start) for side in ("A", "B")}
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
