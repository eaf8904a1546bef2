"""What a chapter reads besides its code: files of the data folder, measured tables in the run store.

Which files, its code says: each part of the data folder has its readers in the library, and a chapter depends on the
parts whose readers it reaches. One that gets to the data folder past all of them may read anything there.
"""

import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from lowdiff_lib.base import paths, storage
from lowdiff_lib.base.fingerprint import code_dependencies, find

DATA = "lowdiff_lib.base.paths:data"
STORED = "lowdiff_lib.experiments.catalog:stored"  # reads the tables that other chapters measured
READERS = {  # part of the data folder, most by the name of its folder -> modules, packages or definitions
    "tables": ("lowdiff_lib.tables.manifest",),
    "pictures": ("lowdiff_lib.tables.pictures",),
    "weights": ("lowdiff_lib.models.weights",),
    "benchmarks": ("lowdiff_lib.tables.speed",),
    "authors": ("lowdiff_lib.tables.authors",),
    "photographs": ("lowdiff_lib.datasets.faces", "lowdiff_lib.datasets.photographs"),
    "nothing": ("lowdiff_lib.training.engines:_places",),  # tells others where it is
}
LARGE = 1_000_000  # bytes
MANY = 500  # files in one folder


def data_read(code: str, library: Mapping[str, str]) -> dict[str, str]:
    """State of what the code of a chapter can read in the data folder. library: the definitions that it reaches."""
    if not _reaches(library, DATA):
        return {}
    readers = [reader for part in READERS.values() for reader in part]
    parts = {part for part, names in READERS.items() if any(_reaches(library, name) for name in names)}
    if _reaches(code_dependencies(code, without=readers), DATA):
        parts = {*READERS}
    return {name: state for name, state in data_state() if _part_of(name) in parts}


def reads_tables(library: Mapping[str, str]) -> bool:
    """Whether a chapter shows tables that others measure, and so depends on what is in the run store."""
    return _reaches(library, STORED)


def table_state() -> dict[str, str]:
    """The measured tables in the run store; their names change with what they hold."""
    return {path.stem: "" for path in (paths.runs() / "tables").glob("*.json")}


def _reaches(library: Mapping[str, str], name: str) -> bool:
    """Whether a definition, or one of a module or package, is in the library. Raises LookupError if there is none."""
    _is_there(name)
    return name in library or any(key.startswith((f"{name}:", f"{name}.")) for key in library)


@functools.cache
def _is_there(name: str) -> None:
    """Once a process: to look goes through all files of the library. Raises LookupError."""
    find(name)


def _part_of(name: str) -> str:
    folder, _, file = name.rpartition("/")
    if not folder and (file == "manifest.json" or file.endswith(".csv")):
        return "tables"
    top = folder.partition("/")[0]
    return top if top in READERS else "photographs"


def data_state() -> Iterator[tuple[str, str]]:
    """The data on this machine: a hash of each small file, size and time of a large one.

    A folder of very many files (CelebA has 200,000) counts as one thing: how many, and when one came or went.
    Hidden files, texts for people, the cache of prepared images and what the tests measured are left out.
    """
    if paths.data().is_dir():
        yield from _state_of(paths.data())
    elsewhere = os.environ.get("LOWDIFF_CELEBA", "")
    if elsewhere and Path(elsewhere).exists():
        yield elsewhere, str(Path(elsewhere).stat().st_mtime_ns)


def _state_of(folder: Path) -> Iterator[tuple[str, str]]:
    entries = sorted(entry for entry in os.listdir(folder) if not entry.startswith(".") and entry[-3:] != ".md")
    if len(entries) > MANY:
        yield _data_name(folder), f"{len(entries)} files, {folder.stat().st_mtime_ns}"
        return
    for path in (folder / entry for entry in entries):
        status = path.stat()
        if path.is_dir() and path not in (paths.cache(), paths.data() / "trust"):
            yield from _state_of(path)
        elif path.is_file() and status.st_size > LARGE:
            yield _data_name(path), f"{status.st_size} bytes, {status.st_mtime_ns}"
        elif path.is_file():
            yield _data_name(path), _hash(path, status.st_size, status.st_mtime_ns)


@functools.cache
def _hash(path: Path, _size: int, _time: int) -> str:
    """Once a process and change: each chapter asks."""
    return storage.sha256(path)[:16]


def _data_name(path: Path) -> str:
    return path.relative_to(paths.data()).as_posix()
