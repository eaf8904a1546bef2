"""Pages that follow their texts: what changes is built at once, in copies of a process that has all of it loaded.

To load what makes the pages takes longer than to make one. Only where a process can be copied, which is not on Windows.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.words import duration
from lowdiff_lib.book import pages

POSSIBLE = hasattr(os, "fork")
INTERVAL = 0.2  # seconds
LIBRARY = Path(__file__).resolve().parents[1]
FOLDERS = ("chapters", "book", "data")


def start(build: Callable[[], object]) -> None:
    """Call `build`, and again when a file of the book changes, beside this process and for as long as it lives."""
    if not POSSIBLE:
        raise LowdiffError("--watch needs a system that can copy a process, which Windows cannot; use lowdiff build")
    known, parent = _state(), os.getpid()
    build()
    if os.fork() == 0:
        try:
            _follow(parent, known, build)
        except KeyboardInterrupt:
            pass
        finally:
            os._exit(0)


def _follow(parent: int, known: dict[str, tuple[int, int]], build: Callable[[], object]) -> None:
    fresh = True
    pages.load()
    while os.getppid() == parent:
        if (now := _state()) == known:
            time.sleep(INTERVAL)
            continue
        changed = {Path(name) for name in known.keys() | now.keys() if known.get(name) != now.get(name)}
        fresh = fresh and not any(path.is_relative_to(LIBRARY) for path in changed)
        known, began = now, time.monotonic()
        if _in_a_copy(build) if fresh else _anew():
            _say(f"the pages follow, after {duration(time.monotonic() - began)}")


def _anew() -> bool:
    """Build with the library as it is now, of which a copy of this process would have what it was."""
    return subprocess.run([sys.executable, "-m", "lowdiff_lib.cli", "build"]).returncode == 0


def _state() -> dict[str, tuple[int, int]]:
    """When each file was changed, and how large it is."""
    return {name: (about.st_mtime_ns, about.st_size) for name, about in _files()}


def _files() -> Iterator[tuple[str, os.stat_result]]:
    found = [path for path in paths.root().iterdir() if path.suffix in {".yml", ".cff"}]
    for folder in (LIBRARY, *map(paths.root().joinpath, FOLDERS)):
        found += folder.rglob("*.*")
    for path in found:
        with contextlib.suppress(OSError):  # it is gone, or an editor is putting it there
            if "__pycache__" not in path.parts:
                yield str(path), path.stat()


def _in_a_copy(build: Callable[[], object]) -> bool:
    """Whether it went well; if not, it was said why."""
    if pid := os.fork():
        try:
            return os.waitpid(pid, 0)[1] == 0
        except KeyboardInterrupt:
            os.kill(pid, signal.SIGKILL)
            raise
    code = 1
    try:
        build()
        code = 0
    except LowdiffError as error:
        _say(f"lowdiff: {error}")
    except KeyboardInterrupt:
        pass
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
