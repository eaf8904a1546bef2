"""What a referee found wrong with the verdicts (S1 to S15): the old rule's answer, and why it is no longer given."""

import numpy as np
import pandas as pd
import pytest
from made import FACTS, SIGMAS, claim, cosines, directions, random_cosines, table, verdict

from lowdiff_lib import tables
from lowdiff_lib.claims import effects, needs, notes, summary, text
from lowdiff_lib.claims.beside import CLAIMS
from lowdiff_lib.claims.cell import Shelf
from lowdiff_lib.claims.claim import CHECK, CONTROL, NEIGHBOUR, PAPER
from lowdiff_lib.claims.ledger import ledger
from lowdiff_lib.claims.rule import ABSENT, CANNOT, FAILS, HOLDS, UNDECIDED, interval
from lowdiff_lib.tables import manifest
from lowdiff_lib.tables.levels import agreement_levels

DIVERGE = "diverge-near-the-data"
BECAUSE = "because-of-data"


def trained_for_longer(change: float, where: float, repetitions: int = 3) -> dict[str, pd.DataFrame]:
    """A and B that diverge, 1 - cosine 0.12; eight times the steps multiply that by `change` at σ up to `where`."""
    once = cosines(0.88, 0.9)
    longer = cosines(0.88, 0.9, arm="eightfold", step=800, repetitions=repetitions)
    low = (longer.metric == "residual_cosine") & (longer.sigma <= where)
    longer = longer.assign(value=longer.value.where(~low, 1 - change * (1 - longer.value)))
    return {"training_set_size": pd.concat([once, longer])}


def test_s1_a_budget_is_asked_about_where_the_claim_is_made():
    """Two fifths of the divergence go at the lowest level, none elsewhere: the mean over levels told nothing."""
    tables = trained_for_longer(0.6, where=0.005)
    one, other = (each for _, each in tables["training_set_size"].groupby("arm"))
    means = [each[(each.metric == "residual_cosine") & (each.who == "A-B")].value.mean() for each in (one, other)]
    assert abs(means[0] - means[1]) < 0.05  # what the third gate asked
    found = verdict(DIVERGE, **tables)
    assert (found.word, found.sigma) == (CANNOT, 0.005)
    assert "8 times the training moves it from 0.12 to 0.072" in found.reason
    assert verdict(DIVERGE, **trained_for_longer(0.95, where=0.005)).word == HOLDS


@pytest.mark.parametrize("repetitions", [1, 3])
def test_s1_a_longer_training_is_compared_seed_by_seed(repetitions):
    """Where it has one repetition, that one is compared with itself."""
    found = verdict(DIVERGE, **trained_for_longer(0.9, 10, repetitions))
    assert found.longer == pytest.approx(0.9 * found.effect, rel=1e-6)


def test_s1_without_a_longer_training_the_verdict_says_so():
    found = verdict(DIVERGE, own=cosines(0.8, 0.9))
    assert (found.word, found.longer) == (HOLDS, None)
    assert "no longer training" in ledger_page(cosines(0.8, 0.9))


def test_s2_claims_about_the_score_are_judged_beside_a_longer_training_too():
    """It is three times less accurate near the data: until trained for longer, which takes two thirds of that away."""

    def errors(factor: float, arm: str, step: int) -> pd.DataFrame:
        values = {
            ("relative_score_error", who): lambda n, s, r: 0.1 * (factor if s < 0.1 else 1) * (1 + 0.01 * r)
            for who in "AB"
        }
        return table(values, arm=arm, step=step)

    once, longer = errors(3, "told", 100), errors(1.2, "eightfold", 800)
    assert verdict("error-near-the-data", own=once).word == HOLDS
    found = verdict("error-near-the-data", own=pd.concat([once, longer]))
    assert found.word == CANNOT
    assert "8 times the training" in found.reason


@pytest.mark.parametrize("name", [DIVERGE, BECAUSE, "more-than-half-is-data", "size-shapes-the-score"])
def test_s3_no_claim_about_little_noise_where_models_are_worse_than_doing_nothing(name):
    bad = cosines(0.3, 0.9, error=2.0, sizes=(10, 100, 1000))
    found = verdict(name, own=bad)
    assert found.word == CANNOT
    assert "worse than doing nothing" in found.reason


