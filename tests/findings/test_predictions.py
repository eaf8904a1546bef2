"""What others predict is said to have come out, or not, as the tables have it."""

import math

import pandas as pd
import pytest

from lowdiff_lib.findings import predictions
from lowdiff_lib.tables import COLUMNS, Measured


def table(rows):
    usual = {"dataset": "spiral", "dim": 2, "objective": "denoiser", "repetition": 0, "arm": "told", "step": 100}
    usual |= {"n_train": 100, "sigma": 0.1}
    return Measured("parting", pd.DataFrame([usual | row for row in rows], columns=COLUMNS), None, "full")


@pytest.mark.parametrize(("power", "said"), [(-1.0, "as predicted"), (-0.4, "not as predicted"), (-2, "not as pre")])
def test_the_slope_in_n_is_held_against_linear_theory(power, said):
    rows = [
        {"who": who, "metric": "disagreement_over_noise", "n_train": n, "value": (n**power) ** 0.5}
        for n in (10, 100, 1000)
        for who in ("A-B", "wiener pair")
    ]
    rows += [
        {"who": who, "metric": "disagreement_over_noise", "n_train": 1, "value": 1e6} for who in ("A-B", "wiener pair")
    ]
    text = predictions.one_over_n(table(rows), sigma=0.1)
    assert text.count(f"to the power of {power:.2f}, {said}") == 2  # one sample has no part in it


@pytest.mark.parametrize(
    ("seen", "new", "said"), [(0.1, 1.0, "as predicted"), (0.9, 1.0, "undecided"), (1.1, 1.0, "not as predicted")]
)
def test_a_network_is_held_against_the_memoriser_where_new_points_lie_far_from_training_points(seen, new, said):
    rows = []
    for sigma, covered in ((0.1, 0.2), (1.0, 1.0)):
        rows.append({"who": "training set", "metric": "coverage", "sigma": sigma, "value": covered})
        rows.append({"who": "A-ideal", "metric": "distance_over_noise_train", "sigma": sigma, "value": seen})
        rows.append({"who": "A-ideal", "metric": "distance_over_noise", "sigma": sigma, "value": new})
    text = predictions.memorises_where_it_was(table(rows))
    assert text.endswith(f": {said}.")
    assert "σ up to 0.1:" in text
    assert predictions.memorises_where_it_was(table([row | {"value": 1.0} for row in rows])) == ""


@pytest.mark.parametrize(
    ("last", "said"),
    [(1.0, "closes the gap"), (9.8, "changes little"), (6.0, "makes it smaller"), (14.0, "makes it larger")],
)
def test_longer_training_is_held_against_the_best_possible(last, said):
    gains = {25: -30.0, 100: -20.0 - (10 + last) / 2, 400: -20.0 - last}
    rows = [
        {
            "arm": "blind" if step == 100 else "blind-in-time",
            "who": who,
            "metric": "psnr_gain",
            "step": step,
            "value": value,
        }
        for step, gain in gains.items()
        for who, value in (("A", gain), ("best blind", -20.0))
    ]
    assert f"Longer training {said};" in predictions.in_time(table(rows), sigma=0.1)


def test_what_was_trained_for_one_time_only_says_nothing_of_time():
    rows = [{"arm": "blind", "who": who, "metric": "psnr_gain", "value": -1.0} for who in ("A", "best blind")]
    assert predictions.in_time(table(rows), sigma=0.1) == ""


@pytest.mark.parametrize(("power", "said"), [(1.0, "as predicted"), (0.5, "not as predicted")])
def test_the_time_to_memorise_is_held_against_n(power, said):
    """The gap is 1 dB at a step that grows like a power of N, beside what is easier for the exact denoiser, too."""
    rows = []
    for n in (30, 100, 300):
        for step in (1, 10, 100, 1000, 10_000):
            gap = 1 + math.log(step / (5 * n**power))
            for who, train, new in (("A", 3 + gap, 2.0), ("exact", 5.0, 4.0)):
                for metric, value in (("psnr_gain_train", train), ("psnr_gain", new)):
                    rows.append({"who": who, "metric": metric, "step": step, "n_train": n, "value": value})
    text = predictions.time_to_memorise(table(rows))
    assert f"to the power of {power:.2f}, {said}" in text
    assert predictions.time_to_memorise(table([row for row in rows if row["n_train"] < 300])) == ""
