"""Trajectories of face models: what the table holds, what a late branch is, and what figures and sentences say."""

import itertools
import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import torch
from test_figures import fills

from lowdiff_lib import figures, findings
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.samples import training_samples
from lowdiff_lib.experiments.faces import FaceBench
from lowdiff_lib.experiments.studies import denoising_faces, face_trajectories
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.samplers import noise_schedule, probability_flow
from lowdiff_lib.models.reference import IdealDenoiser
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import COLUMNS, tidy

FIRST, LAST = 2.0, 0.005  # the noise levels that the models are trained between


@pytest.fixture
def table(store) -> pd.DataFrame:
    return face_trajectories.study.measured("smoke", ["faces"]).own


@pytest.fixture
def bench(store) -> FaceBench:
    """Its models are trained where `table` is asked for, too."""
    return FaceBench(face_trajectories.study.plan("smoke", datasets=["faces"]).cases[0])


def values(table: pd.DataFrame, metric: str, sigma: float) -> pd.Series:
    mine = table[(table.metric == metric) & np.isclose(table.sigma, sigma)]
    return mine.set_index(["n_train", "who", "repetition"]).value.sort_index()


def points(*places: float) -> torch.Tensor:
    """Points on a line as images of one pixel."""
    return torch.tensor(places, dtype=torch.float64).reshape(-1, 1, 1, 1)


# ---- the table ----


def test_the_table_has_one_value_for_each_case_and_noise_level(table):
    assert list(table.columns) == COLUMNS
    assert not table.duplicated([name for name in COLUMNS if name != "value"]).any()
    assert np.isfinite(table.value).all()
    assert set(table.n_train) == {10, 160}
    pairs = table.groupby("metric").who.unique().map(set).to_dict()
    assert pairs == {"trajectory_distance": {"A-B", "A-twin", "A-ideal"}, "late_branch_distance": {"A-B", "A-twin"}}
    for _, mine in table.groupby("metric"):
        assert (mine.sigma.max(), mine.sigma.min()) == (pytest.approx(FIRST), pytest.approx(LAST))


def test_all_start_from_the_same_noise(table):
    assert (values(table, "trajectory_distance", FIRST) == 0).all()


def test_a_branch_at_the_start_is_the_whole_trajectory_of_the_other_and_one_at_the_end_is_none(table):
    whole = values(table, "trajectory_distance", LAST).drop("A-ideal", level="who")
    pd.testing.assert_series_equal(values(table, "late_branch_distance", FIRST), whole)
    assert (values(table, "late_branch_distance", LAST) == 0).all()


def test_the_value_is_that_of_the_models_in_the_store(table, bench):
    """A branch followed alone, from the point where A hands over."""
    a, spread = bench.spec, face_trajectories.spread(bench.held_out())
    sigmas = face_trajectories.levels(a)
    start = face_trajectories.pure_noise(a, face_trajectories.STARTS, bench.repetition)
    ours = probability_flow(bench.model("A"), start, sigmas)
    switch = face_trajectories.SWITCHES[2]
    end = probability_flow(bench.model("B"), ours[switch], sigmas[switch:])[-1]
    found = values(table, "late_branch_distance", sigmas[switch])[a.n_train, "A-B", 0]
    assert found == pytest.approx(metrics.rms_distance(ours[-1], end) / spread, rel=1e-4)


def test_it_looks_at_the_runs_of_the_faces_chapter_and_trains_none(table, capfd):
    specs = face_trajectories.study.plan("smoke", datasets=["faces"]).specs
    assert specs == denoising_faces.study.plan("smoke", datasets=["faces"]).specs
    capfd.readouterr()
    assert face_trajectories.study.measured("smoke", ["faces"]).own.equals(table)
    assert "networks" not in capfd.readouterr().err


# ---- what it is made of ----


def test_the_start_is_noise_on_gray_and_the_same_for_every_model(bench):
    a, b = (bench.case.runs[side] for side in ("A", "B"))
    noise = face_trajectories.pure_noise(a, 200, 0)
    assert noise.shape == (200, 1, 20, 20)
    assert float(noise.mean()) == pytest.approx(0.5, abs=0.03)
    assert float(noise.std()) == pytest.approx(FIRST, rel=0.01)
    assert torch.equal(noise, face_trajectories.pure_noise(b, 200, 0))
    assert not torch.equal(noise, face_trajectories.pure_noise(a, 200, 1))


