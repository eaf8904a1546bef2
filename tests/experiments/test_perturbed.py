"""What comes back when samples are disturbed as the paper's authors do: known where a denoiser is known."""

import dataclasses
import re

import pandas as pd
import pytest
import torch

from lowdiff_lib import figures, findings
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments.studies import face_perturbed, perturbed
from lowdiff_lib.experiments.studies.perturbed import FAR, KINDS, Place, outcomes
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.models.reference import IdealDenoiser
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.measured import NOTHING
from lowdiff_lib.tables.tidy import tidy

N, DIM = 6, 60


class Nothing:
    """Takes any picture for clean: nothing that is disturbed comes back, unless it is near anyway."""

    def residual(self, y, sigma):
        return torch.zeros_like(y)


class Wild(Nothing):
    """Pushes everything away, and never comes to rest."""

    def residual(self, y, sigma):
        return y


@pytest.fixture
def place() -> Place:
    """Points far apart in many dimensions, a quarter of each hidden or disturbed."""
    points = 3 * unit_noise(torch.zeros(2 * N, DIM), 0)
    mask = (torch.arange(DIM) < DIM // 4).expand(2 * N, DIM)
    return Place(points, 3 * unit_noise(torch.zeros(40, DIM), 1), unit_noise(points, 2), mask, 0.0, 3)


def shares(place: Place, **denoisers) -> pd.Series:
    known = {who: place.originals[:N] for who in denoisers}
    pairs = {"A-B": ("A", "B")} if "B" in denoisers else {}
    values = list(outcomes(place, denoisers, known, pairs))
    return pd.Series({(value.metric, value.who, value.sigma): value.value for value in values})


def test_a_point_is_disturbed_everywhere_in_its_part_or_loses_it(place):
    for kind, sigma, found in place.disturbed():
        moved = found != place.originals
        assert bool((moved == (place.mask if kind != "everywhere" else True)).all())
        assert bool((found[place.mask] == 0).all()) == (kind == "hidden")
        assert (sigma == 0) == (kind == "hidden")


def test_the_ideal_denoiser_brings_its_training_points_back_from_all_of_it_and_takes_others_for_them(place):
    found = shares(place, A=IdealDenoiser(place.originals[:N]))
    for (metric, who, sigma), value in found.items():
        if metric.startswith(("returned", "copied")) and who == "A":
            held_out = metric.endswith("held_out")
            assert value == (0 if metric.startswith("returned") and held_out else 1), (metric, sigma)


def test_who_does_nothing_brings_back_what_was_hardly_moved_and_copies_nothing_new(place):
    found = shares(place, A=Nothing())
    assert found["returned_everywhere_train", "A", 0.1] == 1
    assert found["distance_everywhere", "A", 0.5] == pytest.approx(0.5 / (3 * 2**0.5), rel=0.1)
    assert found["copied_everywhere_held_out", "A", 0.1] == 0


def test_who_runs_away_is_counted_and_counts_as_not_come_back(place):
    found = shares(place, A=Wild(), B=Nothing())
    for kind in KINDS:
        for sigma in (0.0,) if kind == "hidden" else perturbed.SIGMAS:
            assert found[f"ran_away_{kind}", "A", sigma] == 1
            assert found[f"distance_{kind}", "A", sigma] == FAR
            assert found[f"returned_{kind}_train", "A", sigma] == found[f"copied_{kind}_train", "A", sigma] == 0
            assert found[f"together_{kind}", "A-B", sigma] == 0
            assert found[f"ran_away_{kind}", "B", sigma] == 0


def test_two_that_are_the_same_end_together(place):
    ideal = IdealDenoiser(place.originals[:N])
    found = shares(place, A=ideal, B=ideal)
    assert (found[[key for key in found.index if key[0].startswith("together")]] == 1).all()


@pytest.mark.parametrize("resolution", [4, 20, 80])
def test_the_square_is_a_square_within_the_picture(resolution):
    masks = face_perturbed.squares(50, resolution, 0)
    side = round(face_perturbed.SQUARE * resolution)
    assert masks.shape == (50, 1, resolution, resolution)
    assert bool((masks.sum((2, 3)) == side**2).all())
    rows, columns = masks.any(3).sum(2), masks.any(2).sum(2)
    assert bool((rows == side).all() & (columns == side).all())
    assert len(torch.unique(masks.flatten(1), dim=0)) > 1 or resolution == side


def test_half_of_the_coordinates_are_disturbed(store):
    table = perturbed.study.plan("smoke", datasets=["hd-uniform"], sizes=[10]).table()
    assert set(table.who) == {"A", "B", "twin", "exact", "identity", "A-B", "A-twin"}
    assert set(table.metric) == set(perturbed.METRICS)
    exact = table[(table.who == "exact") & (table.sigma == 0.1)].set_index("metric").value
    assert exact["distance_part"] < exact["distance_everywhere"]


# ---- what a user may ask for ----


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"sampler": "ascnt"}, "no sampler 'ascnt' here; did you mean ascent"),
        ({"sigma": 2.0}, "sigma is 2; it must be above 0 and at most 1.5"),
        ({"sigma": 0.0}, "sigma is 0; it must be above 0"),
    ],
    ids=str,
)
def test_what_there_is_not_is_refused_before_anything_is_trained(empty_store, asked, answer, monkeypatch):
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    with pytest.raises(LowdiffError, match=answer):
        face_perturbed.pictures("smoke", ["faces"], **asked)
    assert not list(empty_store.glob("models/*"))


