"""The first page answers ten questions, and its words follow the tables."""

import itertools
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import jupytext
import pandas as pd
import pytest

from lowdiff_lib import findings
from lowdiff_lib.tables import Measured, manifest

ROOT = Path(__file__).parents[2]
QUIZ = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (ROOT / "tests" / "reader" / "quiz.md").read_text().splitlines()
    if re.match(r"\| \d", line)
]


@pytest.fixture(scope="module")
def page() -> str:
    """The prose of the first page and what its cells say, as Markdown."""
    said: list[str] = []
    names: dict = {"display": lambda _: None}
    for cell in jupytext.read(ROOT / "chapters" / "index.md", fmt="md:myst").cells:
        if cell.cell_type == "markdown":
            said.append(cell.source)
            continue
        *before, last = re.split(r"\n(?=\S)", cell.source)
        exec("\n".join(before), names)
        if last.startswith(("Markdown(", "HTML(")):
            said.append(eval(last, names).data)
        else:
            exec(last, names)
    return "\n\n".join(said)


def measured(study: str, *arms: str) -> Measured:
    return Measured.in_data(study, *(arms or ("told",)))


def change(of: Measured, rule: Callable[[pd.DataFrame], pd.Series], value: object) -> Measured:
    """The same with other values in the rows that a rule picks. value: a number, or what becomes of the old one."""

    def changed(table: pd.DataFrame) -> pd.DataFrame:
        new = table.value.map(value) if callable(value) else value
        return table.assign(value=table.value.mask(rule(table), new))

    return of.map(changed)


def rows(**wanted: object) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda table: pd.Series(
        [all(row[name] == value for name, value in wanted.items()) for row in table.to_dict("records")], table.index
    )


APART = rows(metric="disagreement_over_noise")


def parting(how: Callable[[Measured], Measured]) -> str:
    """The answer of the first page, of changed tables."""
    return findings.parting_answer(*(how(measured(study, "told", "blind")) for study in ("face_blindness", "parting")))


def alike() -> str:
    """Not told sigma, models are as far apart as told, whatever their data."""
    return parting(lambda of: change(of, APART, 0.2))


def not_on_all() -> str:
    """Told sigma, models are as far apart on one data set as if they were not."""
    return parting(lambda of: change(of, rows(metric="disagreement_over_noise", dataset="spiral"), 0.5))


def no_closer() -> str:
    return findings.agreement_answer(change(measured("training_set_size"), rows(metric="residual_cosine"), 0.95))


def easy() -> str:
    faces = change(measured("denoising_faces"), rows(metric="psnr_gain_held_out", who="A"), lambda gain: gain + 6)
    return findings.denoising_answer(faces)


def accurate() -> str:
    return findings.score_answer(change(measured("training_set_size"), rows(metric="relative_score_error"), 0.01))


def captured() -> str:
    of = measured("attractors")
    return findings.attractor_answer(change(of, rows(metric="rests_at_training_point_held_out"), 0.9))


OTHERWISE = {"3": alike, "4": alike, "5": no_closer, "6": easy, "7": accurate, "8": captured, "9": not_on_all}


@pytest.mark.parametrize(("number", "question", "answer", "other"), QUIZ, ids=[row[1] for row in QUIZ])
def test_the_first_page_answers(page, number, question, answer, other):
    assert answer in page
    if other:
        assert other not in page


@pytest.mark.parametrize(("number", "answer", "other"), [(n, a, o) for n, _, a, o in QUIZ if n in OTHERWISE])
def test_it_would_say_something_else_if_the_tables_did(number, answer, other):
    said = OTHERWISE[number]()
    assert other in said
    assert answer not in said


def test_what_was_run_is_not_said_to_be_missing(tmp_path, monkeypatch, page):
    """With the paper's pictures and faces published, the first page says so."""
    _, _, answer, other = next(row for row in QUIZ if row[0] == "10")
    for name in ("tables", "manifest.json"):
        copy = shutil.copytree if (ROOT / "data" / name).is_dir() else shutil.copy
        copy(ROOT / "data" / name, tmp_path / name)
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    found = manifest.find("denoising_faces/told")
    assert found
    entry = found.entry | {"settings": found.entry["settings"] | {"resolution": 80, "network": "ncsn"}}
    del entry["settings"]["objective"]
    objectives = itertools.cycle(["ncsn", "ssm"])
    runs = {key: run | {"n_train": 99_325, "objective": next(objectives)} for key, run in entry["runs"].items()}
    entry["runs"] = runs
    manifest.put("denoising_faces/told", found.csv, entry)
    said = findings.scope()
    assert other in said
    assert answer not in said
    assert "Not run" not in said


def test_every_question_that_depends_on_the_tables_is_asked_both_ways():
    assert {row[0] for row in QUIZ if row[3]} == {*OTHERWISE, "10"}
    assert len(QUIZ) == 10


def test_the_first_page_is_short(page):
    """At most 450 words and 40 numbers, beside the pictures; signs, and words in links and roles, are no text."""
    text = re.sub(r"```.*?```", "", page, flags=re.S)
    text = re.sub(r"\]\([^)]*\)|\{\w+\}|`|<[^>]*>|\*", " ", text)
    assert len(re.findall(r"\S*\w\S*", text)) <= 450
    numbers = re.findall(r"(?<![\w.,])\d[\d.,]*", text)
    assert len(numbers) <= 40, numbers


def test_it_has_five_pictures_or_more():
    cells = jupytext.read(ROOT / "chapters" / "index.md", fmt="md:myst").cells
    assert sum("figures." in line for cell in cells for line in cell.source.splitlines()) >= 5
