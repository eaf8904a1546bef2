"""What is published: tables `data/tables/<study>/<arm>.csv`, and `data/manifest.json` with what is known of each.

A table has the name "<study>/<arm>". It and its entry belong together although they are two files: the entry holds the
table's hash, and while a table is being replaced the manifest holds the entry that is coming beside the one that goes.
So at any moment, also after a kill, the table on disk fits exactly one entry; a table that fits none is damaged. The
manifest holds a hash of itself.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import NotAsPublished as NotAsPublished
from lowdiff_lib.base.storage import locked, read_record, remove_strays, replacing, write_record


@dataclass(frozen=True)
class Published:
    """A published table as it is on disk, and its entry in the manifest."""

    csv: bytes
    entry: dict[str, Any]


def find(name: str) -> Published | None:
    """The published table of that name; None if there is none.

    Raises NotAsPublished if the table, or the manifest, has other bytes than were published.
    """
    path = table_path(name)
    seen: tuple | None = None
    while True:  # until what is on disk fits, or does not change any more: a publisher may be at work
        manifest = read()
        if not path.is_file():
            return None
        csv = path.read_bytes()
        entries = [manifest[part][name] for part in ("tables", "pending") if name in manifest[part]]
        for entry in entries:
            if entry["sha256"] == hashlib.sha256(csv).hexdigest():
                return Published(csv, entry)
        if seen == (seen := (csv, entries)):
            raise NotAsPublished(_complaint(path, csv, entries))


def entries(of: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """What is known of published tables, of all or of some by their names. Raises NotAsPublished as `find`."""
    return [found.entry for name in (names() if of is None else of) if (found := find(name))]


def put(name: str, csv: bytes, entry: dict[str, Any]) -> None:
    """Publish a table with what is known of it, whole or not at all. Publishers wait for each other.

    Killed at any moment, it leaves what was published before, or this.
    """
    file = path_of_manifest()
    entry = {"file": f"tables/{name}.csv", "sha256": hashlib.sha256(csv).hexdigest(), "rows": count_rows(csv), **entry}
    with locked(file):
        _tidy_up()
        manifest = _settled(read())
        manifest["pending"] = {name: entry}
        write_record(path_of_manifest(), manifest)
        with replacing(table_path(name)) as temporary:
            temporary.write_bytes(csv)
        write_record(path_of_manifest(), _settled(manifest))


def read() -> dict[str, Any]:
    """The manifest: entries of `tables` and, while or after a publication that did not end, of `pending`.

    Nobody may change it. Raises NotAsPublished if it is damaged.
    """
    return read_record(path_of_manifest()) or {"tables": {}, "pending": {}}


def names() -> list[str]:
    """Names of all tables of which the manifest knows."""
    manifest = read()
    return sorted(manifest["tables"] | manifest["pending"])


def path_of_manifest() -> Path:
    return paths.data() / "manifest.json"


def folder() -> Path:
    """Where the tables are, a folder for each study."""
    return paths.data() / "tables"


def table_path(name: str) -> Path:
    return folder() / f"{name}.csv"


def count_rows(csv: bytes) -> int:
    return max(0, csv.count(b"\n") - 1)


def _complaint(path: Path, csv: bytes, entries: list[dict[str, Any]]) -> str:
    if not entries:
        return f"{path} is not in {path_of_manifest().name}: remove it, or publish it with lowdiff publish"
    rows = " or ".join(f"{entry['rows']:,}" for entry in entries)
    return (
        f"{path} is not what was published: its SHA-256 differs. It has {count_rows(csv):,} rows; {rows} were "
        "published. Bring it back (git checkout) or publish it again"
    )


def _settled(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest after a publication ended, well or not: a pending entry stays if its table is there."""
    tables = dict(manifest["tables"])
    for name, entry in manifest["pending"].items():
        path = table_path(name)
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]:
            tables[name] = entry
    return {"tables": dict(sorted(tables.items())), "pending": {}}


def _tidy_up() -> None:
    """Remove what a killed publisher left half written."""
    remove_strays(path_of_manifest())
    for left in folder().glob("*/.*.csv.*.tmp"):
        left.unlink(missing_ok=True)
