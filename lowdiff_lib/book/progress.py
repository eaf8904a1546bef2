"""What a build says while it works: one line per chapter, and the latest line of a cell that takes long.

On a terminal the line is rewritten in place; chapters that run at once share it. Elsewhere (a log, CI) nothing is
rewritten, and a long cell says something at most twice a minute.
"""

import shutil
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from lowdiff_lib.base.words import duration

TICK = 1.0  # seconds between two writings of the line on a terminal
QUIET = 30.0  # least seconds between two lines of one chapter elsewhere


class Running:
    """A chapter that runs. Papermill writes what a cell prints into this object as into a file."""

    def __init__(self, name: str, place: str):
        self.name, self.place = name, place
        self.cell = self.line = self.said = ""
        self.started = self.spoken = time.monotonic()

    @property
    def spent(self) -> float:
        return time.monotonic() - self.started

    def __str__(self) -> str:
        return f"{self.place}: {self.cell}{duration(self.spent)}"

    def start_cell(self, number: int, total: int) -> None:
        self.cell = f"cell {number} of {total}, "

    def write(self, text: str) -> None:
        """Take what a cell prints; only its latest whole line is kept."""
        lines = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
        if lines:
            self.line = lines[-1]

    def flush(self) -> None:
        """Part of being a file."""


class Progress:
    """Reports on chapters that are executed, each in a thread of its own.

    `last` names the chapters to come and how long each took last time (seconds; None if not known). `work`: how much
    there is to do in those that are not known, in any unit; what the first of them took tells how long the others will.
    `at_once`: how many run at the same time.
    """

    def __init__(
        self,
        last: Mapping[str, float | None],
        stream: TextIO | None = None,
        work: Mapping[str, float] | None = None,
        at_once: int = 1,
    ):
        self.last, self.work, self.at_once = dict(last), dict(work or {}), at_once
        self.worked = self.took = 0.0  # of what is done
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.total, self.begun = len(self.last), 0
        self.running: dict[str, Running] = {}
        self.lock = threading.RLock()

    @contextmanager
    def chapter(self, name: str) -> Iterator[Running]:
        """Report on the chapter while the block runs, and how it ended."""
        with self.lock:
            self.begun += 1
            now = self.running[name] = Running(name, f"[{self.begun}/{self.total}] {name}")
            expected = self.last.get(name)
            if not self.live:
                self._say(f"{now.place}: running" + (f", {duration(expected)} last time" if expected else ""))
        over = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(over, now), daemon=True)
        ticker.start()
        outcome = "stopped after"
        try:
            yield now
            outcome = "done in"
        finally:
            over.set()
            ticker.join()
            with self.lock:
                self._end(now, outcome)

    def _end(self, now: Running, outcome: str) -> None:
        self.last.pop(now.name, None)
        del self.running[now.name]
        if outcome == "done in" and now.name in self.work:
            self.worked += self.work[now.name]
            self.took += now.spent
        left = f"; {self._left()}" if self.last and outcome == "done in" else ""
        self._say(f"{now.place}: {outcome} {duration(now.spent)}{left}")

    def _tick(self, over: threading.Event, now: Running) -> None:
        while not over.wait(TICK):
            with self.lock:
                if self.live:
                    self._rewrite()
                elif now.line != now.said and time.monotonic() - now.spoken >= QUIET:
                    now.said, now.spoken = now.line, time.monotonic()
                    self._say(f"{now}, {self._left()} · {now.line}")

    def _rewrite(self) -> None:
        all_of_them = [*self.running.values()]
        text = f"{' + '.join(map(str, all_of_them))}, {self._left()}"
        width = shutil.get_terminal_size().columns - 1
        self.stream.write(f"\r\x1b[K{' · '.join([text, *(now.line for now in all_of_them if now.line)])[:width]}")
        self.stream.flush()

    def _left(self) -> str:
        """The time still needed, as far as the last durations, and the work that is done, tell."""
        known = []
        for name in self.last:
            if (expected := self._expected(name)) is not None:
                known.append(max(expected - (self.running[name].spent if name in self.running else 0), 0))
        seconds = max([sum(known) / self.at_once, *known])
        if len(known) < len(self.last):
            return f"more than {duration(seconds)} left" if seconds >= 1 else "time left not known"
        if not seconds:
            return "longer than expected"
        return f"{'about ' if round(seconds) else ''}{duration(seconds)} left"

    def _expected(self, name: str) -> float | None:
        """Seconds that a chapter takes; None if nothing tells."""
        if self.last[name] is None and name in self.work and self.worked:
            return self.work[name] * self.took / self.worked
        return self.last[name]

    def _say(self, text: str) -> None:
        self.stream.write(f"\r\x1b[K{text}\n" if self.live else f"{text}\n")
        self.stream.flush()
