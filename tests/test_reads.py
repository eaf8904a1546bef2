"""A chapter is stale when what it can read changed, and not when something else did."""

import functools
from pathlib import Path

import jupytext
import pytest

from lowdiff_lib.base.fingerprint import PACKAGE, code_dependencies
from lowdiff_lib.book import reads
from lowdiff_lib.book.chapters import all_chapters

ROOT = PACKAGE.parent
CODE = {
    path.stem: "\n".join(
        cell.source for cell in jupytext.read(path, fmt="md:myst").cells if cell.cell_type == "code" and cell.source
    )
    for path in sorted((ROOT / "chapters").glob("*.md"))
}


@functools.cache  # not as the file is read: every worker reads it, and one runs it
def library() -> dict[str, dict[str, str]]:
    """Of each chapter, the definitions that it reaches."""
    return {name: code_dependencies(code) for name, code in CODE.items()}


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """A data folder with a file of each kind."""
    for name in (
        "manifest.json", "trajectories.csv", "tables/trajectories/told.csv", "pictures/face_samples.png",
        "benchmarks/speed.csv", "authors/networks.csv", "weights/record.json",
        "celeba/identity.txt", "faults.npz", "trust/faults.csv", "cache/faces-20.npy",
        "README.md", ".hidden",
    ):  # fmt: skip
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("before")
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def stale(data: Path, name: str) -> set[str]:
    """The chapters that a changed file makes stale."""
    before = {chapter: reads.data_read(CODE[chapter], library()[chapter]) for chapter in CODE}
    (data / name).write_text("after")
    return {chapter for chapter in CODE if reads.data_read(CODE[chapter], library()[chapter]) != before[chapter]}


def test_new_benchmarks_make_the_chapter_on_how_long_it_takes_stale_and_no_other(data):
    assert stale(data, "benchmarks/speed.csv") == {"provenance"}


def test_new_weights_make_those_stale_that_ask_published_networks(data):
    assert stale(data, "weights/record.json") == {"blindness", "explorer", "near-the-manifold", "trajectories"}


def test_what_the_authors_say_makes_the_chapter_stale_that_compares_with_it(data):
    assert stale(data, "authors/networks.csv") == {"blindness"}


@pytest.mark.parametrize("name", ["manifest.json", "trajectories.csv", "tables/trajectories/told.csv"])
def test_a_new_published_table_makes_those_stale_that_read_published_tables(data, name):
    found = stale(data, name)
    assert {"training-set-size", "denoising-faces", "claims"} <= found


def test_new_pictures_make_those_stale_that_show_them(data):
    found = stale(data, "pictures/face_samples.png")
    assert "trajectories" in found
    assert not found & {"provenance", "mixtures", "training-set-size"}


@pytest.mark.parametrize("name", ["celeba/identity.txt", "faults.npz"])
def test_new_photographs_make_those_stale_that_may_train_on_them(data, name):
    found = stale(data, name)
    assert {"denoising-faces", "trajectories"} <= found
    assert not found & {"provenance", "mixtures"}


@pytest.mark.parametrize("name", ["trust/faults.csv", "cache/faces-20.npy", "README.md", ".hidden"])
def test_what_no_chapter_reads_makes_none_stale(data, name):
    assert not stale(data, name)


def test_a_chapter_that_opens_the_data_folder_itself_depends_on_all_of_it(data):
    code = "from lowdiff_lib.base import paths\nopen(paths.data() / name)"
    read = reads.data_read(code, code_dependencies(code))
    assert {"benchmarks/speed.csv", "manifest.json", "pictures/face_samples.png", "celeba/identity.txt"} <= read.keys()


def test_only_the_chapter_of_claims_reads_the_tables_of_others():
    assert {chapter.name for chapter in all_chapters() if reads.reads_tables(library()[chapter.name])} == {"claims"}


@pytest.mark.parametrize("part", reads.READERS)
def test_a_reader_that_was_renamed_is_an_error_and_not_silence(data, monkeypatch, part):
    monkeypatch.setitem(reads.READERS, part, ("lowdiff_lib.tables.renamed",))
    with pytest.raises(LookupError, match=r"lowdiff_lib\.tables\.renamed"):
        reads.data_read(CODE["claims"], library()["claims"])
