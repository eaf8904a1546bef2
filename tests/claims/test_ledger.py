"""The ledger as a whole: its words, its page, its line of dots, the command; all follow the tables."""

import json
import re

import pandas as pd
import pytest
from made import FACTS, claim, cosines, table

from lowdiff_lib.base import paths
from lowdiff_lib.claims import notes, page, summary, text
from lowdiff_lib.claims.beside import CLAIMS
from lowdiff_lib.claims.claim import CONTROL, KINDS, PAPER, QUESTIONS, READING
from lowdiff_lib.claims.ledger import Row, Verdict, decade, ledger
from lowdiff_lib.claims.rule import CANNOT, FAILS, HOLDS, UNDECIDED, WORDS
from lowdiff_lib.cli import main
from lowdiff_lib.experiments import catalog
from lowdiff_lib.experiments.facts import facts
from lowdiff_lib.tables import manifest


@pytest.fixture
def as_found() -> pd.DataFrame:
    """Two models that part because of their data while they have few."""
    return pd.concat([cosines(0.8, 0.97, sizes=(100, 1000)), cosines(0.97, 0.972, sizes=(10_000,))])


def row_of(verdicts: dict[tuple[str, int], str]) -> Row:
    return Row(claim("because-of-data"), {key: Verdict(word) for key, word in verdicts.items()})


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ({("a", 10): HOLDS, ("b", 10): HOLDS}, "holds"),
        ({("a", 10): HOLDS, ("b", 10): UNDECIDED}, "holds where decided"),
        ({("a", 10): FAILS, ("b", 10): CANNOT}, "does not hold"),
        ({("a", 10): UNDECIDED, ("b", 10): CANNOT}, "undecided"),
        ({("a", 10): CANNOT}, "cannot be tested"),
        ({}, "not measured"),
        ({("a", 10): HOLDS, ("a", 100): FAILS, ("b", 10): HOLDS}, "only up to N = 10"),
        ({("a", 10): HOLDS, ("a", 100): FAILS, ("b", 10): FAILS}, "only up to N = 10; not on b"),
        ({("a", 10): FAILS, ("a", 100): HOLDS, ("b", 100): HOLDS}, "only from N = 100 on"),
        ({("a", 10): HOLDS, ("b", 10): FAILS, ("c", 10): FAILS}, "depends on the data: on a; not on b and c"),
        (
            {("a", 10): HOLDS, ("a", 100): FAILS, ("b", 10): FAILS, ("b", 100): HOLDS},
            "depends on the data: with few data on a; with many on b",
        ),
        (
            {("a", 1): HOLDS, ("a", 10): FAILS, ("a", 100): HOLDS},
            "depends on the data: now and then on a",
        ),
    ],
)
def test_a_row_is_put_into_words_by_a_rule(verdicts, words):
    assert summary.in_words(row_of(verdicts)) == words


def test_a_changed_table_changes_verdict_sentence_page_and_dots(as_found):
    def said(own: pd.DataFrame) -> list[str]:
        found = ledger({"training_set_size": own}, FACTS)
        shown = page.Page(found)._repr_html_()
        return [summary.sentences(found), shown, page.strip(found), text.table(found), text.as_json(found)]

    before = said(as_found)
    twins_part_as_far = as_found.assign(who=as_found.who.replace("A-twin", "other"))
    twins = as_found[as_found.who == "A-B"].assign(who="A-twin")
    after = said(pd.concat([twins_part_as_far, twins]))
    assert "Only up to N = 1,000" in before[0]
    assert "**Does not hold**" in after[0]
    alike = [one == other for one, other in zip(before, after, strict=True)]
    assert alike == [False, False, True, False, False]  # the dots are the paper's sentences, which are as they were
    assert said(as_found.assign(value=0.999))[2] != before[2]


def test_without_tables_there_is_nothing_to_say():
    found = ledger({}, FACTS)
    assert "Nothing was measured" in text.table(found)
    assert "nothing to say" in page.Page(found)._repr_html_()
    assert page.strip(found).count('title="not measured"') == sum(each.kind == PAPER for each in CLAIMS)


