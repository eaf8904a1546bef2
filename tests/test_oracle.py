"""Every function of the library that runs for a chapter, or for a training, is among what its fingerprint follows.

The fingerprint reads the source and runs nothing; here the code runs, watched by Python itself.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

from lowdiff_lib.base.fingerprint import PACKAGE, code_dependencies
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import made_by

TESTS = Path(__file__).resolve().parent
MIXTURE = RunSpec("spiral", 20, width=16, depth=1, steps=40, batch=8, objective="ssm")
FACE = RunSpec("faces", 10, network="unet", width=4, depth=1, resolution=20, steps=24, batch=4, sigma_max=2.0)

CANNOT_CHANGE_NUMBERS = {  # what runs while a run is trained and is not followed, by how its name begins
    "base.": "files, locks, hashes, checks that pass on what they are given",
    "datasets.photographs.": "reading photographs: the hash of the pixels is in the address",
    "datasets.faces:load_faces": "so is this",
    "datasets.faces:_key": "and this",
    "datasets.known:": "whether there are such data at all",
    "datasets.samples:data_key": "that is the hash",
    "datasets.faces:FaceSet.key": "so is this",
    "specs:RunSpec.__post_init__": "checks the values, which are the address",
    "specs:RunSpec.stack": "who is trained with whom, which changes no bit: see test_training.py",
    "training.stacks:": "as well: who trains what, when, and how far it is",
    "training.team:is_": "who of several processes writes",
    "training.runs:": "where runs are kept",
    "training.made_by:": "says what is followed",
}


def ran(tmp_path: Path, *asked: str) -> dict[str, set[str]]:
    """What the oracle saw, in a run store of its own."""
    file = tmp_path / "ran.json"
    environment = os.environ | {"LOWDIFF_RUNS": str(tmp_path / "runs"), "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, TESTS / "oracle.py", file, *asked]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    return {name: set(functions) for name, functions in json.loads(file.read_text()).items()}


def overlooked(functions: set[str], followed: set[str]) -> set[str]:
    """Those that are not followed, neither as members of a class nor with the whole class."""
    return {name for name in functions if name not in followed and name.rpartition(".")[0] not in followed}


def test_what_runs_while_a_run_is_trained_is_followed(tmp_path, session_folder, monkeypatch):
    monkeypatch.setenv("LOWDIFF_DATA", str(session_folder / "data"))
    found = ran(tmp_path, "training", repr(MIXTURE), repr(FACE))
    reasons = [f"lowdiff_lib.{name}" for name in CANNOT_CHANGE_NUMBERS]
    for spec in (MIXTURE, FACE):
        functions = found[repr(spec)]
        assert "lowdiff_lib.training.trainer:Trainer.train" in functions
        assert "lowdiff_lib.specs:RunSpec.stream_seed" in functions
        left = overlooked(functions, set(made_by.LOADED["" if spec.dataset == "faces" else spec.dataset, spec.network]))
        assert not {name for name in left if not name.startswith(tuple(reasons))}
    for reason in reasons:
        assert any(function.startswith(reason) for function in found[repr(FACE)]), f"{reason} is no reason any more"


@pytest.mark.parametrize(
    "name",
    [
        "blindness",
        *(
            pytest.param(path.stem, marks=pytest.mark.slow)
            for path in sorted((PACKAGE.parent / "chapters").glob("*.md"))
            if path.stem != "blindness"
        ),
    ],
)
def test_what_runs_for_a_chapter_is_followed(tmp_path, session_folder, monkeypatch, name):
    cells = jupytext.read(PACKAGE.parent / "chapters" / f"{name}.md", fmt="md:myst").cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    if name != "claims" and "in_data" not in code:  # which read what is published
        monkeypatch.setenv("LOWDIFF_DATA", str(session_folder / "data"))
    (functions,) = ran(tmp_path, "chapter", name).values()
    assert len(functions) > 10
    assert not overlooked(functions, set(code_dependencies(code)))
