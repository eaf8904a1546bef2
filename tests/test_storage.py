"""Files are whole or absent, last through a power cut, and may be read by whom the umask allows."""

import fcntl
import os
import stat
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lowdiff_lib.base import storage


@pytest.fixture
def umask():
    """The way to set the umask for the rest of a test."""
    before = os.umask(0)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_who_may_read_a_file_is_what_the_umask_says(tmp_path, umask, mask, mode):
    umask(mask)
    storage.write_if_changed(tmp_path / "new", b"content")
    storage.write_if_changed(tmp_path / "new", b"other content")
    with storage.replacing(tmp_path / "weights") as temporary:
        save_file({"w": torch.zeros(2)}, temporary)
    with storage.locked(tmp_path / "new"):
        pass
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {mode}


def test_the_name_of_a_file_is_synced_after_its_content(tmp_path, monkeypatch):
    synced = []

    def fsync(handle: int) -> None:
        synced.append((Path(os.readlink(f"/proc/self/fd/{handle}")), (tmp_path / "new").exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    storage.write_if_changed(tmp_path / "new", b"content")
    (content, was_there), (folder, is_there) = synced
    assert (content.parent, was_there) == (tmp_path, False)
    assert (folder, is_there) == (tmp_path, True)


def test_a_failed_writer_leaves_what_was_there(tmp_path):
    storage.write_if_changed(tmp_path / "file", b"old")

    def write() -> None:
        with storage.replacing(tmp_path / "file") as temporary:
            temporary.write_bytes(b"ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("file", b"old")]


def test_files_are_written_where_only_open_writers_can_be_synced_and_folders_not_opened(tmp_path, monkeypatch):
    """As on Windows."""
    sync, opened = os.fsync, os.open

    def fsync(handle: int) -> None:
        if fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(9, "Bad file descriptor")
        sync(handle)

    def open_file(path, flags, *mode, **options) -> int:
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, *mode, **options)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "open", open_file)
    assert storage.write_if_changed(tmp_path / "new", b"content")
    assert (tmp_path / "new").read_bytes() == b"content"
