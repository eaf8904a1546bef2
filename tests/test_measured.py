"""What was measured here, and what is published: whose table is spoken of is decided in one place, and said."""

import dataclasses
import itertools
import re
from pathlib import Path

import jupytext
import pandas as pd
import pytest

from lowdiff_lib import findings
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import tidy

CHAPTERS = sorted((Path(__file__).parent.parent / "chapters").glob("*.md"))
ONE_TABLE = {
    "index",
    "mixtures",
    "provenance",
    "claims",
    "statements",
}  # what is published, exact values, what make bench wrote, verdicts, what was run of the paper


def table(arms=("told",), sizes=(10, 100), value=0.5) -> pd.DataFrame:
    about = {"dataset": "spiral", "dim": 2, "step": 8, "objective": "denoiser", "repetition": 0, "metric": "m"}
    return tidy(
        about | {"arm": arm, "who": "A", "n_train": n, "sigma": sigma, "value": value}
        for arm, n, sigma in itertools.product(arms, sizes, (0.1, 1.0))
    )


@pytest.fixture
def both() -> Measured:
    return Measured("toy", table(), table(("told", "twice"), (10, 1000), 0.9), "smoke")


def test_sentences_speak_of_what_this_machine_measured(both):
    assert both.mean(metric="m") == 0.5
    assert (
        findings.box(both, "A sentence.")
        == "A sentence.\n\n*Of this re-run (profile smoke), not of what is published.*"
    )


def test_or_of_what_is_published_if_that_is_asked_for_or_all_there_is(both):
    for published in (
        dataclasses.replace(both, published_leads=True).alone,
        dataclasses.replace(both, own=both.own[:0], profile=""),
    ):
        assert published.mean(metric="m") == 0.9
        assert findings.box(published, "- A list.") == "- A list."


def test_whose_table_it_is_does_not_depend_on_which_rows_are_there(both):
    """Else one sentence would mix two tables without saying so."""
    narrowed = both.where(n_train=1000)
    assert narrowed.shown.empty
    assert len(narrowed.published) == 4
    assert narrowed.origin == both.origin


def test_both_tables_are_narrowed_alike(both):
    narrowed = both.where(sigma=0.1, n_train=[10, 1000])
    assert (len(narrowed.own), len(narrowed.published)) == (1, 4)
    twice = both.arm("twice")
    assert (len(twice.own), len(twice.published)) == (0, 4)
    assert both.alone.shown is both.own
    assert both.alone.published is None
    assert dataclasses.replace(both, published_leads=True).alone.arms == {"told", "twice"}


def test_arms_are_compared_where_all_of_them_were_measured():
    mixed = pd.concat([table(("told",), (10, 100)), table(("twice",), (100, 1000))])
    measured = Measured("toy", mixed, None, "smoke")
    assert measured.common.sizes == [100]
    assert set(measured.common.shown.arm) == {"told", "twice"}
    assert {arm: measured.largest.arm(arm).sizes for arm in ("told", "twice")} == {"told": [100], "twice": [1000]}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.stem)
def test_a_box_says_whose_table_it_speaks_of(chapter):
    cells = jupytext.read(chapter, fmt="md:myst").cells
    boxes = [cell.source for cell in cells if "finding" in cell.metadata.get("tags", [])]
    if boxes and chapter.stem not in ONE_TABLE:
        (source,) = boxes
        whose = re.search(r"findings\.box\((\w+), ", source)
        assert whose
        assert len(re.findall(rf"\b{whose[1]}\b", source)) >= 2, "the box says whose table its sentence is of"