def test_two_faces_at_random_are_root_two_of_the_spread_apart(bench):
    x = training_samples("faces", 20, "A", 160, bench.spec.split).double().flatten(1)
    pairs = torch.pdist(x).square().mean().sqrt()
    assert float(pairs) / face_trajectories.spread(bench.held_out()) == pytest.approx(2**0.5, rel=0.1)


def test_a_branch_is_a_until_the_change_and_the_same_model_changes_nothing():
    sigmas, a, b = noise_schedule(1, 0.01, 12), IdealDenoiser(points(0, 1)), IdealDenoiser(points(5))
    ours = probability_flow(a, points(0.3, -2), sigmas)
    switches = (0, 4, 9)
    for other in (a, b):
        branches = face_trajectories.late_branches(ours, other, sigmas, switches)
        assert branches.shape == (3, *ours.shape)
        for branch, switch in zip(branches, switches, strict=True):
            assert torch.equal(branch[: switch + 1], ours[: switch + 1])
            torch.testing.assert_close(branch[switch:], probability_flow(other, ours[switch], sigmas[switch:]))
    torch.testing.assert_close(face_trajectories.late_branches(ours, a, sigmas, switches), ours.expand(3, *ours.shape))


def test_a_late_branch_of_two_memorisers_is_known_in_closed_form():
    """One training point each, p and q: y - p shrinks as sigma, then y - q does."""
    sigmas, p, q, y = noise_schedule(2, 0.01, 120), 0.2, 0.9, 3.0
    ours = probability_flow(IdealDenoiser(points(p)), points(y), sigmas)
    for switch in (0, 30, 90):
        (branch,) = face_trajectories.late_branches(ours, IdealDenoiser(points(q)), sigmas, [switch])
        there = p + (y - p) * sigmas[switch] / sigmas[0]
        assert float(branch[-1]) == pytest.approx(q + (there - q) * sigmas[-1] / sigmas[switch], abs=2e-3)


def test_the_steps_are_fine_enough(table, bench):
    """Half as long ones move the ends by little, in units of the spread."""
    start, model = face_trajectories.pure_noise(bench.spec, 4, 0), bench.model("A")
    ends = [
        probability_flow(model, start, noise_schedule(FIRST, LAST, steps))[-1]
        for steps in (face_trajectories.STEPS, 2 * face_trajectories.STEPS)
    ]
    assert metrics.rms_distance(*ends) / face_trajectories.spread(bench.held_out()) < 0.05


def test_the_ideal_denoiser_ends_on_a_training_face(bench):
    a = bench.spec
    train = training_samples("faces", 20, "A", a.n_train, a.split).double()
    assert torch.equal(train, bench.seen())
    start = face_trajectories.pure_noise(a, 8, 0)
    end = probability_flow(IdealDenoiser(train), start, face_trajectories.levels(a))[-1]
    nearest = torch.cdist(end.flatten(1), train.flatten(1)).amin(1)
    assert float(nearest.max()) < 0.1 * face_trajectories.spread(bench.held_out())


# ---- pictures ----


@pytest.fixture
def pictures(table):
    return face_trajectories.pictures("smoke", ["faces"], start=3)


def test_pictures_are_one_start_on_its_way_under_a_and_b(pictures):
    assert set(pictures.n_train) == {10, 160}
    for n_train, mine in pictures.groupby("n_train"):
        image = mine.set_index(["what", "sigma"]).image
        first, *_, last = sorted(mine.sigma.unique(), reverse=True)
        assert (first, last) == (pytest.approx(FIRST), pytest.approx(LAST))
        assert np.array_equal(image["A: state", first], image["B: state", first])
        assert not np.array_equal(image["A: state", last], image["B: state", last])
        np.testing.assert_allclose(image["difference", last], image["A", last] - image["B", last])
        assert np.abs(image["A: state", last] - image["A", last]).max() < 5 * LAST, "nothing is left to remove"
        assert image["A", last].shape == (20, 20), n_train


@pytest.mark.parametrize("start", [-1, 12])
def test_a_start_that_is_not_there_is_refused(start):
    with pytest.raises(LowdiffError, match="from 0 to 11"):
        face_trajectories.pictures("smoke", ["faces"], start)


