"""What can be published, by name, found before anything that computes is imported."""

from collections.abc import Sequence

from lowdiff_lib.base.checks import one_of
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments import catalog, profiles

PICTURES = {  # and what makes them, in `sheets`; published beside the tables: data/pictures/<name>.png
    "face_samples": "samples",
    "face_trajectory": "trajectories",
}


def found(name: str, profile: str, arms: Sequence[str] = ()) -> str:
    """The name of a study or of pictures, hyphens as underscores. Raises LowdiffError for what there is not."""
    name = one_of([*catalog.STUDIES, *PICTURES], name.replace("-", "_"), "study")
    if name not in PICTURES:
        return catalog.found(name, profile, arms)
    profiles.check(profile)
    if arms:
        raise LowdiffError(f"{name} are pictures, which have no arms; leave out --arm {arms[0]}")
    return name
