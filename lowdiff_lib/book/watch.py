"""Pages that follow their texts: what changes is built at once, in copies of a process that has all of it loaded.

To load what makes the pages takes longer than to make one. Only where a process can be copied, which is not on Windows.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.words import duration
from lowdiff_lib.book import pages

POSSIBLE = hasattr(os, "fork")
INTERVAL = 0.2  # seconds
PATIENCE = 10  # seconds for a build to end at Ctrl-C
LIBRARY = Path(__file__).resolve().parents[1]
TOP = ("_config.yml", "_toc.yml", "CITATION.cff")
State = dict[Path, tuple[int, int]]


def start(build: Callable[[], object]) -> None:
    """Call `build`, and again when a text or the library changes, beside this process and for as long as it lives."""
    if not POSSIBLE:
        raise LowdiffError("--watch needs a system that can copy a process, which Windows cannot; use lowdiff build")
    known, parent = _state(), os.getpid()
    build()
    if os.fork() == 0:
        try:
            _follow(parent, known, build)
        except KeyboardInterrupt:
            pass
        except BaseException:
            traceback.print_exc()
            _say("the pages do not follow any more; start again: lowdiff serve --watch")
        finally:
            os._exit(0)


def _follow(parent: int, known: State, build: Callable[[], object]) -> None:
    loaded = pages.load()
    while os.getppid() == parent:
        if (now := _state()) == known:
            time.sleep(INTERVAL)
            continue
        changed = [path for path in known.keys() | now.keys() if known.get(path) != now.get(path)]
        loaded = loaded and not any(path.suffix == ".py" for path in changed)  # this process has what it was
        known, began = now, time.monotonic()
        if _in_a_copy(build) if loaded else _anew():
            _say(f"the pages follow, after {duration(time.monotonic() - began)}")


def _state() -> State:
    """When each file was changed, and how large it is."""
    return {path: (about.st_mtime_ns, about.st_size) for path, about in _files()}


def _files() -> Iterator[tuple[Path, os.stat_result]]:
    found = [paths.root() / name for name in TOP]
    for folder in (LIBRARY, paths.root() / "chapters", paths.root() / "book"):
        for place, _, names in os.walk(folder):
            found += [Path(place, name) for name in names if folder != LIBRARY or name.endswith(".py")]
    for path in found:
        try:
            yield path, path.stat()
        except OSError:  # it is gone, or an editor is putting it there
            continue


def _in_a_copy(build: Callable[[], object]) -> bool:
    """Whether it went well; if not, it was said why."""
    if pid := os.fork():
        return _ended_well(pid)
    code = 1
    try:
        build()
        code = 0
    except LowdiffError as error:
        _say(f"lowdiff: {error}")
    except KeyboardInterrupt:
        pass
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _anew() -> bool:
    """Build in a process of its own, with the library as it is now."""
    return _ended_well(os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "-m", "lowdiff_lib.cli", "build"]))


def _ended_well(pid: int) -> bool:
    """Wait for a build. At Ctrl-C, which reaches it too, it has a while to end what it started."""
    stopped = None
    while True:
        try:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                break
            if stopped and time.monotonic() - stopped > PATIENCE:
                os.kill(pid, signal.SIGKILL)
            time.sleep(INTERVAL / 10)
        except KeyboardInterrupt:
            stopped = stopped or time.monotonic()
    if stopped:
        raise KeyboardInterrupt
    return status == 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
