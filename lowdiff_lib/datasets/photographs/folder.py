"""A photograph, and a folder of them: a sequence of names with a way to read each.

One that cannot be used raises `Unreadable` when it is read, and its neighbours are still read: a bad file
should not cost a collection of 200,000. A collection that is broken as a whole raises LowdiffError.
"""

import contextlib
import os
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.photographs.pixels import SUFFIXES, Unreadable, decode

MAX_BYTES = 200_000_000  # of one image file
IDENTITY_FILES = ("identity_CelebA.txt", "identity.txt")
READ_OTHERWISE = (*IDENTITY_FILES, ".zip", ".npz")


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

    @property
    def files(self) -> dict[str, os.stat_result]:
        """Relative name of each image file -> size and time."""
        return self._found[0]

    @property
    def others(self) -> dict[str, int]:
        """How many files of other kinds there are, by suffix; none where `suffixes` says that others are expected."""
        return self._found[1] if self.suffixes is SUFFIXES else {}

    @cached_property
    def _found(self) -> tuple[dict[str, os.stat_result], dict[str, int]]:
        def refuse(error: OSError) -> None:
            raise LowdiffError(f"{error.filename} cannot be read: {error.strerror}")

        found, others = {}, []
        for folder, _, names in os.walk(self.path, onerror=refuse):
            for name in names:
                file = Path(folder, name)
                relative = file.relative_to(self.path).as_posix()
                if not self._counts(relative):
                    others.append(relative)
                    continue
                with contextlib.suppress(OSError):  # a link to nowhere
                    if stat.S_ISREG((status := file.stat()).st_mode):
                        found[relative] = status
        return {name: found[name] for name in sorted(found)}, other_kinds(others)

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


def other_kinds(names: Iterable[str]) -> dict[str, int]:
    """How many of the files that are no images here there are of each suffix; without hidden files and what is read."""
    kinds = Counter(
        PurePosixPath(name).suffix.lower() or "without suffix"
        for name in names
        if not is_hidden(name) and not name.endswith(("/", *READ_OTHERWISE))
    )
    return dict(kinds.most_common())


def in_words(others: dict[str, int]) -> str:
    """Such as: .heic 12, .mov 1."""
    return ", ".join(f"{suffix} {count:,}" for suffix, count in others.items())


def file_stamp(path: Path) -> list:
    """Changes when the file is written to: name, bytes, time."""
    status = path.stat()
    return [path.name, status.st_size, status.st_mtime_ns]


def is_image(name: str, suffixes: Collection[str] = SUFFIXES) -> bool:
    """By its name: an image suffix, and no part of it hidden (macOS puts `._a.jpg` beside `a.jpg`)."""
    return PurePosixPath(name).suffix.lower() in suffixes and not is_hidden(name) and not name.endswith("/")


def is_hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in parts)


def is_web_page(file: Path) -> bool:
    """Whether a server sent a page with a message instead of the file."""
    with file.open("rb") as opened:
        return opened.read(1024).lstrip().lower().startswith((b"<!doctype html", b"<html"))


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
