"""Published pictures say what they are, are refused when damaged, and hold no photograph."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lowdiff_lib import cli, figures, tables
from lowdiff_lib.experiments.faces import FaceBench
from lowdiff_lib.experiments.grid import first
from lowdiff_lib.experiments.studies import denoising_faces, explorer
from lowdiff_lib.figures.portraits import Portraits
from lowdiff_lib.publishing import people, publish, sheets, verify
from lowdiff_lib.tables import pictures
from lowdiff_lib.tables.manifest import NotAsPublished


@pytest.fixture
def made(tmp_path, monkeypatch) -> pd.DataFrame:
    """Seven small pictures, published four side by side."""
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    images = list(np.random.default_rng(0).integers(0, 256, (7, 5, 5)) / 255)
    table = pd.DataFrame({"n_train": [10] * 7, "sample": range(7), "image": images})
    pictures.put("some", table, 4, {"profile": "full", "machine": "mine"})
    return table


def test_pictures_are_read_as_they_were_published_with_where_they_come_from(made):
    found, about = pictures.find("some")
    assert about == {"profile": "full", "machine": "mine"}
    assert found[["n_train", "sample"]].equals(made[["n_train", "sample"]])
    assert all(np.array_equal(a, b) for a, b in zip(found.image, made.image, strict=True))
    assert pictures.names() == ["some"]
    with Image.open(pictures.path_of("some")) as sheet:  # as any viewer shows it
        assert sheet.size == (20, 10)
        assert np.array_equal(np.asarray(sheet)[5:10, 10:15] / 255, made.image[6])


def test_what_is_not_published_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    assert tables.published_pictures("some") is None
    assert pictures.names() == []


def write(path, pixels, chunk):
    information = pictures.PngImagePlugin.PngInfo()
    information.add_text("lowdiff", chunk)
    Image.fromarray(pixels).save(path, "PNG", pnginfo=information)


def repainted(path):
    """The same record over other pixels."""
    with Image.open(path) as sheet:
        chunk, pixels = sheet.text["lowdiff"], np.asarray(sheet).copy()
    pixels[3, 3] ^= 1
    write(path, pixels, chunk)


def relabelled(path):
    """Other words over the same pixels."""
    with Image.open(path) as sheet:
        record, pixels = json.loads(sheet.text["lowdiff"]), np.asarray(sheet).copy()
    record["pictures"]["n_train"][0] = 1000
    write(path, pixels, json.dumps(record))


@pytest.mark.parametrize(
    "damage",
    [
        repainted,
        relabelled,
        lambda path: path.write_bytes(path.read_bytes()[:-200]),
        lambda path: path.write_bytes(b"not a picture"),
        lambda path: Image.new("L", (20, 10)).save(path),
    ],
    ids=["pixels", "words", "cut off", "no picture", "another picture"],
)
def test_damaged_pictures_are_refused_and_verify_says_so(made, damage):
    damage(pictures.path_of("some"))
    with pytest.raises(NotAsPublished, match=r"some\.png is not what was published"):
        tables.published_pictures("some")
    with pytest.raises(NotAsPublished, match=r"some\.png is not what was published .* bring it back \(git checkout\)"):
        verify.verify(0)


def test_whole_ones_are_listed_by_verify(made):
    assert verify.verify(0) == ["some.png: 7 pictures, profile full, as published"]


def test_a_photograph_that_was_trained_on_is_told_from_one_that_was_not(store):
    bench = FaceBench(denoising_faces.study.plan("smoke", datasets=["faces"], sizes=[10]).cases[0])
    train, other = (bench.seen(side) for side in ("A", "B"))
    assert people.copied(bench, "A", train[3:4])
    assert not people.copied(bench, "A", other[3:4])
    assert people.copied(bench, "B", other[3:4])


def test_sheets_of_faces_are_published_and_drawn(store, tmp_path, monkeypatch):
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    monkeypatch.setattr(sheets, "ARM", "told")  # whose networks other tests train too
    for name in ("face_samples", "face_trajectory", "face_portraits"):
        assert cli.main(["publish", name, "--profile", "smoke", "--allow-small"]) == 0
    samples, about = pictures.find("face_samples")
    assert set(samples.side) == {"A", "B"}
    cases = first(denoising_faces.study.plan("smoke").cases)
    weights = {run["weights"] for run in about["runs"].values()}
    assert len(weights) == 2 * samples.n_train.nunique()
    assert samples.n_train.nunique() <= len(cases)
    figure = figures.published_samples(samples)
    assert "pictures of 20 x 20 pixels" in figure.caption
    monkeypatch.setattr(explorer, "train", lambda *_: pytest.fail("published portraits are trained again"))
    portraits = explorer.portraits()
    assert {"clean", "noisy", "A", "B"} == set(portraits.what)
    assert 1 not in set(portraits.n_train)
    assert len(Portraits(portraits).pixels()) == 4 * (1 + 6 * (1 + 2 * 2 * portraits.n_train.nunique()))
    path = tables.published_pictures("face_trajectory")
    assert {"A: state", "A", "B"} == set(path.what)
    caption = figures.published_path(path).caption
    assert "From noise to a face under N = 160 training faces a side (published, the AT&T faces" in caption
    assert "in pictures of 20 x 20 pixels)" in caption


def test_where_every_model_copies_nothing_is_published(store, monkeypatch):
    monkeypatch.setattr(sheets, "ARM", "told")
    monkeypatch.setattr(sheets, "copied", lambda bench, side, images: True)
    with pytest.raises(publish.LowdiffError, match="made copies of photographs"):
        publish.publish("face_samples", "smoke", allow_small=True)
    assert sheets.trajectories("smoke").pictures.empty
