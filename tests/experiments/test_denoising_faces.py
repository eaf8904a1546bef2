"""The study of faces, at the size of a smoke test, on the faces that come with the install."""

import dataclasses
import itertools
import math
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import torch
from test_figures import fills

from lowdiff_lib import figures, findings
from lowdiff_lib.base.errors import DataNotFound, LowdiffError, TooFewSamples
from lowdiff_lib.datasets.samples import faces
from lowdiff_lib.experiments.faces import source_of
from lowdiff_lib.experiments.grid import Case
from lowdiff_lib.experiments.studies import denoising_faces
from lowdiff_lib.experiments.study import Plan
from lowdiff_lib.measures import metrics
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import COLUMNS
from lowdiff_lib.training import runs

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def measured() -> Measured:
    return denoising_faces.study.measured("smoke", ["faces"])


@pytest.fixture
def table(measured) -> pd.DataFrame:
    return measured.own


def trained() -> dict[str, int]:
    """The runs of the study and when each was written."""
    places = [runs.folder(spec) for spec in denoising_faces.study.plan("smoke", datasets=["faces"]).specs]
    return {place.name: (place / "run.json").stat().st_mtime_ns for place in places}


def test_the_table_has_one_value_for_each_case_and_noise_level(table):
    assert list(table.columns) == COLUMNS
    assert not table.duplicated([name for name in COLUMNS if name != "value"]).any()
    assert set(table.n_train) == {10, 160}  # 0 is all that a side holds
    assert set(table.dim) == {400}
    assert sorted(set(table.sigma)) == list(denoising_faces.SIGMAS)
    found = set(zip(table.metric, table.who, strict=True))
    expected = set(itertools.product(("psnr_gain_train", "psnr_gain_held_out"), ("A", "ideal", "wiener")))
    expected |= set(itertools.product(("residual_cosine", "relative_distance"), ("A-B", "A-twin")))
    assert expected <= found
    assert np.isfinite(table[table.who != "ideal"].value).all()


def test_the_ideal_denoiser_knows_its_training_faces_and_no_others(table):
    ideal = table[(table.who == "ideal") & (table.sigma == 0.1)].groupby("metric").value
    assert ideal.min()["psnr_gain_train"] > 20
    assert ideal.max()["psnr_gain_held_out"] < 0


def test_even_a_short_training_beats_doing_nothing_where_there_is_much_noise(table):
    mine = table[(table.who == "A") & (table.sigma >= 0.2) & (table.n_train == 160)]
    assert (mine[mine.metric.isin(["psnr_gain_train", "psnr_gain_held_out"])].value > 2).all()


def test_a_second_call_trains_and_measures_nothing(table, capfd):
    before = trained()
    capfd.readouterr()
    assert denoising_faces.study.measured("smoke", ["faces"]).own.equals(table)
    assert capfd.readouterr().err == ""
    assert trained() == before


def test_pictures_are_one_face_as_a_and_b_see_it(table, capfd):
    capfd.readouterr()
    shown = denoising_faces.pictures("smoke", ["faces"], face=3)
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
        denoising_faces.study.measured("smoke", ["faces"], [10, 1000])
    assert "networks" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"profile": "smoek"}, "did you mean smoke"),
        ({"profile": ""}, "There are: smoke, quick, full, paper"),
        ({"profile": "smoke", "datasets": ["faces"], "sizes": [-3]}, "at least 0"),
        ({"profile": "smoke", "arms": ["fine"]}, "no arm of denoising_faces 'fine' here; did you mean finer"),
    ],
    ids=str,
)
def test_what_cannot_be_measured_is_refused(arguments, words):
    with pytest.raises(LowdiffError, match=words):
        denoising_faces.study.measured(**arguments)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataNotFound, match="nowhere"):
        denoising_faces.study.measured("smoke", [str(tmp_path / "nowhere")])


@pytest.mark.parametrize("face", [-1, 80, 10_000])
def test_a_face_that_is_not_there_is_refused(table, face):
    with pytest.raises(LowdiffError, match="from 0 to 79"):
        denoising_faces.pictures("smoke", ["faces"], face)


def test_without_celeba_the_faces_of_the_install_are_used(monkeypatch, tmp_path):
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    assert source_of("auto") == "faces"
    assert source_of("celeba") == "celeba"


# ---- which details ----


