"""Photographs in a .zip or an .npz, read in memory: nothing is unpacked to disk, no pickle is loaded."""

import contextlib
import lzma
import math
import stat
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import IO, ClassVar

import numpy as np

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.photographs.folder import (
    MAX_BYTES,
    Photograph,
    check_bytes,
    file_stamp,
    is_image,
    is_web_page,
    other_kinds,
    without_common_folder,
)
from lowdiff_lib.datasets.photographs.pixels import MAX_PIXELS, Unreadable, decode, gray

# What zipfile and numpy raise on damaged or hostile archives.
_FORMAT_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, tokenize.TokenError)
_ZIP_ERRORS = (*_FORMAT_ERRORS, EOFError, MemoryError, OSError, OverflowError, RuntimeError, ValueError)


class Archive:
    """The image files in a .zip, sorted by name; links, and names that point out of it, are refused."""

    def __init__(self, path: Path):
        self.path = path

    @cached_property
    def _infos(self) -> list[zipfile.ZipInfo]:
        with open_zip(self.path) as archive:
            return sorted(archive.infolist(), key=lambda info: info.filename)

    @cached_property
    def members(self) -> list[zipfile.ZipInfo]:
        return [info for info in self._infos if is_image(info.filename)]

    @property
    def others(self) -> dict[str, int]:
        """How many files of other kinds there are, by suffix."""
        return other_kinds(info.filename for info in self._infos if not is_image(info.filename))

    def __len__(self) -> int:
        return len(self.members)

    def stamp(self) -> list:
        return file_stamp(self.path)

    def __iter__(self) -> Iterator[Photograph]:
        # Photographs are read after this loop has moved on; the file is closed with the last of them.
        archive = open_zip(self.path)
        names = without_common_folder([info.filename for info in self.members])
        for info, name in zip(self.members, names, strict=True):
            yield Photograph(name, partial(_read_member, archive, info))


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Unreadable("a link")
    if "\\" in info.filename or info.filename.startswith("/") or ".." in PurePosixPath(info.filename).parts:
        raise Unreadable("its name points out of the archive")
    check_bytes(info.file_size)
    try:
        with archive.open(info) as file:
            return decode(file.read(MAX_BYTES))
    except _ZIP_ERRORS as error:
        raise Unreadable(f"damaged in the archive ({error})") from None


class Arrays:
    """An .npz with `images`, uint8 [n, height, width], and maybe `ids` [n], their names.

    Colour has 3 channels, last or first. Rows are streamed, so that memory holds few at a time.
    """

    others: ClassVar[dict[str, int]] = {}  # nothing else is in there

    def __init__(self, path: Path):
        self.path = path

    @contextlib.contextmanager
    def _images(self) -> Iterator[tuple[IO[bytes], tuple[int, ...]]]:
        """`images` as a file standing at its first row, and the shape of the array."""
        advice = f"{self.path}: save `images` as a uint8 array [n, height, width] with numpy.savez"
        with open_zip(self.path) as archive:
            try:
                info = archive.getinfo("images.npy")
                file = archive.open(info)
                version = np.lib.format.read_magic(file)
                header = {
                    (1, 0): np.lib.format.read_array_header_1_0,
                    (2, 0): np.lib.format.read_array_header_2_0,
                }
                shape, fortran, dtype = header[version](file)
            except KeyError:
                raise LowdiffError(f"{advice}; this file has no such array") from None
            except _ZIP_ERRORS as error:
                raise LowdiffError(f"{advice}; this one cannot be read ({error})") from None
            with file:
                if dtype != np.uint8 or fortran:  # an array of objects would be a pickle
                    raise LowdiffError(f"{advice}; this one has type {dtype}{' in Fortran order' * fortran}")
                if not _is_shape_of_images(shape):
                    raise LowdiffError(f"{advice}, or with 1 or 3 channels; this one has shape {shape}")
                if info.file_size - file.tell() != math.prod(shape):
                    raise LowdiffError(f"{advice}; this one is cut short")
                yield file, shape

    @cached_property
    def shape(self) -> tuple[int, ...]:
        with self._images() as (_, shape):
            return shape

    def __len__(self) -> int:
        return self.shape[0]

    def stamp(self) -> list:
        return file_stamp(self.path)

    @cached_property
    def names(self) -> list[str]:
        """`ids` as text; the row numbers where there are none."""
        with open_zip(self.path) as archive:
            if "ids.npy" not in archive.namelist():
                return [f"{row:06d}" for row in range(len(self))]
            try:
                with archive.open("ids.npy") as file:
                    ids = np.lib.format.read_array(file, allow_pickle=False)
            except _ZIP_ERRORS as error:
                raise LowdiffError(f"{self.path}: `ids` cannot be read ({error}); save them as text") from None
        if ids.shape != (len(self),) or ids.dtype.kind not in "USiu":
            raise LowdiffError(
                f"{self.path}: `ids` has shape {ids.shape} and type {ids.dtype}; "
                f"save one text or whole number for each of the {len(self):,} images"
            )
        return [str(name.decode(errors="replace") if isinstance(name, bytes) else name) for name in ids.tolist()]

    def __iter__(self) -> Iterator[Photograph]:
        names = self.names
        with self._images() as (file, shape):
            for name in names:
                try:
                    row = file.read(size := math.prod(shape[1:]))
                except _ZIP_ERRORS as error:
                    raise LowdiffError(f"{self.path} is damaged at {name} ({error}); fetch it again") from None
                if len(row) < size:
                    raise LowdiffError(f"{self.path} is cut short at {name}; fetch it again")
                yield Photograph(name, partial(gray, np.frombuffer(row, np.uint8).reshape(shape[1:])))


def _is_shape_of_images(shape: tuple[int, ...]) -> bool:
    gray_or_colour = len(shape) == 3 or (len(shape) == 4 and (shape[-1] in (1, 3) or shape[1] in (1, 3)))
    return gray_or_colour and min(shape) > 0 and math.prod(shape[1:]) <= 3 * MAX_PIXELS


def open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except OSError as error:
        raise LowdiffError(f"{path} cannot be opened: {error.strerror or error}") from None
    except _ZIP_ERRORS as error:
        if is_web_page(path):
            raise LowdiffError(
                f"{path} is a web page, not an archive: the server sent a message instead of the file, most "
                "likely that its download quota is used up; delete it and fetch the archive again another day"
            ) from None
        raise LowdiffError(f"{path} is not a whole archive ({error}); fetch it again") from None
