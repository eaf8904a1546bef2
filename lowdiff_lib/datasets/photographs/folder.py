"""A photograph, and a folder of them: a sequence of names with a way to read each.

One that cannot be used raises `Unreadable` when it is read, and its neighbours are still read: a bad file
should not cost a collection of 200,000. A collection that is broken as a whole raises LowdiffError.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Collection, Iterator
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.photographs.pixels import SUFFIXES, Unreadable, decode

MAX_BYTES = 200_000_000  # of one image file


class Photograph(NamedTuple):
    """One portrait: its name in the collection, and how to get its gray pixels [height, width]."""

    name: str
    read: Callable[[], np.ndarray]


class Folder:
    """The image files in a folder and below it, sorted by name; without hidden files and linked folders.

    suffixes: of the file names that count as images.
    """

    def __init__(self, path: Path, suffixes: Collection[str] = SUFFIXES):
        self.path, self.suffixes = path, suffixes

    @cached_property
    def files(self) -> dict[str, os.stat_result]:
        """Relative name -> size and time."""

        def refuse(error: OSError) -> None:
            raise LowdiffError(f"{error.filename} cannot be read: {error.strerror}")

        found = {}
        for folder, _, names in os.walk(self.path, onerror=refuse):
            for name in filter(self._counts, names):
                file = Path(folder, name)
                with contextlib.suppress(OSError):  # a link to nowhere
                    if stat.S_ISREG((status := file.stat()).st_mode):
                        found[file.relative_to(self.path).as_posix()] = status
        return {name: found[name] for name in sorted(found) if self._counts(name)}

    def _counts(self, name: str) -> bool:
        return is_image(name, self.suffixes)

    def __len__(self) -> int:
        return len(self.files)

    def stamp(self) -> list:
        """Changes when a file is added, removed or written to."""
        return [[name, status.st_size, status.st_mtime_ns] for name, status in self.files.items()]

    def __iter__(self) -> Iterator[Photograph]:
        for name, short in zip(self.files, without_common_folder(list(self.files)), strict=True):
            yield Photograph(short, partial(self._read, name))

    def _read(self, name: str) -> np.ndarray:
        check_bytes(self.files[name].st_size)
        try:
            return decode((self.path / name).read_bytes())
        except OSError as error:
            raise Unreadable(error.strerror or str(error)) from None


def file_stamp(path: Path) -> list:
    """Changes when the file is written to: name, bytes, time."""
    status = path.stat()
    return [path.name, status.st_size, status.st_mtime_ns]


def is_image(name: str, suffixes: Collection[str] = SUFFIXES) -> bool:
    """By its name: an image suffix, and no part of it hidden (macOS puts `._a.jpg` beside `a.jpg`)."""
    path = PurePosixPath(name)
    hidden = any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in path.parts)
    return path.suffix.lower() in suffixes and not hidden and not name.endswith("/")


def check_bytes(size: int) -> None:
    if size > MAX_BYTES:
        raise Unreadable(f"{size:,} bytes; at most {MAX_BYTES:,} are read")


def without_common_folder(names: list[str]) -> list[str]:
    """Names without the folders that all share, so that `img_align_celeba/1.jpg` is 1.jpg, zipped or not."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    shared = 0
    for level in zip(*folders, strict=False):
        if len(set(level)) > 1:
            break
        shared += 1
    return [str(PurePosixPath(*PurePosixPath(name).parts[shared:])) for name in names]
