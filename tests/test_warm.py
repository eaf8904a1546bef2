"""Chapters in copies of one process: what is loaded once, and that such a process may be copied."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from lowdiff_lib.book import chapters, warm

pytestmark = pytest.mark.skipif(not warm.POSSIBLE, reason="a process is copied on Linux only")
SHARED = ["lowdiff_lib.figures", "lowdiff_lib.findings", "lowdiff_lib.experiments.studies.parting", "torch"]


@pytest.fixture
def start(monkeypatch):
    """Starts such a process, which is ended after the test."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    begun: list[warm.Warm] = []

    def begin(*modules: str) -> warm.Warm:
        begun.append(warm.Warm(modules))
        return begun[-1]

    yield begin
    for process in begun:
        process.close()


def until(so, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def endless(process: warm.Warm, folder) -> warm.Copied:
    """A kernel that waits for what to do."""
    copied = process.copy(["-f", str(folder / "kernel.json")], {}, str(folder), str(folder / "log"))
    until((folder / "kernel.json").is_file)
    return copied


def test_what_two_chapters_import_is_loaded_once():
    imported = [warm._imported(chapters.load(name)) for name in ("parting", "training-set-size")]
    assert {"lowdiff_lib.figures", "lowdiff_lib.findings", "IPython.display.Markdown"} <= imported[0] & imported[1]
    with warm.warm([chapters.load("parting")]) as process:
        assert process is None  # alone it would only wait for it


def test_a_process_that_loaded_all_that_chapters_do_can_be_copied(start, tmp_path):
    process = start(*SHARED)
    copied = process.copy(["--help"], {}, str(tmp_path), str(tmp_path / "log"))
    assert copied.wait(60) == 0
    assert "--Session.keyfile" in (tmp_path / "log").read_text()


def test_one_that_has_threads_is_not_copied(start, tmp_path, monkeypatch):
    (tmp_path / "threaded.py").write_text("import threading\nthreading.Thread(target=threading.Event().wait).start()\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = start("threaded.Thread")
    assert process.copy(["--help"], {}, str(tmp_path), str(tmp_path / "log")) is None
    process.process.kill()


def test_what_is_printed_while_it_loads_is_no_answer(start, tmp_path):
    process = start("this.s")
    assert process.copy(["--help"], {}, str(tmp_path), str(tmp_path / "log")).wait(60) == 0


def test_copies_say_how_they_ended(start, tmp_path):
    process = start()
    wrong = process.copy(["--no-such-option=1"], {}, str(tmp_path), str(tmp_path / "wrong"))
    assert wrong.wait(60) == 2  # that of a command line that makes no sense
    killed = endless(process, tmp_path)
    assert killed.poll() is None
    killed.send_signal(signal.SIGKILL)
    assert killed.wait(60) == -signal.SIGKILL


def test_none_is_left_when_it_is_closed_and_none_can_be_had(start, tmp_path):
    process = start()
    left = psutil.Process(endless(process, tmp_path).pid)
    process.close()
    left.wait(10)
    assert process.copy([], {}, str(tmp_path), "log") is None


def test_when_it_dies_its_copies_end_too_and_it_is_known(start, tmp_path):
    process = start()
    copied = endless(process, tmp_path)
    kernel = psutil.Process(copied.pid)
    process.process.kill()
    assert copied.wait(60) == -signal.SIGKILL
    assert process.copy([], {}, str(tmp_path), "log") is None
    kernel.wait(30)  # it looks for its parent now and then


def test_copies_do_not_outlive_who_asked_for_them(tmp_path):
    script = f"""
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from pathlib import Path
from test_warm import endless, warm
print(endless(warm.Warm([]), Path({str(tmp_path)!r})).pid, flush=True)
input()
"""
    asker = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    kernel = psutil.Process(int(asker.stdout.readline()))
    asker.kill()
    asker.wait()
    kernel.wait(30)