def test_s3_errors_that_fall_where_models_are_of_no_use_are_no_better_score():
    """Fifty, five and two times as bad as doing nothing: the old rule took the slope of that for a better score."""

    def error(n, s, r):
        return {10: 50.0, 100: 5.0, 1000: 2.0}[n] * (1 + 0.01 * r)

    own = table({("relative_score_error", who): error for who in "AB"}, sizes=(10, 100, 1000))
    low = own[own.sigma == SIGMAS[0]].groupby("n_train").value.mean()
    assert np.polyfit(np.log10(low.index), np.log10(low), 1)[0] < -0.1  # so it held
    found = verdict("size-shapes-the-score", own=own)
    assert (found.word, "worse than doing nothing" in found.reason) == (CANNOT, True)


def test_s3_the_level_is_the_least_at_which_they_are_of_use_in_every_repetition():
    def errors(n, s, r):
        return 5.0 if s < 0.02 or (s < 0.05 and r == 1) else 0.3

    values = {("residual_cosine", "A-B"): lambda n, s, r: 0.5 if s < 0.05 else 0.97 + 0.001 * r}
    values |= {("relative_score_error", who): errors for who in "AB"}
    found = verdict(DIVERGE, own=table(values))
    assert found.sigma == 0.05
    assert found.word == FAILS  # what they do below is no verdict about data


def test_s4_failure_along_thin_data_is_not_hidden_by_the_directions_across():
    """Along them the error is 39 times that of doing nothing, of the whole it is a tenth."""
    own = cosines(0.5, 0.9, error=0.09, data="hd-sharpcov")
    thin = directions(along=39.0, across=0.08, whole=0.09, data="hd-sharpcov")
    assert own[own.metric == "relative_score_error"].value.max() < 1  # all that the old rule asked
    assert verdict(DIVERGE, data="hd-sharpcov", own=own).word == HOLDS  # if nobody asked by direction
    found = verdict(DIVERGE, data="hd-sharpcov", own=own, near_the_manifold=thin)
    assert found.word == CANNOT
    check = verdict("better-than-nothing", data="hd-sharpcov", near_the_manifold=thin)
    assert check.word == FAILS


def test_s5_an_error_that_the_scaling_of_the_output_makes_is_not_the_datas():
    """Its output errs by the same at every level; scaled as it is, its score errs more near the data."""
    sd, size = FACTS["spiral"].sd, 0.9

    def error(n, s, r):
        return (0.002 * sd / np.hypot(s, sd) / s / size) ** 2 * (1 + 0.01 * r)

    own = table({("relative_score_error", who): error for who in "AB"})
    exact = table({("score_size", "exact"): lambda n, s, r: size}, sigmas=SIGMAS[:-1])
    assert verdict("error-near-the-data", own=own).word == HOLDS
    found = verdict("error-near-by-itself", own=own, near_the_manifold=exact)
    assert found.word == FAILS
    assert found.effect == pytest.approx(0, abs=0.01)


def test_s6_networks_that_scale_their_output_otherwise_are_not_compared():
    tables = [cosines(0.9, 0.9, error=e, data=d) for d, e in (("hd-uniform", 0.01), ("hd-sharpcov", 0.2))]
    found = verdict("geometry-shapes-the-score", data="hd-sharpcov", own=pd.concat(tables))
    assert found.word == CANNOT
    assert "powers 1 and 2" in found.reason
    tables += [cosines(0.9, 0.9, error=0.02, data="thin-manifold")]
    assert verdict("geometry-shapes-the-score", data="thin-manifold", own=pd.concat(tables)).word == HOLDS


def objectives(random: np.random.Generator, told: float = 0.0) -> pd.DataFrame:
    """Three objectives whose errors vary by chance from training to training; log10 of the first has `told` more."""
    parts = []
    for arm in effects.OBJECTIVES:
        drawn = {(who, r): 0.1 * 10 ** (0.3 * random.standard_normal()) for who in "AB" for r in range(3)}
        more = 10 ** (told if arm == "told" else 0)
        values = {
            ("relative_score_error", who): lambda n, s, r, w=who, d=drawn, m=more: min(0.99, d[w, r] * m)
            for who in "AB"
        }
        parts.append(table(values, arm=arm, sigmas=(0.01, 0.02)))
    return pd.concat(parts)


