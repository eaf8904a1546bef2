"""What disturbed faces return to, and the Jacobian there, at the size of a smoke test."""

import dataclasses
import itertools
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import torch

from lowdiff_lib import figures, findings
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.samples import training_samples
from lowdiff_lib.experiments.faces import FaceBench
from lowdiff_lib.experiments.studies import denoising_faces, face_attractors, robustness
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import fixed_points, noise_schedule, probability_flow
from lowdiff_lib.models.reference import IdealDenoiser
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import COLUMNS

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def measured() -> Measured:
    return face_attractors.study.measured("smoke", ["faces"])


@pytest.fixture
def table(measured) -> pd.DataFrame:
    return measured.own


@pytest.fixture
def measured_jacobians() -> Measured:
    return robustness.study.measured("smoke", ["faces"])


@pytest.fixture
def jacobians(measured_jacobians) -> pd.DataFrame:
    return measured_jacobians.own


@pytest.fixture
def pictures() -> pd.DataFrame:
    return face_attractors.pictures("smoke", ["faces"], face=3)


def some_faces(n: int = 5) -> torch.Tensor:
    return training_samples("faces", 20, "A", n, 0).double()


# ---- what is certain ----


@pytest.mark.parametrize("sigma", [0.02, 0.1])
def test_the_ideal_denoiser_of_a_few_faces_returns_exactly_to_them(sigma):
    train = some_faces()
    ideal, noise = IdealDenoiser(train), sigma * unit_noise(train, 0)
    again = fixed_points(ideal, train + noise, sigma, face_attractors.ITERATIONS)
    down = probability_flow(ideal, train + noise, noise_schedule(sigma, 0.005, face_attractors.FLOW_STEPS))[-1]
    torch.testing.assert_close(again, train, atol=1e-9, rtol=0)
    assert metrics.copies(again, train, some_faces()).all()
    assert face_attractors.is_own(down, train, train, face_attractors.same(train, train)).all()


def test_a_copy_is_much_nearer_to_one_training_face_than_to_the_next():
    train = some_faces()
    between = (train[:1] + train[1:2]) / 2
    points = torch.cat([train[:2] + 0.01 * unit_noise(train[:2], 0), between])
    assert metrics.copies(points, train, train).tolist() == [True, True, False]
    direction = (between - train[:1]) * 3
    alone = [metrics.copies(between, train[:1], train[:1] + factor * direction).item() for factor in (0.9, 1.1)]
    assert alone == [False, True]


def test_a_face_comes_back_to_itself_unless_another_is_nearer():
    faces = some_faces()
    ends = torch.stack([0.6 * faces[0] + 0.4 * faces[1], 0.4 * faces[1] + 0.6 * faces[2], faces[2]])
    itself = face_attractors.same(faces[:3], faces)
    assert itself.nonzero().tolist() == [[0, 0], [1, 1], [2, 2]]
    assert face_attractors.is_own(ends, faces[:3], faces, itself).tolist() == [True, False, True]


# ---- the tables ----


def test_shares_and_distances_for_each_case_and_noise_level(table):
    assert list(table.columns) == COLUMNS
    assert not table.duplicated([name for name in COLUMNS if name != "value"]).any()
    assert set(table.n_train) == {10, 160}
    assert set(table.objective) == {"denoiser", "none"}
    assert np.isfinite(table.value).all()
    shares = table[~table.metric.str.startswith("distance")]
    assert shares.value.between(0, 1).all()
    found = set(zip(table.metric, table.who, table.sigma, strict=True))
    iterated = ("rests_at_training_face", "settles", "distance_iterated")
    flowed = ("flows_to_training_face", "survives", "distance_flowed")
    expected = {
        (f"{metric}_{points}", who, sigma)
        for names, sigmas in ((iterated, face_attractors.SIGMAS), (flowed, face_attractors.DISTURBANCES))
        for metric, points, who, sigma in itertools.product(names, ("train", "held_out"), ("A", "ideal"), sigmas)
    }
    assert found == expected