def test_a_tab_for_each_number_of_samples_opens_where_most_is_decided(as_found):
    shown = page.Page(ledger({"training_set_size": as_found}, FACTS))._repr_html_()
    assert re.findall(r'<label for="published-(\d+)">', shown) == ["100", "1000", "10000"]
    (opened,) = re.findall(r'id="published-(\d+)" checked', shown)
    assert opened in ("1000", "10000")
    ids = re.findall(r' id="([^"]+)"', shown)
    assert len(ids) == len(set(ids))


def test_each_dot_says_its_word_and_each_number_its_interval(as_found):
    shown = page.Page(ledger({"training_set_size": as_found}, FACTS, [claim("because-of-data")]))._repr_html_()
    assert 'aria-label="spiral: holds"' in shown
    assert 'aria-label="spiral: does not hold"' in shown
    assert re.search(r"0\.17 \[0\.1\d, 0\.1\d\] at σ = 0\.005, 3 repetitions", shown)


def test_a_number_leads_to_the_explorer_at_its_noise_level_unless_the_arm_is_not_there(as_found):
    def states(arm: str) -> set[str]:
        told = ledger({"training_set_size": as_found.assign(arm=arm)}, FACTS, [claim("because-of-data"), *CLAIMS])
        return set(re.findall(r'href="explorer.html#([^"]+)">try it</a>', page.Page(told)._repr_html_()))

    assert "data=spiral&amp;n=100&amp;sigma=0.005&amp;show=field" in states("told")
    assert not states("ncsn")


def test_a_size_between_two_tabs_stands_beside_the_nearer_one():
    assert [decade(n) for n in (1, 8, 100, 400, 4916, 99_325)] == [1, 10, 100, 1000, 10_000, 100_000]


def test_of_two_sizes_in_one_tab_the_one_that_is_decided_is_shown():
    row = row_of({("faces", 4916): FAILS, ("faces", 10_000): CANNOT, ("b", 4916): FAILS, ("b", 10_000): HOLDS})
    assert [(n, verdict.word) for n, verdict in (row.at(name, 10_000) for name in ("faces", "b"))] == [
        (4916, FAILS), (10_000, HOLDS)]  # fmt: skip


def test_a_mixture_that_nobody_gave_a_colour_has_a_column_of_its_own(as_found):
    both = pd.concat([as_found, as_found.assign(dataset="seventh")])
    found = ledger({"training_set_size": both}, FACTS | {"seventh": FACTS["spiral"]})
    assert set(found.datasets) == {"spiral", "seventh"}
    for row in found.rows:
        alike = [{n: v.word for (name, n), v in row.verdicts.items() if name == each} for each in found.datasets]
        assert alike[0] == alike[1] or row.claim.headline or "geometry" in row.claim.name


def test_data_stand_in_order_of_dimension_and_photographs_last(as_found):
    tables = {"training_set_size": pd.concat([as_found.assign(dataset="hd-uniform", dim=100), as_found])}
    tables["denoising_faces"] = table({("psnr_gain_held_out", "A"): lambda n, s, r: 1.0}, "celeba").assign(dim=9)
    assert ledger(tables, FACTS).datasets == ("spiral", "hd-uniform", "celeba")


def test_the_terminal_gets_one_screen_of_a_hundred_columns(as_found):
    lines = text.table(ledger({"training_set_size": as_found}, FACTS)).splitlines()
    assert max(map(len, lines)) <= 100
    assert len(lines) <= 55
    (line,) = [line for line in lines if "Near the data, A and B diverge" in line]
    assert "++x" in line
    for each in CLAIMS:
        assert len(each.statement) + 2 * bool(each.under) <= 36, each.statement


