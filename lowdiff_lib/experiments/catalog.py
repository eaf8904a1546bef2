"""Every experiment by name: what is swept, published, verified and claimed about.

A new experiment is one line here. Its name is that of its published table, `data/<name>.csv`.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd

from lowdiff_lib import tables
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments.profiles import choose
from lowdiff_lib.experiments.studies import (
    attractors,
    denoising_faces,
    face_attractors,
    face_objectives,
    face_trajectories,
    memorisation,
    near_the_manifold,
    objectives,
    robustness,
    training_set_size,
    trajectories,
)
from lowdiff_lib.experiments.study import Plan

EXPERIMENTS: dict[str, Callable[[str], Plan]] = {
    "training_set_size": training_set_size.plan,
    "training_set_size_half": partial(training_set_size.plan_budget, 0.5),
    "training_set_size_twice": partial(training_set_size.plan_budget, 2),
    "training_set_size_eightfold": partial(training_set_size.plan_budget, 8, datasets=("spiral", "sharpcov")),
    "near_manifold": near_the_manifold.plan,
    "objectives": objectives.plan,
    "denoising_faces": denoising_faces.plan,
    "denoising_faces_twice": denoising_faces.plan_twice,
    "denoising_faces_few": denoising_faces.plan_few,
    "denoising_faces_finer": denoising_faces.plan_finer,
    "denoising_faces_bfloat16": denoising_faces.plan_bfloat16,
    "face_objectives": face_objectives.plan,
    "face_trajectories": face_trajectories.plan,
    "memorisation": memorisation.plan,
    "face_attractors": face_attractors.plan,
    "face_jacobians": robustness.plan,
    "trajectories": trajectories.plan,
    "attractors": attractors.plan,
}


def plan(experiment: str, profile: str) -> Plan:
    """An experiment at the scale of a profile. Raises LowdiffError for a name or profile that there is not."""
    return choose(EXPERIMENTS, experiment, "experiment")(profile)


def stored(profile: str) -> dict[str, pd.DataFrame]:
    """The tables of this profile that were measured on this machine, by experiment. Trains and measures nothing."""
    found = {}
    for name, make in EXPERIMENTS.items():
        try:
            table = make(profile).stored()
        except LowdiffError:  # this machine lacks its data; an unknown profile is found by whoever trains
            continue
        if table is not None:
            found[name] = table
    return tables.joined(found)
