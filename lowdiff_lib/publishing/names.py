"""What can be published, by name, found before anything that computes is imported."""

from collections.abc import Sequence

from lowdiff_lib.base.checks import one_of
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments import arms as arms_of_grids
from lowdiff_lib.experiments import catalog, profiles

PICTURES = {  # and what makes them, in `sheets`; published beside the tables: data/pictures/<name>.png
    "face_samples": "samples",
    "face_trajectory": "trajectories",
    "face_portraits": "portraits",
}

WEIGHTS = "weights"  # data/weights/


def found(name: str, profile: str, arms: Sequence[str] = ()) -> str:
    """The name of a study, of pictures or of weights, hyphens as underscores. Raises LowdiffError for another one."""
    name = one_of([*catalog.STUDIES, *PICTURES, WEIGHTS], name.replace("-", "_"), "study")
    if name == WEIGHTS:
        for arm in arms:
            one_of([*arms_of_grids.MIXTURES, *arms_of_grids.FACES], arm, "arm")
    elif name not in PICTURES:
        return catalog.found(name, profile, arms)
    profiles.check(profile)
    if arms and name in PICTURES:
        raise LowdiffError(f"{name} are pictures, which have no arms; leave out --arm {arms[0]}")
    return name
