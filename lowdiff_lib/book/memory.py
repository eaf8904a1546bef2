"""How much memory a process and those that it starts take together, at most."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil

INTERVAL = 0.2  # seconds


class Peak:
    """The most that was seen so far, in MB. Memory that processes share with others or with files does not count."""

    megabytes = 0.0

    def look(self, pid: int | None) -> None:
        if pid is None:
            return
        with suppress(psutil.Error):  # it is gone
            first = psutil.Process(pid)
            self.megabytes = max(self.megabytes, sum(map(_own, [first, *first.children(recursive=True)])) / 1e6)


@contextmanager
def peak(pid: Callable[[], int | None]) -> Iterator[Peak]:
    """The peak of the process that `pid` names, looked at five times a second while the block runs."""
    found, done = Peak(), threading.Event()

    def watch() -> None:
        while not done.wait(INTERVAL):
            found.look(pid())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()


def _own(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        memory = process.memory_info()
        return memory.rss - getattr(memory, "shared", 0)
    return 0
