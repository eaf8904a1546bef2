"""`lowdiff data` says what there is, and how to get what is not."""

import importlib.util
import warnings

import numpy as np
import pytest
from PIL import Image

from lowdiff_lib import cli
from lowdiff_lib.datasets.mixtures import MIXTURES, mixture


@pytest.fixture(autouse=True)
def without_celeba(store, monkeypatch):
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)


def test_it_lists_every_data_set_and_where_to_put_the_missing_one(capsys):
    assert cli.main(["data"]) == 0
    said = capsys.readouterr().out
    assert all(f"{name}: {mixture(name).dim} dimensions" in said for name in MIXTURES)
    assert "faces: 400 faces of 40 people at 20x20" in said
    assert "celeba: CelebA is not at" in said


def test_it_describes_a_folder_of_portraits(capsys, tmp_path):
    for number, pixels in enumerate(np.random.default_rng(0).integers(0, 255, (4, 30, 30), dtype=np.uint8)):
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    assert cli.main(["data", "--source", str(tmp_path), "--resolution", "8"]) == 0
    said = capsys.readouterr().out
    assert "4 faces at 8x8" in said
    assert f"from: {tmp_path.name}\n" in said
    assert f"they lie at {tmp_path}" in said
    assert warnings.formatwarning(UserWarning("1 left out"), UserWarning, "faces.py", 1) == "lowdiff: 1 left out\n"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (["--source", "celeba"], "put img_align_celeba.zip"),
        (["--source", "celebb"], "give 'faces', 'celeba'"),
        (["--resolution", "2"], "from 4 to 512"),
        pytest.param(
            ["--download"],
            "pip install gdown",
            marks=pytest.mark.skipif(importlib.util.find_spec("gdown") is not None, reason="gdown is here: no network"),
        ),
    ],
)
def test_what_is_not_there_exits_with_2_and_says_how_to_get_it(capsys, asked, answer):
    assert cli.main(["data", *asked]) == 2
    assert answer in capsys.readouterr().err
