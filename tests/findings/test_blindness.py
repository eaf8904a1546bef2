"""What is said of networks that are not told the noise level: the words follow the numbers, by the stated rules."""

from dataclasses import replace

import pandas as pd
import pytest

from lowdiff_lib import findings
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.measured import NOTHING
from lowdiff_lib.tables.tidy import tidy

APART = "disagreement_over_noise"
AUTHORS = pd.DataFrame([{"table": "theirs", "n_train": 10, "sigma_start": 0.0, "cosine": 0.87, "change_A": 8.0}])


def measured(rows: dict[tuple[str, str, str], float], sigma: float) -> Measured:
    about = {"dataset": "celeba", "dim": 4, "step": 8, "objective": "denoiser", "repetition": 0, "n_train": 10}
    table = tidy(
        about | {"arm": arm, "who": who, "metric": metric, "sigma": sigma, "value": value}
        for (arm, who, metric), value in rows.items()
    )
    return Measured("toy", table, None, "smoke")


def near(blind: float, twin: float, best: float | None = None) -> str:
    gain, apart = "psnr_gain", "disagreement_over_noise"
    rows = {("told", "A", gain): 0.7, ("blind", "A", gain): blind, ("told", "A-B", apart): 0.2}
    rows |= {("blind", "A-B", apart): 2.0, ("blind", "A-twin", apart): twin}
    if best is not None:
        rows["blind", "best blind", gain] = best
    return findings.blindness(measured(rows, 0.01))


@pytest.mark.parametrize(
    ("twin", "why"),
    [(0.2, "most of it is due to other data"), (1.5, "part of it is due"), (1.9, "other data add nothing")],
)
def test_why_two_networks_differ_is_said_by_what_their_twins_share(twin, why):
    assert why in near(-1.0, twin)


def test_of_networks_that_do_harm_nothing_is_said_about_their_data():
    """Where the best possible is not known, as on faces."""
    said = near(-13.0, 2.0)
    assert "not known, as the best possible is not" in said
    assert "other data" not in said
    assert "says nothing" not in near(-1.0, 2.0)


def test_beside_it_stands_what_a_network_gains_that_is_told_and_trained_alike():
    rows = {("told", "A", "psnr_gain"): 0.7, ("blind", "A", "psnr_gain"): -13.0, ("told", "A-B", APART): 0.2}
    rows |= {("blind", "A-B", APART): 2.0, ("blind", "A-twin", APART): 1.9}
    said = findings.blindness_answer(measured(rows | {("told-plain", "A", "psnr_gain"): -0.3}, 0.01))
    assert "Told σ but trained the same way, it adds 0.3 dB of error." in said
    assert "says nothing" not in said


def test_what_nobody_can_avoid_is_told_from_too_little_training():
    unavoidable = near(-13.0, 2.0, best=-12.0)
    assert "other data add nothing" in unavoidable
    assert "| 0.7 | −13.0 | −12.0 |" in unavoidable
    lacking = near(-13.0, 2.0, best=11.0)
    assert "| 11.0 |" in lacking
    assert "too little training |" in lacking
    assert "other data add nothing" not in lacking


@pytest.mark.parametrize(
    ("best", "why"),
    [
        (
            -12.0,
            "The best on average over the paper's noise levels, not told, adds 12.0 dB of error: trained like that",
        ),
        (11.0, "not told, removes 11.0 dB of error: the rest is **too little training**"),
    ],
)
def test_the_answer_says_what_of_it_nobody_can_avoid(best, why):
    rows = {("told", "A-B", APART): 0.2, ("blind", "A-B", APART): 2.0, ("blind", "A-twin", APART): 1.9}
    rows |= {("blind", "A", "psnr_gain"): -13.0, ("blind", "best blind", "psnr_gain"): best}
    assert why in findings.blindness_answer(measured(rows, 0.01))


@pytest.mark.parametrize(("told", "hangs"), [(0.2, "Much hangs"), (1.8, "Little hangs")])
def test_the_answer_is_how_much_of_the_difference_goes_when_they_are_told(told, hangs):
    apart = "disagreement_over_noise"
    rows = {("told", "A-B", apart): told, ("blind", "A-B", apart): 2.0, ("blind", "A-twin", apart): 1.0}
    said = findings.blindness_answer(measured(rows, 0.01))
    assert said.startswith(f"**{hangs} on being told σ.** At σ = 0.01 two networks")
    assert "part of it is due to other data" in said


def starts(twin: float, away: float = 0.0) -> str:
    rows = {("blind", "A-B", "output_cosine"): 0.8, ("blind", "A-twin", "output_cosine"): twin}
    rows |= {("blind", "A", "change"): 0.1, ("blind", "A", "ran_away"): away}
    return findings.face_starts(measured(rows, 0.0), AUTHORS, 12)


def test_where_two_end_is_said_beside_the_twin_and_the_authors():
    said = starts(0.81)
    assert "| 10 | 0.80 | 0.81 | other data add nothing |" in said
    assert "0.87 (N = 10, changed by 0.1 a pixel)" in said
    assert "most of it" in starts(0.95)


