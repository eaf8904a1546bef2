"""For all tests: one numerical thread a process, one run store a session, and tests that share something together.

Threads that share tiny matrix products wait for each other, most of all beside another busy process; and one thread
gives the same bits every time.
"""

import os
from pathlib import Path

import pytest

# Before torch is imported.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"


@pytest.hookimpl(tryfirst=True)  # before the workers read the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers (-n): a file stays together, and so do all that share a book or a run store."""
    for item in items:
        shares = "store" if "store" in getattr(item, "fixturenames", ()) else str(item.path)
        item.add_marker(pytest.mark.xdist_group("browser" if "browser" in item.path.parts else shares))


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
