"""What is asked wrongly, of a study or at the command line, is refused with a sentence, and nothing is done."""

import math
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy import Toy

from lowdiff_lib import cli
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments.studies import attractors, denoising_faces, training_set_size, trajectories

few = settings(deadline=None, max_examples=8, derandomize=True, suppress_health_check=list(HealthCheck))

# ---- the arguments of a plan ----

WRONG = [
    {"profile": "smok"},
    {"profile": ""},
    {"sizes": [-1]},
    {"sizes": [2.5]},
    {"sizes": [math.nan]},
    {"sizes": [math.inf]},
    {"repetitions": -1},
    {"sizes": ["10"]},
    {"sizes": 10},
    {"sizes": [10**12]},
    {"repetitions": 1.5},
    {"repetitions": math.nan},
    {"repetitions": "2"},
]
ARMS = ["", "twise", "told ", "TOLD", "2", "fourfold", "objective", None, 2.0, math.nan]
MIXTURES = [training_set_size.study, trajectories.study, attractors.study]
name_of = str


@pytest.mark.parametrize("asked", WRONG, ids=name_of)
@pytest.mark.parametrize("study", MIXTURES, ids=lambda study: study.name)
def test_a_plan_of_mixtures_is_sound_or_refused(study, asked):
    with pytest.raises(LowdiffError):
        study.plan(**{"profile": "smoke"} | asked)


@pytest.mark.parametrize("asked", [{"datasets": ["spirral"]}, {"datasets": [""]}, {"datasets": "spiral"}], ids=name_of)
@pytest.mark.parametrize("arm", ["told", "ssm"])
def test_a_plan_of_unknown_mixtures_is_refused(arm, asked):
    with pytest.raises(LowdiffError):
        training_set_size.study.plan("smoke", arm, **asked)


@pytest.mark.parametrize("arm", ARMS, ids=name_of)
@pytest.mark.parametrize("study", MIXTURES, ids=lambda study: study.name)
def test_an_arm_is_one_that_the_study_has(study, arm):
    with pytest.raises(LowdiffError, match="There are: told"):
        study.plan("smoke", arm)


@pytest.mark.parametrize(
    "asked",
    [
        {"profile": "smok"},
        {"datasets": ["celebb"]},
        {"datasets": "faces"},
        {"sizes": [-1]},
        {"sizes": [10**9]},
        {"sizes": [2.5]},
        {"sizes": ["10"]},
        {"repetitions": -1},
        {"repetitions": 1.5},
        {"arm": "fine"},
        {"arm": "half"},  # one of mixtures
        {"arm": math.nan},
    ],
    ids=name_of,
)
def test_a_plan_of_faces_is_sound_or_refused(store, asked):
    with pytest.raises(LowdiffError):
        denoising_faces.study.plan(**{"profile": "smoke", "datasets": ["faces"]} | asked)


def test_what_is_asked_twice_is_planned_once():
    once = training_set_size.study.plan("smoke", "told", ["spiral"], [10, 100])
    twice = training_set_size.study.plan("smoke", "told", ["spiral", "spiral"], [10, 100, 10])
    assert once.specs == twice.specs
    assert len(once.cases) == len(twice.cases)


# ---- the command line ----

TEXTS = [
    "",
    " ",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "-1",
    "0",
    "2.5",
    "9" * 30,
    "9" * 5000,
    "[1, 10",
    "[]",
    "[nan]",
    "None",
]
TEXTS += ["../../x", "/no/such/place", "x" * 5000, "a\nb", "é", "‮", "\udcff", "-", "--", "$(touch x)", "*", "%s", "{}"]
words = st.one_of(st.sampled_from(TEXTS), st.text(st.characters(exclude_characters="\0"), max_size=20))
words = words.filter(lambda word: not os.path.exists(word))

COMMANDS = {
    "run": lambda x, y: ["run", x],
    "run -p": lambda x, y: ["run", "first", "-p", x, y, "-p", "mixture", "spirl"],
    "run -p sizes": lambda x, y: ["run", "first", "-p", "sizes", x, "-p", "lr", y, "-p", "mixture", "spirl"],
    "run --profile": lambda x, y: ["run", "first", "--profile", x, "-p", "mixture", "spirl"],
    "run --output": lambda x, y: ["run", "first", "--output", f"{x}.html"],
    "build": lambda x, y: ["build", x, y],
    "build --profile": lambda x, y: ["build", "--profile", x],
    "new": lambda x, y: ["new", x, "--title", y],
    "sweep": lambda x, y: ["sweep", x, "--dry-run"],
    "sweep --arm": lambda x, y: [
        "sweep",
        "training_set_size",
        "--profile",
        "smoke",
        "--arm",
        x,
        "--arm",
        y,
        "--dry-run",
    ],
    "sweep --profile": lambda x, y: ["sweep", "training_set_size", "--profile", x, "--dry-run"],
    "sweep --workers": lambda x, y: ["sweep", "training_set_sise", "--workers", x],
    "data --source": lambda x, y: ["data", "--source", x],
    "data --resolution": lambda x, y: ["data", "--resolution", x, "--source", "celebb"],
    "publish": lambda x, y: ["publish", x, "--profile", y],
    "publish --profile": lambda x, y: ["publish", "training_set_size", "--profile", x],
    "publish --arm": lambda x, y: ["publish", "training_set_size", "--profile", "full", "--arm", x, "--arm", y],
    "verify": lambda x, y: ["verify", "--retrain", x],
    "claims": lambda x, y: ["claims", "--profile", x],
    "serve": lambda x, y: ["serve", "--port", x],
    "unknown": lambda x, y: [x, y],
}


@pytest.fixture
def project(tmp_path, monkeypatch) -> Toy:
    (tmp_path / "project").mkdir()
    toy = Toy(tmp_path / "project")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOWDIFF_ROOT", str(toy.root))
    monkeypatch.setenv("LOWDIFF_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    return toy


@pytest.mark.parametrize("command", COMMANDS)
def test_any_text_at_the_command_line_is_answered_with_a_sentence(command, project, tmp_path, capsys):
    """`new` may find the name good, and writes its chapter; `verify` has nothing to verify. Else the exit code is 2."""

    @few
    @given(words, words)
    def check(x: str, y: str) -> None:
        before = contents(tmp_path)
        try:
            code = cli.main(COMMANDS[command](x, y))
        except SystemExit as end:  # argparse
            code = end.code
        said = capsys.readouterr().err
        assert code == 2 or (code == 0 and command in {"new", "verify"}), said
        assert code == 0 or said.strip(), "nothing said"
        written = contents(tmp_path) - before
        assert command == "new" or not written

    check()
    assert project.path("chapters").is_dir()


def contents(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts}
