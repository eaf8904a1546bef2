"""What a build says while it works: one line per chapter, and the latest line of a cell that takes long.

On a terminal the line is rewritten in place. Elsewhere (a log, CI) nothing is rewritten, and a long cell says
something at most twice a minute.
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


class Progress:
    """Reports on chapters that are executed one after the other.

    `last` names the chapters to come and how long each took last time (seconds; None if not known). `work`: how much
    there is to do in those that are not known, in any unit; what the first of them took tells how long the others will.
    Papermill writes what a cell prints into this object as into a file.
    """

    def __init__(
        self, last: Mapping[str, float | None], stream: TextIO | None = None, work: Mapping[str, float] | None = None
    ):
        self.last, self.work = dict(last), dict(work or {})
        self.worked = self.spent = 0.0  # of what is done
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.total = len(self.last)
        self.name, self.cell, self.line, self.said = "", "", "", ""
        self.started = self.spoken = time.monotonic()

    @contextmanager
    def chapter(self, name: str) -> Iterator[None]:
        """Report on the chapter while the block runs, and how it ended."""
        self.name, self.cell, self.line, self.said = name, "", "", ""
        self.started = self.spoken = time.monotonic()
        place = f"[{self.total - len(self.last) + 1}/{self.total}] {name}"
        expected = self.last.get(name)
        if not self.live:
            self._say(f"{place}: running" + (f", {duration(expected)} last time" if expected else ""))
        over = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(over, place), daemon=True)
        ticker.start()
        outcome = "stopped after"
        try:
            yield
            outcome = "done in"
        finally:
            over.set()
            ticker.join()
            self.last.pop(name, None)
            if outcome == "done in" and name in self.work:
                self.worked += self.work[name]
                self.spent += time.monotonic() - self.started
            left = f"; {self._left()}" if self.last and outcome == "done in" else ""
            self._say(f"{place}: {outcome} {duration(time.monotonic() - self.started)}{left}")

    def start_cell(self, number: int, total: int) -> None:
        self.cell = f"cell {number} of {total}, "

    def write(self, text: str) -> None:
        """Take what a cell prints; only its latest whole line is kept."""
        lines = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
        if lines:
            self.line = lines[-1]

    def flush(self) -> None:
        """Part of being a file."""

    def _tick(self, over: threading.Event, place: str) -> None:
        while not over.wait(TICK):
            spent = time.monotonic() - self.started
            text = f"{place}: {self.cell}{duration(spent)}, {self._left()}"
            if self.live:
                width = shutil.get_terminal_size().columns - 1
                self.stream.write(f"\r\x1b[K{' · '.join(filter(None, (text, self.line)))[:width]}")
                self.stream.flush()
            elif self.line != self.said and time.monotonic() - self.spoken >= QUIET:
                self.said, self.spoken = self.line, time.monotonic()
                self._say(f"{text} · {self.line}")

    def _left(self) -> str:
        """The time still needed, as far as the last durations, and the work that is done, tell."""
        spent = time.monotonic() - self.started
        expected = {name: seconds for name in self.last if (seconds := self._expected(name)) is not None}
        known = [seconds - (spent if name == self.name else 0) for name, seconds in expected.items()]
        seconds = sum(max(part, 0) for part in known)
        if len(known) < len(self.last):
            return f"more than {duration(seconds)} left" if seconds else "time left not known"
        return f"about {duration(seconds)} left" if seconds else "longer than last time"

    def _expected(self, name: str) -> float | None:
        """Seconds that a chapter takes; None if nothing tells."""
        if self.last[name] is None and name in self.work and self.worked:
            return self.work[name] * self.spent / self.worked
        return self.last[name]

    def _say(self, text: str) -> None:
        self.stream.write(f"\r\x1b[K{text}\n" if self.live else f"{text}\n")
        self.stream.flush()
