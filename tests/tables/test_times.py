"""Arms of training time are named after the arm whose networks they train."""

import pytest

from lowdiff_lib.experiments import arms
from lowdiff_lib.tables import times


@pytest.mark.parametrize("of", [arms.MIXTURES, arms.FACES], ids=["mixtures", "faces"])
def test_an_arm_of_training_time_has_a_kind_that_is_an_arm_too(of):
    found = {name: times.kind(name) for name in of if times.kind(name) != name}
    assert found["told-in-time"] == "told"
    assert set(found.values()) <= set(of)
    assert all(name in times.others(kind) for name, kind in found.items())


def test_any_other_arm_is_its_own_kind():
    assert times.kind("eightfold") == "eightfold"
    assert times.every("blind") == ["blind", "blind-in-time", "blind-sixteenfold"]
