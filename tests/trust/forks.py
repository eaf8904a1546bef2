"""Tries in processes of their own, which begin with everything loaded, so that a try takes no longer than its work."""

import os
import resource
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Action = Callable[[], int | None]  # what a try does; the exit code of its process is what it returns


@dataclass(frozen=True)
class Ended:
    """How a try ended: its exit code (the signal that killed it, negative) and all that it printed."""

    code: int
    said: str


class Try:
    """A process that does `action`."""

    def __init__(self, action: Action):
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 (not a pipe: nobody reads while it runs)
        self.pid = os.fork()
        if not self.pid:
            for stream in (1, 2):
                os.dup2(self._output.fileno(), stream)
            os._exit(_code(action))

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    def end(self) -> Ended:
        """Wait for it."""
        _, status = os.waitpid(self.pid, 0)
        with self._output as output:
            output.seek(0)
            return Ended(os.waitstatus_to_exitcode(status), output.read().decode(errors="replace"))


def _code(action: Action) -> int:
    try:
        return action() or 0
    except SystemExit as asked:
        return asked.code if isinstance(asked.code, int) else 1
    except BaseException:
        traceback.print_exc()
        return 99


def run(action: Action) -> Ended:
    return Try(action).end()


def interrupted(action: Action, after: float, by: int = signal.SIGKILL) -> Ended:
    """Send a signal `after` so many seconds. A try that is faster ends by itself."""
    started = Try(action)
    time.sleep(after)
    started.send(by)
    return started.end()


def cut(action: Action, size: int) -> Ended:
    """Let the kernel kill it in the middle of a write: at the first file that would be larger than `size` bytes."""

    def dying() -> int | None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return action()

    return run(dying)


def strays(folder: Path) -> list[str]:
    """What half-done work leaves behind: hidden files and folders. Locks stay: another process may wait for one."""
    hidden = [path for path in folder.rglob(".*") if path.suffix != ".lock"]
    return sorted(str(path.relative_to(folder)) for path in hidden)
