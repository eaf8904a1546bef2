"""Every study by name: what is swept, published, verified and claimed about.

A new study is one line here. Its name is that of its folder of published tables, `data/tables/<name>/`.

Names are found here before anything that computes is imported, so that a mistyped one is answered at once.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from lowdiff_lib.base.checks import choose, one_of
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments import profiles
from lowdiff_lib.experiments.arms import FACES, MIXTURES, Arm

if TYPE_CHECKING:
    import pandas as pd

    from lowdiff_lib.experiments.grid import Grid
    from lowdiff_lib.experiments.study import Plan, Study
    from lowdiff_lib.specs import RunSpec

STUDIES: dict[str, tuple[str, Mapping[str, Arm]]] = {  # where each is defined, and the arms of its grid
    "training_set_size": ("lowdiff_lib.experiments.studies.training_set_size:study", MIXTURES),
    "near_the_manifold": ("lowdiff_lib.experiments.studies.near_the_manifold:study", MIXTURES),
    "trajectories": ("lowdiff_lib.experiments.studies.trajectories:study", MIXTURES),
    "attractors": ("lowdiff_lib.experiments.studies.attractors:study", MIXTURES),
    "parting": ("lowdiff_lib.experiments.studies.parting:study", MIXTURES),
    "perturbed": ("lowdiff_lib.experiments.studies.perturbed:study", MIXTURES),
    "denoising_faces": ("lowdiff_lib.experiments.studies.denoising_faces:study", FACES),
    "face_blindness": ("lowdiff_lib.experiments.studies.face_blindness:study", FACES),
    "face_starts": ("lowdiff_lib.experiments.studies.face_starts:study", FACES),
    "face_starts_flow": ("lowdiff_lib.experiments.studies.face_starts:flow", FACES),
    "face_trajectories": ("lowdiff_lib.experiments.studies.face_trajectories:study", FACES),
    "memorisation": ("lowdiff_lib.experiments.studies.memorisation:study", FACES),
    "face_attractors": ("lowdiff_lib.experiments.studies.face_attractors:study", FACES),
    "face_perturbed": ("lowdiff_lib.experiments.studies.face_perturbed:study", FACES),
    "robustness": ("lowdiff_lib.experiments.studies.robustness:study", FACES),
}


def found(name: str, profile: str, arms: Sequence[str] = ()) -> str:
    """The name of a study, in which hyphens count as underscores. Raises LowdiffError for what there is not.

    arms: of the study. Imports nothing that computes.
    """
    name = one_of([*STUDIES], name.replace("-", "_"), "study")
    for arm in arms:
        one_of([*STUDIES[name][1]], arm, f"arm of {name}")
    profiles.check(profile)
    return name


def study(name: str) -> "Study":
    """A study by its name. Raises LowdiffError for one that there is not."""
    module, _, attribute = choose(STUDIES, name.replace("-", "_"), "study")[0].partition(":")
    return getattr(import_module(module), attribute)


def plans(
    name: str,
    profile: str,
    arms: Sequence[str] = (),
    datasets: Sequence[str] = (),
    sizes: Sequence[int] = (),
    repetitions: int = 0,
) -> "list[Plan]":
    """The arms of a study, or some of them, at the scale of a profile, or a part of it: some data sets, some sizes.

    Raises LowdiffError for what there is not.
    """
    wanted = study(found(name, profile, arms))
    return [wanted.plan(profile, arm, datasets, sizes, repetitions) for arm in arms or wanted.arms]


def usual(dataset: str, n_train: int, profile: str = "quick") -> "dict[str, RunSpec]":
    """The runs A, B and twin that the studies of a data set look at, of their first repetition, in a profile.

    dataset: a mixture's name; "faces", "celeba" or a path. n_train: training samples a side; 0 is the largest.
    Raises LowdiffError, TooFewSamples, DataNotFound.
    """
    from lowdiff_lib.datasets.mixtures import MIXTURES as MIXTURE_NAMES
    from lowdiff_lib.datasets.photographs.find import is_source
    from lowdiff_lib.experiments import faces, mixtures

    grid: Grid = faces.GRID if dataset not in MIXTURE_NAMES and is_source(dataset) else mixtures.GRID
    (case,) = grid.cases(profile, "told", [dataset], [n_train], 1)
    return dict(case.runs)


def stored(profile: str) -> "dict[str, pd.DataFrame]":
    """The tables of this profile that were measured on this machine, by study. Trains and measures nothing.

    Of mixtures, also those of a single one that the profile does not have, with its sizes and repetitions.
    """
    import pandas as pd

    from lowdiff_lib.datasets.mixtures import MIXTURES as MIXTURE_NAMES

    measured: dict[str, pd.DataFrame] = {}
    for name in STUDIES:
        each, there = study(name), []
        alone = [[dataset] for dataset in MIXTURE_NAMES] if each.grid.name == "mixtures" else []
        for arm in each.arms:
            known: set[str] = set()
            for datasets in ([], *alone):
                try:
                    table = each.plan(profile, arm, datasets).stored() if known.isdisjoint(datasets) else None
                except LowdiffError:  # this machine lacks its data; an unknown profile is found by whoever trains
                    continue
                if table is not None:
                    there.append(table)
                    known |= set(table.dataset)
        if there:
            measured[name] = pd.concat(there, ignore_index=True)
    return measured


def work(reached: Mapping[str, Iterable[str]], profile: str) -> dict[str, float]:
    """Rough work of what chapters have to train, by chapter; 0 for those that look at no study.

    reached: chapters in the order in which they will run, and the definitions that each reaches. Of a study the usual
    arm counts, but for what a chapter before trains, or was trained already.
    """
    from lowdiff_lib.training import runs, stacks

    found: dict[str, float] = {}
    done: set[RunSpec] = set()
    for chapter, names in reached.items():
        there, needed = set(names), []
        for name, (place, _) in STUDIES.items():
            with contextlib.suppress(LowdiffError):  # this machine lacks its data; whoever trains will say so
                needed += study(name).plan(profile).specs if place in there else []
        new = {spec for spec in needed if not runs.folder(spec).is_dir()} - done
        found[chapter] = sum(stacks.cost([spec]) for spec in new)
        done |= new
    return found
