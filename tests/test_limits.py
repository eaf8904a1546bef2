"""What a number has to be is said with its name, its value and its limits."""

import math

import numpy as np
import pytest

from lowdiff_lib.base.checks import real, whole, wholes
from lowdiff_lib.base.errors import LowdiffError


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_a_whole_number_is_an_int(value):
    assert type(whole("n", value)) is int


@pytest.mark.parametrize("value", [True, 2.0, math.nan, "3", None, -1, 11])
def test_anything_else_is_refused(value):
    with pytest.raises(LowdiffError, match=r"^n is .*; it must be a whole number, from 0 to 10$"):
        whole("n", value, 0, 10)


def test_several_are_kept_once_in_their_order():
    assert wholes("sizes", [100, 1, 100]) == (100, 1)
    for wrong in (10, "10", None, [1, "2"], [1.5]):
        with pytest.raises(LowdiffError, match="sizes"):
            wholes("sizes", wrong)


@pytest.mark.parametrize("value", [0, 10, -1.0, math.nan, math.inf, "1", None, True])
def test_a_number_lies_between_its_limits(value):
    assert real("lr", 1, 0, 10) == 1.0
    with pytest.raises(LowdiffError, match="lr is"):
        real("lr", value, 0, 10)
