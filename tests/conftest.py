"""For all tests: one numerical thread a process, on the cores, one run store a session.

Threads that share tiny matrix products wait for each other, most of all beside another busy process; and one thread
gives the same bits every time.
"""

import os
from pathlib import Path

import pytest

# Before torch is imported.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["LOWDIFF_WORKERS"] = "1"  # a process to train in loads torch first; tests of several ask for them
os.environ["LOWDIFF_DEVICE"] = "cpu"  # the same bits every time; tests/test_devices.py asks for cards


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that wait longest, for a book to be built, first; other files that read it last, when it is there.

    Else a second worker would wait for it, too, with nothing to do.
    """
    browsing = [item for item in items if item.path.parent.name == "browser"]
    readers = {item.path for item in browsing if "book" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: -1 if item.path.name == "test_pages.py" else item.path in readers)


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the session, shared by all its workers (-n): runs are made to be asked for by several at once."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "session"
    folder.mkdir(exist_ok=True)
    return folder


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
