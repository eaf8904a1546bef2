"""Pictures to pass on. What face models make of pure noise: no photograph is among them, and no copy of one.

And what they make of AT&T faces with noise, which may be passed on.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from lowdiff_lib.experiments.faces import FaceBench
from lowdiff_lib.experiments.grid import Case, first, train
from lowdiff_lib.experiments.studies import denoising_faces, explorer, face_trajectories
from lowdiff_lib.experiments.studies.memorisation import sample
from lowdiff_lib.measures import metrics
from lowdiff_lib.publishing.people import copied
from lowdiff_lib.specs import SIDES, RunSpec

SAMPLES = 8
ARM = "finer"  # whose models make the pictures


@dataclass(frozen=True)
class Sheet:
    """Pictures (a row each, with `image` [r, r]), how many stand side by side, and the runs that made them."""

    pictures: pd.DataFrame
    columns: int
    specs: list[RunSpec]


def samples(profile: str) -> Sheet:
    """Faces that A and B make of the same noise, for each n_train at which none of them is like a copy.

    Columns: dataset, n_train, side, sample, cosine (of the samples of A and B, after the mean face is subtracted),
    image.
    """
    shown, specs = [], []
    for bench in map(FaceBench, _cases(profile)):
        start = face_trajectories.pure_noise(bench.spec, SAMPLES, bench.repetition)
        made = {side: sample(bench.model(side), bench.spec, start) for side in SIDES}
        if any(copied(bench, side, images) for side, images in made.items()):
            continue
        middle = bench.held_out().mean(0)
        likeness = metrics.cosines(made["A"] - middle, made["B"] - middle).diag().tolist()
        specs += [bench.case.runs[side] for side in SIDES]
        for side, images in made.items():
            for index, image in enumerate(images):
                about = {"dataset": bench.spec.dataset, "n_train": bench.spec.n_train, "side": side, "sample": index}
                shown.append(about | {"cosine": round(likeness[index], 4), "image": image[0].numpy()})
    return Sheet(pd.DataFrame(shown), SAMPLES, specs)


def trajectories(profile: str) -> Sheet:
    """One of these noises on its way to a face under A and under B, for the largest n_train; none if one is a copy.

    Columns: dataset and those of `face_trajectories.pictures`, without the differences.
    """
    bench = FaceBench(_cases(profile)[-1])
    found = face_trajectories.followed([bench.case])
    answers = {side: np.stack(found[found.what == side].image)[:, None] for side in SIDES}
    if any(copied(bench, side, torch.from_numpy(images)) for side, images in answers.items()):
        found = found.iloc[:0]
    found = found[found.what.isin(["A: state", *SIDES])].sort_values(["what", "sigma"], ascending=[True, False])
    found.insert(0, "dataset", bench.spec.dataset)
    specs = [bench.case.runs[side] for side in SIDES]
    return Sheet(found, found.sigma.nunique(), specs)


def portraits(profile: str) -> Sheet:
    """AT&T faces with noise under A and B, for the explorer: its `portraits`."""
    cases = explorer.portrait_cases(profile)
    found = explorer.made(map(FaceBench, cases)).round({"left": 4, "apart": 4})
    columns = len(found) // (len(cases) * len(explorer.FACE_SIGMAS))  # a row a noise level
    return Sheet(found, columns, [case.runs[side] for case in cases for side in SIDES])


def _cases(profile: str) -> list[Case]:
    """The first repetition, by n_train, with A and B trained."""
    cases = first(denoising_faces.study.plan(profile, ARM).cases)
    train(cases, *SIDES)
    return sorted(cases, key=lambda case: case.spec.n_train)
