"""A run's address is its spec and its data; what made it decides whether it is what would be trained today."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from lowdiff_lib.base.fingerprint import PACKAGE, dependencies
from lowdiff_lib.base.storage import seal
from lowdiff_lib.book.status import report
from lowdiff_lib.specs import NETWORKS, RunSpec
from lowdiff_lib.training import made_by, runs, stacks

TINY = RunSpec("spiral", 20, width=8, depth=1, steps=30, batch=8)
KINDS = [("uniform", "mlp"), ("", "unet"), ("", "ncsn")]
ALL, MLP, FACES = {*KINDS}, {KINDS[0]}, {*KINDS[1:]}


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    """A copy of the library, to edit."""
    copy = tmp_path_factory.mktemp("library") / "lowdiff_lib"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def decides(library: Path) -> dict[tuple[str, str], dict[str, str]]:
    """By kind of training, the definitions that decide it, in a copy of the library."""
    followed = {kind: made_by.followed(*kind) for kind in KINDS}
    return {kind: dependencies(*targets, without=out, package=library) for kind, (targets, out) in followed.items()}


@pytest.fixture(scope="module")
def before(library) -> dict[tuple[str, str], dict[str, str]]:
    return decides(library)


def edited(library: Path, before: dict, *edits: tuple[str, str, str]) -> dict[tuple[str, str], set[str]]:
    """By kind of training, the definitions that edits (file, old text, new text) change together; they are undone."""
    texts = {library / file: (library / file).read_text() for file, _, _ in edits}
    try:
        for file, old, new in edits:
            text = (library / file).read_text()
            assert old in text
            (library / file).write_text(text.replace(old, new))
        after = decides(library)
    finally:
        for path, text in texts.items():
            path.write_text(text)
    return {kind: {name for name in before[kind] if before[kind][name] != after[kind].get(name)} for kind in KINDS}


DECIDING = [  # each of another definition
    ("training/trainer.py", "betas=(0.9, 0.99)", "betas=(0.9, 0.98)", ALL, "training.trainer:Trainer"),
    ("training/trainer.py", "WARMUP = 100", "WARMUP = 50", ALL, "training.trainer:WARMUP"),
    ("training/losses.py", "(error.flatten(2)", "2 * (error.flatten(2)", ALL, "training.losses:ncsn_loss"),
    ("training/team.py", "gradient / self.size", "gradient", ALL, "training.team:TeamTrainer"),
    ("training/flat.py", "LANES = 16", "LANES = 8", ALL, "training.flat:LANES"),
    ("training/devices.py", "allow_tf32 = False", "allow_tf32 = True", ALL, "training.devices:device_of"),
    ("specs.py", 'f"stream/{self.seed}"', 'f"streams/{self.seed}"', ALL, "specs:RunSpec.stream_seed"),
    ("specs.py", 'f"weights/{self.seed}"', 'f"w/{self.seed}"', ALL, "specs:RunSpec.weight_seed"),
    ("specs.py", "replace(self, seed=seed)", "replace(self, seed=seed + 1)", ALL, "specs:RunSpec.twin"),
    ("specs.py", "2 * replicate + 1", "2 * replicate + 3", ALL, "specs:trio"),
    ("models/denoiser.py", "sigma.log() / 4", "sigma.log() / 3", ALL, "models.denoiser:StackedDenoiser"),
    ("models/mlp.py", "F.silu(layer", "F.gelu(layer", MLP, "models.mlp:StackedMLP"),
    ("models/unet.py", "F.relu(x", "F.silu(x", {KINDS[1]}, "models.unet:_Layer"),
    ("datasets/mixtures.py", "np.full((3, dim), 0.5)", "np.full((3, dim), 0.6)", MLP, "datasets.mixtures:_uniform"),
    ("datasets/splits.py", "HELD_OUT_FRACTION = 0.2", "HELD_OUT_FRACTION = 0.1", FACES, "datasets.splits:HELD_"),
    ("datasets/faces.py", "self.identity is not None", "False", FACES, "datasets.faces:FaceSet.split"),
    ("datasets/faces.py", 'removeprefix("s")', 'removeprefix("p")', FACES, "datasets.faces:_identify"),
]
OTHER = [
    ("training/trainer.py", "import math", "# a comment\nimport math  # and another"),
    ("training/losses.py", "Weighted squared error of the denoiser", "Another docstring"),
    ("training/trainer.py", "Try a learning rate below", "Take a learning rate below"),
    ("training/trainer.py", "CHECKPOINT_SECONDS = 20.0", "CHECKPOINT_SECONDS = 30.0"),
    ("training/vouched.py", "sort_keys=True", "sort_keys=False"),
    ("training/stacks.py", "STACK = 3", "STACK = 4"),
    ("base/checks.py", "at least", "not below"),
    ("base/errors.py", "training samples asked for", "samples asked for"),
    ("base/storage.py", "os.fsync", "os.fdatasync"),
    ("datasets/photographs/archives.py", "zipfile.ZipFile(", "zipfile.ZipFile(*[], "),
    ("datasets/photographs/cache.py", "_BATCH = 256", "_BATCH = 128"),
    ("datasets/faces.py", "near-duplicates dropped", "repeats dropped"),
    ("datasets/faces.py", 'f"{name}-{resolution}-', 'f"{name}_{resolution}_'),
    ("specs.py", '    precision: str = "float32"\n', '    precision: str = "float32"\n    tilt: float = 0.0\n'),
    ("figures/style.py", "6b7883", "6b7782"),
]


@pytest.fixture(scope="module")
def changed(library, before) -> dict[tuple[str, str], set[str]]:
    """What all edits of what decides change, made at once: to read the library anew takes most of the time."""
    return edited(library, before, *[(file, old, new) for file, old, new, _, _ in DECIDING])


@pytest.mark.parametrize(("kinds", "what"), [(kinds, what) for *_, kinds, what in DECIDING])
def test_an_edit_of_what_decides_numbers_makes_those_runs_stale_and_is_named(changed, kinds, what):
    assert {kind for kind in KINDS if any(name.startswith(f"lowdiff_lib.{what}") for name in changed[kind])} == kinds


def test_an_edit_names_what_it_changes_and_nothing_else(changed):
    ours = tuple(f"lowdiff_lib.{what}" for *_, what in DECIDING)
    assert all(name.startswith(ours) for names in changed.values() for name in names)


def test_edits_of_anything_else_make_no_run_stale(library, before):
    assert not any(edited(library, before, *OTHER).values())


def test_another_mixture_makes_no_run_stale_and_moves_none(library, before):
    """Nor does an edit of another one's recipe; see CONTRIBUTING, "Add a mixture"."""
    recipe = '    "spiral": (_spiral, 2),\n'
    seventh = ("datasets/mixtures.py", recipe, recipe + '    "seventh": (_spiral, 2),\n')
    another = ("datasets/mixtures.py", "0.5 * s, 0.05 * s", "0.5 * s, 0.04 * s")
    assert not any(edited(library, before, seventh, another).values())


