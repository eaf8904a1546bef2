"""Where a reader's machine is not like the author's: variables, letters, long names, folders that are read-only."""

import os
import shutil
import subprocess
import sys
import zipfile
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


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """What a wheel of this project puts into site-packages."""
    place = tmp_path_factory.mktemp("wheel")
    known = subprocess.run(["git", "-C", paths.root(), "ls-files", "-z"], capture_output=True, text=True, check=True)
    for name in filter(None, known.stdout.split("\0")):
        if (paths.root() / name).is_file():
            (place / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(paths.root() / name, place / "source" / name)
    (place / "source/data/celeba").mkdir()
    (place / "source/data/celeba/private.csv").write_text("none of these goes into a wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--wheel-dir", place]
    subprocess.run([*pip, place / "source"], check=True, capture_output=True)
    (wheel,) = place.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(place / "site-packages")
    return place / "site-packages"


def test_a_wheel_has_all_of_the_library_and_what_is_published_and_nothing_else(installed):
    there = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    library = {path.relative_to(paths.root()).as_posix() for path in (paths.root() / "lowdiff_lib").rglob("*.py")}
    known = subprocess.run(["git", "-C", paths.root(), "ls-files", "data"], capture_output=True, text=True, check=True)
    published = {f"lowdiff_{name}" for name in known.stdout.split()}
    assert {name for name in there if ".dist-info/" not in name} == library | published


def test_the_library_by_itself_shows_published_tables_and_says_where_runs_go(installed, tmp_path):
    mine = {name: value for name, value in os.environ.items() if not name.startswith("LOWDIFF_")}
    environment = mine | {"PYTHONPATH": str(installed), "XDG_DATA_HOME": str(tmp_path), "LOWDIFF_WORKERS": "1"}

    def said(*words: str) -> str:
        done = subprocess.run([sys.executable, *words], env=environment, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    code = "from lowdiff_lib import tables; from lowdiff_lib.base.provenance import provenance; "
    code += "print(len(tables.published('training_set_size')), provenance()['commit'])"
    rows, commit = said("-c", code).split()
    assert int(rows) > 1000
    assert commit == "unknown"  # not that of a project around it
    code = "from lowdiff_lib.specs import RunSpec; from lowdiff_lib.training import sweep; "
    code += "sweep.ensure([RunSpec('spiral', 10, width=8, depth=1, steps=64)])"
    assert f"they are kept in {tmp_path / 'lowdiff' / 'runs'}" in said("-c", code)
