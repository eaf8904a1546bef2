"""A reader's own photographs: what cannot be is said before anything is trained, and whose table it is stays clear."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lowdiff_lib import findings
from lowdiff_lib.base import paths
from lowdiff_lib.book.chapters import all_chapters
from lowdiff_lib.cli import main
from lowdiff_lib.experiments.faces import people, pictured
from lowdiff_lib.figures.canvas import seeds
from lowdiff_lib.publishing.publish import people_apart
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.tables import Measured, manifest
from lowdiff_lib.tables.tidy import tidy


@pytest.fixture
def album(tmp_path, monkeypatch) -> Path:
    """30 small pictures, and nothing trained; the data folder is empty."""
    monkeypatch.setenv("LOWDIFF_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LOWDIFF_BUILD", str(tmp_path))
    place = tmp_path / "album"
    place.mkdir()
    for number, pixels in enumerate(np.random.default_rng(0).integers(0, 255, (30, 24, 24), dtype=np.uint8)):
        Image.fromarray(pixels).save(place / f"{number}.png")
    return place


@pytest.mark.parametrize(
    ("chapter", "asked", "answer"),
    [
        ("denoising-faces", ["face", "7"], "face is 7; it must be from 0 to 5"),
        ("attractors", [], "face is 3; it must be from 0 to 1"),  # that of the chapter
    ],
)
def test_what_only_the_photographs_tell_to_be_wrong_is_refused_before_anything_is_trained(
    album, capsys, chapter, asked, answer
):
    if not asked:
        for picture in list(album.glob("?.png")) + list(album.glob("1?.png")):
            picture.unlink()
    asked = ["-p", *asked] if asked else []
    assert main(["run", chapter, "-p", "source", str(album), *asked]) == 2
    assert answer in capsys.readouterr().err
    assert not paths.runs().exists()


def row(dataset: str, **more) -> dict:
    about = {"dataset": dataset, "dim": 400, "arm": "told", "n_train": 10, "step": 8, "objective": "denoiser"}
    return about | {"repetition": 0, "who": "A-B", "sigma": 0.1, "metric": "residual_cosine", "value": 0.5} | more


def test_published_faces_beside_a_readers_own_are_said_to_be_of_celeba():
    both = Measured("denoising_faces", tidy([row("album")]), tidy([row("celeba")]), "smoke")
    assert both.first.other.empty, "no axis has two data sets"
    assert findings.against_published(both) == (
        "*The published table is of CelebA, this re-run of album: they cannot be compared.*"
    )
    alone = dataclasses.replace(both, published_leads=True).alone
    assert seeds(alone.shown) == "CelebA; one repetition, so no band"
    assert findings.box(alone, "So.") == "So."
    assert findings.box(both, "So.") == "So.\n\n*Of this re-run (profile smoke), not of what is published.*"


def test_what_a_page_says_of_the_networks_behind_its_pictures_is_true_of_a_readers_own(album):
    assert pictured([str(album)]) == "These are networks trained on this machine, on album."
    assert "on the AT&T faces" in pictured(["faces"])
    for chapter in all_chapters():
        if "source" in [parameter.name for parameter in chapter.parameters]:
            prose = [cell.source for cell in chapter.notebook.cells if cell.cell_type == "markdown"]
            assert "AT&T" not in " ".join(prose), f"{chapter.name} is also made of other faces"


# ---- whether people were kept apart ----


@pytest.fixture
def known(album) -> Path:
    """The album, with six people of five photographs each."""
    (album / "identity.txt").write_text("".join(f"{number}.png {number // 5}\n" for number in range(30)))
    return album


def test_a_published_table_says_whether_people_were_kept_apart(known):
    spec = RunSpec(str(known), 5, network="unet", width=4, depth=1, resolution=20)
    assert people_apart([spec]) == {"people_apart": True}
    (known / "identity.txt").unlink()
    assert people_apart([dataclasses.replace(spec, resolution=16)]) == {"people_apart": False}
    assert people_apart([RunSpec("spiral", 10)]) == {}


def test_a_page_says_so_where_the_published_table_was_divided_otherwise(known):
    table = pd.DataFrame([row("celeba")]).to_csv(index=False).encode()
    about = {"settings": {"dataset": "celeba"}}
    manifest.put("denoising_faces/told", table, about)
    assert "published" not in people("smoke", [str(known)])  # as long as it does not say
    manifest.put("denoising_faces/told", table, about | {"people_apart": False})
    assert people("smoke", [str(known)]).endswith(
        "In the published table on CelebA people were not kept apart: some may be in two parts."
    )
    assert people("published", [str(known)]) == (
        "In the published tables of this page, on CelebA, people were not kept apart: some may be in two parts."
    )
    other = shutil.copytree(known, known.parent / "other", ignore=shutil.ignore_patterns("identity.txt"))
    assert "published" not in people("smoke", [str(other)])  # of neither people were kept apart
