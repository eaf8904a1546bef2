"""The experiment on faces, at the size of a smoke test, on the faces that come with the install."""

import itertools

import numpy as np
import pytest

from lowdiff_lib import runs
from lowdiff_lib.errors import DataNotFound, LowdiffError, TooFewSamples
from lowdiff_lib.experiments import denoising_faces
from lowdiff_lib.tables import COLUMNS

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def table():
    return denoising_faces.measure("smoke", "faces")


def trained() -> dict[str, int]:
    """The runs of the experiment and when each was written."""
    places = [runs.folder(spec) for spec in denoising_faces.plan("smoke", "faces").specs]
    return {place.name: (place / "run.json").stat().st_mtime_ns for place in places}


def test_the_table_has_one_value_for_each_case_and_noise_level(table):
    assert list(table.columns) == COLUMNS
    assert not table.duplicated([name for name in COLUMNS if name != "value"]).any()
    assert set(table.n_train) == {10, 160}  # 0 is all that a side holds
    assert set(table.dim) == {400}
    assert sorted(set(table.sigma)) == list(denoising_faces.SIGMAS)
    found = {(metric, pair) for metric, pair in zip(table.metric, table.pair, strict=True)}
    expected = set(itertools.product(("psnr_gain_train", "psnr_gain_held_out"), ("A", "ideal", "wiener")))
    expected |= set(itertools.product(("residual_cosine", "relative_distance"), ("A-B", "twin")))
    assert expected <= found
    assert np.isfinite(table[table.pair != "ideal"].value).all()


def test_the_ideal_denoiser_knows_its_training_faces_and_no_others(table):
    ideal = table[(table.pair == "ideal") & (table.sigma == 0.1)].groupby("metric").value
    assert ideal.min()["psnr_gain_train"] > 20
    assert ideal.max()["psnr_gain_held_out"] < 0


def test_even_a_short_training_beats_doing_nothing_where_there_is_much_noise(table):
    mine = table[(table.pair == "A") & (table.sigma >= 0.2) & (table.n_train == 160)]
    assert (mine.value > 2).all()


def test_a_second_call_trains_and_measures_nothing(table, capfd):
    before = trained()
    capfd.readouterr()
    assert denoising_faces.measure("smoke", "faces").equals(table)
    assert capfd.readouterr().err == ""
    assert trained() == before


def test_pictures_are_one_face_as_a_and_b_see_it(table, capfd):
    capfd.readouterr()
    shown = denoising_faces.pictures("smoke", "faces", face=3)
    assert "networks" not in capfd.readouterr().err
    assert set(shown.n_train) == {10, 160}
    assert sorted(set(shown.sigma)) == list(denoising_faces.PICTURE_SIGMAS)
    clean = shown[shown.what == "clean"].image
    for image in shown.image:
        assert image.shape == (20, 20)
    for other in clean:
        assert np.array_equal(other, clean.iloc[0])
    assert 0 <= clean.iloc[0].min() < clean.iloc[0].max() <= 1
    for (_, sigma), mine in shown.groupby(["n_train", "sigma"]):
        image = mine.set_index("what").image
        np.testing.assert_allclose(image["difference"], image["A"] - image["B"])
        assert np.std(image["noisy"] - image["clean"]) == pytest.approx(sigma, rel=0.15)
        assert np.abs(image["difference"]).max() > 0


def test_more_faces_than_a_side_has_are_refused_with_both_numbers_before_training(capfd):
    with pytest.raises(TooFewSamples, match=r"faces: 1,000 training samples asked for, but a side holds 160"):
        denoising_faces.measure("smoke", "faces", [10, 1000])
    assert "networks" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"profile": "smoek"}, "did you mean smoke"),
        ({"profile": ""}, "There are: smoke, quick, full, paper"),
        ({"profile": "smoke", "source": "faces", "sizes": [-3]}, "at least 1"),
    ],
    ids=str,
)
def test_what_cannot_be_measured_is_refused(arguments, words):
    with pytest.raises(LowdiffError, match=words):
        denoising_faces.measure(**arguments)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataNotFound, match="nowhere"):
        denoising_faces.measure("smoke", str(tmp_path / "nowhere"))


@pytest.mark.parametrize("face", [-1, 80, 10_000])
def test_a_face_that_is_not_there_is_refused(table, face):
    with pytest.raises(LowdiffError, match="from 0 to 79"):
        denoising_faces.pictures("smoke", "faces", face)


def test_without_celeba_the_faces_of_the_install_are_used(monkeypatch, tmp_path):
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    assert denoising_faces.source_of("auto") == "faces"
    assert denoising_faces.source_of("celeba") == "celeba"