def test_s7_objectives_are_compared_with_several_trainings_of_one():
    """Three numbers that vary by chance alone are a factor of three apart, so the old rule said that it holds."""
    random, name = np.random.default_rng(0), "objective-shapes-the-score"
    tables = [objectives(random) for _ in range(60)]
    ranges = [np.ptp(np.log10(t[(t.who == "A") & (t.repetition == 0) & (t.sigma == 0.01)].value)) for t in tables]
    assert np.mean(ranges) > 0.3  # the threshold
    words = [verdict(name, own=each).word for each in tables]
    assert words.count(HOLDS) <= 0.05 * len(words)
    assert verdict(name, own=objectives(random, told=-1.5)).word == HOLDS


def test_s7_an_objective_that_learned_nothing_is_no_answer():
    parts = [
        table({("psnr_gain_held_out", "A"): lambda n, s, r, g=gain: g + 0.01 * r}, "celeba", arm=arm)
        for arm, gain in (("told", 3.0), ("ncsn", 3.1), ("ssm", -0.01))
    ]
    found = verdict("objective-shapes-denoising", "denoising_faces", "celeba", own=pd.concat(parts))
    assert found.word == CANNOT
    assert "worse than doing nothing" in found.reason


def test_s8_along_and_across_are_told_apart_between_thickness_and_extent():
    """Below the thickness, where every direction looks alike, the error along is larger: that is not the claim."""

    def along(n, s, r):
        return 0.9 if s < 0.16 else 0.1 * (1 + 0.01 * r)

    values = {(f"score_error_{kind}", who): along if kind == "tangential" else lambda n, s, r: 0.1
              for kind in ("tangential", "normal") for who in "AB"}  # fmt: skip
    values |= {(f"score_size_{kind}", "exact"): lambda n, s, r: 1.0 for kind in ("tangential", "normal")}
    assert verdict("errors-run-along", near_the_manifold=table(values)).word == FAILS
    few = table(values, sigmas=(0.005, 0.02, 1.0))
    found = verdict("errors-run-along", near_the_manifold=few)
    assert (found.word, "between 0.16" in found.reason) == (CANNOT, True)


def test_s9_one_pair_of_strangers_is_no_yardstick():
    """A and B end alike; but one pair that knows a sample each happened to agree even better, and was what they were
    measured with, so that the old rule said that they do not converge. Now unrelated ends are the yardstick.
    """
    ends = table({("trajectory_distance", "A-B"): lambda n, s, r: 0.1 + 0.01 * r})
    high = {("residual_cosine", "A-B"): lambda n, s, r: 0.95, ("residual_cosine", "strangers"): lambda n, s, r: 0.99}
    cosine = table(high, sigmas=(2.0,)).groupby("who").value.mean()
    way = (cosine["A-B"] - cosine["strangers"]) / (1 - cosine["strangers"])
    assert way < 0.5  # less than half of the way from strangers to agreement: by the old rule they did not
    assert verdict("outputs-converge", trajectories=ends).word == HOLDS


def test_s9_ends_without_relation_do_not_converge():
    """Independent points of the data are sqrt(2) of their spread apart."""
    ends = table({("trajectory_distance", "A-B"): lambda n, s, r: 2**0.5 * (1 + 0.01 * r)})
    found = verdict("outputs-converge", trajectories=ends)
    assert found.word == FAILS
    assert found.effect == pytest.approx(1, abs=0.03)


def test_s10_little_noise_is_little_against_the_spread_of_the_data():
    """At 0.2 the models are of use: little noise for the spiral, more than half the spread of the thin manifold."""
    values = {("residual_cosine", "A-B"): lambda n, s, r: 0.7 + 0.01 * r}
    values |= {("relative_score_error", who): lambda n, s, r: 0.3 if s >= 0.2 else 3.0 for who in "AB"}
    assert verdict(DIVERGE, own=table(values)).sigma == 0.2
    assert verdict(DIVERGE, data="thin-manifold", own=table(values, data="thin-manifold")).word == CANNOT
    unknown = {"training_set_size": table(values, data="unheard-of")}
    (found,) = ledger(unknown, {}, [claim(DIVERGE)]).rows[0].verdicts.values()
    assert "not known" in found.reason


def alike_faces(n: int) -> pd.DataFrame:
    """1 - cosine of A and B is 0.04 in truth; in both repetitions 0.09 is added, by faces that they have in common."""
    values = {
        ("residual_cosine", "A-B"): lambda n, s, r: 1 - 0.04 - 0.065 - 0.02 * r,
        ("residual_cosine", "A-twin"): lambda n, s, r: 0.95,
        ("psnr_gain_held_out", "A"): lambda n, s, r: 2.0,
    }
    return table(values, "celeba", sizes=(n,), repetitions=2)


