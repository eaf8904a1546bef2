"""The one rule: intervals cover as often as they say, verdicts err as seldom as they say, alone and together."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from lowdiff_lib.claims.rule import (
    FAILS,
    HOLDS,
    UNDECIDED,
    Rule,
    errors_of_holm,
    interval,
    power,
    probability,
    quantile,
)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 30])
@pytest.mark.parametrize("error", [0.05, 0.005])
def test_quantiles_are_those_of_students_t(freedom, error):
    assert quantile(error, freedom) == pytest.approx(scipy.stats.t.ppf(1 - error, freedom), rel=1e-6)


@pytest.mark.parametrize("repetitions", [2, 3, 5, 30])
def test_each_end_of_an_interval_is_wrong_as_often_as_it_says(repetitions):
    random = np.random.default_rng(1)
    ends = [interval(random.normal(1.0, 0.5, repetitions), Rule(0.0))[1:] for _ in range(2000)]
    assert np.mean([low > 1.0 for low, _ in ends]) == pytest.approx(0.05, abs=0.015)
    assert np.mean([high < 1.0 for _, high in ends]) == pytest.approx(0.05, abs=0.015)


def test_repetitions_that_share_half_their_photographs_need_a_wider_interval():
    """S11: two repetitions with half of the faces in common are alike, and their spread says less than it seems to."""
    random = np.random.default_rng(2)
    common = random.normal(0, 0.5**0.5, (4000, 1))
    values = common + random.normal(0, 0.5**0.5, (4000, 2))
    alone, widened = (
        np.mean([interval(pair, Rule(0.0), shared=shared)[1] > 0 for pair in values]) for shared in (0.0, 0.5)
    )
    assert alone > 0.075
    assert widened == pytest.approx(0.05, abs=0.01)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12))
def test_an_interval_has_the_mean_inside(values):
    effect, low, high = interval(values, Rule(0.0))
    slack = 1e-9 * max(1.0, *map(abs, values))
    assert effect == pytest.approx(np.mean(values), abs=slack)
    assert low - slack <= effect <= high + slack


def test_of_ratios_the_logarithms_are_averaged():
    """S13: the old rule took the mean of ratios, which one small divisor decides: here it would be 4."""
    ratios = [0.25, 0.3, 11.45]
    assert np.mean(ratios) == pytest.approx(4.0)
    assert interval(ratios, Rule(1.0, log=True))[0] == pytest.approx(0.95, abs=0.01)


def test_three_words_for_three_places_of_an_interval():
    above, below, either = Rule(0.1), Rule(0.1, above=False), Rule(0.1, either=True)
    assert [above.word(*ends) for ends in ((0.2, 0.3), (0.0, 0.05), (0.0, 0.2))] == [HOLDS, FAILS, UNDECIDED]
    assert [below.word(*ends) for ends in ((0.2, 0.3), (0.0, 0.05), (0.0, 0.2))] == [FAILS, HOLDS, UNDECIDED]
    places = ((0.2, 0.3), (-0.3, -0.2), (-0.05, 0.05), (-0.05, 0.2))
    assert [either.word(*ends) for ends in places] == [HOLDS, HOLDS, FAILS, UNDECIDED]


def test_together_verdicts_err_as_seldom_as_one():
    """Seven data sets on the threshold: by themselves some verdict comes out in a third of all cases."""
    random, test = np.random.default_rng(3), Rule(0.0)
    alone = together = 0
    for _ in range(1000):
        family = random.normal(0, 1, (7, 3))
        chances = [probability(values, test) for values in family]
        errors = errors_of_holm(chances, error=0.025)  # at both ends, as the truth is on the threshold
        alone += any(test.word(*interval(values, test, 0.025)[1:]) != UNDECIDED for values in family)
        together += any(
            test.word(*interval(values, test, error)[1:]) != UNDECIDED
            for values, error in zip(family, errors, strict=True)
        )
    assert alone > 250
    assert together <= 65


def test_what_is_certain_is_decided_together_too():
    assert errors_of_holm([1e-6, 0.3, 0.02]) == pytest.approx([0.05 / 3, 0.05, 0.05 / 2])


def test_power_is_how_often_an_effect_is_found():
    random, test = np.random.default_rng(4), Rule(0.05)
    values = [0.0, 0.02, 0.04]
    found = [test.word(*interval(random.normal(0.1, 0.02, 3), test)[1:]) == HOLDS for _ in range(3000)]
    assert power(values, test, 0.1) == pytest.approx(np.mean(found), abs=0.04)
