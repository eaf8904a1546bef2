"""Photographs decoded once: one uint8 array on disk, memory-mapped, beside a .json that vouches for it.

The .json is written last and holds the array's sha256 and a checksum of itself: an array without it was
interrupted, one that differs from it is damaged, and either is made again.
"""

import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np

from lowdiff_lib.base import machine, storage
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.photographs.duplicates import FINE, near_duplicates
from lowdiff_lib.datasets.photographs.find import Portraits
from lowdiff_lib.datasets.photographs.folder import Photograph, in_words
from lowdiff_lib.datasets.photographs.pixels import Unreadable, square, square_side

Identify = Callable[[list[str]], list[int]]  # photographs' names -> who is on each

_BATCH = 256  # photographs handed to the decoding threads, and rows written, at once
_PATIENCE = 5.0  # seconds between two lines of progress
_MANY = 20_000  # photographs that take minutes to compare

_verified: set[tuple] = set()  # arrays whose sha256 this process has checked


def load(
    array: Path, found: Portraits, resolution: int, identify: Identify | None, repeats: bool
) -> tuple[np.ndarray, dict[str, Any]]:
    """The images of `found`, [n, resolution, resolution] uint8 and memory-mapped, and what is known of them.

    As they lie at `array`, or made there now, by one process while others wait. What is known: ids, identity,
    dropped, skipped and sha256, as in FaceSet.

    identify: gives the person on each named photograph. repeats: whether to drop near-duplicates.
    Raises LowdiffError if there are not two usable photographs, or no room to keep them.
    """
    try:
        cached = _read(array)
        if cached is None:
            with storage.locked(array):
                if (cached := _read(array)) is None:  # another process may have made it meanwhile
                    _make(array, found, resolution, identify, repeats)
                    cached = _read(array)
    except OSError as error:
        raise LowdiffError(
            f"the images cannot be kept at {array.parent}: {error.strerror or error}; "
            "make room there, or name another folder in LOWDIFF_CACHE"
        ) from None
    if cached is None:
        raise LowdiffError(f"{array} does not read back as written; name another disk in LOWDIFF_CACHE")
    return cached


class Pixels(np.memmap):
    """An array on disk. Rows that are picked by their numbers are read through a mapping of their own, which then goes.

    Else all the pages that were read would stay with the process, 0.3 GB for 44,000 faces of 80 x 80.
    """

    def __getitem__(self, rows: Any) -> Any:
        if isinstance(rows, np.ndarray) and self.filename and self._is_whole(self.filename):
            return np.asarray(np.memmap(self.filename, self.dtype, "r", self.offset, self.shape))[rows]
        return super().__getitem__(rows)

    def _is_whole(self, file: str) -> bool:
        """Whether this is all of its file, and no part or turn of it, which numpy gives the same name and offset."""
        return self.flags.c_contiguous and self.offset + self.nbytes == Path(file).stat().st_size


def _read(array: Path) -> tuple[np.ndarray, dict[str, Any]] | None:
    """What is at `array`; None if it is not there, or (with a warning) damaged."""
    vouch = array.with_suffix(".json")
    if not (array.is_file() and vouch.is_file()):
        return None
    try:
        about = storage.unseal(vouch.read_bytes())
        whole = _is_whole(array, about["sha256"])
    except (ValueError, KeyError):
        whole = False
    if not whole:
        warnings.warn(f"{array} or its .json is damaged; it is made again from the photographs", stacklevel=3)
        return None
    return np.load(array, mmap_mode="r", allow_pickle=False).view(Pixels), about


