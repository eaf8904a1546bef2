"""What the trust tests count reaches the book, good or bad."""

import csv
import json

import faults
import pytest


def line(**row) -> str:
    return json.dumps({"table": "faults", "fault": "killed", "where": "training", "lost": 0, "wrong": 0} | row) + "\n"


def test_tries_of_one_fault_at_one_place_are_added(tmp_path):
    records = tmp_path / "records"
    records.mkdir()
    (records / "a.jsonl").write_text(line(tries=4, date="2026-01-02") + line(tries=1, wrong=1, date="2026-01-01"))
    (records / "b.jsonl").write_text(
        line(tries=50, lost=2, date="2026-01-01") + line(where="building", tries=3, date="x")
    )
    (records / "c.jsonl").write_text(json.dumps({"table": "threads", "network": "MLP", "difference": 0}) + "\n")
    faults.write(records, tmp_path / "tables")
    with (tmp_path / "tables" / "faults.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["fault", "where", "tries", "lost", "wrong", "date"],
        ["killed", "building", "3", "0", "0", "x"],
        ["killed", "training", "55", "2", "1", "2026-01-02"],
    ]
    assert (tmp_path / "tables" / "threads.csv").read_text() == "network,difference\nMLP,0\n"


def test_without_records_there_is_no_table(tmp_path):
    with pytest.raises(SystemExit, match="make faults"):
        faults.write(tmp_path, tmp_path / "tables")
    assert not (tmp_path / "tables").exists()


def test_a_test_that_loses_something_fails_and_its_count_is_kept():
    written = []

    def lose() -> None:
        with faults.recorded(lambda table, row: written.append(row), "killed", "nowhere") as tally:
            tally.tries += 2
            tally.keep(False, "the table")

    with pytest.raises(AssertionError, match="lost: the table"):
        lose()
    assert written == [{"fault": "killed", "where": "nowhere", "tries": 2, "lost": 1, "wrong": 0}]


@pytest.mark.slow
def test_the_page_shows_the_table_or_how_to_make_it(toy):
    extension = faults.ROOT / "book" / "_ext" / "lowdiff_book.py"
    toy.write("book/_ext/lowdiff_book.py", extension.read_text())
    toy.edit("_config.yml", "sphinx: {recursive_update: true}", "sphinx: {local_extensions: {lowdiff_book: book/_ext}}")
    toy.write("book/about.md", "# Faults\n\n```{data-table} faults\nTo make it: `make faults`\n```\n")
    toy.lowdiff("build")
    page = "_build/html/book/about.html"
    assert "To make it" in toy.read(page)
    toy.write("data/trust/faults.csv", "fault,tries\nkilled | twice,50\n")
    toy.lowdiff("build")
    assert "To make it" not in toy.read(page)
    assert "killed | twice" in toy.read(page)
    assert "50" in toy.read(page)
