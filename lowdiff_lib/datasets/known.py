"""Whether there is a data set of some name, found out without reading it."""

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.mixtures import MIXTURES, check_mixture
from lowdiff_lib.datasets.photographs.find import is_source, not_found


def check_dataset(dataset: str, resolution: int = 0) -> None:
    """Raise LowdiffError, with the nearest name, unless it is a mixture or, at a resolution, a source of photographs.

    Of a path DataNotFound is raised if nothing is there. Whether CelebA is here is asked when it is read.
    """
    if dataset in MIXTURES:
        return
    if not is_source(dataset):
        if not resolution:
            check_mixture(dataset)
        raise not_found(dataset)
    if not resolution:
        raise LowdiffError(f"dataset is {dataset!r} and resolution 0; of photographs give the pixels along a side")