def test_s11_repetitions_that_share_half_their_faces_decide_less():
    """Both are off in the same way, which the old interval took for certainty: that they diverge. Now it is open."""
    found = verdict(DIVERGE, "denoising_faces", "celeba", 5000, own=alike_faces(5000))
    assert claim(DIVERGE).test.word(*interval(found.values, claim(DIVERGE).test)[1:]) == HOLDS  # the old rule
    assert (found.shared, found.word) == (0.5, UNDECIDED)


def test_s11_from_a_pool_that_is_large_enough_they_decide_as_they_are(tmp_path, monkeypatch):
    """How large it is, the entry of the table says; with hardly a face in common nothing is widened."""
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    own = alike_faces(5000)
    manifest.put("denoising_faces/told", own.to_csv(index=False).encode(), {"photographs": 10_000_000})
    found = verdict(DIVERGE, "denoising_faces", "celeba", 5000, pools=tables.pools(), own=own)
    assert (found.shared, found.word) == (0.0005, HOLDS)
    whole = ledger({"denoising_faces": alike_faces(5000)}, FACTS, [claim(DIVERGE)])
    assert "share up to 50% (denoising faces)" in notes.limits(whole)
    assert "that share 50% of their photographs" in text.of_claims(whole, DIVERGE)


def test_s11_samples_of_mixtures_are_drawn_anew():
    assert verdict(DIVERGE, own=cosines(0.8, 0.9)).shared == 0


def test_s12_four_words_each_with_one_meaning():
    sharp, wide = cosines(0.6, 0.9), cosines(0.93, 0.95, jitter=0.04)
    assert verdict(DIVERGE, own=sharp).word == HOLDS
    assert verdict(DIVERGE, own=cosines(0.99, 0.99)).word == FAILS
    assert verdict(DIVERGE, own=wide).word == UNDECIDED
    assert verdict(DIVERGE, own=cosines(0.6, 0.9, repetitions=1)).word == CANNOT
    without = sharp[sharp.who != "A-B"]
    assert verdict(DIVERGE, own=without).word == ABSENT


def test_s12_what_was_measured_is_not_called_not_tested():
    """Undecided, gate failed and no table were one word, "not tested"; but what is open may have been measured."""
    tables = [cosines(0.93, 0.95, jitter=0.04), cosines(0.6, 0.9, error=2.0), cosines(0.6, 0.9)[lambda t: t.who == "A"]]
    found = [verdict(DIVERGE, own=own) for own in tables]
    assert {"not tested" if not each.decided else each.word for each in found} == {"not tested"}  # the old rule
    assert [each.word for each in found] == [UNDECIDED, CANNOT, ABSENT]
    assert [each.effect is not None for each in found] == [True, False, False]


def test_s12_controls_and_checks_are_not_counted_among_the_papers_sentences():
    found = ledger({"training_set_size": cosines(0.6, 0.9)}, FACTS)
    counts = {kind: sum(row.claim.kind == kind for row in found.rows) for kind in (PAPER, CONTROL, NEIGHBOUR, CHECK)}
    said = summary.sentences(found)
    assert f"Of {counts[PAPER]} sentences of the paper" in said
    assert f"Of {counts[NEIGHBOUR]} of its neighbours" in said
    assert min(counts.values()) > 0


def test_s13_the_step_from_one_sample_is_no_step():
    """Errors of 10^11 with one sample made any slope steep; from ten on there is no change."""

    def error(n, s, r):
        return 1e11 if n == 1 else 0.3 * (1 + 0.01 * r)

    own = table({("relative_score_error", who): error for who in "AB"}, sizes=(1, 10, 100))
    low = own[own.sigma == SIGMAS[0]].groupby("n_train").value.mean()
    assert np.polyfit(np.log10(low.index), np.log10(low), 1)[0] < -0.1  # by the old rule it held
    at = {n: verdict("size-shapes-the-score", n=n, own=own) for n in (1, 10, 100)}
    assert [at[n].word for n in (1, 10, 100)] == [CANNOT, CANNOT, FAILS]
    assert "one sample" in at[10].reason


