"""Chapters that run at once: measuring and drawing keep one core busy, and a Python process takes seconds to start."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from lowdiff_lib.base import machine

MOST = 2  # chapters; what they train takes all cores anyway
A_CHAPTER = 1.2e9  # bytes, with what it trains: 0.5 to 1.2 GB were seen


def at_once() -> int:
    """How many chapters to run at the same time, as cores and free memory allow."""
    free = machine.free_memory()
    return max(1, min(MOST, machine.cores(), MOST if free is None else int(free // A_CHAPTER)))


def run(jobs: Sequence[Callable[[threading.Event], None]], count: int) -> None:
    """Do the jobs in threads, so many at once, begun in their order.

    Each is handed what is set when it is to stop: when another failed, which is raised here once all of them have
    ended, or at Ctrl-C. This thread, which alone hears that, only waits.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(count) as pool:
        try:
            waiting: set[Future] = {pool.submit(job, stop) for job in jobs}
            while waiting:
                done, waiting = wait(waiting, timeout=1, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop.set()
            raise
