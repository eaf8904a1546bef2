"""What data there is on this machine: `lowdiff data`."""

from collections.abc import Iterator

from lowdiff_lib.base.errors import DataNotFound
from lowdiff_lib.datasets.faces import load_faces
from lowdiff_lib.datasets.mixtures import MIXTURES, mixture


def describe(source: str | None = None, resolution: int = 20) -> Iterator[str]:
    """A paragraph on each data set, or on one: "faces", "celeba", or a folder, .zip or .npz of portraits.

    Faces that were not used at this resolution before are decoded, which takes minutes for all of CelebA.
    Raises DataNotFound, LowdiffError if `source` cannot be used.
    """
    if source is not None:
        yield _of(source, resolution)
        return
    yield "Mixtures of Gaussians, computed from their recipes:"
    for name in MIXTURES:
        exact = mixture(name)
        yield f"  {name}: {exact.dim} dimensions, {len(exact.weights)} components"
    for name in ("faces", "celeba"):
        try:
            yield f"\n{_of(name, resolution)}"
        except DataNotFound as error:
            yield f"\n{name}: {error}"


def _of(source: str, resolution: int) -> str:
    """For whoever is at this machine: with the path, which `describe` leaves out."""
    faces = load_faces(source, resolution)
    return f"{faces.describe()}\nthey lie at {faces.origin}"