def agreeing_down_to(levels: dict[int, float], **more) -> pd.DataFrame:
    values = {("residual_cosine", "A-B"): lambda n, s, r: 0.99 if s >= levels[n] else 0.5 + 0.01 * r}
    values |= {("relative_score_error", who): lambda n, s, r: 0.3 for who in "AB"}
    return table(values, sizes=tuple(levels), **more)


def test_s13_levels_that_the_table_ends_at_are_not_taken_for_measured():
    """Agreement at every level with 1,000 and with 10,000 is no standstill; with 1,000 alone the change is a bound."""
    own = agreeing_down_to({100: 0.5, 1000: 0.001, 10_000: 0.001})
    change, still = (verdict("agree-further-down", n=n, own=own) for n in (1000, 10_000))
    assert (change.word, change.at_most) == (HOLDS, True)
    assert still.word == CANNOT
    assert "already" in still.reason


def test_s13_a_bound_does_not_refute():
    """From 0.0052 to somewhere below 0.005: by a little at least, maybe by much."""
    own = agreeing_down_to({100: 0.0052, 1000: 0.001}, sigmas=(0.005, 0.0052, 0.0055, 0.1, 1.0))
    levels = agreement_levels(own).groupby("n_train").value.mean()
    assert np.polyfit(np.log10(levels.index), np.log10(levels), 1)[0] > -0.1  # by the old rule it did not hold
    found = verdict("agree-further-down", own=own)
    assert found.effect > -0.1
    assert found.word == UNDECIDED


def test_s13_verdicts_about_the_cause_hold_together():
    """Of six data sets whose effect is near the threshold more are decided each by itself than all together."""
    sets = [name for name in FACTS if name != "celeba"]
    random = np.random.default_rng(5)
    tables = pd.concat([random_cosines(random, 0.1, 0.012, 0.085).assign(dataset=name) for name in sets])
    found = ledger({"training_set_size": tables}, FACTS, [claim(BECAUSE)]).rows[0].verdicts.values()
    assert sorted(verdict.error for verdict in found)[0] == pytest.approx(0.05 / len(sets))
    alone = [verdict(BECAUSE, data=name, own=tables[tables.dataset == name]) for name in sets]
    assert sum(each.decided for each in found) < sum(each.decided for each in alone)


def test_s14_attractors_have_the_exact_denoiser_as_their_control():
    """Points return under the exact denoiser just as often: the claim holds, its control says what that is worth."""
    values = {("returns_held_out", "A"): lambda n, s, r: 0.9 + 0.01 * r}
    alone = table(values, sigmas=(0.1, 0.3))
    assert verdict("attractors", attractors=alone).word == HOLDS  # all that the old rule asked
    assert verdict("attractors-of-their-own", attractors=alone).word == ABSENT
    values |= {("returns_held_out", "exact"): lambda n, s, r: 0.89}
    beside = table(values, sigmas=(0.1, 0.3))
    assert verdict("attractors-of-their-own", attractors=beside).word == FAILS
    values = {("returned_everywhere_held_out", who): lambda n, s, r, v=share: v + 0.01 * r
              for who, share in (("A", 0.8), ("exact", 0.4), ("identity", 0.79))}  # fmt: skip
    authors = {"perturbed": table(values, sigmas=(0.1, 0.5)), "attractors": alone}  # as the paper's authors test them
    found = [verdict(name, **authors) for name in ("attractors", "attractors-of-their-own", "attractors-come-back")]
    assert [each.word for each in found] == [HOLDS, HOLDS, FAILS]
    assert found[0].study == "perturbed"


def test_s15_each_number_of_samples_has_a_verdict_of_its_own():
    """They part because of their data with 1,000 samples, and not with 100,000, which is all that the old rule saw."""
    own = pd.concat([cosines(0.8, 0.97, sizes=(100, 1000)), cosines(0.96, 0.962, sizes=(10_000, 100_000))])
    largest = own[(own.n_train == own.n_train.max()) & (own.sigma == SIGMAS[0])].groupby("who").value.mean()
    assert largest["A-twin"] - largest["A-B"] < 0.05  # so the old rule said that it does not hold
    words = {n: verdict(BECAUSE, n=n, own=own).word for n in (100, 1000, 10_000, 100_000)}
    assert words == {100: HOLDS, 1000: HOLDS, 10_000: FAILS, 100_000: FAILS}
    (row,) = ledger({"training_set_size": own}, FACTS, [claim(BECAUSE)]).rows
    assert summary.in_words(row) == "only up to N = 1,000"


