"""What all benchmarks share: taking turns, quartiles, the machine's peak, memory, and the row of a result."""

import argparse
import ctypes
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

os.environ.setdefault("KINETO_LOG_LEVEL", "9")  # before torch is imported: its profiler talks to stderr

import torch
from torch.utils.flop_counter import FlopCounterMode

LESS_IS_BETTER = {"s", "ms a step", "MB", "steps", "max error"}
COLUMNS = ["subject", "case", "threads", "unit", "repeats", "ours", "ours_low", "ours_high"]
COLUMNS += ["peer", "peer_value", "peer_low", "peer_high", "times_peer", "times_peer_low", "times_peer_high"]
COLUMNS += ["limit", "limit_value", "of_limit", "of_limit_low", "of_limit_high", "goal", "met", "against", "x"]

Values = Sequence[float] | np.ndarray
Rows = Iterator[dict]


@dataclass(frozen=True)
class Scale:
    """How much to measure. quick: small sizes, once or twice."""

    quick: bool = False

    @property
    def repeats(self) -> int:
        return 2 if self.quick else 5

    @property
    def budget(self) -> float:
        """Seconds that one call of a repeat should take, about."""
        return 0.03 if self.quick else 0.3

    def peak(self, dtype: torch.dtype = torch.float32) -> tuple[Callable[[], object], float]:
        """A product of two large square matrices, and how many floating-point operations it takes."""
        size = self.pick(512, 1536)
        a, b, out = (torch.rand(size, size, dtype=dtype) for _ in range(3))
        return lambda: torch.mm(a, b, out=out), 2.0 * size**3

    def pick(self, quick, usual):
        return quick if self.quick else usual


def in_turns(calls: Mapping[str, Callable[[], object]], repeats: int, first: int = 1) -> dict[str, np.ndarray]:
    """Seconds that each call took, `repeats` times, one after the other in each turn. `first` turns don't count."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(first + repeats):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - start)
    return {name: np.array(each[first:]) for name, each in taken.items()}


def steps_within(step: Callable[[], object], seconds: float) -> int:
    """How many steps take about so long, at least 1."""
    step()
    start = time.perf_counter()
    step()
    return max(1, round(seconds / (time.perf_counter() - start)))


def times(count: int, call: Callable[[], object]) -> Callable[[], None]:
    """A call that makes a call so many times."""

    def run() -> None:
        for _ in range(count):
            call()

    return run


def flops(call: Callable[[], object]) -> float:
    """Floating-point operations in matrix products and convolutions of a call, backward passes included."""
    with FlopCounterMode(display=False) as counter:
        call()
    return float(counter.get_total_flops())


@contextmanager
def threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def megabytes(call: Callable[[], object]) -> float:
    """Memory of this process beyond what it had, at most, while the call runs; mapped files don't count. Linux only."""
    if hasattr(libc := ctypes.CDLL(None), "malloc_trim"):  # what was freed before would be used again, unseen
        libc.malloc_trim(0)
    most, done = [_anonymous()], threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            most.append(_anonymous())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        call()
    finally:
        done.set()
        watcher.join()
    return max(most) - most[0]


def _anonymous() -> float:
    status = Path("/proc/self/status").read_text()
    return float(status.split("RssAnon:")[1].split()[0]) / 1024


def row(
    subject: str,
    case: str,
    unit: str,
    ours: Values,
    peer: tuple[str, Values] | None = None,
    limit: tuple[str, Values | float] | None = None,
    goal: str = "",
    **more: object,
) -> dict:
    """One line of the table, with the values of all repeats summed up.

    goal: a column, <= or >=, and a number. more: `against` and `x`, of a measurement that is one of a series.
    times_peer and of_limit are above 1 where ours is better than the peer, or than what counts as the limit.
    """
    found: dict = {"subject": subject, "case": case, "threads": torch.get_num_threads(), "unit": unit}
    found |= {"repeats": len(ours), "goal": goal, **more} | _spread("ours", ours)
    for name, better, other in (("peer", "times_peer", peer), ("limit", "of_limit", limit)):
        if other:
            values = np.broadcast_to(np.asarray(other[1], dtype=float), len(ours))
            ratio = values / np.asarray(ours) if unit in LESS_IS_BETTER else np.asarray(ours) / values
            found |= {name: other[0]} | _spread(name, values, f"{name}_value") | _spread(better, ratio)
    if goal:
        column, sign, number = goal.split()
        found["met"] = found[column] <= float(number) if sign == "<=" else found[column] >= float(number)
    return {column: found.get(column) for column in COLUMNS}


def _spread(name: str, values: Values, median: str = "") -> dict[str, float]:
    low, middle, high = (float(each) for each in np.quantile(values, [0.25, 0.5, 0.75]))
    return {median or name: middle, f"{name}_low": low, f"{name}_high": high}


def exponent(x: Values, y: Values) -> float:
    """p of the power law y = c x^p that fits best, by least squares of the logarithms."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def line(row: Mapping) -> str:
    """A row for people who wait."""
    place = f" at {row['against']} = {row['x']}" if row["x"] else ""
    text = f"{row['subject']:<12} {row['case']}{place}: {row['ours']:.4g} {row['unit']}"
    if row["peer"]:
        text += f", {row['times_peer']:.3g} x {row['peer']}"
    if row["limit"]:
        text += f", {row['of_limit']:.2f} of {row['limit']}"
    return text + (f"   [{row['goal']}: {'met' if row['met'] else 'MISSED'}]" if row["goal"] else "")


def options(doc: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, few repeats")
    return parser


def told(rows: Iterable[dict]) -> Rows:
    """The rows, each printed as it comes."""
    for each in rows:
        print(line(each), flush=True)
        yield each


def alone(rows: Callable[[Scale], Rows], doc: str | None) -> None:
    """The command line of one subject."""
    chosen = options(doc).parse_args()
    start = time.perf_counter()
    count = sum(1 for _ in told(rows(Scale(chosen.quick))))
    print(f"{count} rows in {time.perf_counter() - start:.0f} s, with {os.cpu_count()} cores")
