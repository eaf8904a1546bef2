"""Every study by name: what is swept, published, verified and claimed about.

A new study is one line here. Its name is that of its folder of published tables, `data/tables/<name>/`.
"""

from collections.abc import Sequence

import pandas as pd

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments.profiles import choose
from lowdiff_lib.experiments.studies import (
    attractors,
    denoising_faces,
    face_attractors,
    face_trajectories,
    memorisation,
    near_the_manifold,
    robustness,
    training_set_size,
    trajectories,
)
from lowdiff_lib.experiments.study import Plan, Study

STUDIES: dict[str, Study] = {
    module.study.name: module.study
    for module in (
        training_set_size,
        near_the_manifold,
        trajectories,
        attractors,
        denoising_faces,
        face_trajectories,
        memorisation,
        face_attractors,
        robustness,
    )
}


def study(name: str) -> Study:
    """A study by its name, in which hyphens count as underscores. Raises LowdiffError for one that there is not."""
    return choose(STUDIES, name.replace("-", "_"), "study")


def plans(name: str, profile: str, arms: Sequence[str] = ()) -> list[Plan]:
    """The arms of a study, or some of them, at the scale of a profile. Raises LowdiffError for what there is not."""
    found = study(name)
    return [found.plan(profile, arm) for arm in arms or found.arms]


def stored(profile: str) -> dict[str, pd.DataFrame]:
    """The tables of this profile that were measured on this machine, by study. Trains and measures nothing."""
    found: dict[str, pd.DataFrame] = {}
    for name, each in STUDIES.items():
        tables = []
        for arm in each.arms:
            try:
                tables.append(each.plan(profile, arm).stored())
            except LowdiffError:  # this machine lacks its data; an unknown profile is found by whoever trains
                continue
        there = [table for table in tables if table is not None]
        if there:
            found[name] = pd.concat(there, ignore_index=True)
    return found