@pytest.mark.slow
def test_exchangeable_models_do_not_part_because_of_their_data():
    """Null check: A, B and twin from one distribution, 1,000 draws, near the threshold and far from it."""
    random = np.random.default_rng(6)
    draws = [random_cosines(random, 0.3, random.choice([0.01, 0.05, 0.2])) for _ in range(1000)]
    words = [verdict(BECAUSE, own=each).word for each in draws]
    assert words.count(HOLDS) <= 50


@pytest.mark.slow
def test_a_known_effect_is_found():
    """Twice the threshold, three repetitions, the spread of most published ones at 1,000 samples and more: 80 %."""
    random = np.random.default_rng(7)
    words = [verdict(BECAUSE, own=random_cosines(random, 0.1, 0.012, 0.1)).word for _ in range(200)]
    assert words.count(HOLDS) >= 160


def blind(repetitions: int) -> dict[str, pd.DataFrame]:
    values = {
        ("residual_cosine", "A-B"): lambda n, s, r: 0.5 + 0.01 * r,
        ("residual_cosine", "A-twin"): lambda n, s, r: 0.8,
        **{("psnr_gain", who): lambda n, s, r: -21.0 for who in "AB"},
        ("psnr_gain", "best blind"): lambda n, s, r: -20.0,
    }
    return {"parting": table(values, arm="blind", repetitions=repetitions)}


def linear(repetitions: int) -> dict[str, pd.DataFrame]:
    filters = table({("residual_cosine", "wiener pair"): lambda n, s, r: 0.9}, repetitions=repetitions)
    return {"parting": pd.concat([cosines(0.6, 0.9, repetitions=repetitions), filters])}


def starts(repetitions: int) -> dict[str, pd.DataFrame]:
    values = {
        ("output_cosine", "A-B"): lambda n, s, r: 0.99 if s > 1 else 0.6 + 0.01 * r,
        ("output_cosine", "A-twin"): lambda n, s, r: 0.9,
    }
    return {"face_starts": table(values, "celeba", arm="blind", repetitions=repetitions)}


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("blind-diverge", blind),
        ("blind-because-of-data", blind),
        ("more-than-linear", linear),
        ("outputs-part", starts),
        ("outputs-part-by-data", starts),
    ],
)
def test_what_has_one_repetition_is_decided_once_it_has_more(name, tables):
    (alone,), (more,) = (
        ledger(tables(n), FACTS, [claim(name)], {"face_starts/blind": 43_828}).rows[0].verdicts.values() for n in (1, 3)
    )
    assert (alone.word, alone.reason) == (CANNOT, "one repetition gives no interval")
    assert more.word == HOLDS


def test_blind_networks_are_measured_against_the_best_that_is_possible_for_them():
    """Nobody who is not told σ gains there; within 3 dB of the best they are as good as they can be."""

    def blind(gain: float) -> pd.DataFrame:
        values = {
            ("residual_cosine", "A-B"): lambda n, s, r: 0.5 + 0.01 * r,
            ("psnr_gain", "A"): lambda n, s, r: gain, ("psnr_gain", "B"): lambda n, s, r: gain,
            ("relative_score_error", "A"): lambda n, s, r: 300.0,
            ("psnr_gain", "best blind"): lambda n, s, r: -20.0,
        }  # fmt: skip
        return table(values, arm="blind")

    assert verdict("blind-diverge", parting=blind(-21.5)).word == HOLDS
    found = verdict("blind-diverge", parting=blind(-25.0))
    assert (found.word, "best that are not told" in found.reason) == (CANNOT, True)


def distances(arm: str, distance: float, step: int = 100) -> pd.DataFrame:
    """Models of an arm whose answers point the same way and differ by so much."""
    values = {
        ("residual_cosine", "A-B"): lambda n, s, r: 0.994,
        ("disagreement_over_noise", "A-B"): lambda n, s, r: distance * (1 + 0.05 * r),
        **{("psnr_gain", who): lambda n, s, r: -21.0 for who in "AB"},
        ("psnr_gain", "best blind"): lambda n, s, r: -20.0,
    }
    return table(values, arm=arm, step=step)


