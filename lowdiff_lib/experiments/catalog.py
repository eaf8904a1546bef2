"""Every study by name, with its arms: what is swept, published, verified and claimed about.

A new study is one line here. Its name is that of its folder of published tables, `data/tables/<name>/`.

Names are found here before anything that computes is imported, so that a mistyped one is answered at once.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments.profiles import NAMES, choose, one_of

if TYPE_CHECKING:
    import pandas as pd

    from lowdiff_lib.experiments.study import Plan, Study

STUDIES = {  # and where each is defined
    "training_set_size": "lowdiff_lib.experiments.studies.training_set_size:study",
    "near_the_manifold": "lowdiff_lib.experiments.studies.near_the_manifold:study",
    "trajectories": "lowdiff_lib.experiments.studies.trajectories:study",
    "attractors": "lowdiff_lib.experiments.studies.attractors:study",
    "blindness": "lowdiff_lib.experiments.studies.blindness:study",
    "denoising_faces": "lowdiff_lib.experiments.studies.denoising_faces:study",
    "face_blindness": "lowdiff_lib.experiments.studies.face_blindness:study",
    "face_starts": "lowdiff_lib.experiments.studies.face_starts:study",
    "face_starts_flow": "lowdiff_lib.experiments.studies.face_starts:flow",
    "face_trajectories": "lowdiff_lib.experiments.studies.face_trajectories:study",
    "memorisation": "lowdiff_lib.experiments.studies.memorisation:study",
    "face_attractors": "lowdiff_lib.experiments.studies.face_attractors:study",
    "robustness": "lowdiff_lib.experiments.studies.robustness:study",
}
ARMS = {  # of the studies that are measured of more than the usual networks
    "training_set_size": ("told", "half", "twice", "eightfold", "ncsn", "ssm"),
    "blindness": ("told", "blind", "earlier"),
    "face_blindness": ("told", "blind"),
    "face_starts": ("told", "blind"),
    "face_starts_flow": ("told", "blind"),
    "denoising_faces": ("told", "twice", "fourfold", "finer", "bfloat16", "ncsn", "ssm"),
}


def arms_of(name: str) -> tuple[str, ...]:
    """The arms that a study is measured of, the usual one first."""
    return ARMS.get(name, ("told",))


def found(name: str, profile: str, arms: Sequence[str] = ()) -> str:
    """The name of a study, in which hyphens count as underscores. Raises LowdiffError for what there is not.

    arms: of the study. Imports nothing that computes.
    """
    name = one_of([*STUDIES], name.replace("-", "_"), "study")
    for arm in arms:
        one_of(arms_of(name), arm, f"arm of {name}")
    one_of(NAMES, profile)
    return name


def study(name: str) -> "Study":
    """A study by its name. Raises LowdiffError for one that there is not."""
    module, _, attribute = choose(STUDIES, name.replace("-", "_"), "study").partition(":")
    return getattr(import_module(module), attribute)


def plans(name: str, profile: str, arms: Sequence[str] = ()) -> "list[Plan]":
    """The arms of a study, or some of them, at the scale of a profile. Raises LowdiffError for what there is not."""
    wanted = study(found(name, profile, arms))
    return [wanted.plan(profile, arm) for arm in arms or wanted.arms]


def stored(profile: str) -> "dict[str, pd.DataFrame]":
    """The tables of this profile that were measured on this machine, by study. Trains and measures nothing."""
    import pandas as pd

    measured: dict[str, pd.DataFrame] = {}
    for name in STUDIES:
        each = study(name)
        tables = []
        for arm in each.arms:
            try:
                tables.append(each.plan(profile, arm).stored())
            except LowdiffError:  # this machine lacks its data; an unknown profile is found by whoever trains
                continue
        there = [table for table in tables if table is not None]
        if there:
            measured[name] = pd.concat(there, ignore_index=True)
    return measured
