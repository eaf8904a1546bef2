"""Benches whose models are published weights: pictures and tables of full quality, without training."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from lowdiff_lib.experiments import grid
from lowdiff_lib.experiments.faces import GRID as FACES
from lowdiff_lib.experiments.faces import FaceBench
from lowdiff_lib.experiments.grid import Case, arm_of
from lowdiff_lib.experiments.mixtures import GRID, MixtureBench
from lowdiff_lib.experiments.profiles import PUBLISHED
from lowdiff_lib.models import weights
from lowdiff_lib.models.denoiser import Denoiser
from lowdiff_lib.specs import SIDES, RunSpec

ROLES = ("A", "B", "twin")


def bench(dataset: str, arm: str, n_train: int) -> MixtureBench:
    """A mixture's bench with the published A, B and twin. Raises LowdiffError, NotAsPublished."""
    specs, models = _networks(dataset, arm, n_train, ROLES)
    return MixtureBench(Case(arm_of(GRID, arm), specs, 0), models)


def on_att_faces(arm: str, n_train: int) -> FaceBench:
    """The bench of AT&T faces, with the published A and B of CelebA as its models, who know none of those people.

    arm: such as told-finer. Raises LowdiffError, NotAsPublished.
    """
    specs, models = _networks("celeba", arm, n_train, SIDES)
    shown = {side: dataclasses.replace(spec, dataset="faces") for side, spec in specs.items()}
    return FaceBench(Case(arm_of(FACES, arm), shown, 0), models)


def _networks(
    dataset: str, arm: str, n_train: int, roles: Sequence[str]
) -> tuple[dict[str, RunSpec], dict[str, Denoiser]]:
    """Published networks with their runs, by role."""
    files = weights.record()["files"]
    models = {role: weights.load(dataset, arm, n_train, role) for role in roles}
    specs = {role: weights.spec_of(files[weights.name_of(dataset, arm, n_train, role)]) for role in roles}
    return specs, models


def ends(profile: str, dataset: str, sizes_asked: Sequence[int] = ()) -> list[MixtureBench]:
    """Of one mixture the benches for the first and the last of some n_train: told sigma, first repetition.

    With the profile `published` their models are published ones, if there are; none named: from the first n_train above
    1 on. Else they are trained.
    """
    known = sizes(dataset, "told") if profile == PUBLISHED else []
    if known and set(sizes_asked) <= set(known):
        chosen = sorted(sizes_asked) or [n for n in known if n > 1] or known
        return [bench(dataset, "told", n) for n in dict.fromkeys([chosen[0], chosen[-1]])]
    cases = grid.ends(GRID.cases(profile, "told", [dataset], sizes_asked))
    grid.train(cases)
    return [MixtureBench(case) for case in cases]


def sizes(dataset: str, arm: str) -> list[int]:
    """Each n_train whose weights are published and here, the smallest first. Raises NotAsPublished."""
    mine = [each for each in weights.record()["files"].items() if _is_of(each[1], dataset, arm)]
    return sorted({entry["n_train"] for name, entry in mine if weights.path(name).is_file()})


def _is_of(entry: dict[str, Any], dataset: str, arm: str) -> bool:
    return (entry["dataset"], entry["arm"]) == (dataset, arm)
