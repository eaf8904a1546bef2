"""What others predict is judged by the rule of all claims."""

import math

import pandas as pd
import pytest
from made import cosines, table, verdict

from lowdiff_lib.claims.rule import CANNOT, FAILS, HOLDS, UNDECIDED


@pytest.mark.parametrize(("power", "word"), [(-1.0, HOLDS), (-0.4, FAILS), (-2.0, FAILS), (-0.75, UNDECIDED)])
@pytest.mark.parametrize(("name", "pair"), [("one-over-n", "A-B"), ("one-over-n-of-linear", "wiener pair")])
def test_how_the_distance_of_two_falls_is_held_against_one_over_n(name, pair, power, word):
    """Over three N up to this; one sample is none of them."""

    def distance(n, s, r):
        return 1e6 if n == 1 else n ** (power / 2 + 0.01 * (r - 1))

    sizes = (1, 10, 100, 1000)
    apart = table({("disagreement_over_noise", pair): distance}, sizes=sizes)
    tables = {"parting": pd.concat([apart, cosines(0.9, 0.9, sizes=sizes)])}
    found = verdict(name, **tables)
    assert (found.word, found.sigma) == (word, 0.5)
    assert found.effect == pytest.approx(power + 1, abs=1e-9)
    assert verdict(name, n=100, **tables).word == CANNOT


def test_networks_that_are_of_no_use_say_nothing_of_one_over_n_and_linear_filters_do():
    apart = {("disagreement_over_noise", pair): lambda n, s, r: n**-0.5 for pair in ("A-B", "wiener pair")}
    sizes = (10, 100, 1000)
    tables = {"parting": pd.concat([table(apart, sizes=sizes), cosines(0.9, 0.9, error=3.0, sizes=sizes)])}
    assert verdict("one-over-n", **tables).word == CANNOT
    assert verdict("one-over-n-of-linear", **tables).word == HOLDS


@pytest.mark.parametrize(("seen", "word"), [(0.1, HOLDS), (0.9, FAILS), (0.5, UNDECIDED)])
def test_a_network_is_held_against_the_memoriser_where_new_points_lie_far_from_training_points(seen, word):
    values = {
        ("coverage", "training set"): lambda n, s, r: 0.2 if s < 0.1 else 1.0,
        ("distance_over_noise_train", "A-ideal"): lambda n, s, r: (seen if s < 0.1 else 1.0) * (1 + 0.05 * (r - 1)),
        ("distance_over_noise", "A-ideal"): lambda n, s, r: 1.0,
    }
    assert verdict("memoriser-at-training-points", parting=table(values)).word == word
    covered = values | {("coverage", "training set"): lambda n, s, r: 0.9}
    assert verdict("memoriser-at-training-points", parting=table(covered)).word == CANNOT


@pytest.mark.parametrize(("power", "word"), [(1.0, HOLDS), (0.5, FAILS)])
def test_the_time_to_memorise_is_held_against_n(power, word):
    """The gap is 1 dB at a step that grows like a power of N, beside what is easier for the exact denoiser, too."""
    parts = []
    for step in (1, 10, 100, 1000, 10_000):
        values = {
            ("psnr_gain_train", "A"): lambda n, s, r, t=step: 3 + 1 + math.log(t / ((5 + 0.1 * r) * n**power)),
            ("psnr_gain", "A"): lambda n, s, r: 2.0,
            ("psnr_gain_train", "exact"): lambda n, s, r: 5.0,
            ("psnr_gain", "exact"): lambda n, s, r: 4.0,
        }
        parts.append(table(values, arm="by-heart", sizes=(30, 100, 300), step=step, sigmas=(0.1,)))
    found = verdict("time-to-memorise", n=300, parting=pd.concat(parts))
    assert (found.word, found.effect) == (word, pytest.approx(power - 1, abs=0.01))
    early = pd.concat(parts[:1])
    assert verdict("time-to-memorise", n=300, parting=early).word == CANNOT


def test_on_faces_where_the_exact_denoiser_is_not_known_it_is_held_against_n_too():
    parts = []
    for step in (10, 100, 1000, 10_000):
        values = {
            ("psnr_gain_train", "A"): lambda n, s, r, t=step: 3 + math.log(t / (5 * n)),
            ("psnr_gain_held_out", "A"): lambda n, s, r: 2.0,
        }
        parts.append(table(values, data="celeba", arm="told-in-time", sizes=(10, 100, 1000), step=step, repetitions=1))
    found = verdict("time-to-memorise", data="celeba", face_blindness=pd.concat(parts))
    assert found.effect == pytest.approx(0, abs=0.01)
    short = verdict("time-to-memorise", data="celeba", face_blindness=pd.concat(parts[1:3]))
    assert short.word == CANNOT
    assert "span a factor of 10, and N one of 100" in short.reason