def _make(array: Path, found: Portraits, resolution: int, identify: Identify | None, repeats: bool) -> None:
    """Decode all photographs and write `array`, then its .json.

    Images pass through files, not memory: by ordinary writes, which report a full disk where a memory map
    would kill the process, into nameless files, which vanish with it.
    """
    for file in (array, array.with_suffix(".json")):
        storage.remove_strays(file)
    with tempfile.TemporaryFile(dir=array.parent) as small, tempfile.TemporaryFile(dir=array.parent) as fine:
        ids, skipped = _decode_all(found, resolution, small, fine)
        _report(found, len(ids), skipped)
        person = identify(ids) if identify else None
        if repeats and len(ids) > _MANY:
            _say(f"comparing {len(ids):,} photographs with each other")
        same = near_duplicates(_mapped(fine, len(ids), FINE)) if repeats else {}
        kept = [row for row in range(len(ids)) if row not in same]
        if len(kept) < 2:
            raise LowdiffError(f"{found.path}: all photographs are near-duplicates of one; at least 2 are needed")
        with storage.replacing(array) as temporary:
            _write(temporary, _mapped(small, len(ids), resolution), kept)
            digest = storage.sha256(temporary)
    about = {
        "ids": [ids[row] for row in kept],
        "identity": person and [person[row] for row in kept],
        "dropped": {ids[row]: ids[earlier] for row, earlier in same.items()},
        "skipped": skipped,
        "sha256": digest,
    }
    storage.write_if_changed(array.with_suffix(".json"), json.dumps(storage.seal(about)).encode())


def some(items: Iterable[str], most: int = 5) -> str:
    """The first few of a list, and how many more there are; control characters escaped."""
    listed = [repr(item)[1:-1] for item in items]
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return "; ".join(listed[:most]) + more


def _decode_all(found: Portraits, resolution: int, small: IO[bytes], fine: IO[bytes]) -> tuple[list[str], dict]:
    """Append each photograph to both files; the names of those appended, and why others were not."""

    def squares(photograph: Photograph) -> tuple[bytes, bytes] | str:
        try:
            pixels = photograph.read()
            if (side := square_side(pixels)) < resolution:
                raise Unreadable(f"{side} pixels across, less than the resolution {resolution}")
            image = square(pixels, resolution)
            if image.min() == image.max():
                raise Unreadable("blank")
            return image.tobytes(), square(pixels, FINE).tobytes()
        except Unreadable as why:
            return str(why)

    ids: dict[str, None] = {}
    skipped: dict[str, str] = {}
    said = time.monotonic()
    photographs = iter(found)
    with ThreadPoolExecutor(min(8, machine.cores())) as pool:
        while batch := list(islice(photographs, _BATCH)):
            for (name, _), result in zip(batch, pool.map(squares, batch), strict=True):
                if isinstance(result, str):
                    skipped[name] = result
                elif name in ids:
                    skipped[name] = "there twice; the first is used"
                else:
                    ids[name] = None
                    small.write(result[0])
                    fine.write(result[1])
            if time.monotonic() - said > _PATIENCE:
                said = time.monotonic()
                _say(f"reading {found.path}: {len(ids) + len(skipped):,} of {len(found):,} photographs")
    return list(ids), skipped


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # else it would be on the page of a chapter, path and all


def _report(found: Portraits, used: int, skipped: dict[str, str]) -> None:
    reasons = some(f"{name}: {why}" for name, why in skipped.items())
    if used < 2:
        raise LowdiffError(
            f"{found.path}: {used} of {len(found):,} photographs can be used, at least 2 are needed; "
            f"{reasons or 'add more'}"
        )
    said = [f"{len(skipped):,} of {len(found):,} left out ({reasons})"] if skipped else []
    if found.others:
        others = f"{sum(found.others.values()):,} files of other kinds"
        said.append(f"{others} are not read ({in_words(found.others)})")
    if said:
        warnings.warn(f"{found.path}: {'; '.join(said)}", stacklevel=4)


def _write(path: Path, images: np.ndarray, rows: list[int]) -> None:
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (len(rows), *images.shape[1:])}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(rows), _BATCH):
            file.write(images[rows[start : start + _BATCH]].tobytes())


def _mapped(file: IO[bytes], n: int, side: int) -> np.ndarray:
    file.flush()
    return np.memmap(file, np.uint8, "r", shape=(n, side, side))


def _is_whole(array: Path, digest: str) -> bool:
    status = array.stat()
    state = (array, digest, status.st_ino, status.st_size, status.st_mtime_ns)
    if state not in _verified:
        if storage.sha256(array) != digest:
            return False
        _verified.add(state)
    return True