# ---- the figure and the sentences ----


def toy(back: float, control: float, away: float = 0.0) -> Measured:
    rows = []
    about = {"dataset": "celeba", "dim": 400, "n_train": 100, "step": 8, "objective": "denoiser", "repetition": 0}
    for kind in KINDS:
        for sigma in (0.0,) if kind == "hidden" else perturbed.SIGMAS:
            at = about | {"sigma": sigma}
            for arm, who, value in (("blind", "A", back), ("told", "A", back), ("told", "wiener", control)):
                for points in ("train", "held_out"):
                    rows.append(at | {"arm": arm, "who": who, "metric": f"returned_{kind}_{points}", "value": value})
                    if who == "A":
                        rows.append(at | {"arm": arm, "who": who, "metric": f"copied_{kind}_{points}", "value": 0.25})
                rows.append(at | {"arm": arm, "who": who, "metric": f"ran_away_{kind}", "value": away})
                rows.append(at | {"arm": arm, "who": who, "metric": f"distance_{kind}", "value": 0.5})
            for arm in ("blind", "told"):
                for pair, value in (("A-B", 0.5), ("A-twin", 0.75)):
                    rows.append(at | {"arm": arm, "who": pair, "metric": f"together_{kind}", "value": value})
    return Measured("face_perturbed", tidy(rows), None, "smoke")


@pytest.mark.parametrize(
    ("back", "control", "words"),
    [
        (0.9, 0.88, r"N = 100, most disturbed faces come back.** .* 90% .* the linear filter .* 88% do: .* no sign"),
        (0.9, 0.3, r"come back.** .* 30% do, so the network brings back more"),
        (0.2, 0.6, r"do not come back.** .* 60% do, so the network brings back fewer"),
        (0.2, 0.2, r"do not come back.** .* 20% do\.$"),
    ],
)
def test_the_answer_weighs_what_comes_back_against_a_denoiser_that_is_no_network(back, control, words):
    assert re.search(words.replace("**", r"\*\*"), findings.perturbed_answer(toy(back, control)))


def test_what_was_hardly_disturbed_has_not_come_back():
    measured = toy(0.9, 0.2)
    idle = measured.own[measured.own.who == "wiener"].assign(who="identity", arm="blind", value=0.85)
    said = findings.perturbed_answer(dataclasses.replace(measured, own=pd.concat([measured.own, idle])))
    assert "With nothing done to them 85% do: coming back is no sign of an attractor" in said


def test_runaways_are_marked_in_the_figure_and_said_in_the_sentence():
    still, wild = (figures.perturbed(toy(0.5, 0.5, away)) for away in (0.0, 0.4))
    assert "ran away" not in still.svg
    assert "ran away" in wild.svg
    assert "ran away from up to 40 % of the starts" in findings.perturbed(toy(0.5, 0.5, 0.4))
    assert "ran away" not in findings.perturbed(toy(0.5, 0.5))
    head, _, row, *_ = findings.perturbed(toy(0.5, 0.5)).splitlines()[2:]
    said = dict(zip(head.split(" | "), row.split(" | "), strict=True))
    assert (said["A and B"], said["A and its twin"]) == ("50 %", "75 %")


def test_points_have_words_of_their_own():
    own = toy(0.5, 0.5).own.assign(who=lambda t: t.who.replace("wiener", "exact"))
    figure = figures.perturbed(dataclasses.replace(toy(0.5, 0.5), own=own), "point")
    assert "half at mean" in figure.svg
    assert "exact" in figure.svg
    assert "A point of CelebA is disturbed" in figure.caption
    assert figure.name == "perturbed-points-celeba"


def test_mixtures_have_a_section_once_they_were_run():
    own = toy(0.9, 0.5).own.assign(who=lambda t: t.who.replace("wiener", "exact"), dataset="spiral")
    said = findings.perturbed_points(Measured("perturbed", own, None, "smoke"))
    assert "### The same on mixtures" in said
    assert "On spiral: **Not told σ" in said
    assert "| told σ, 100 | 90 % | 90 % | 90 % | 25 % | 50 % | 75 % | 50 % |" in said  # last, the exact denoiser
    assert findings.perturbed_points(Measured("perturbed", NOTHING, None, "")) == ""
