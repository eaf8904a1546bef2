"""The paper, statement by statement: every row says all that it promises, or why not, and what it names is there."""

import argparse
import io
import re
import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest

from lowdiff_lib import cli, figures
from lowdiff_lib.experiments import catalog
from lowdiff_lib.findings import paper
from lowdiff_lib.findings.paper_rows import ABSTRACT_ROWS, EXPERIMENTS, FIDELITY
from lowdiff_lib.tables import manifest

ROOT = Path(__file__).resolve().parent.parent.parent
CHAPTERS, DATA = ROOT / "chapters", ROOT / "data"
ROWS = (*ABSTRACT_ROWS, *EXPERIMENTS)
each_row = pytest.mark.parametrize("row", [*ROWS, *FIDELITY], ids=lambda row: row.name)


@pytest.fixture
def published(monkeypatch):
    """What this repository has published."""
    monkeypatch.delenv("LOWDIFF_DATA", raising=False)


@pytest.fixture
def nothing_published(monkeypatch, tmp_path):
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))


def test_the_abstract_and_every_experiment_that_we_know_of_have_a_row():
    assert {f"F{k}" for k in range(1, 9)} | {"T1", "T2"} <= {row.name for row in EXPERIMENTS}
    names = [row.name for row in (*ROWS, *FIDELITY)]
    assert len(set(names)) == len(names)


def test_the_page_says_first_how_much_of_the_paper_was_run(published, monkeypatch):
    said = paper.answer(EXPERIMENTS, FIDELITY)
    assert "10 of 10 figures and tables" in said
    assert f"of {len(FIDELITY)}.**" in said
    assert "Not: mixture score network." in said
    found = manifest.find
    monkeypatch.setattr(manifest, "find", lambda name: None if name.startswith("training_set_size") else found(name))
    assert "8 of 10 figures and tables" in paper.answer(EXPERIMENTS, FIDELITY)  # F7, F8


def test_where_nothing_is_published_it_says_so(nothing_published):
    said = paper.answer(EXPERIMENTS, FIDELITY)
    assert re.match(r"\*\*3 of 10 figures", said)  # those that need no table: F6, T1, T2
    assert "Pictures have" not in said


@each_row
def test_a_row_says_what_they_did_what_is_run_here_and_what_differs(row):
    assert row.says
    assert row.source
    assert row.they
    assert row.here
    assert row.differs or row in FIDELITY
    assert (row.tables and row.came_out) or row.lacks or row in FIDELITY  # what came out, or why nothing does
    assert row.command or row in FIDELITY


@each_row
def test_its_commands_are_commands_of_studies_profiles_and_arms_that_there_are(row, capsys):
    for line in row.command:
        program, *arguments = shlex.split(line)
        assert program == "lowdiff"
        options: argparse.Namespace = cli._parser().parse_args(arguments)
        if options.command in (cli.publish, cli.sweep):
            catalog.found(options.study, options.profile, options.arm)
            assert any(name.startswith(f"{options.study}/") for name in row.tables) or not row.tables
            for arm in options.arm:
                assert f"{options.study}/{arm}" in row.tables or not row.tables
        elif options.command is cli.run:
            assert (CHAPTERS / f"{options.chapter}.md").is_file()


@each_row
def test_its_tables_are_published_or_it_says_why_they_are_not(row, published):
    for name in row.tables:
        study, arm = name.split("/")
        assert arm in catalog.study(study).arms
    assert not row.missing or row.lacks
    assert all(manifest.find(name) for name in set(row.tables) - set(row.missing))


@each_row
def test_its_chapters_draw_the_figures_that_it_names(row):
    for chapter, figure in row.shown:
        assert hasattr(figures, figure)
        assert f"figures.{figure}(" in (CHAPTERS / f"{chapter}.md").read_text(), f"{chapter} does not draw {figure}"
    assert row.shown or row.lacks


@each_row
def test_what_came_out_is_computed_from_what_is_published(row, published):
    said = row.outcome
    assert said
    assert "nan" not in said.lower().split()
    if row.came_out and not row.missing:
        assert re.search(r"\d", said)
        assert "It took" in paper.took(row.tables) or row in FIDELITY


@each_row
def test_where_nothing_is_published_a_row_gives_the_reason_and_no_number(row, nothing_published):
    assert row.missing == list(row.tables)
    if row.tables and row.came_out:
        assert row.outcome.startswith("Not measured yet")
    assert "It took" not in paper.took(row.tables)


def test_the_paper_s_own_models_are_run_and_shown_or_there_is_a_reason(published):
    table = paper.fidelity(FIDELITY)
    for row in FIDELITY:
        status = row.status
        assert (status in (paper.SHOWN, paper.SMALLER)) == (bool(row.shown) and not row.missing)
        assert status in (paper.SHOWN, paper.SMALLER) or row.lacks in status
        out = f": {row.came_out()}" if row.came_out and not row.missing else ""
        assert f"| {status}{out} |" in table


def test_networks_that_learned_nothing_are_owned_up_to(tmp_path, monkeypatch):
    """With the paper's score networks published, the table says whether they trained."""
    for name in ("tables", "manifest.json"):
        copy = shutil.copytree if (DATA / name).is_dir() else shutil.copy
        copy(DATA / name, tmp_path / name)
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    told = manifest.find("denoising_faces/told")
    assert told
    table = pd.read_csv(io.BytesIO(told.csv))
    useless = table.assign(value=table.value.mask(table.metric == "psnr_gain_held_out", -1.0))
    for arm in ("ncsn-published", "ssm-published"):
        csv = useless.assign(arm=arm).to_csv(index=False).encode()
        manifest.put(
            f"denoising_faces/{arm}", csv, {key: told.entry[key] for key in told.entry if key not in ("sha256", "file")}
        )
    said = paper.fidelity(FIDELITY)
    assert "run and shown: ncsn **did not train**; ssm **did not train**" in said


def test_a_run_behind_several_tables_is_counted_once(published):
    starts, blindness = (paper.runs_of([f"{study}/blind"]) for study in ("face_starts", "face_blindness"))
    together = paper.runs_of(["face_starts/blind", "face_blindness/blind"])
    assert together == starts | blindness
    assert len(together) < len(starts) + len(blindness)
    assert "20 x 20 pixels" in paper.scale(["face_starts/blind"])


def test_what_came_out_is_said_once_on_a_page_and_after_that_where(published):
    text = paper.rows(EXPERIMENTS, after=ABSTRACT_ROWS)
    both = {row.came_out for row in ABSTRACT_ROWS} & {row.came_out for row in EXPERIMENTS} - {None}
    assert both
    assert text.count("What came out stands at A") == sum(row.came_out in both for row in EXPERIMENTS)
    assert paper.rows(EXPERIMENTS).count("What came out stands at A") == 0


def test_rows_are_folded_unless_they_are_to_be_printed(published):
    text = paper.rows(ABSTRACT_ROWS)
    assert text.count(":::{dropdown}") == len(ABSTRACT_ROWS)
    assert ":open:" not in text
    assert paper.rows(ABSTRACT_ROWS, unfolded=True).count(":open:") == len(ABSTRACT_ROWS)
