"""What a build says: little in a log, one rewritten line on a terminal."""

import io
import time

import pytest

from lowdiff_lib.base.fingerprint import code_dependencies
from lowdiff_lib.base.words import duration
from lowdiff_lib.book import chapters, progress
from lowdiff_lib.book.progress import Progress
from lowdiff_lib.experiments import catalog


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "under 1 s"), (4.4, "4 s"), (59.6, "1 min"), (125, "2 min 5 s"), (3780, "1 h 3 min")],
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words


def test_a_log_gets_two_lines_a_chapter_however_much_a_cell_prints(monkeypatch):
    monkeypatch.setattr(progress, "TICK", 0.01)
    log = io.StringIO()
    report = Progress({"first": 40.0, "second": 20.0}, log)
    with report.chapter("first") as running:
        for step in range(1000):
            running.write(f"step {step}\n")
        time.sleep(0.05)
    assert log.getvalue().splitlines() == [
        "[1/2] first: running, 40 s last time",
        "[1/2] first: done in under 1 s; about 20 s left",
    ]


def test_a_log_hears_from_a_long_cell_now_and_then(monkeypatch):
    monkeypatch.setattr(progress, "TICK", 0.01)
    monkeypatch.setattr(progress, "QUIET", 0.05)
    log = io.StringIO()
    report = Progress({"first": None}, log)
    with report.chapter("first") as running:
        running.start_cell(2, 5)
        running.write("step 1\rstep 2\n")
        time.sleep(0.3)
    said = [line for line in log.getvalue().splitlines() if "step" in line]
    assert said == ["[1/1] first: cell 2 of 5, under 1 s, time left not known · step 2"]


def test_a_terminal_sees_the_latest_line(monkeypatch):
    monkeypatch.setattr(progress, "TICK", 0.01)
    terminal = Terminal()
    report = Progress({"first": 40.0}, terminal)
    with report.chapter("first") as running:
        running.write("step 1\nstep 2\n")
        time.sleep(0.1)
    assert "about 40 s left · step 2" in terminal.getvalue()
    assert terminal.getvalue().count("\n") == 1


def test_chapters_that_run_at_once_share_the_line_and_the_time_left(monkeypatch):
    monkeypatch.setattr(progress, "TICK", 0.01)
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", "200")
    report = Progress({"first": 40.0, "second": 60.0, "third": 20.0}, terminal, at_once=2)
    with report.chapter("first") as first, report.chapter("second") as second:
        first.start_cell(1, 3)
        first.write("step 1\n")
        second.write("step 2\n")
        time.sleep(0.1)
    latest = [line for line in terminal.getvalue().split("\r\x1b[K") if "step 2" in line][-1]
    assert latest == (
        "[1/3] first: cell 1 of 3, under 1 s + [2/3] second: under 1 s, about 1 min left · step 1 · step 2"
    )  # two cores need as long as the longest, or half of all


def test_a_chapter_that_fails_is_not_called_done():
    log = io.StringIO()
    report = Progress({"first": None}, log)
    with pytest.raises(ZeroDivisionError), report.chapter("first"):
        raise ZeroDivisionError
    assert "first: stopped after" in log.getvalue()


def test_a_first_build_tells_the_time_left_by_the_work_that_is_done(monkeypatch):
    monkeypatch.setattr(progress, "TICK", 60)
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    log = io.StringIO()
    report = Progress(
        {"first": None, "second": None, "third": None, "last": 5.0}, log, {"first": 2, "second": 6, "third": 0}
    )
    for name, seconds in (("first", 20), ("second", 100)):
        with report.chapter(name):
            now[0] += seconds
    assert log.getvalue().splitlines() == [
        "[1/4] first: running",
        "[1/4] first: done in 20 s; about 1 min 5 s left",  # three times the work, and what took 5 s
        "[2/4] second: running",
        "[2/4] second: done in 1 min 40 s; about 5 s left",
    ]


def test_the_work_of_a_chapter_is_what_no_chapter_before_it_trains(tmp_path, monkeypatch):
    monkeypatch.setenv("LOWDIFF_RUNS", str(tmp_path))
    names = {name: code_dependencies(chapters.load(name).code) for name in ("mixtures", "objectives", "attractors")}
    first = catalog.work(names, "smoke")
    assert first["mixtures"] == 0
    other_way = catalog.work(dict(reversed(names.items())), "smoke")
    assert sum(first.values()) == sum(other_way.values())
    assert first["objectives"] == other_way["attractors"] > 0
    assert first["attractors"] == other_way["objectives"] == 0
