"""The memory of a chapter: its process and those that it starts, at most."""

import subprocess
import sys

from lowdiff_lib.book import memory

TAKE = "import time; taken = b'x' * {} * 10**6; time.sleep(1)"
START = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {TAKE.format(120)!r}])"


def test_what_a_process_and_its_children_took_is_seen_after_they_are_gone():
    took = {}
    for name, code in {"nothing": TAKE.format(0), "alone": TAKE.format(200), "child": START}.items():
        process = subprocess.Popen([sys.executable, "-c", code])
        with memory.peak(lambda pid=process.pid: pid) as seen:
            process.wait()
        took[name] = seen.megabytes
    assert 0 < took["nothing"] < 60
    assert 200 < took["alone"] < 260
    assert 120 < took["child"] < 240


def test_without_a_process_there_is_nothing_to_see():
    with memory.peak(lambda: None) as seen:
        pass
    assert seen.megabytes == 0
