"""The book that the browser tests read: the real one, in the `smoke` profile, built in a copy of the project.

`LOWDIFF_BOOK=_build/html make test` reads a book that is built already.
"""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lowdiff_lib.base.storage import locked

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ["_config.yml", "_toc.yml", "jupytext.toml", "CITATION.cff", "book", "chapters", "data"]


def left_out(folder: str, names: list[str]) -> set[str]:
    """What is made, and photographs that a reader may have put there."""
    photographs = {"celeba"} if Path(folder) == ROOT / "data" else set()
    return ({"__pycache__", "cache"} | photographs) & set(names)


@pytest.fixture(scope="session")
def book(session_folder: Path) -> Path:
    """The folder of the built pages; one worker builds them, the others wait."""
    if "LOWDIFF_BOOK" in os.environ:
        return Path(os.environ["LOWDIFF_BOOK"]).resolve()
    project = session_folder / "project"
    with locked(project):
        if not project.exists():
            _build(project)
    return project / "_build" / "html"


def _build(project: Path) -> None:
    project.mkdir()
    for name in SOURCES:
        copy = shutil.copy if (ROOT / name).is_file() else functools.partial(shutil.copytree, ignore=left_out)
        copy(ROOT / name, project / name)
    environment = os.environ | {"LOWDIFF_ROOT": str(project)}
    for moved in ("LOWDIFF_RUNS", "LOWDIFF_DATA", "LOWDIFF_CELEBA"):
        environment.pop(moved, None)
    build = [sys.executable, "-m", "lowdiff_lib.cli", "build", "--profile", "smoke"]
    done = subprocess.run(build, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=1200)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def addresses(book: Path) -> Iterator[dict[str, str]]:
    """Where the book is to be had: from disk, and from a server on this machine."""
    handler = functools.partial(Quiet, directory=str(book))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {"file": book.as_uri(), "http": f"http://127.0.0.1:{server.server_address[1]}"}
        server.shutdown()


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """One browser for all tests; each page of a test is a fresh visitor's."""
    browsing = pytest.importorskip("browsing", reason="the browser tests need: pip install playwright")
    if not browsing.chromium():
        pytest.skip("the browser tests need Chromium: apt-get install chromium, or set LOWDIFF_CHROMIUM")
    with browsing.browser() as browser:
        yield browser
