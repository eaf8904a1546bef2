"""A table holds one measured value a row."""

import io
import re

import numpy as np
import pandas as pd
import pytest

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.publishing import publish
from lowdiff_lib.tables import Measured, all_published, manifest, published
from lowdiff_lib.tables.shelf import find
from lowdiff_lib.tables.tidy import COLUMNS, DIGITS, beside, spread, tidy


def row(**values) -> dict:
    defaults = dict.fromkeys(COLUMNS, "x") | {"n_train": 10, "step": 200, "repetition": 0, "sigma": 0.1, "value": 1.0}
    return defaults | values


def test_a_table_has_the_columns_of_every_table_in_their_order():
    table = tidy(iter([row(value=2.0) | {"more": 1}, dict(reversed(row().items()))]))
    assert list(table.columns) == COLUMNS
    assert table.value.tolist() == [2.0, 1.0]
    assert table.index.tolist() == [0, 1]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_an_error(column):
    incomplete = row()
    del incomplete[column]
    with pytest.raises(KeyError, match=column):
        tidy([incomplete])


def test_a_table_comes_back_from_a_file_as_it_was(tmp_path):
    table = tidy([row(sigma=0.005, value=1 / 3), row(sigma=1e-12, value=-2.5e-17)])
    table.to_csv(tmp_path / "table.csv", index=False)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "table.csv"), table, rtol=1e-14)


def test_spread_is_the_mean_and_the_range_over_repetitions():
    table = tidy([row(repetition=s, sigma=sigma, value=s + sigma) for s in range(3) for sigma in (1.0, 0.1)])
    expected = pd.DataFrame(
        {"sigma": [0.1, 1.0], "mean": [1.1, 2.0], "low": [0.1, 1.0], "high": [2.1, 3.0], "n": [3, 3]}
    )
    pd.testing.assert_frame_equal(spread(table, ["sigma"]), expected)


def put(name: str, table: pd.DataFrame) -> None:
    manifest.put(name, table.to_csv(index=False).encode(), {})


def test_the_usual_rows_stand_under_those_of_an_arm_as_far_as_it_was_measured():
    """Who reads about an arm finds both, on the grid of the arm."""
    whole = tidy(
        row(dataset="spiral", n_train=n, repetition=repetition, arm="told") for n in (10, 100) for repetition in (0, 1)
    )
    others = tidy(row(dataset="spiral", n_train=100, arm=arm) for arm in ("ncsn", "ssm"))
    found = beside(others, whole)
    assert found[["n_train", "repetition", "arm"]].to_numpy().tolist() == [
        [100, 0, "ncsn"],
        [100, 0, "ssm"],
        [100, 0, "told"],
    ]


def test_each_arm_is_published_once_and_read_alone_or_together(tmp_path, monkeypatch):
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    told, twice = (tidy([row(arm=arm, value=value)]) for arm, value in (("told", 1.0), ("twice", 2.0)))
    put("training_set_size/twice", twice)
    assert find("training_set_size") is None  # the usual arm is not there
    assert published("training_set_size", "twice").equals(twice)
    put("training_set_size/told", told)
    put("attractors/told", told)
    assert published("training_set_size").equals(told)
    both = published("training_set_size", "told", "twice")
    assert both.equals(pd.concat([told, twice], ignore_index=True))
    assert find("training_set_size", "told", "twice", "half").equals(both)
    everything = all_published()
    assert list(everything) == ["attractors", "training_set_size"]
    assert everything["training_set_size"].equals(both)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (["training-set-siz"], "no published table 'training_set_siz' here; did you mean training_set_size?"),
        (["trajectories"], "no published table 'trajectories' here; There are: training_set_size"),
        (["training_set_size", "twise"], "no published arm of training_set_size 'twise' here; did you mean twice?"),
        (["training_set_size"], "no published arm of training_set_size 'told' here; There are: twice"),
    ],
)
def test_a_table_that_is_asked_for_is_there_or_it_is_said_which_ones_are(tmp_path, monkeypatch, asked, answer):
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    with pytest.raises(LowdiffError, match="nothing is published in"):
        published(*asked)
    put("training_set_size/twice", tidy([row(arm="twice")]))
    assert len(published("training-set-size", "twice")) == 1
    with pytest.raises(LowdiffError, match=re.escape(answer)):
        published(*asked)


# ---- what figures and sentences are given ----


def test_measured_has_what_is_published_of_the_arms_that_were_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    own = tidy([row(arm="told", value=1.5), row(arm="twice", value=2.5)])
    assert Measured.of("training_set_size", own, "quick").published is None
    for arm in ("told", "half"):
        put(f"training_set_size/{arm}", tidy([row(arm=arm)]))
    measured = Measured.of("training_set_size", own, "quick")
    assert set(measured.published.arm) == {"told"}
    assert measured.shown.equals(own)
    assert measured.origin == "this re-run (profile quick)"
    assert (len(measured.own), len(measured.published)) == (2, 1)
    twice = measured.arm("twice")
    assert (len(twice.own), len(twice.published)) == (1, 0)


def test_both_tables_are_narrowed_alike():
    own = tidy(row(who=who, metric=metric) for who in ("A-B", "A-twin", "A") for metric in ("one", "two"))
    measured = Measured("attractors", own, own.assign(value=2.0), "full")
    narrow = measured.where(metric="one", who=["A-B", "A-twin"])
    assert narrow.own.who.tolist() == narrow.published.who.tolist() == ["A-B", "A-twin"]
    assert measured.where(metric="three").shown.empty
    assert len(measured.own) == 6  # as it was


# ---- noise levels ----


def test_a_noise_level_is_rounded_once_to_what_is_published_of_it():
    """What is published and read again, and what is measured again, are the same number: they are looked up by it."""
    levels = [0.005 * (10 / 0.005) ** (k / 48) for k in range(49)]  # as of a trajectory: sixteen digits
    table = tidy(row(sigma=sigma) for sigma in levels)
    csv = publish.as_csv(table)
    again = pd.read_csv(io.BytesIO(csv))
    assert again.sigma.tolist() == table.sigma.tolist()
    assert publish.as_csv(again) == csv
    np.testing.assert_allclose(table.sigma, levels, rtol=10.0 ** (1 - DIGITS))
    assert tidy([row(sigma=0.1), row(sigma=1e-12)]).sigma.tolist() == [0.1, 1e-12]