def test_two_that_are_wrong_in_the_same_way_part_because_nobody_tells_them():
    """Their cosine is near 1, as both answers are long; they are apart by ten times as much as those who are told."""
    both = pd.concat([distances("told-plain", 0.04), distances("blind", 0.4)])
    assert verdict("blind-diverge", parting=both).word == FAILS
    found = verdict("because-untold", parting=both)
    assert (found.word, found.sigma) == (HOLDS, SIGMAS[0])
    assert found.effect == pytest.approx(10)
    assert (
        verdict("because-untold", parting=pd.concat([distances("told-plain", 0.3), distances("blind", 0.4)])).word
        == FAILS
    )
    assert verdict("because-untold", parting=distances("blind", 0.4)).word == ABSENT


@pytest.mark.parametrize(("told", "word"), [(0.06, HOLDS), (0.2, CANNOT)])
def test_those_trained_for_longer_are_held_against_those_who_are_told_and_trained_for_as_long(told, word):
    arms = {("told-plain", 100): 0.3, ("blind", 100): 3.0, ("blind-in-time", 400): 0.3}
    parts = [distances(arm, apart, step) for (arm, step), apart in arms.items()]
    found = verdict("because-untold", parting=pd.concat([*parts, distances("told-plain-in-time", told, 400)]))
    assert found.word == word
    assert found.longer == pytest.approx(0.3 / told)
    assert found.times == 4
    assert verdict("because-untold", parting=pd.concat(parts)).times is None  # nobody was told and trained for as long


def test_being_told_is_not_confused_with_how_a_network_is_trained():
    """Told networks that are trained in another way are no control of being told, nor of the training."""
    of = {arm: distances(arm, far) for arm, far in (("told", 0.04), ("blind", 0.4), ("blind-weighted", 0.05))}
    assert verdict("because-untold", parting=pd.concat([of["told"], of["blind"]])).word == ABSENT
    assert verdict("because-of-training", parting=pd.concat([of["told"], of["blind"]])).word == ABSENT
    found = verdict("because-of-training", parting=pd.concat([of["blind-weighted"], of["blind"]]))
    assert found.word == HOLDS
    assert found.effect == pytest.approx(8)


def test_of_several_studies_that_with_most_repetitions_counts_whatever_it_says():
    new = pd.concat([cosines(0.6, 0.9, sizes=(1000,)), cosines(0.6, 0.9, sizes=(10_000,), repetitions=1)])
    old = cosines(0.99, 0.99, sizes=(1000, 10_000))
    found = [verdict(DIVERGE, n=n, parting=new, training_set_size=old) for n in (1000, 10_000)]
    assert [(each.study, each.word) for each in found] == [("parting", HOLDS), ("training_set_size", FAILS)]


def test_s1_a_longer_training_of_the_study_of_training_time_counts_for_others():
    """It has one repetition, and its own usual training to be compared with."""
    once = cosines(0.88, 0.9)
    usual, longer = (
        cosines(c, 0.9, repetitions=1, arm=a, step=s) for c, a, s in ((0.8, "told", 100), (0.9, "told-in-time", 400))
    )
    found = verdict(DIVERGE, training_set_size=once, parting=pd.concat([usual, longer]))
    assert (found.study, found.times, found.word) == ("training_set_size", 4, CANNOT)
    assert found.longer == pytest.approx(0.12 / 2, rel=0.05)


def test_a_longest_training_that_lacks_the_twin_does_not_hide_the_one_before_it():
    """What other data add cannot be seen of it; so the claim is judged beside the longest of which it can."""
    usual, longer, longest = (
        cosines(0.8, 0.9, arm=arm, step=step)
        for arm, step in (("told", 100), ("told-in-time", 400), ("told-sixteenfold", 1600))
    )
    found = verdict("because-of-data", parting=pd.concat([usual, longer, longest[longest.who != "A-twin"]]))
    whole = verdict("because-of-data", parting=pd.concat([usual, longer, longest]))
    assert (found.times, whole.times) == (4, 16)


def test_lowest_and_every_level_are_what_they_are_called():
    cell = Shelf({"training_set_size": cosines(0.6, 0.9)}, FACTS).cells("training_set_size", "told", "spiral")[0]
    assert needs.lowest(cell) == SIGMAS[0]
    assert needs.no_level(cell) is None


def ledger_page(own: pd.DataFrame) -> str:
    from lowdiff_lib.claims.page import Page

    return Page(ledger({"training_set_size": own}, FACTS, CLAIMS))._repr_html_()