def test_the_ideal_denoiser_captures_new_faces_and_keeps_its_own(table):
    ideal = table[(table.objective == "none") & (table.sigma == 0.05)].set_index("metric").value
    for metric in ("settles", "rests_at_training_face", "flows_to_training_face"):
        for points in ("train", "held_out"):
            assert (ideal[f"{metric}_{points}"] == 1).all()
    assert (ideal["survives_train"] == 1).all()
    assert (ideal["survives_held_out"] == 0).all()


def test_the_jacobian_table_is_whole_and_within_its_limits(jacobians):
    assert list(jacobians.columns) == COLUMNS
    assert not jacobians.duplicated([name for name in COLUMNS if name != "value"]).any()
    assert np.isfinite(jacobians.value).all()
    by_metric = jacobians.groupby("metric").value
    assert set(jacobians[jacobians.metric == "asymmetry"].sigma) == set(robustness.SIGMAS)
    assert set(jacobians[jacobians.metric == "subspace_overlap"].who) == {"A-B", "A-twin"}
    assert by_metric.min()["asymmetry"] >= 0
    assert by_metric.max()["asymmetry"] <= 2  # |J - J'| is at most |J| + |J'|
    assert by_metric.min()["subspace_overlap"] >= 0
    assert by_metric.max()["subspace_overlap"] <= 1
    linear = jacobians[(jacobians.who == "wiener") & jacobians.metric.str.startswith("eigenvalue")]
    assert linear.value.between(0, 1).all()


def test_a_linear_denoiser_keeps_no_more_directions_than_its_training_faces_span(jacobians):
    linear = jacobians[(jacobians.who == "wiener") & (jacobians.metric == "effective_dimension_held_out")]
    assert (linear.value < linear.n_train).all()
    for _, mine in linear.sort_values("sigma").groupby("n_train"):
        assert mine.value.is_monotonic_decreasing  # in noise


def test_the_largest_stretch_is_that_of_no_direction_but_the_worst(jacobians):
    stretch = jacobians[jacobians.metric.str.startswith("stretch")]
    stretch = stretch.pivot_table(index=["n_train", "sigma"], columns="metric", values="value").dropna()
    assert len(stretch) == 2 * len(robustness.SPECTRUM_SIGMAS)
    assert (stretch.stretch_largest > stretch.stretch_random).all()


def test_nothing_is_trained_for_them(table, jacobians, capfd):
    specs = denoising_faces.study.plan("smoke", datasets=["faces"]).specs
    for module in (face_attractors, robustness):
        assert module.study.plan("smoke", datasets=["faces"]).specs == specs
    capfd.readouterr()
    assert face_attractors.study.measured("smoke", ["faces"]).own.equals(table)
    assert robustness.study.measured("smoke", ["faces"]).own.equals(jacobians)
    assert capfd.readouterr().err == ""


# ---- the pictures ----


def test_pictures_show_the_iteration_and_the_flow(table, pictures):
    assert set(pictures.n_train) == {10, 160}
    assert set(pictures.kind) == {"train", "held_out"}
    bench = FaceBench(denoising_faces.study.plan("smoke", datasets=["faces"]).cases[-1])
    model = bench.model("A")
    mine = pictures[(pictures.n_train == 160) & (pictures.kind == "held_out")].set_index(["what", "sigma"]).image
    y = torch.tensor(mine["noisy", 0.2])[None, None]
    for _ in range(5):
        y = model(y, 0.2)
    np.testing.assert_allclose(mine["iterated 5", 0.2], y[0, 0], atol=1e-6)
    np.testing.assert_array_equal(mine["clean", 0.2], bench.held_out()[3, 0])
    assert list(mine["flowed"].index) == list(face_attractors.DISTURBANCES)


