"""What separates two models is divided into causes, and the parts add up."""

import numpy as np
import pandas as pd
import pytest

from lowdiff_lib.findings.parting import parting
from lowdiff_lib.tables import COLUMNS, Measured, causes


def rows(arm, step, pairs, sigma=0.1, n_train=100, repetition=0, gain=0.0):
    """A table of the study, of one arm at one time: how far each pair is apart, and what A gains on new points."""
    values = [("disagreement_over_noise", who, value) for who, value in pairs.items()] + [("psnr_gain", "A", gain)]
    return [
        {
            "dataset": "spiral", "dim": 2, "arm": arm, "n_train": n_train, "step": step, "objective": "denoiser",
            "repetition": repetition, "who": who, "sigma": sigma, "metric": metric, "value": value,
        }
        for metric, who, value in values
    ]  # fmt: skip


def table(*parts):
    return pd.DataFrame([row for part in parts for row in part], columns=COLUMNS)


PAIRS = ("A-B", "A-twin")
WHOLE = table(
    rows("blind", 100, {"A-B": 2.0, "A-twin": 1.5}),
    rows("told", 100, {"A-B": 1.0, "A-twin": 0.8}),
    rows("told-in-time", 25, {"A-B": 3.0, "A-twin": 3.0}),
    rows("told-in-time", 400, {"A-B": 0.5, "A-twin": 0.3}, gain=1.0),
    rows("blind-in-time", 400, {"A-B": 7.0, "A-twin": 7.0}),
)


def by_cause(measured):
    return causes.shares(measured).set_index("cause").value


def test_each_part_is_what_goes_away_with_its_cause():
    found = by_cause(WHOLE)
    expected = {causes.UNTOLD: 4 - 1, causes.TIME: 1 - 0.25, causes.DATA: 0.25 - 0.09, causes.SEED: 0.09}
    assert found.to_dict() == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(20))
def test_the_parts_add_up_to_what_is_divided_whatever_the_numbers(seed):
    generator = np.random.default_rng(seed)
    several = [
        rows(arm, step, dict(zip(PAIRS, generator.exponential(size=2), strict=True)), sigma, 100, repetition, gain)
        for gain in [generator.normal()]
        for sigma in (0.01, 1.0)
        for repetition in (0, 1)
        for arm, step in (("blind", 8), ("told", 8), ("told-in-time", 32), ("told-in-time", 2))
    ]
    whole = table(*several)
    total = causes.squared(whole, ["blind"], "A-B").droplevel("step")
    summed = causes.shares(whole).groupby(causes.PLACE).value.sum()
    pd.testing.assert_series_equal(summed, total.sort_index(), check_names=False)


def test_without_other_times_that_cause_is_not_known_and_the_rest_adds_up():
    found = by_cause(WHOLE[WHOLE.arm.isin(["told", "blind"])])
    assert causes.TIME not in found.dropna().index
    assert found.sum() == pytest.approx(4)


@pytest.mark.parametrize(("gains", "left"), [((1, 0, -1), 0.3**2), ((-1, 0, 1), 0.7**2), ((-1, 1, 0), 0.8**2)])
def test_in_time_is_when_most_noise_is_removed_from_new_points_be_it_early_or_late(gains, left):
    early, usual, late = gains
    several = table(
        rows("blind", 100, {"A-B": 2.0}),
        rows("told", 100, {"A-B": 1.0, "A-twin": 0.8}, gain=usual),
        rows("told-in-time", 25, {"A-B": 0.5, "A-twin": 0.3}, gain=early),
        rows("told-in-time", 400, {"A-B": 0.9, "A-twin": 0.7}, gain=late),
    )
    assert by_cause(several)[causes.SEED] == pytest.approx(left)


def test_words_name_the_cause_that_has_the_most_and_follow_the_numbers():
    said = parting(Measured("parting", WHOLE, None, "full"))
    assert "mostly because they are not told σ (75%)" in said
    other = WHOLE.copy()
    other.loc[(other.arm == "blind") & (other.who == "A-B"), "value"] = 1.0
    said = parting(Measured("parting", other, None, "full"))
    assert "mostly because they were trained too long or too briefly" in said
    assert "not told σ" not in said
    other.loc[other.metric == causes.APART, "value"] *= 0.01
    assert "hardly apart" in parting(Measured("parting", other, None, "full"))
