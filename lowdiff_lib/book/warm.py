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
PATIENCE = 2  # seconds for a process to end
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
        self.process = subprocess.Popen(
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

    def copy(self, argv: Sequence[str], variables: Mapping[str, str], folder: str, log: str) -> Copied | None:
        """A kernel in a copy, called with `argv`; None if there can be none. What it says goes to the file `log`."""
        request = {"argv": list(argv), "environment": dict(variables), "folder": folder, "log": log}
        assert self.process.stdin
        with self._one_at_a_time, contextlib.suppress(OSError, ValueError):  # it is gone
            print(json.dumps(request), file=self.process.stdin, flush=True)
            return self._born.get()
        return None

    def close(self) -> None:
        """End it, and the copies that are left."""
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:  # it is still loading
            self.process.kill()
            self.process.wait()

    def _listen(self) -> None:
        known: dict[int, Copied] = {}
        assert self.process.stdout
        try:
            for line in self.process.stdout:
                said = json.loads(line)
                if "code" in said:
                    known.pop(said["pid"]).end(said["code"])
                else:
                    copied = known[said["pid"]] = Copied(said["pid"])
                    self._born.put(copied if copied.pid else None)
        finally:
            self.process.kill()  # it is gone, or nobody listens to it
            for left in known.values():  # nobody will say how those end: they do when they miss their parent
                left.end(-signal.SIGKILL)
            self._born.put(None)  # for who waits; whoever asks from now on finds it gone


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
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what is printed while something is loaded is no answer
    _load(sys.argv[1:])
    gc.freeze()  # so that a copy does not touch, and thereby duplicate, what it shares
    wake, ended = os.pipe()
    os.set_blocking(ended, False)
    signal.set_wakeup_fd(ended)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin, selectors.EVENT_READ)
    waiting.register(wake, selectors.EVENT_READ)
    alive: set[int] = set()
    while True:
        for key, _ in waiting.select():
            if key.fd == wake:
                os.read(wake, 4096)
                _reap(alive, answers)
            elif not (line := sys.stdin.readline()):  # whoever wanted copies is done, or gone
                for pid in alive:
                    os.kill(pid, signal.SIGKILL)
                return
            elif _has_threads():
                print(json.dumps({"pid": 0}), file=answers)
            elif pid := os.fork():
                alive.add(pid)
                print(json.dumps({"pid": pid}), file=answers)
            else:
                signal.set_wakeup_fd(-1)
                answers.close()
                for number in (wake, ended):
                    os.close(number)
                _become(json.loads(line))


def _has_threads() -> bool:
    """Whether there are threads, which a copy would miss."""
    return len(os.listdir("/proc/self/task")) > 1


def _reap(alive: set[int], answers: IO[str]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            alive.discard(found[0])
            print(json.dumps({"pid": found[0], "code": os.waitstatus_to_exitcode(found[1])}), file=answers)


def _become(request: Mapping[str, Any]) -> None:
    """Be a kernel, and end with it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number, place in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
        os.dup2(place, number)
    # Its parent is who it is to end with; a kernel that is started looks for that in its environment.
    sys.argv = ["ipykernel_launcher", f"--IPKernelApp.parent_handle={os.getppid()}", *request["argv"]]
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
    sys.exit()


if __name__ == "__main__":
    _main()
