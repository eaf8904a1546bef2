"""Whoever asks for one thing at one moment: one does the work, the others wait and read it."""

import pytest
import sweeping

from lowdiff_lib.training import stacks

pytestmark = pytest.mark.slow  # `make test` asks eight processes in test_sweep.py, and two in test_book.py
SPECS = sweeping.runs(sweeping.SHORT)


@pytest.mark.parametrize("count", [2, 8])
def test_runs_are_trained_once(script, record_fault, tmp_path, monkeypatch, count):
    with record_fault(f"{count} processes at once", "one run") as tally:
        script("../sweeping", "together", count)
        monkeypatch.setenv("LOWDIFF_RUNS", str(tmp_path / "all/runs"))
        tally.tries += count
        trained = sum(map(len, sweeping.notes().values()))
        tally.expect(trained == len(stacks.grouped(SPECS)), f"{trained} trainings")
        tally.keep(not stacks.missing(SPECS), "not trained")
        tally.expect(sweeping.weights(SPECS) == sweeping.uninterrupted(sweeping.SHORT), "other bits")


@pytest.mark.parametrize("count", [2, 8])
def test_a_chapter_runs_once_and_the_pages_are_made_once(toy, script, record_fault, count):
    with record_fault(f"{count} processes at once", "one chapter, one build") as tally:
        tally.add(script("building", "together", count, library=toy.root)["together"])