def test_starts_that_never_came_to_rest_are_owned_up_to():
    assert "| 3 of 12 |" in starts(0.81, 0.25)
    assert "| 0 of 12 |" in starts(0.81)


def test_where_theirs_move_a_photograph_much_further_the_cosines_are_not_compared():
    further = AUTHORS.assign(change_A=80 * 0.4)
    rows = {("blind", "A-B", "output_cosine"): 0.8, ("blind", "A-twin", "output_cosine"): 0.8}
    rows |= {("blind", "A", "change"): 0.1, ("blind", "A", "ran_away"): 0.0}
    assert "why is not known" in findings.face_starts(measured(rows, 0.0), further, 12)
    assert "why is not known" not in starts(0.81)


@pytest.mark.parametrize(
    ("told", "plain", "weighted", "blind", "why", "headline", "hangs"),
    [
        (
            0.2,
            0.3,
            1.5,
            2.0,
            "Two part that are not told σ, however they are trained",
            "because nobody tells them how noisy it is. ",
            "Much hangs on being told σ.",
        ),
        (
            0.2,
            0.3,
            0.3,
            2.0,
            "Two part only if both hold",
            "or weigh low noise more, and they stay together",
            "Much hangs on being told σ, unless",
        ),
        (
            0.2,
            1.8,
            0.3,
            2.0,
            "Two part that are trained like the paper's, told σ or not",
            "because their training gives low noise little weight",
            "Little hangs on being told σ, much",
        ),
        (0.2, 1.8, 1.5, 2.0, "Either is enough", "either is enough", "Much hangs on being told σ, and as much"),
        (0.2, 0.3, 0.3, 0.35, "Neither parts them", "whether or not they are told", "Little hangs on being told σ."),
    ],
)
def test_telling_is_told_from_training(told, plain, weighted, blind, why, headline, hangs):
    """Two choices that come together in the paper, crossed: what parts two models, and the headline that follows."""
    apart = {"told": told, "told-plain": plain, "blind-weighted": weighted, "blind": blind}
    pairs = {(arm, who, APART): d for arm, d in apart.items() for who in ("A-B", "A-twin")}
    gains = {0.01: {"blind": -13.0, "blind-weighted": 0.0}, 0.1: {"blind": 4.0, "blind-weighted": 1.0}}
    at = [measured(pairs | {(arm, "A", "psnr_gain"): g for arm, g in gains[sigma].items()}, sigma) for sigma in gains]
    of = replace(at[0], own=pd.concat([one.own for one in at]))
    said = findings.telling_or_training(of)
    assert why in said
    assert "our training gains 0.0 dB at σ = 0.01 and 1.0 dB at σ = 0.1; the paper's −13.0 dB and 4.0 dB." in said
    assert "has to choose which noise to serve" in said
    assert headline in findings.parting_answer(of)
    assert findings.blindness_answer(of).startswith(f"**{hangs}")


def test_larger_pictures_have_their_own_table_once_they_were_run():
    rows = {("told", "A", "psnr_gain"): 0.7, ("blind", "A", "psnr_gain"): -9.0, ("told", "A-B", APART): 0.2}
    rows |= {("blind", "A-B", APART): 2.5, ("blind", "A-twin", APART): 2.4, ("told", "A-twin", APART): 0.15}
    finer = measured({(f"{arm}-finer", who, metric): value for (arm, who, metric), value in rows.items()}, 0.01)
    usual = measured(rows | {("told", "A-B", APART): 0.5}, 0.01)
    said = findings.larger_pictures(finer, usual)
    assert "| 10 | 0.7 | −9.0 | 0.2 | 2.5 | 2.4 |" in said
    assert "pixels 0.5 (other faces) and 0.15 (the same faces)" in said
    assert "pixels 0.2 (other faces) and 0.15 (the same faces)" in said
    assert findings.larger_pictures(finer.arm("told-finer"), usual) == ""


def test_the_authors_earlier_network_has_its_own_table_beside_ours_that_is_told_once_it_was_run():
    rows = {("told", "A", "psnr_gain"): 0.1, ("earlier", "A", "psnr_gain"): -23.0}
    rows |= {("earlier", "best blind", "psnr_gain"): -22.0, ("told", "A-B", APART): 0.2}
    rows |= {("earlier", "A-B", APART): 2.5, ("earlier", "A-twin", APART): 2.4}
    assert "| 10 | 0.1 | −23.0 | −22.0 | 0.2 | 2.5 | 2.4 |" in findings.earlier(measured(rows, 0.01))
    assert findings.earlier(measured({("told", "A", "psnr_gain"): 0.1}, 0.01)) == ""


def test_it_is_said_with_how_many_faces_there_are_repetitions_with_other_ones():
    once = measured({(arm, "A-B", APART): 1.0 for arm in ("told", "blind")}, 0.01)
    assert findings.trained_on(once) == "*Pictures of 2x2 pixels; one repetition.*"
    tables = [once.own, once.own.assign(repetition=1)]
    assert "2 repetitions with other faces." in findings.trained_on(replace(once, own=pd.concat(tables)))
    more = pd.concat([*tables, once.own.assign(n_train=100)])
    assert "2 repetitions with other faces with N = 10, else one." in findings.trained_on(replace(once, own=more))
    one_arm = pd.concat([once.own, tables[1].query("arm == 'told'")])
    assert "one repetition." in findings.trained_on(replace(once, own=one_arm))


