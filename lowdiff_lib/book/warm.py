"""A Python process that has loaded what chapters load. It is copied for each of them, which takes no time.

    python -m lowdiff_lib.book.warm MODULE ...     loads those, then reads a request a line

It says who was born, and who ended how.

Only on Linux, where a process without threads may be copied after it has loaded numerical libraries.
"""

import ast
import contextlib
import gc
import importlib
import json
import os
import queue
import selectors
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from lowdiff_lib.base import paths
from lowdiff_lib.book.chapters import Chapter

BACKEND = "module://matplotlib_inline.backend_inline"  # as a kernel asks for before it loads matplotlib
POSSIBLE = sys.platform == "linux"


def environment() -> dict[str, str]:
    """What the process of a chapter has in its environment beside what this one has."""
    library = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (library, os.environ.get("PYTHONPATH"))))
    # Small products are as fast on one thread, and threads that share them wait for each other on a busy machine.
    return {"PYTHONPATH": path, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}


class Copied:
    """One of the copies, to its starter: what of `subprocess.Popen` is asked for."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid = pid
        self._ended, self._code = threading.Event(), 0

    def end(self, code: int) -> None:
        """Note that it has ended."""
        self._code = code
        self._ended.set()

    def poll(self) -> int | None:
        """As a process says it that ended: its exit code, or less the signal that killed it; None while it runs."""
        return self._code if self._ended.is_set() else None

    def wait(self, timeout: float | None = None) -> int | None:
        self._ended.wait(timeout)
        return self.poll()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class Warm:
    """The process, to whoever wants copies of it."""

    def __init__(self, modules: Iterable[str]):
        command = [sys.executable, "-P", "-m", "lowdiff_lib.book.warm", *modules]
        self._popen = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"MPLBACKEND": BACKEND} | os.environ | environment(),
            cwd=paths.root(),
            start_new_session=True,  # so that Ctrl-C reaches whoever started it, and nobody else
        )
        self._born: queue.SimpleQueue[Copied | None] = queue.SimpleQueue()
        self._one_at_a_time = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def copy(self, argv: Sequence[str], variables: Mapping[str, str], folder: str, log: str) -> Copied:
        """A kernel in a copy, called with `argv`. What it says outside of cells goes to the file `log`."""
        request = {"argv": list(argv), "environment": dict(variables), "folder": folder, "log": log}
        with self._one_at_a_time:
            print(json.dumps(request), file=self._stdin, flush=True)
            if (born := self._born.get()) is None:
                raise RuntimeError("the process that kernels are copied from is gone")
            return born

    def close(self) -> None:
        """No more copies; those that there are go on."""
        with contextlib.suppress(OSError):
            self._stdin.close()
        self._popen.wait()

    @property
    def _stdin(self) -> IO[str]:
        assert self._popen.stdin
        return self._popen.stdin

    def _listen(self) -> None:
        known: dict[int, Copied] = {}
        assert self._popen.stdout
        for line in self._popen.stdout:
            said = json.loads(line)
            if "code" in said:
                known.pop(said["pid"]).end(said["code"])
            else:
                known[said["pid"]] = Copied(said["pid"])
                self._born.put(known[said["pid"]])
        self._born.put(None)
        for left in known.values():  # nobody will say how those end
            left.kill()
            left.end(-signal.SIGKILL)


@contextlib.contextmanager
def warm(chapters: Sequence[Chapter]) -> Iterator[Warm | None]:
    """The process while the block runs, with all that two of the chapters import; None where that saves nothing."""
    found = Counter(name for chapter in chapters for name in _imported(chapter))
    shared = sorted(name for name, count in found.items() if count > 1)
    if not shared or not POSSIBLE:
        yield None
        return
    process = Warm(shared)
    try:
        yield process
    finally:
        process.close()


def _imported(chapter: Chapter) -> set[str]:
    """What a chapter imports, by module, and what it takes of it, which may be a module, too."""
    found: set[str] = set()
    for cell in chapter.code_cells:
        with contextlib.suppress(SyntaxError):  # which the kernel will speak of
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Import):
                    found.update(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


# ---- in that process ----


def _load(modules: Iterable[str]) -> None:
    for name in ("ipykernel.kernelapp", *modules):
        for part in (name.rpartition(".")[0], name):
            with contextlib.suppress(Exception):  # no module, or one that is broken: its chapter says so
                importlib.import_module(part)
    if "torch" in sys.modules:
        importlib.import_module("torch._dynamo")  # which torch loads when something is trained


def _main() -> None:
    _load(sys.argv[1:])
    gc.freeze()  # so that a copy does not touch, and thereby duplicate, what it shares
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    wake, ended = os.pipe()
    os.set_blocking(ended, False)
    signal.set_wakeup_fd(ended)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin, selectors.EVENT_READ)
    waiting.register(wake, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.fd == wake:
                os.read(wake, 4096)
                _reap(answers)
            elif not (line := sys.stdin.readline()):
                return
            elif (pid := os.fork()) == 0:
                _become(json.loads(line))
            else:
                print(json.dumps({"pid": pid}), file=answers)


def _reap(answers: IO[str]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            print(json.dumps({"pid": found[0], "code": os.waitstatus_to_exitcode(found[1])}), file=answers)


def _become(request: Mapping[str, Any]) -> None:
    """Be a kernel, and end with it."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for number, place in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(place, number)
        sys.argv = ["ipykernel_launcher", *request["argv"]]
        from ipykernel.kernelapp import launch_new_instance

        launch_new_instance(argv=request["argv"])
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else bool(ended.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _main()
