"""Chapters at once: in order, no more than are allowed, and one that fails stops the others."""

import threading
import time

import pytest

from lowdiff_lib.base import machine
from lowdiff_lib.book import together


def test_so_many_run_at_once_begun_in_their_order():
    begun: list[int] = []
    most, now, lock = 0, 0, threading.Lock()

    def job(number: int, stop: threading.Event) -> None:
        nonlocal most, now
        with lock:
            begun.append(number)
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1

    together.run([lambda stop, number=number: job(number, stop) for number in range(5)], 2)
    assert begun == [*range(5)]
    assert most == 2


def test_one_that_fails_stops_the_others_and_none_is_begun_after_it():
    stopped: list[bool] = []

    def fails(stop: threading.Event) -> None:
        raise ZeroDivisionError

    def waits(stop: threading.Event) -> None:
        stopped.append(stop.wait(30))

    with pytest.raises(ZeroDivisionError):
        together.run([waits, fails, *[waits] * 5], 2)
    assert 1 <= len(stopped) <= 2  # the one beside it, and one that took its place before that was known
    assert all(stopped)


@pytest.mark.parametrize(
    ("cores", "free", "count"), [("1", None, 1), ("2", None, 2), ("2", 2e9, 1), ("2", 0.5e9, 1), ("16", 100e9, 2)]
)
def test_as_many_as_cores_and_memory_allow(monkeypatch, cores, free, count):
    monkeypatch.setenv("LOWDIFF_WORKERS", cores)
    monkeypatch.setattr(machine, "free_memory", lambda: free)
    assert together.at_once() == count
