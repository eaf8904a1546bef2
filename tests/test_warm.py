"""Chapters in copies of one process: what is loaded once, and that such a process may be copied."""

import signal
import time

import psutil
import pytest

from lowdiff_lib.book import chapters, warm

pytestmark = pytest.mark.skipif(not warm.POSSIBLE, reason="a process is copied on Linux only")
SHARED = ["lowdiff_lib.figures", "lowdiff_lib.findings", "lowdiff_lib.experiments.studies.parting", "torch"]


def test_what_two_chapters_import_is_loaded_once():
    imported = [warm._imported(chapters.load(name)) for name in ("parting", "training-set-size")]
    assert {"lowdiff_lib.figures", "lowdiff_lib.findings", "IPython.display.Markdown"} <= imported[0] & imported[1]
    with warm.warm([chapters.load("parting")]) as process:
        assert process is None  # alone it would only wait for it


def test_the_process_that_is_copied_has_no_threads_which_would_not_survive(monkeypatch, tmp_path):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    process = warm.Warm(SHARED)
    try:
        copied = process.copy(["--help"], {}, str(tmp_path), str(tmp_path / "log"))  # answered once all is loaded
        assert copied.wait(60) == 0
        assert "--Session.keyfile" in (tmp_path / "log").read_text()
        assert psutil.Process(process._popen.pid).num_threads() == 1
    finally:
        process.close()


def test_copies_say_how_they_ended_and_none_is_left(tmp_path):
    process = warm.Warm([])
    wrong = process.copy(["--no-such-option=1", "-f", str(tmp_path / "no" / "folder.json")], {}, str(tmp_path), "log")
    endless = process.copy(["-f", str(tmp_path / "kernel.json")], {}, str(tmp_path), "log")
    until = time.monotonic() + 60
    while not (tmp_path / "kernel.json").is_file() and time.monotonic() < until:
        time.sleep(0.05)
    assert endless.poll() is None
    endless.send_signal(signal.SIGKILL)
    assert endless.wait(60) == -signal.SIGKILL
    assert wrong.wait(60) == 2  # that of a command line that makes no sense
    process.close()
    with pytest.raises((RuntimeError, ValueError)):
        process.copy([], {}, str(tmp_path), "log")