def test_eigenvectors_are_unit_pictures_in_the_order_of_their_eigenvalues(table):
    vectors = robustness.eigenvectors("smoke", ["faces"], face=3, sides=["A", "B"], sigmas=[0.2])
    assert set(vectors.side) == {"A", "B"}
    for _, mine in vectors[vectors.order > 0].groupby(["n_train", "side"]):
        assert mine.eigenvalue.is_monotonic_decreasing
        flat = np.stack([image.ravel() for image in mine.image])
        np.testing.assert_allclose(flat @ flat.T, np.eye(robustness.PICTURED), atol=1e-9)
        assert all(row[np.abs(row).argmax()] > 0 for row in flat)


@pytest.mark.parametrize("show", [face_attractors.pictures, robustness.eigenvectors])
@pytest.mark.parametrize("face", [-1, 80])
def test_a_face_that_is_not_there_is_refused(table, show, face):
    with pytest.raises(LowdiffError, match="from 0 to 79"):
        show("smoke", ["faces"], face)


# ---- figures and sentences ----


def test_every_figure_is_a_drawing_described_by_its_numbers(measured, pictures, measured_jacobians):
    faces = denoising_faces.study.measured("smoke", ["faces"])
    vectors = robustness.eigenvectors("smoke", ["faces"], sigmas=[0.2])
    drawn = [
        figures.iterated_faces(pictures),
        figures.flowed_faces(pictures),
        figures.returning_shares(measured, face_attractors.ITERATIONS),
        figures.face_survival(measured),
        figures.eigenvector_pictures(vectors, "face-eigenvectors"),
        figures.spectrum_curves(measured_jacobians),
        figures.dimension_curves(measured_jacobians),
        figures.robustness_curves(faces, measured_jacobians),
        figures.eigenvector_agreement(measured_jacobians, robustness.LEADING),
    ]
    names = {figure.name for figure in drawn}
    assert len(names) == len(drawn)
    assert {"face-attractors", "face-survival"} <= names
    for figure in drawn:
        root = ElementTree.fromstring(figure._repr_html_())
        assert "nan" not in (figure.alt + figure.caption).lower().split()
        assert "N = 160" in figure.alt
        assert root.find(".//{http://www.w3.org/2000/svg}svg").get("aria-label") == figure.alt
        assert len(figure.table)


def test_the_sentences_say_what_the_tables_hold(measured, table, measured_jacobians):
    measured_faces = denoising_faces.study.measured("smoke", ["faces"])
    faces = measured_faces.own
    said = findings.face_returns(measured, 50, face_attractors.STARTS)
    share = table[(table.metric == "settles_held_out") & (table.objective == "denoiser") & (table.sigma == 0.5)]
    share = share[(share.n_train == 160) & (share.who == "A")].value.mean()
    starts = face_attractors.STARTS
    assert said.splitlines()[-1].split(" | ")[2] == f"{round(share * starts)} of {starts}"
    apart = faces[(faces.metric == "disagreement_over_noise") & (faces.who == "A-B") & (faces.n_train == 160)]
    worst = apart.loc[apart.value.idxmax()]
    assert f"at most {worst.value:.2f} of the noise (at σ = {worst.sigma:g}" in findings.face_disagreement(
        measured_faces
    )
    for text in (
        findings.ideal_returns(measured),
        findings.face_basins(measured),
        findings.face_jacobian(measured_jacobians),
        findings.face_response(measured_jacobians),
        findings.shared_eigenvectors(measured_jacobians, robustness.LEADING),
    ):
        assert "nan" not in text


def test_the_radius_of_a_basin_is_where_the_share_falls_to_a_half(measured, table):
    mine = table[table.metric.str.startswith("survives") & (table.objective == "denoiser") & (table.n_train == 10)]
    shares = dict(zip(face_attractors.DISTURBANCES, (1.0, 1.0, 0.75, 0.25, 0.0), strict=True))

    def said(value: object) -> str:
        return findings.face_basins(dataclasses.replace(measured, own=mine.assign(value=value)))

    half = f"{(0.2 * 0.5) ** 0.5:.2g}"
    assert said(mine.sigma.map(shares)).endswith(f"| 10 | {half} | {half} |")
    assert said(0.5).endswith("| 10 | more than 1 | more than 1 |")
    assert said(0.4).endswith("| 10 | less than 0.05 | less than 0.05 |")
