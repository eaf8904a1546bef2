"""A clock that jumps changes no result: what is up to date is told by content, not by time."""

import datetime
import os
import time
from pathlib import Path

import pytest
import smallrun

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.book import chapters, executed
from lowdiff_lib.datasets.faces import load_faces
from lowdiff_lib.training import runs, stacks, trainer

DAY = 86_400
AHEAD = f"""
import time
now, now_ns = time.time, time.time_ns
time.time = lambda: now() + {DAY}
time.time_ns = lambda: now_ns() + {DAY} * 10**9
"""
CHAPTER = """---
kernelspec: {display_name: Python 3, language: python, name: python3}
---

```{code-cell}
:tags: [parameters]
n = 1  # at least 1
```
"""


def touch(folder: Path, seconds: float) -> None:
    """Set the times of all files to so long from now."""
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (time.time() + seconds,) * 2)


@pytest.mark.parametrize("seconds", [DAY, -DAY, 1e10], ids=["tomorrow", "yesterday", "year 2300"])
def test_a_training_goes_on_from_a_checkpoint_of_any_date(empty_store, monkeypatch, record_fault, seconds):
    with record_fault("clock that jumps", "training") as tally:
        job = smallrun.plan().specs
        smallrun.train()
        whole = [(runs.folder(spec) / "weights.safetensors").read_bytes() for spec in job]
        for spec in job:
            (runs.folder(spec) / "run.json").unlink()
        monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
        answers = iter([True, False])
        with pytest.raises(LowdiffError, match="does not want"):
            stacks.train(job, runs.stack_key(job), lambda: next(answers))
        touch(empty_store, seconds)
        smallrun.train()
        tally.tries += 1
        again = [(runs.folder(spec) / "weights.safetensors").read_bytes() for spec in job]
        tally.expect(again == whole, "other bits")


def test_the_last_execution_is_the_last_whatever_the_clock_said(tmp_path, monkeypatch, record_fault):
    class Tomorrow(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.datetime.now(tz) + datetime.timedelta(days=1)

    monkeypatch.setenv("LOWDIFF_ROOT", str(tmp_path))
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "one.md").write_text(CHAPTER)
    with record_fault("clock that jumps", "executing") as tally:
        for n, clock in ((2, Tomorrow), (3, datetime.datetime)):
            execution = executed.execution(chapters.load("one"), {"n": n})
            execution.notebook.parent.mkdir(parents=True, exist_ok=True)
            execution.notebook.write_text(f'{{"cells": [{n}]}}')
            monkeypatch.setattr(executed, "datetime", clock)
            execution.keep(1.0, 100.0)
            execution.put_on_page()
            tally.tries += 1
            tally.expect(executed.latest("one") == execution.notebook, f"{n} is not the last")


def test_images_of_any_date_are_read(tmp_path, monkeypatch, record_fault):
    import numpy as np

    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    pixels = np.random.default_rng(0).integers(0, 256, (4, 30, 30), dtype=np.uint8)
    np.savez(tmp_path / "portraits.npz", images=pixels)
    with record_fault("clock that jumps", "images") as tally:
        first = load_faces(tmp_path / "portraits.npz", 20)
        for seconds in (DAY, -DAY, 1e9):
            touch(tmp_path, seconds)
            tally.tries += 1
            tally.expect(load_faces(tmp_path / "portraits.npz", 20).sha256 == first.sha256, seconds)
        assert paths.data().is_dir()


@pytest.mark.slow
def test_a_page_that_was_edited_after_the_clock_was_put_back_is_made_again(toy, tmp_path, record_fault):
    """Sphinx tells by time what is up to date."""
    honest = toy.environment["PYTHONPATH"]
    (tmp_path / "ahead").mkdir()
    (tmp_path / "ahead" / "sitecustomize.py").write_text(AHEAD)
    with record_fault("clock that jumps", "building") as tally:
        toy.environment["PYTHONPATH"] = f"{tmp_path / 'ahead'}{os.pathsep}{honest}"
        toy.lowdiff("build")
        touch(toy.path("_build"), DAY)
        toy.environment["PYTHONPATH"] = honest
        toy.edit("book/about.md", "Nothing.", "Something new.")
        toy.lowdiff("build")
        tally.tries += 1
        tally.expect("Something new." in toy.read("_build/html/book/about.html"), "the old page")