def test_every_claim_names_a_chapter_and_a_study_that_exist():
    chapters = {path.stem for path in (paths.root() / "chapters").glob("*.md")}
    assert len({each.name for each in CLAIMS}) == len(CLAIMS)
    for each in CLAIMS:
        assert each.kind in KINDS
        assert each.question in QUESTIONS
        assert each.statistic
        assert each.why
        assert each.kind != PAPER or bool(each.quote) != (each.source == READING)
        for place in each.places:
            assert place.figure("spiral")[0] in chapters
            if place.study != "parting":  # which is on its way
                catalog.found(place.study, "full", [place.arm])


def test_controls_stand_below_what_they_explain():
    above = ""
    for each in CLAIMS:
        above = each.name if each.kind == PAPER else above
        assert (each.under == above) == (each.kind == CONTROL)


def test_facts_are_those_of_the_exact_mixtures():
    """S10: the spread of each data set, computed: from 0.29 to 1.6, where one number stood for all."""
    found = facts(["uniform", "spiral", "thin-manifold", "celeba"])
    assert found["thin-manifold"].sd == pytest.approx(0.29, abs=0.01)
    assert found["uniform"].sd == pytest.approx(1.6, abs=0.01)
    assert (found["thin-manifold"].thickness, found["thin-manifold"].extent) == pytest.approx((0.02, 0.3))
    assert found["uniform"].thickness is None
    assert found["celeba"].sd == 0.25


def test_notes_say_how_many_tests_there_are_and_which_tables_have_one_draw(as_found, tmp_path, monkeypatch):
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    found = ledger({"training_set_size": as_found}, FACTS)
    tests = [v for row in found.rows for v in row.verdicts.values() if v.low is not None and not row.claim.headline]
    assert notes.multiplicity(found).startswith(f"{len(tests)} tests")
    csv = as_found.to_csv(index=False).encode()
    manifest.put("training_set_size/told", csv, {"settings": {}, "runs": {"a": {"split": 0}, "b": {"split": 1}}})
    manifest.put("parting/told", csv, {"settings": {}, "runs": {"a": {"draw": 0}, "b": {"draw": 1}}})
    said = notes.limits(found)
    assert "Repetitions of training set size have new samples and seeds, but one and the same draw" in said
    assert "Repetitions of parting draw the random mixtures anew" in said


def test_the_command_prints_the_ledger_for_people_and_programs(as_found, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LOWDIFF_RUNS", str(tmp_path / "runs"))
    manifest.put("training_set_size/told", as_found.to_csv(index=False).encode(), {"profile": "full"})
    assert main(["claims", "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    rows = whole["claims"]
    assert re.search(r"\d+ tests stand outside .* may be chance", whole["together"])
    assert re.search(r"probability of .*% at N = 1,000.*nothing but chance, of at most [0-5]%", whole["together"])
    (row,) = [row for row in rows if row["name"] == "because-of-data"]
    assert row["in_words"] == "only up to N = 1,000"
    (found,) = [each for each in row["verdicts"] if (each["data"], each["n_train"]) == ("spiral", 1000)]
    assert found["word"] == HOLDS
    assert found["low"] <= found["effect"] <= found["high"]
    assert (row["half"], row["holds_if"]["threshold"], row["twice"]) == (0.025, 0.05, 0.1)
    assert (found["at_half"], found["at_twice"]) == (HOLDS, HOLDS)
    assert {each["word"] for row in rows for each in row["verdicts"]} <= set(WORDS)
    assert main(["claims"]) == 0
    assert "few data only" in capsys.readouterr().out
    assert main(["claims", "--profile", "smoke"]) == 0
    assert "Nothing was measured" in capsys.readouterr().out
    assert not (tmp_path / "runs" / "models").exists()  # nothing was trained


def test_what_is_shown_is_escaped(as_found):
    odd = as_found.assign(dataset="<u>&")
    found = ledger({"denoising_faces": odd, "training_set_size": odd}, {"<u>&": FACTS["spiral"]})
    assert "<u>&" not in page.Page(found)._repr_html_()
    assert "<u>&" not in page.strip(found)