def test_the_figure_of_pictures_tells_what_is_in_its_rows(pictures):
    figure = figures.face_paths(pictures, 160)
    levels = figure.table.sigma.unique()
    assert len(levels) == 5
    assert {levels.min(), levels.max()} == {pictures.sigma.min(), pictures.sigma.max()}
    shown = pictures[(pictures.n_train == 160) & pictures.sigma.isin(levels)]
    sizes = shown[shown.what == "difference"].set_index("sigma").image
    last = float(np.sqrt((sizes[sizes.index.min()] ** 2).mean()))
    assert f"{last:.3f} at sigma 0.005" in figure.alt
    factor = 0.5 / max(np.abs(image).max() for image in sizes)
    for words in ("160 training faces a side", "same noise", "A sees", "B sees", f"times {factor:.2g}"):
        assert words in figure.caption
    assert len(figure.table) == 5 * 5 * 20  # levels, pictures at each, rows of pixels


# ---- what figures and sentences say of a table whose numbers are known ----

LEVELS = (2.0, 0.4, 0.1, 0.005)


def known(late: tuple[float, ...] = (0.5, 0.25, 0.05, 0.0), end: float = 0.5) -> Measured:
    """A-B ends at `end`, the twin at half of that; switching late leaves `late`. The same for all n_train and seeds."""
    common = {"dataset": "faces", "dim": 400, "arm": "told", "step": 50, "objective": "denoiser"}
    far = dict(zip(LEVELS, (0.0, 0.12 * end, 0.6 * end, end), strict=True))
    curves = {"trajectory_distance": far, "late_branch_distance": dict(zip(LEVELS, late, strict=True))}
    pairs = {"A-B": 1.0, "A-twin": 0.5, "A-ideal": 2.0}
    rows = [
        common | {"metric": m, "who": who, "n_train": n, "repetition": seed, "sigma": sigma, "value": factor * value}
        for (m, curve), (who, factor), n, seed in itertools.product(curves.items(), pairs.items(), (1, 160), (0, 1))
        for sigma, value in curve.items()
        if (m, who) != ("late_branch_distance", "A-ideal")
    ]
    return Measured("face_trajectories", tidy(rows), None, "quick")


def test_the_finding_says_where_they_part_and_where_half_is_decided():
    *_, few, many = findings.face_branching(known()).splitlines()
    assert few == "| 1 | 0.1 | 0.50 | 0.25 | 0.4 | 10 % |"
    assert many.startswith("| 160 |")


@pytest.mark.parametrize(("late", "words"), [(0.05, "hardly matters"), (0.3, "**still matters**")])
def test_whether_late_switching_matters_is_decided_by_its_share(late, words):
    said = findings.late_switching(known((0.5, 0.4, late, 0.0)))
    assert words in said
    assert f"{late:.2f} of the spread of the faces, {late / 0.5:.0%} of the whole" in said


def test_trajectories_that_never_part_are_said_to():
    assert "| 1 | never |" in findings.face_branching(known(end=0.05))


@pytest.mark.parametrize(
    ("draw", "twin"),
    [
        (figures.face_trajectory_curves, "the same twice (dashed)"),
        (figures.late_branch_curves, "the same ones (dashed)"),
    ],
)
def test_curves_say_their_unit_their_pairs_and_their_seeds(draw, twin):
    figure = draw(known())
    for words in ("saw different faces (solid)", twin, "√2", "the AT&T faces", "lowest to highest of 2 repetitions"):
        assert words in figure.caption
    texts = dict(fills(ElementTree.fromstring(figure.svg)))
    assert set(texts.values()) == {"currentColor"}
    assert {"N = 1", "N = 160", "different data", "same data, twice"} <= set(texts)
    assert set(re.findall(r'"row":"([^"]+)"', figure.svg)) == {"N = 1", "N = 160"}


def test_curves_say_their_numbers():
    assert "N = 160, A to B 0.50, A to its twin 0.25, A to ideal 1.00" in figures.face_trajectory_curves(known()).alt
    shares = "N = 1: 100% at sigma 2, 50% at sigma 0.4, 10% at sigma 0.1, 0% at sigma 0.005"
    assert shares in figures.late_branch_curves(known()).alt