def test_what_is_followed_is_named_right_for_every_network():
    """A renamed definition raises LookupError here, and whenever the library is loaded."""
    for network in NETWORKS:
        for mixture in ("spiral", ""):
            targets, without = made_by.followed(mixture, network)
            assert dependencies(*targets, without=without)


# ---- in a store ----


@pytest.fixture
def trained(empty_store) -> dict:
    stacks.train([TINY], stacks.key([TINY]))
    about = runs.read(TINY)
    assert about
    return about


def with_the_copy(library: Path, script: str) -> str:
    """What a program prints that uses the copy of the library."""
    environment = os.environ | {"PYTHONPATH": str(library.parent), "LOWDIFF_ROOT": str(PACKAGE.parent)}
    command = [sys.executable, "-c", f"from lowdiff_lib.specs import RunSpec\nSPEC = {TINY!r}\n{script}"]
    done = subprocess.run(command, env=environment, cwd=library.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def stale(text: str) -> list[str]:
    return [line for line in text.splitlines() if " stale: " in line]


def test_a_new_field_with_a_default_moves_no_run_and_makes_none_stale(trained, library):
    path = library / "specs.py"
    text = path.read_text()
    path.write_text(text.replace("    precision: str", "    tilt: float = 0.0\n    precision: str"))
    asked = "from lowdiff_lib.training import runs\nprint(SPEC.tilt, runs.key(SPEC), runs.read(SPEC)['weights_sha256'])"
    try:
        said = with_the_copy(library, asked)
    finally:
        path.write_text(text)
    assert said.split() == ["0.0", runs.key(TINY), trained["weights_sha256"]]


def test_a_run_of_other_code_is_found_and_named_and_trained_anew_at_the_same_address(trained, library, monkeypatch):
    before = load_file(runs.folder(TINY) / "weights.safetensors")
    path = library / "training" / "trainer.py"
    text = path.read_text()
    path.write_text(text.replace("betas=(0.9, 0.99)", "betas=(0.9, 0.98)"))
    script = """
from lowdiff_lib.book.status import report
from lowdiff_lib.training import runs, stacks
assert runs.read(SPEC) is None and runs.about(SPEC) is not None and stacks.missing([SPEC])
print(report())
stacks.train([SPEC], stacks.key([SPEC]))
assert runs.read(SPEC) is not None
print(report())
print(stacks.key([SPEC]))
"""
    try:
        *said, place = with_the_copy(library, script).splitlines()
    finally:
        path.write_text(text)
    assert stale("\n".join(said)) == ["1 run is stale: code of lowdiff_lib.training.trainer:Trainer changed"]
    assert place != stacks.key([TINY]), "it would go on with a checkpoint of other code"
    assert [runs.key(TINY)] == [folder.name for folder in runs.folder(TINY).parent.glob("[!.]*")]
    assert runs.read(TINY) is None  # now it is stale for this library
    about = runs.about(TINY)
    assert about is not None
    assert about["made_by"]["code"] != trained["made_by"]["code"]
    after = load_file(runs.folder(TINY) / "weights.safetensors")
    assert any(not bool((before[name] == after[name]).all()) for name in before)
    assert stale(report()) == ["1 run is stale: code of lowdiff_lib.training.trainer:Trainer changed"]


def rewrite(about: dict, **changes: object) -> None:
    (runs.folder(TINY) / "run.json").write_text(json.dumps(seal(about | changes)))


def test_a_run_of_another_torch_is_stale(trained):
    rewrite(trained, made_by=trained["made_by"] | {"torch": "2.0.0"})
    assert runs.read(TINY) is None
    assert runs.about(TINY) is not None
    assert stale(report()) == [f"1 run is stale: torch 2.0.0 -> {made_by.torch_version()}"]


def test_a_run_of_another_spec_at_the_same_address_does_not_count(trained):
    """A default may have changed since it was trained."""
    rewrite(trained, spec=trained["spec"] | {"levels": 5})
    assert runs.about(TINY) is None
    assert stacks.missing([TINY]) == [TINY]


def test_a_code_that_is_not_on_record_is_said(trained):
    made_by.path(TINY).write_text("{}")
    assert "what its code was is not known" in report()
    runs.save(trainer := stacks.Trainer([TINY]), 1.0)  # whoever keeps a run says what its code is
    assert trainer.specs == [TINY]
    assert not stale(report())