@pytest.mark.parametrize(
    ("best", "gain", "said"),
    [
        (-24.5, -25.0, "longer training would not mend that"),
        (11.0, -25.0, "longer training would mend part of that"),
        (11.0, 9.0, ""),
        (None, -25.0, ""),
    ],
)
def test_whether_training_would_mend_it_is_read_off_the_best_possible(best, gain, said):
    rows = {(arm, who, APART): 1.0 for arm in ("told", "blind") for who in ("A-B", "A-twin")}
    rows |= {("blind", "A", "psnr_gain"): gain} | ({} if best is None else {("blind", "best blind", "psnr_gain"): best})
    found = findings.avoidable(measured(rows, 0.01))
    assert said in found
    assert bool(said) is bool(found)


@pytest.mark.parametrize(("told", "blind", "blurs"), [(0.99, 0.7, True), (0.99, 0.95, False), (0.7, 0.7, False)])
def test_who_blurs_a_face_is_said_by_what_is_left_of_its_detail(told, blind, blurs):
    rows = [
        {"arm": arm, "what": side, "left": 1.0, "fine": fine, "apart": 0.5}
        for arm, fine in (("told", told), ("blind", blind))
        for side in "AB"
    ]
    assert ("blur the face" in findings.portrait(pd.DataFrame(rows))) is blurs


def ends(blind: float, told: float, sigma: float = 0.1) -> Measured:
    rows = {("blind", "A-B", "output_cosine"): blind, ("told", "A-B", "output_cosine"): told}
    return measured(rows, sigma)


@pytest.mark.parametrize(("told", "said"), [(0.92, "changes little"), (0.7, "by up to 0.20 in the cosine")])
def test_the_probability_flow_is_held_beside_the_papers_sampler(told, said):
    found = findings.by_flow(ends(0.8, 0.9), ends(0.81, told))
    assert said in found
    assert f"| 10 | 0.80 | 0.81 | 0.90 | {told:.2f} |" in found
    assert "from photographs with noise of σ = 0.1;" in found


def test_the_flow_is_not_compared_where_it_has_nothing_to_do_nor_with_what_was_not_run():
    assert findings.by_flow(ends(0.8, 0.9, 0.0), ends(1.0, 1.0, 0.0)) == ""
    assert findings.by_flow(ends(0.8, 0.9), Measured("face_starts_flow", NOTHING, None, "")) == ""
    other = ends(0.8, 0.9).map(lambda table: table.assign(n_train=100))
    assert findings.by_flow(ends(0.8, 0.9), other) == ""
    told = ends(0.8, 0.9).arm("told")
    assert "| 10 | 0.90 | 0.90 |" in findings.by_flow(ends(0.8, 0.9), told)


def test_what_is_said_of_four_kinds_of_networks_is_of_the_repetitions_that_all_have():
    """Also where other arms, of other times, lack the most samples."""
    apart = {"told": 0.2, "told-plain": 0.3, "blind-weighted": 0.4, "blind": 2.0}
    rows = {(arm, who, APART): d for arm, d in apart.items() for who in ("A-B", "A-twin")}
    rows |= {("blind", "A", "psnr_gain"): -13.0, ("told", "A", "psnr_gain"): 0.1}
    once = measured(rows, 0.01)
    again = once.own.assign(repetition=1, value=50.0)
    again = again[again.arm.isin(["told", "blind"])]
    in_time = once.own[once.own.arm == "told"].assign(arm="told-in-time", n_train=5, step=2)
    said = findings.parting_numbers(replace(once, own=pd.concat([once.own, again, in_time])))
    assert "| told σ | 0.2 | 0.3 |" in said
    assert "| not told σ | 0.4 | 2 |" in said
    assert "In the last, twins are 2 apart; each adds 13.0 dB of error." in said


def test_who_is_not_told_can_guess_it_where_a_sample_shows_its_noise():
    def of(dataset: str, guess: float, possible: float) -> pd.DataFrame:
        rows = {("blind", "best blind", "expected_sigma"): guess, ("blind", "best blind", "psnr_gain"): possible}
        rows |= {("told", "exact", "psnr_gain"): 10.0, ("blind", "A", "psnr_gain"): possible - 1}
        return measured(rows, 0.01).own.assign(dataset=dataset)

    both = pd.concat([of("hd-sharpcov", 1.01, 9.9), of("spiral", 21.0, -8.0)])
    said = findings.guessing(Measured("toy", both, None, "smoke"), sigma=0.01)
    assert "On hd-sharpcov who is not told σ can guess it: at best, that costs up to 0.1 dB." in said
    assert "On spiral the best guess by the paper's training is 21 times σ, and costs 18 dB." in said
    assert "| spiral | 4 | 21 | 10.0 | −8.0 |  | −9.0 |" in said
    assert findings.guessing(measured({("told", "A", "psnr_gain"): 1.0}, 0.01), sigma=0.01) == ""
