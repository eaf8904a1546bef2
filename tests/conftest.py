"""What the tests of training share: one thread, and one run store for the whole session, so "
"that a run is trained once."""

import os
from pathlib import Path

import pytest

# Before torch is imported. As runs are trained: the sums of one thread have one order, so that they repeat to the bit.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("session")


@pytest.fixture
def store(session_folder, monkeypatch) -> Path:
    """The session's run store, with a data folder beside it; the reader's own are left alone."""
    monkeypatch.setenv("LOWDIFF_RUNS", str(session_folder / "runs"))
    monkeypatch.setenv("LOWDIFF_DATA", str(session_folder / "data"))
    return session_folder / "runs"


@pytest.fixture
def empty_store(tmp_path, monkeypatch) -> Path:
    """A run store of one test alone, to damage."""
    monkeypatch.setenv("LOWDIFF_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"
