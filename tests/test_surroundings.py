"""Where a reader's machine is not like the author's: variables, letters, long names, folders that are read-only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from toy import Toy

from lowdiff_lib.base import paths


@pytest.fixture
def toy(tmp_path) -> Toy:
    return Toy(tmp_path / "project")


def test_it_is_said_that_published_tables_are_left_behind(toy, tmp_path):
    toy.write("data/manifest.json", "{}")
    toy.environment["LOWDIFF_DATA"] = str(tmp_path / "elsewhere")
    said = toy.lowdiff("status")
    assert f"nothing is published in {tmp_path / 'elsewhere'}, which LOWDIFF_DATA names" in said
    assert "LOWDIFF_CACHE decoded photographs" in said
    toy.environment["LOWDIFF_DATA"] = ""  # is as if it was not there
    assert "is published" not in toy.lowdiff("status")


def test_photographs_can_be_kept_elsewhere_without_the_tables(monkeypatch, tmp_path):
    monkeypatch.setenv("LOWDIFF_CACHE", str(tmp_path))
    monkeypatch.delenv("LOWDIFF_DATA", raising=False)
    assert (paths.cache(), paths.data()) == (tmp_path, paths.root() / "data")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_letters_that_a_terminal_lacks_are_spelt_out(encoding):
    code = "from lowdiff_lib.base.words import speak_plainly; speak_plainly(); print('near σ = 0.03, σ² é')"
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert done.returncode == 0
    assert done.stdout.decode(encoding).startswith("near sigma = 0.03, sigma")


def test_claims_are_said_where_there_is_no_greek(toy):
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "LOWDIFF_RUNS": str(toy.root / "runs")}
    claims = [sys.executable, "-m", "lowdiff_lib.cli", "claims"]
    done = subprocess.run(claims, env=environment, capture_output=True, text=True, cwd=paths.root())
    assert done.returncode == 0, done.stderr
    assert "sigma" in done.stdout


def test_a_chapter_runs_where_temporary_files_have_long_names(toy, tmp_path):
    long = tmp_path / ("x" * 98)
    long.mkdir()
    toy.environment["TMPDIR"] = str(long)
    assert "first: done" in toy.lowdiff("run", "first")
    assert not [*long.iterdir()]


def test_all_that_is_made_is_made_in_the_folder_that_is_named(toy, tmp_path):
    """So a project that may not be written to can be run and built."""
    before = {path for path in toy.root.rglob("*") if "__pycache__" not in path.parts}
    toy.environment |= {"LOWDIFF_BUILD": str(tmp_path / "mine"), "PYTHONDONTWRITEBYTECODE": "1"}
    toy.lowdiff("build")
    assert (tmp_path / "mine" / "_build" / "html" / "chapters" / "first.html").is_file()
    after = {path for path in toy.root.rglob("*") if "__pycache__" not in path.parts}
    assert after == before


def test_what_a_reader_runs_is_no_change_to_the_project():
    for made in ("mine.ipynb", "_build/x", "runs/x", "data/cache/x", "notebooks/x.ipynb"):
        command = ["git", "-C", str(paths.root()), "check-ignore", "--quiet", made]
        assert not subprocess.run(command).returncode, made


def test_the_library_by_itself_keeps_what_it_makes_with_this_user(monkeypatch, tmp_path):
    for name in ("ROOT", "RUNS", "DATA", "CACHE", "BUILD"):
        monkeypatch.delenv(f"LOWDIFF_{name}", raising=False)
    monkeypatch.setattr(paths, "INSTALLED", tmp_path / "site-packages")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    mine = Path(tmp_path / "home" / "lowdiff")
    assert (paths.runs(), paths.cache(), paths.photographs()) == (mine / "runs", mine / "cache", mine)
    assert paths.data() == tmp_path / "site-packages" / "lowdiff_data"
