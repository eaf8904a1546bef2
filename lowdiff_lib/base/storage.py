"""Files that are either whole or absent, records that show when they were changed, and one writer at a time."""

import contextlib
import glob
import hashlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from lowdiff_lib.base.errors import NotAsPublished


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if the block succeeds, else remove it.

    A power cut leaves the old file or the new one, and two files in the order in which they were written. Who may read
    it is decided by the umask, as for any other file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    temporary.touch(exist_ok=False)
    mode = stat.S_IMODE(temporary.stat().st_mode)
    try:
        yield temporary
        temporary.chmod(mode)  # what safetensors writes, as what tempfile makes, is for its maker alone
        with temporary.open("r+b") as written:  # Windows syncs only what is open for writing
            os.fsync(written.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make names in a folder last. Windows opens no folder, some network file systems sync none: they do it alone."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write `content` to `path` atomically unless it is there already; say whether anything was written."""
    if path.is_file() and path.read_bytes() == content:
        return False
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return True


def remove_strays(path: Path) -> None:
    """Remove what killed writers of `path` left half written beside it. For who holds the lock of `path`."""
    for stray in path.parent.glob(f".{glob.escape(path.name)}.*"):
        if stray.is_dir():
            shutil.rmtree(stray, ignore_errors=True)
        elif stray.suffix != ".lock":
            stray.unlink(missing_ok=True)


def seal(record: dict[str, Any]) -> dict[str, Any]:
    """The record with a hash of itself, under `check`; to be written as JSON."""
    return {"check": digest(record), **record}


def unseal(text: str | bytes) -> dict[str, Any]:
    """A record that was sealed, from its JSON. Raises ValueError if it is not what was written."""
    record = json.loads(text)
    if not isinstance(record, dict) or record.pop("check", None) != digest(record):
        raise ValueError("a sealed record is not what was written")
    return record


def read_record(path: Path) -> dict[str, Any] | None:
    """What is known of published files: a sealed record, parsed once, which nobody may change. None if there is none.

    Raises NotAsPublished if it is damaged.
    """
    if not path.is_file():
        return None
    try:
        return _parsed(path.read_bytes())
    except ValueError:
        raise NotAsPublished(f"{path} is damaged or was edited by hand; bring it back (git checkout)") from None


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Replace a record of published files. For who holds its lock."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(seal(dict(record)), indent=1) + "\n", encoding="utf-8")


@lru_cache(maxsize=2)  # of tables, and of weights
def _parsed(content: bytes) -> dict[str, Any]:
    return unseal(content)


def digest(content: Any) -> str:
    """SHA-256 of anything that can be written as JSON."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def locked(path: Path) -> FileLock:
    """A lock between processes, held by one `with` block at a time and freed when its process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path.with_name(f".{path.name}.lock"))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
