"""What longer training does is said as the tables have it."""

import math

import pandas as pd
import pytest

from lowdiff_lib.findings import own_path, predictions
from lowdiff_lib.tables import COLUMNS, Measured


def table(rows):
    usual = {"dataset": "spiral", "dim": 2, "objective": "denoiser", "repetition": 0, "arm": "told", "step": 100}
    usual |= {"n_train": 100, "sigma": 0.1}
    return Measured("parting", pd.DataFrame([usual | row for row in rows], columns=COLUMNS), None, "full")


@pytest.mark.parametrize(
    ("last", "said"),
    [(1.0, "mostly closes"), (9.8, "stays as it is"), (6.0, "shrinks"), (14.0, "grows")],
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
    found = predictions.in_time(table(rows), sigma=0.1)
    assert f"**Not told, the gap to the best possible {said} with N = 100.**" in found
    slope = (last - 10) / 2 / math.log(4)
    far = last + slope * math.log(250e6 / 256 / 400)
    at_last = f"{far:.1f}" if far > 0 else "closed"
    assert f"| 100 |  |  | 25 to 400 | 10.0 to {last:.1f} | {at_last} |" in found


def test_two_that_are_told_are_parted_or_stay_together_by_n():
    apart = {100: (0.1, 5.0), 1000: (0.1, 0.2), 10_000: (3.0, 2.0)}
    rows = [
        {"arm": arm, "who": "A-B", "metric": "disagreement_over_noise", "n_train": n, "step": step, "value": value}
        for n, ends in apart.items()
        for arm, step, value in zip(("told-in-time", "told"), (25, 400 if n == 1000 else 100), ends, strict=True)
    ]
    once = {"arm": "told", "who": "A-B", "metric": "disagreement_over_noise", "n_train": 10, "value": 9.0}
    found = predictions.in_time(table([*rows, once]), sigma=0.1)
    said = (
        "parts two with N = 100; leaves two together with N = 1,000 (after 400 steps); leaves two apart with N = 10,000"
    )
    assert f"**Told σ, longer training {said}.**" in found
    assert "| 100 | 25 to 100 | 0.1 to 5 |" in found
    assert "| 10 |" not in found


@pytest.mark.parametrize(("few", "said"), [(0.9, "It is not that alone"), (0.12, "Mostly that")])
def test_few_samples_are_compared_with_many_where_each_was_seen_as_often(few, said):
    """All networks train for as many steps, so n_train and the number of passes change together."""
    apart = {(100, 10): few, (100, 40): 3.0, (1000, 10): 9.0, (1000, 40): 9.0, (1000, 80): 0.05}
    rows = [
        {"arm": "told" if s == 40 else "told-in-time", "who": "A-B", "metric": "disagreement_over_noise"}
        | {"n_train": n, "step": s, "value": v}
        for (n, s), v in apart.items()
    ]
    others = [row | {"repetition": 1, "value": 50.0} for row in rows if row["arm"] == "told"]  # of one time alone
    found = predictions.seen_as_often(table(rows + others), sigma=0.1)
    assert said in found
    assert f"by 3 times the noise after the usual 40 steps, but by {few:g} after 10, " in found
    assert "(1.2 to 1) as each of 1,000 is in 80 steps; two of those differ by 0.05" in found
    steps = {10: 0.1, 40: 1.0, 80: 1.0}  # after 10 steps A does next to nothing yet
    most = [row | {"n_train": 10**6} for row in rows if row["n_train"] == 1000]  # each is seen too seldom to compare
    assert predictions.seen_as_often(table(rows + most), sigma=0.1) == predictions.seen_as_often(table(rows), sigma=0.1)
    gains = [row | {"who": "A", "metric": "psnr_gain_held_out", "value": steps[row["step"]]} for row in rows]
    assert predictions.seen_as_often(table(rows + gains), sigma=0.1) == ""
    parted = [row | {"value": max(row["value"], 0.6)} for row in rows]  # those of many, too
    assert predictions.seen_as_often(table(parted), sigma=0.1) == ""
    together = [row | {"value": 0.1} for row in rows]
    assert predictions.seen_as_often(table(together), sigma=0.1) == ""
    never = [row for row in rows if row["step"] != 80]
    assert predictions.seen_as_often(table(never), sigma=0.1) == ""


def test_what_was_trained_for_one_time_only_says_nothing_of_time():
    rows = [{"arm": "blind", "who": who, "metric": "psnr_gain", "value": -1.0} for who in ("A", "best blind")]
    assert predictions.in_time(table(rows), sigma=0.1) == ""


def test_repetitions_that_lack_a_time_do_not_count():
    rows = [
        {"arm": arm, "who": "A-B", "metric": "disagreement_over_noise", "step": step, "value": value, "repetition": r}
        for arm, step, value, r in (("told-in-time", 25, 0.1, 0), ("told", 100, 0.2, 0), ("told", 100, 9.0, 1))
    ]
    assert "| 100 | 25 to 100 | 0.1 to 0.2 |" in predictions.in_time(table(rows), sigma=0.1)


def test_training_samples_become_easier_with_time():
    gains = {25: (1.0, 1.0), 100: (3.0, 1.5)}
    rows = [
        {"arm": "told-in-time", "who": "A", "metric": metric, "step": step, "value": value}
        for step, values in gains.items()
        for metric, value in zip(("psnr_gain_train", "psnr_gain_held_out"), values, strict=True)
    ]
    assert "| 100 | 0.0 | 1.5 |" in predictions.easier(table(rows), sigma=0.1)


def test_the_score_is_more_accurate_with_time():
    errors = {100: {25: 1.0, 100: 0.5}, 1000: {25: 1.0, 400: 0.031}}
    rows = [
        {
            "arm": "told-in-time",
            "who": "A",
            "metric": "relative_score_error",
            "n_train": n,
            "step": step,
            "value": value,
        }
        for n, by_step in errors.items()
        for step, value in by_step.items()
    ]
    said = predictions.score_error_in_time(table(rows), sigma=0.1)
    assert "| 100 | 1 | 0.5 |  |" in said
    assert "| 1,000 | 1 |  | 0.031 |" in said
    assert predictions.score_error_in_time(table(rows[:1]), sigma=0.1) == ""


@pytest.mark.parametrize(
    ("last", "mends"),
    [(-2.0, "most of that error"), (-8.0, "part of that error"), (-12.5, "nothing of it"), (1.0, "most of that error")],
)
def test_what_longer_training_mends_of_networks_that_are_not_told(last, mends, monkeypatch):
    monkeypatch.setattr(predictions, "_published", lambda study, setting, default: 100)
    gains = {25: -15.0, 100: -13.0, 1600: last}
    rows = [
        {"arm": "blind-in-time", "who": who, "metric": metric, "step": step, "value": value}
        for step, gain in gains.items()
        for who, metric, value in (("A", "psnr_gain_held_out", gain), ("A-B", "disagreement_over_noise", -gain / 10))
    ]
    found = predictions.untold_for_longer(table(rows), sigma=0.1)
    assert f"**On spiral, longer training mends {mends}:** after 16 times the steps each " in found
    assert f", two are {-last / 10:#.2g} apart." in found
    assert predictions.untold_for_longer(table(rows[:4]), sigma=0.1) == ""
    told = [row | {"arm": "told-plain-in-time", "value": 0.5} for row in rows]
    assert "same training" not in found
    beside = predictions.untold_for_longer(table([*rows, *told]), sigma=0.1)
    assert f", two are {-last / 10:#.2g} apart (told, same training: 0.50)." in beside


def test_what_it_costs_not_to_be_told_is_said_for_each_time():
    gains = {"blind-in-time": {25: -18.0, 100: -4.0, 400: -1.0}, "told-plain-in-time": {25: -1.0, 100: 0.0}}
    rows = [
        {"arm": arm, "who": who, "metric": metric, "step": step, "value": value}
        for arm, by_step in gains.items()
        for step, gain in by_step.items()
        for who, metric, value in (("A", "psnr_gain_held_out", gain), ("A-B", "disagreement_over_noise", 1 - gain))
    ]
    said = predictions.telling_in_time(table(rows), sigma=0.1)
    lead = "what it costs not to be told mostly closes with longer training:** 17.0 dB after 25 steps, 4.0 after 100"
    assert f"**On spiral, {lead} (N = 100)." in said
    assert "| 25 | −1.0 | −18.0 | 17.0 | 2.0 | 19 |" in said
    assert "| 400 |" not in said  # nobody was told and trained for as long
    assert predictions.telling_in_time(table(rows[:6]), sigma=0.1) == ""


def test_copies_come_with_time_by_n():
    shares = {10: {25: 0.1, 100: 0.6, 400: 0.9}, 1000: {25: 0.0, 100: 0.0, 400: 0.2}}
    rows = [
        {"arm": "told-in-time", "who": who, "metric": "memorised", "n_train": n, "step": step, "value": value}
        for n, by_step in shares.items()
        for step, share in by_step.items()
        for who, value in (("A", share), ("held-out", 1.0))
    ]
    said = predictions.copies_in_time(table(rows))
    assert "copies with N = 10 after 100 steps. Still most are no copies with N = 1,000 after 400.**" in said
    assert "| 10 | 10 % | 60 % | 90 % |" in said
    assert predictions.copies_in_time(table(rows[:2])) == ""
    assert "**Of what A makes of noise most are no copies with N = 1,000 after 400.**" in predictions.copies_in_time(
        table([row for row in rows if row["n_train"] == 1000])
    )


def test_a_gap_that_grows_and_then_shrinks_is_said_to_and_is_not_extrapolated():
    rows = [
        {"arm": "blind-in-time", "who": who, "metric": "psnr_gain", "step": step, "value": value}
        for step, gain in ((25, -30.0), (100, -40.0), (400, -33.0))
        for who, value in (("A", gain), ("best blind", 0.0))
    ]
    said = predictions.in_time(table(rows), sigma=0.1)
    assert "first grows, then shrinks with N = 100" in said
    assert "| 25 to 400 | 30.0 to 33.0 |  |" in said


def test_where_a_network_goes_by_itself_it_may_be_nearer_to_the_truth_or_further():
    path = {10: 0.2, 100: 1.5, 1000: 8.0}
    rows = [
        {"arm": "told", "who": who, "metric": f"distance_over_noise{place}", "n_train": n, "value": value}
        for n, far in path.items()
        for who in ("A-exact", "A-ideal")
        for place, value in (("_train", 0.5), ("", 1.0), ("_path", far))
    ]
    said = own_path(table(rows), sigma=0.1)
    assert "is less wrong where it goes by itself than on new points with N = 10; about as wrong" in said
    assert "more wrong where it goes by itself than on new points with N = 1,000.**" in said
    assert "| 1,000 | 0.5 | 1 | 8 | 0.5 | 1 | 8 |" in said
    assert own_path(table(rows[:2]), sigma=0.1) == ""
