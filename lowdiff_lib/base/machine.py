"""What this process may use of the machine: cores and memory, which a container or a batch job may have less of.

LOWDIFF_WORKERS says how many cores to use, whatever the machine has.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from lowdiff_lib.base.errors import LowdiffError


def cores() -> int:
    """Cores to work on, at least 1. Raises LowdiffError for a LOWDIFF_WORKERS that is no whole number above 0."""
    asked = os.environ.get("LOWDIFF_WORKERS", "").strip()
    if asked:
        if not asked.isdecimal() or not int(asked):
            raise LowdiffError(f"LOWDIFF_WORKERS is {asked!r}; it must be a whole number, at least 1")
        return int(asked)
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([there, *map(int, _quotas(Path("/")))]))


def free_memory() -> float | None:
    """Bytes that can still be taken before something is killed; None where the machine does not say."""
    return min(_free(Path("/")), default=None)


def _quotas(root: Path) -> Iterator[float]:
    """Cores that each of this process's control groups grants, as far as they limit them."""
    for group in _groups(root, "cpu"):
        with contextlib.suppress(OSError, ValueError):  # version 2: "200000 100000", or "max 100000"
            quota, period = (group / "cpu.max").read_text().split()
            yield float(quota) / float(period)
        with contextlib.suppress(OSError, ValueError):  # version 1: -1 is no limit
            quota, period = ((group / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
            if float(quota) > 0:
                yield float(quota) / float(period)


def _free(root: Path) -> Iterator[float]:
    """Bytes free on the machine, and within each of this process's control groups that has a limit."""
    with contextlib.suppress(OSError, KeyError, ValueError):
        yield 1024 * float(_table(root / "proc/meminfo")["MemAvailable:"])
    for group in _groups(root, "memory"):
        for limit, used, cache in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            with contextlib.suppress(OSError, KeyError, ValueError):
                taken = float((group / used).read_text()) - float(_table(group / "memory.stat")[cache])
                yield max(0.0, float((group / limit).read_text()) - taken)


def _table(file: Path) -> dict[str, str]:
    rows = [line.split() for line in file.read_text().splitlines()]
    return {row[0]: row[1] for row in rows if len(row) > 1}


def _groups(root: Path, kind: str) -> Iterator[Path]:
    """The control groups that this process is in, the innermost first; none where there are no such things."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, place = line.split(":", 2)
        if kinds and kind not in kinds.split(","):
            continue
        top = root / "sys/fs/cgroup" / (kinds and kind)
        inner = top / place.lstrip("/")
        yield from (group for group in (inner, *inner.parents) if group.is_relative_to(top) and group.is_dir())