def images(n: int = 6, side: int = 20) -> torch.Tensor:
    return torch.randn(n, 1, side, side, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("side", [20, 21, 80])
def test_the_bands_of_an_image_share_its_squares_without_loss(side):
    """Parseval: so a squared error is the sum of those of the bands, image by image."""
    x = images(side=side)
    bands = metrics.frequency_bands(x)
    assert list(bands) == ["low", "middle", "high"]
    assert sum(part.shape[1] for part in bands.values()) == side**2
    squares = sum(part.square().sum(1) for part in bands.values())
    torch.testing.assert_close(squares, x.flatten(1).square().sum(1))


@pytest.mark.parametrize(("cycles", "band"), [(0, "low"), (2.5, "low"), (3, "middle"), (5.5, "middle"), (6, "high")])
def test_a_wave_is_in_the_band_of_its_cycles_per_picture(cycles, band):
    across = torch.cos(2 * math.pi * cycles * (torch.arange(20, dtype=torch.float64) + 0.5) / 20)
    for wave in (across.expand(20, 20), across[:, None].expand(20, 20)):
        sizes = {name: float(part.norm()) for name, part in metrics.frequency_bands(wave[None, None]).items()}
        assert sizes.pop(band) == pytest.approx(float(wave.norm()))
        assert max(sizes.values()) < 1e-9


def test_a_picture_too_small_for_a_band_lacks_it():
    assert list(metrics.frequency_bands(images(side=4))) == ["low"]


def test_gains_by_band_add_up_to_the_gain(table):
    """White noise is divided by the number of coefficients, so the errors that are left sum to the one that is left."""
    counts = {f"_{band}": part.shape[1] / 400 for band, part in metrics.frequency_bands(images()).items()}
    gains = table[table.metric.str.startswith("psnr_gain") & (table.who == "A") & (table.n_train == 160)]
    gains = gains.pivot_table(index="sigma", columns="metric", values="value")
    for part in ("psnr_gain_train", "psnr_gain_held_out"):
        left = sum(count * 10 ** (-gains[f"{part}{band}"] / 10) for band, count in counts.items())
        np.testing.assert_allclose(-10 * np.log10(left), gains[part], atol=0.1)  # white on average only: here 80 faces


def test_at_low_noise_fine_noise_is_removed_and_coarse_noise_hides_in_the_face(table):
    wiener = table[(table.who == "wiener") & (table.n_train == 160) & (table.sigma == 0.1)].set_index("metric").value
    assert wiener["psnr_gain_held_out_high"] > wiener["psnr_gain_held_out_middle"] > wiener["psnr_gain_held_out_low"]


def test_disagreement_over_noise_is_relative_distance_in_other_units(table):
    """Where residuals remove nearly all of much noise, their size is the noise: both are the same number."""
    pairs = table[(table.sigma == 1.0) & table.who.isin(["A-B", "A-twin"])]
    means = pairs.pivot_table(index=["n_train", "who"], columns="metric", values="value")
    np.testing.assert_allclose(means.disagreement_over_noise, means.relative_distance, rtol=0.1)


def test_the_figure_and_the_sentence_say_the_gain_in_each_band(measured, table):
    figure = figures.face_details(measured, denoising_faces.BANDS)
    low = table[(table.sigma == 0.01) & (table.who == "A") & (table.n_train == 160)].set_index("metric").value
    assert f"{low['psnr_gain_held_out_high']:+.2f} dB in the high band" in figure.alt
    assert "low: below 3 cycles" in figure.svg
    assert "high: above 6 cycles" in figure.svg
    sentence = findings.face_details(measured, list(denoising_faces.BANDS))
    gain = table[(table.sigma == 0.05) & (table.who == "A") & (table.n_train == 10)].set_index("metric").value
    assert f"{gain['psnr_gain_held_out_middle']:+.1f} dB in the middle band" in sentence


# ---- other sizes of pictures, longer training ----


def test_finer_pictures_are_the_same_faces_with_twice_the_pixels_a_side():
    once = denoising_faces.study.plan("quick", sizes=[10], repetitions=1).specs
    twice = denoising_faces.study.plan("quick", sizes=[100, 0]).specs
    finer = denoising_faces.study.plan("quick", "finer").specs
    assert finer == [dataclasses.replace(spec, resolution=40) for spec in [*once, *twice]]
    taken, also = (faces(finer[0].dataset, side).split(0).take("A", 100) for side in (20, 40))
    assert np.array_equal(taken, also)


def test_what_is_trained_in_bfloat16_is_the_same_but_for_that():
    plan = denoising_faces.study.plan("full", "bfloat16")
    trios = denoising_faces.study.plan("full", sizes=[100, 0], repetitions=1).cases
    for case, usual in zip(plan.cases, trios, strict=True):
        for role in ("A", "twin"):
            assert case.runs[f"told {role}"] == usual.runs[role]
            assert case.runs[role] == dataclasses.replace(usual.runs[role], precision="bfloat16")


def test_a_network_is_compared_with_its_twin_and_with_itself_rounded():
    table = denoising_faces.study.plan("smoke", "bfloat16", sizes=[0]).table()
    assert set(table.who) == {"told A", "told twin", "A", "twin", "told A-told twin", "A-told A"}
    cosine = table[table.metric == "residual_cosine"].groupby(["n_train", "sigma", "who"])["value"].first().unstack()
    assert (cosine["A-told A"] > cosine["told A-told twin"]).all()  # trained briefly, far from memorising
    gain = table[table.metric == "psnr_gain_held_out"].pivot_table("value", ["n_train", "sigma"], "who")
    assert ((gain["told A"] - gain["A"]).abs() < 0.05).all()


def test_few_faces_are_trained_four_times_as_long():
    plan = denoising_faces.study.plan("smoke", "fourfold")
    usual = denoising_faces.study.plan("smoke", sizes=[1, 10]).specs
    assert plan.specs == [dataclasses.replace(s, steps=4 * s.steps) for s in usual if (s.side, s.seed) == ("A", 0)]
    usual = denoising_faces.study.plan("smoke").cases  # trained by other tests
    table = Plan(plan.study, plan.arm, [Case(plan.cases[0].arm, {"A": case.runs["A"]}, 0) for case in usual]).table()
    assert set(table.who) == {"A", "ideal", "wiener", "wiener pair"}
    assert "psnr_gain_train" in set(table.metric)


def test_what_bfloat16_moves_is_drawn_and_said_beside_what_a_seed_moves():
    values = {"told A": 1.0, "told twin": 1.5, "A": 0.75, "twin": 0.25}
    row = {"dataset": "celeba", "dim": 400, "arm": "bfloat16", "step": 1000, "objective": "denoiser", "repetition": 0}
    row |= {"n_train": 100}
    rows = [
        row | {"sigma": sigma, "metric": "psnr_gain_held_out", "who": pair, "value": value * sigma}
        for sigma in (0.1, 1.0)
        for pair, value in values.items()
    ]
    rows += [
        row | {"sigma": sigma, "metric": "residual_cosine", "who": pair, "value": value}
        for sigma in (0.1, 1.0)
        for pair, value in (("told A-told twin", 0.5), ("A-told A", 0.625))
    ]
    measured = Measured("denoising_faces", pd.DataFrame(rows)[COLUMNS], None, "full")
    figure, sentence = figures.face_precisions(measured), findings.precisions(measured)
    assert "N = 100: gain of A 0.10 dB, in bfloat16 0.08 dB; cosine of A and A in bfloat16 0.62" in figure.alt
    assert "| 100 | -0.75 dB | 0.50 dB | 0.625 | 0.500 |" in sentence


def test_resolutions_are_drawn_and_said_where_both_arms_have_the_size(table):
    finer = table[table.n_train == 160].assign(arm="finer", dim=1600, value=lambda t: t.value / 2)
    measured = Measured("denoising_faces", pd.concat([table, finer]), None, "smoke")
    figure, sentence = figures.face_resolutions(measured), findings.resolutions(measured)
    low = table[(table.sigma == 0.01) & (table.n_train == 160)].set_index(["metric", "who"]).value
    gain, cosine = low["psnr_gain_held_out", "A"], low["residual_cosine", "A-B"]
    for scale, side in ((1, 20), (2, 40)):
        assert f"{side} x {side} pixels: gain {gain / scale:.2f} dB" in figure.alt
        assert f"| 160 | {side} | {gain / scale:+.2f} | {cosine / scale:.2f} |" in sentence
    assert "N = 10," not in figure.alt
    assert "| 10 |" not in sentence
    texts = dict(fills(ElementTree.fromstring(figure.svg)))
    assert set(texts.values()) == {"currentColor"}
