"""What separates two models is divided into causes, and the parts add up."""

import numpy as np
import pandas as pd
import pytest

from lowdiff_lib.findings import predictions
from lowdiff_lib.findings.parting import parting, parting_answer, parting_if_stopped
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


def by_kind(measured):
    return causes.parts(measured).set_index(["kind", "cause"]).value


def test_each_kind_of_models_is_divided_into_data_and_seed():
    assert by_kind(WHOLE).to_dict() == pytest.approx(
        {
            (causes.STOPPED, causes.DATA): 0.25 - 0.09, (causes.STOPPED, causes.SEED): 0.09,
            (causes.TOLD, causes.DATA): 1 - 0.64, (causes.TOLD, causes.SEED): 0.64,
            (causes.UNTOLD, causes.DATA): 4 - 2.25, (causes.UNTOLD, causes.SEED): 2.25,
        }
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_add_up_to_what_is_divided_whatever_the_numbers(seed):
    """d² = (d² - t²) + t², and d²(not told) is d²(in time) and what time and not being told add to it."""
    generator = np.random.default_rng(seed)
    several = [
        rows(arm, step, dict(zip(PAIRS, generator.exponential(size=2), strict=True)), sigma, 100, repetition, gain)
        for gain in [generator.normal()]
        for sigma in (0.01, 1.0)
        for repetition in (0, 1)
        for arm, step in (("blind", 8), ("told", 8), ("told-in-time", 32), ("told-in-time", 2))
    ]
    whole = table(*several)
    summed = causes.parts(whole).groupby([*causes.PLACE, "kind"]).value.sum().unstack("kind")
    expected = causes.squared(whole, ["blind"], "A-B").droplevel("step").sort_index()
    time, untold = summed[causes.TOLD] - summed[causes.STOPPED], summed[causes.UNTOLD] - summed[causes.TOLD]
    pd.testing.assert_series_equal(summed[causes.STOPPED] + time + untold, expected, check_names=False)
    pd.testing.assert_series_equal(summed[causes.UNTOLD], expected, check_names=False)


def test_without_other_times_nothing_is_said_of_stopping_in_time():
    found = by_kind(WHOLE[WHOLE.arm.isin(["told", "blind"])])
    assert set(found.index.get_level_values("kind")) == {causes.TOLD, causes.UNTOLD}


@pytest.mark.parametrize(("gains", "left"), [((1, 0, -1), 0.3**2), ((-1, 0, 1), 0.7**2), ((-1, 1, 0), 0.8**2)])
def test_in_time_is_when_most_noise_is_removed_from_new_points_be_it_early_or_late(gains, left):
    early, usual, late = gains
    several = table(
        rows("blind", 100, {"A-B": 2.0, "A-twin": 1.0}),
        rows("told", 100, {"A-B": 1.0, "A-twin": 0.8}, gain=usual),
        rows("told-in-time", 25, {"A-B": 0.5, "A-twin": 0.3}, gain=early),
        rows("told-in-time", 400, {"A-B": 0.9, "A-twin": 0.7}, gain=late),
    )
    assert by_kind(several)[causes.STOPPED, causes.SEED] == pytest.approx(left)


@pytest.mark.parametrize(("gain", "said"), [(1.0, False), (-0.2, True)])
def test_networks_of_several_times_are_divided_by_themselves_and_who_removes_nothing_is_named(monkeypatch, gain, said):
    """The usual ones of faces multiply by another precision, so they do not count."""
    monkeypatch.setattr(predictions, "_published", lambda study, setting, default: 100)
    alone = table(
        rows("told", 100, {"A-B": 9.0, "A-twin": 9.0}),
        rows("blind", 100, {"A-B": 9.0, "A-twin": 9.0}),
        rows("told-in-time", 100, {"A-B": 1.0, "A-twin": 0.8}, gain=-1.0),
        rows("told-in-time", 25, {"A-B": 0.5, "A-twin": 0.3}, gain=gain),
        rows("blind-in-time", 100, {"A-B": 2.0, "A-twin": 1.0}),
        rows("blind-in-time", 25, {"A-B": 3.0, "A-twin": 1.0}),
    )
    found = parting_if_stopped(Measured("face_blindness", alone, None, "full"))
    assert "| 100 | 2 | most | 1 | a part | 0.5 | most |" in found
    assert "Trained for 100 steps; those that are stopped in time, for 25 (N = 100)." in found
    assert ("With N = 100 even these remove no noise at σ = 0.1." in found) is said
    one_time = alone[alone.step == 25]
    assert parting_if_stopped(Measured("face_blindness", one_time, None, "full")) == ""


def changed(**scale):
    """WHOLE with the differences of some arms changed: {arm: {pair: factor}}."""
    of = WHOLE.copy()
    for arm, pairs in scale.items():
        for pair, factor in pairs.items():
            of.loc[(of.arm == arm) & (of.who == pair) & (of.metric == causes.APART), "value"] *= factor
    return Measured("parting", of, None, "full")


def test_words_follow_the_numbers():
    said = parting(changed())
    head, _, row = said.splitlines()[-3:]
    cells = dict(zip(*([cell.strip() for cell in line.split("|")] for line in (head, row)), strict=True))
    assert cells["not told σ"] == "2"
    assert cells["told σ, stopped in time"] == "0.5"
    assert "| 2 | a part |" in row
    assert "| 0.5 | most |" in row
    assert "| 2 | none |" in parting(changed(blind={"A-twin": 2 / 1.5}))
    assert "hardly apart" in parting(changed(told={"A-B": 0.01}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "whether or not they are told"),  # twice as far apart, not more
        ({"told": {"A-B": 0.5}}, "where nobody tells them how noisy it is and they are trained like the paper's"),
        ({}, "Other data matter, few or many"),
        ({"blind": {"A-twin": 1.3}}, "Other data do not matter"),
    ],
)
def test_the_headline_follows_the_numbers(change, words):
    assert words in parting_answer(changed(**change))
