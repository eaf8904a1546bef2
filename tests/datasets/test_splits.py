"""Sides A and B and the held-out part share nothing, and depend on the seed alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowdiff_lib.base.errors import LowdiffError, TooFewSamples
from lowdiff_lib.datasets.splits import HELD_OUT_MOST, Split, split

totals = st.integers(3, 400)
seeds = st.integers(0, 2**32)
people = st.lists(st.integers(0, 12), min_size=3, max_size=120).filter(lambda persons: len(set(persons)) >= 3)


def parts(sides: Split) -> list[set[int]]:
    return [set(part.tolist()) for part in (sides.A, sides.B, sides.held_out)]


@given(totals, seeds)
def test_the_three_parts_are_disjoint_and_use_all_but_at_most_one(n, seed):
    sides = split(n, seed)
    a, b, held = parts(sides)
    assert len(a | b | held) == len(sides.A) + len(sides.B) + len(sides.held_out) >= n - 1
    assert a | b | held <= set(range(n))
    assert len(a) == len(b) == sides.size >= 1
    assert 1 <= len(held) <= HELD_OUT_MOST


@given(totals, seeds, st.data())
def test_a_smaller_training_set_lies_within_a_larger_one(n, seed, data):
    sides = split(n, seed)
    small = data.draw(st.integers(1, sides.size))
    large = data.draw(st.integers(small, sides.size))
    for side in ("A", "B"):
        assert sides.take(side, small).tolist() == sides.take(side, large)[:small].tolist()


@given(totals, seeds)
def test_the_seed_fixes_the_split(n, seed):
    first, second = split(n, seed), split(n, seed)
    for name in ("A", "B", "held_out"):
        assert np.array_equal(getattr(first, name), getattr(second, name))


def test_the_split_is_the_same_with_every_version_of_numpy():
    assert split(12, seed=0).A.tolist() == [11, 3, 2, 1, 8]
    assert not np.array_equal(split(1000, seed=0).A, split(1000, seed=1).A)


def test_a_takes_from_the_front_and_b_from_the_end_of_one_order():
    sides = split(100, seed=3, held_out=0)
    order = np.concatenate([sides.A, sides.B[::-1]])
    assert sorted(order) == list(range(100))
    longer = split(100, seed=3, held_out=20)
    assert np.array_equal(longer.A, order[:40])
    assert np.array_equal(longer.B, order[40:80][::-1])
    assert np.array_equal(longer.held_out, order[80:])


@given(people, seeds)
def test_nobody_is_in_two_parts(identity, seed):
    sides = split(len(identity), seed, identity=identity)
    a, b, held = ({identity[index] for index in part} for part in parts(sides))
    assert not a & b
    assert not a & held
    assert not b & held
    assert sides.size >= 1
    most = max(np.bincount(identity))
    used = len(sides.A) + len(sides.B) + len(sides.held_out)
    assert used >= len(identity) - most
    assert len(sides.held_out) <= max(round(0.2 * len(identity)), most)


def test_sides_of_whole_people_are_balanced_and_mix_people_from_the_start():
    identity = np.repeat(np.arange(40), 10)
    sides = split(400, seed=0, identity=identity)
    assert (len(sides.A), len(sides.B), len(sides.held_out)) == (160, 160, 80)
    assert len(set(identity[sides.take("A", 10)])) > 3


def test_ten_thousand_faces_leave_4900_a_side():
    """Also when a few dozen are near-duplicates."""
    assert split(9_960).size >= 4_900


def test_asking_for_more_than_a_side_holds_names_both_numbers():
    sides = split(50, dataset="celeba")
    assert sides.size == 20
    with pytest.raises(TooFewSamples, match=r"celeba: 1,000 .* 20") as caught:
        sides.take("B", 1000)
    assert (caught.value.asked, caught.value.available) == (1000, 20)


@pytest.mark.parametrize("n_train", [0, -3, 1.0, True, None, float("nan"), "10"])
def test_n_train_is_a_whole_number_above_zero(n_train):
    with pytest.raises(LowdiffError, match="at least 1"):
        split(50).take("A", n_train)


@pytest.mark.parametrize("side", ["a", "C", "", None, 0])
def test_a_side_is_a_or_b(side):
    with pytest.raises(LowdiffError, match="'A' or 'B'"):
        split(50).take(side, 3)


@pytest.mark.parametrize(
    "arguments",
    [
        {"n_total": 1},
        {"n_total": -5},
        {"n_total": 10.0},
        {"n_total": 10, "seed": -1},
        {"n_total": 10, "seed": 0.5},
        {"n_total": 10, "held_out": 9},
        {"n_total": 10, "held_out": -1},
        {"n_total": 10, "held_out": 0.2},
        {"n_total": 10, "identity": [1, 2, 3]},
        {"n_total": 4, "identity": [1, 1, 1, 1]},
        {"n_total": 4, "identity": [1, 1, 2, 2]},  # nobody left to hold out
    ],
    ids=str,
)
def test_what_cannot_be_divided_is_refused(arguments):
    with pytest.raises(LowdiffError):
        split(**arguments)
