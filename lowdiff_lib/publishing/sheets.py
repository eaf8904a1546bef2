"""What face models make of pure noise, as pictures to pass on: no photograph is among them, and no copy of one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.experiments.studies import denoising_faces, face_trajectories
from lowdiff_lib.experiments.studies.memorisation import copies, held_out_faces, most_alike, sample, training_faces
from lowdiff_lib.experiments.study import Case
from lowdiff_lib.measures import metrics
from lowdiff_lib.specs import SIDES, RunSpec
from lowdiff_lib.training import runs, sweep

SAMPLES = 8


@dataclass(frozen=True)
class Sheet:
    """Pictures (a row each, with `image` [r, r]), how many stand side by side, and the runs that made them."""

    pictures: pd.DataFrame
    columns: int
    specs: list[RunSpec]


def samples(profile: str) -> Sheet:
    """Faces that A and B make of the same noise, for each n_train at which none of them is like a copy.

    Of the models of `denoising_faces.plan_finer`. Columns: dataset, n_train, side, sample, cosine (of the samples of A
    and B, after the mean face is subtracted), image.
    """
    shown, specs = [], []
    for case in _cases(profile):
        a = case.runs["A"]
        start = face_trajectories.pure_noise(a, SAMPLES, case.replicate)
        made = {side: sample(runs.load(case.runs[side]), a, start) for side in SIDES}
        if any(_copied(case.runs[side], images) for side, images in made.items()):
            continue
        middle = held_out_faces(a).mean(0)
        likeness = metrics.cosines(made["A"] - middle, made["B"] - middle).diag().tolist()
        specs += [case.runs[side] for side in SIDES]
        for side, images in made.items():
            for index, image in enumerate(images):
                about = {"dataset": a.dataset, "n_train": a.n_train, "side": side, "sample": index}
                shown.append(about | {"cosine": round(likeness[index], 4), "image": image[0].numpy()})
    return Sheet(pd.DataFrame(shown), SAMPLES, specs)


def trajectories(profile: str) -> Sheet:
    """One of these noises on its way to a face under A and under B, for the largest n_train; none if one is a copy.

    Columns: dataset and those of `face_trajectories.pictures`, without the differences.
    """
    case = _cases(profile)[-1]
    specs = [case.runs[side] for side in SIDES]
    found = face_trajectories.followed([case])
    answers = {spec.side: np.stack(found[found.what == spec.side].image)[:, None] for spec in specs}
    if any(_copied(spec, torch.from_numpy(answers[spec.side])) for spec in specs):
        found = found.iloc[:0]
    found = found[found.what.isin(["A: state", *SIDES])].sort_values(["what", "sigma"], ascending=[True, False])
    found.insert(0, "dataset", specs[0].dataset)
    return Sheet(found, found.sigma.nunique(), specs)


def _cases(profile: str) -> list[Case]:
    """The first repetition, by n_train, with A and B trained."""
    cases = denoising_faces.plan_finer(profile).first
    sweep.ensure([case.runs[side] for case in cases for side in SIDES])
    return sorted(cases, key=lambda case: case.runs["A"].n_train)


def _copied(spec: RunSpec, images: Tensor) -> bool:
    """Whether any of the images [n, 1, r, r] is a copy of a training face of a run, or more like one than others are.

    A rough copy is none by the usual rule (`memorisation.copies`). So it also counts if its centred cosine with a
    training face is above that of every held-out photograph.
    """
    train, held_out = training_faces(spec), held_out_faces(spec)
    likeness, usual = (most_alike(each, train, held_out.mean(0))[0] for each in (images, held_out))
    return bool((likeness > usual.max()).any() or copies(images, train, held_out).any())


PICTURES: dict[str, Callable[[str], Sheet]] = {  # published beside the tables: data/pictures/<name>.png
    "face_samples": samples,
    "face_trajectory": trajectories,
}
