"""A spec that cannot be trained is refused when it is made, with the value and what is allowed."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.specs import OBJECTIVES, PARAMETRISATIONS, SIDES, RunSpec, trio


@given(
    n_train=st.integers(-2, 5),
    width=st.integers(-2, 5),
    steps=st.integers(-2, 5),
    batch=st.integers(-2, 9),
    lr=st.floats(),
    low=st.floats(),
    high=st.floats(),
    levels=st.integers(-2, 4),
)
def test_a_spec_is_either_sound_or_refused(n_train, width, steps, batch, lr, low, high, levels):
    sound = min(n_train, width, steps) >= 1 and batch >= 2 and batch % 2 == 0 and levels in (0, 2, 3, 4)
    sound = sound and 0 < lr < 10 and 0 < low < high < math.inf
    values = {"n_train": n_train, "width": width, "steps": steps, "batch": batch, "lr": lr, "levels": levels}
    if sound:
        RunSpec("spiral", sigma_min=low, sigma_max=high, **values)
    else:
        with pytest.raises(LowdiffError, match="must be"):
            RunSpec("spiral", sigma_min=low, sigma_max=high, **values)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("side", "C", SIDES),
        ("objective", "denoisr", OBJECTIVES),
        ("parametrisation", "", PARAMETRISATIONS),
        ("network", None, ("mlp", "unet")),
        ("output_power", 3, ("1", "2")),
    ],
)
def test_a_word_that_is_not_known_is_refused_with_those_that_are(name, value, allowed):
    with pytest.raises(LowdiffError, match=f"{name} is {value!r}; it must be one of {', '.join(allowed)}"):
        RunSpec("spiral", 10, **{name: value})


COUNTS = ["n_train", "width", "depth", "steps", "batch", "seed", "split", "resolution", "levels"]


@pytest.mark.parametrize("name", COUNTS)
def test_what_is_counted_is_a_whole_number(name):
    for value in (math.nan, 2.5, 10.0, True, "10", None, -4):
        with pytest.raises(LowdiffError, match=name):
            RunSpec(**{"dataset": "spiral", "n_train": 10, name: value})


@pytest.mark.parametrize(
    ("name", "value", "same"), [("sigma_max", 20, 20.0), ("n_train", np.int64(10), 10), ("lr", np.float64(1), 1.0)]
)
def test_equal_specs_are_written_alike(name, value, same):
    """Their text decides the name of their folder."""
    first, second = (RunSpec(**{"dataset": "spiral", "n_train": 10, name: each}) for each in (value, same))
    assert first == second
    assert repr(first) == repr(second)


def test_a_twin_differs_in_the_seed_alone():
    spec = RunSpec("spiral", 10, side="B", split=3)
    twin = spec.twin(7)
    assert dataclasses.replace(twin, seed=0) == spec
    assert twin.weight_seed != spec.weight_seed
    assert twin.stream_seed != spec.stream_seed


def test_runs_of_one_stack_differ_in_data_and_seed_alone():
    spec = RunSpec("spiral", 10)
    for change in ({"n_train": 5}, {"side": "B"}, {"split": 1}, {"seed": 1}):
        assert dataclasses.replace(spec, **change).stack() == spec.stack()
    for change in ({"dataset": "uniform"}, {"width": 8}, {"lr": 1e-3}, {"steps": 7}, {"objective": "ncsn"}):
        assert dataclasses.replace(spec, **change).stack() != spec.stack()
    face = dataclasses.replace(spec, dataset="faces", network="unet", resolution=20)
    assert face.stack() != face.twin(1).stack()  # a U-Net fills a core by itself


def test_a_trio_shares_everything_but_side_and_seed():
    three = trio(RunSpec("spiral", 10, width=8), 4)
    assert list(three) == ["A", "B", "twin"]
    assert len({dataclasses.replace(spec, side="A", seed=0) for spec in three.values()}) == 1
