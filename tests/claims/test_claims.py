"""Verdicts and sentences follow the tables; what was not measured is not tested."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lowdiff_lib.base import paths
from lowdiff_lib.claims import effects, ledger
from lowdiff_lib.claims.claim import CONTROL, LI, PAPER, PARENT
from lowdiff_lib.claims.ledger import FAILS, HOLDS, OPEN
from lowdiff_lib.claims.page import Page
from lowdiff_lib.claims.statements import CLAIMS
from lowdiff_lib.cli import main
from lowdiff_lib.experiments import catalog
from lowdiff_lib.tables import manifest
from lowdiff_lib.tables.tidy import tidy

SIGMAS = [0.01, 0.1, 1.0, 10.0]
SIZES = [10, 1000]


def sizes_table(cosine, error, datasets=("spiral",), repetitions=3) -> pd.DataFrame:
    """A table of training_set_size from functions of (n_train, sigma); the twin always has cosine 0.99."""
    rows = []
    for dataset in datasets:
        for repetition in range(repetitions):
            jitter = 1 + 0.001 * repetition
            for n_train in SIZES:
                for sigma in SIGMAS:
                    row = {"dataset": dataset, "dim": 2, "arm": "told", "n_train": n_train, "step": 200}
                    row |= {"objective": "denoiser", "repetition": repetition, "sigma": sigma}
                    measured = [("A-B", "residual_cosine", cosine(n_train, sigma) * jitter)]
                    measured += [("A-twin", "residual_cosine", 0.99 * jitter), ("strangers", "residual_cosine", 0.6)]
                    measured += [(side, "relative_score_error", error(n_train, sigma) * jitter) for side in "AB"]
                    rows += [row | {"who": who, "metric": metric, "value": value} for who, metric, value in measured]
    return tidy(rows)


def as_the_paper_says(**more) -> pd.DataFrame:
    """Agreement at high noise, divergence at low noise, and both with less noise for more data."""
    return sizes_table(
        lambda n, sigma: 0.99 if sigma >= 10 / n else 0.5, lambda n, sigma: 0.5 / (1 + 10 * sigma) / n**0.2, **more
    )


def verdict(name: str, table: pd.DataFrame, dataset: str = "spiral", twice: pd.DataFrame | None = None):
    claim = next(claim for claim in CLAIMS if claim.name == name)
    place = next(place for place in claim.places if place.each or dataset in place.datasets)
    place = replace(place, datasets=(dataset,)) if place.each else place
    arms = [table, *([] if twice is None else [twice.assign(arm="twice")])]
    return ledger.judge(claim, place, {"training_set_size": pd.concat(arms)})


def entry(entries: list[ledger.Entry], name: str, data: str) -> ledger.Entry:
    (found,) = [each for each in entries if (each.claim.name, each.data) == (name, data)]
    return found


def test_a_table_as_the_paper_describes_it_makes_its_claims_hold():
    table = sizes_table(
        lambda n, sigma: 0.99 if sigma >= 100 / n else 0.6, lambda n, sigma: 0.5 / (1 + 10 * sigma) / n**0.2
    )
    for name in ("agreement-at-high-noise", "divergence-at-low-noise", "level-moves-with-size", "error-at-low-noise"):
        assert verdict(name, table).word == HOLDS
    assert verdict("few-data-diverge", table).word == HOLDS
    assert verdict("size-shapes-the-score", table).word == HOLDS
    assert verdict("mixtures-beat-the-identity", table).word == HOLDS


def test_a_changed_table_changes_verdict_sentence_and_page():
    table = as_the_paper_says()
    before = ledger.entries({"training_set_size": table}, {})
    at_high_noise = (table.who == "A-B") & (table.n_train == 1000) & (table.sigma == 1.0)
    table = table.assign(value=table.value.where(~at_high_noise, 0.3))
    after = ledger.entries({"training_set_size": table}, {})
    first, changed = (entry(entries, "agreement-at-high-noise", "spiral") for entries in (before, after))
    assert (first.published.word, changed.published.word) == (HOLDS, FAILS)
    held = [int(re.search(r"(\d+) hold", ledger.summary(entries, "quick"))[1]) for entries in (before, after)]
    assert held[1] < held[0]
    pages = [Page(entries, "quick")._repr_html_() for entries in (before, after)]
    assert pages[0] != pages[1]
    assert "0.98 [0.97, 0.98]" in pages[0]
    assert "-0.75 [-0.75, -0.75]" in pages[1]


def test_without_tables_nothing_is_tested_and_the_page_says_what_lacks():
    entries = ledger.entries({}, {})
    assert {verdict.word for entry in entries for verdict in (entry.published, entry.rerun)} == {OPEN}
    assert all(
        entry.published.reason == f"no table {entry.place.study} ({', '.join(entry.place.arms)})"
        for entry in entries
        if not entry.claim.with_twice
    )
    assert ledger.summary(entries, "quick").count("there are none yet") == 2
    assert "no table training_set_size (told)" in Page(entries, "quick")._repr_html_()


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (as_the_paper_says(repetitions=1), "one repetition gives no interval"),
        (as_the_paper_says(datasets=["uniform"]), "not in the table"),
        (as_the_paper_says().assign(arm="half"), "no table training_set_size (told)"),
        (sizes_table(lambda n, s: 0.5 if s < 1 else 0.99, lambda n, s: 2.0), "worse than doing nothing"),
        (as_the_paper_says()[lambda t: t.metric != "residual_cosine"], "the table has no residual_cosine"),
    ],
)
def test_what_a_table_cannot_say_is_not_tested(table, reason):
    found = verdict("divergence-at-low-noise", table)
    assert found.word == OPEN
    assert reason in found.reason


def test_where_models_do_not_diverge_the_twin_has_no_share_of_it():
    table = sizes_table(lambda n, sigma: 0.99, lambda n, sigma: 0.5)
    assert "do not diverge" in verdict("many-data-diverge", table).reason
    assert verdict("divergence-at-low-noise", table).word == FAILS
    assert verdict("divergence-at-low-noise", table).effect == pytest.approx(0)


def test_the_share_of_the_twin_is_its_part_of_the_disagreement():
    table = sizes_table(lambda n, sigma: 0.9, lambda n, sigma: 0.5)[lambda t: t.repetition == 0]
    assert effects.share_of_twin(table).to_list() == pytest.approx([0.1])


def test_a_level_that_is_nowhere_in_the_table_cannot_move():
    table = sizes_table(lambda n, sigma: 0.99, lambda n, sigma: 0.5)
    assert "no level can move" in verdict("level-moves-with-size", table).reason
    assert "one training-set size" in verdict("level-moves-with-size", table[table.n_train == 10]).reason


def test_a_budget_that_moves_the_curve_fails_the_third_gate():
    table = as_the_paper_says()
    moved = table.assign(value=table.value.where(table.who != "A-B", table.value - 0.3))
    assert verdict("budget-suffices", table, twice=table).word == HOLDS
    assert verdict("budget-suffices", table, twice=moved).word == FAILS


def test_two_data_sets_are_compared_where_both_are_there():
    table = pd.concat(
        [
            as_the_paper_says(datasets=["uniform"]),
            sizes_table(lambda n, s: 0.9 if s < 1 else 0.99, lambda n, s: 0.5, datasets=["sharpcov"]),
        ]
    )
    found = verdict("geometry-shapes-agreement", table, "sharpcov")
    assert found.word in {HOLDS, FAILS}
    assert verdict("geometry-shapes-agreement", as_the_paper_says(), "sharpcov").word == OPEN


def test_a_mixture_that_nobody_gave_a_colour_is_judged_as_a_mixture():
    """Its high noise is that of mixtures, and it has a place of its own, which names its figure."""
    table = sizes_table(
        lambda n, sigma: 0.99 if sigma >= 1 else 0.5, lambda n, sigma: 0.5 / (1 + 10 * sigma), ["spiral", "seventh"]
    )
    entries = ledger.entries({"training_set_size": table}, {})
    for name in ("agreement-at-high-noise", "divergence-at-low-noise", "error-at-low-noise"):
        ours, known = (entry(entries, name, dataset) for dataset in ("seventh", "spiral"))
        assert ours.published == known.published
        assert ours.published.word == HOLDS
        assert ours.place.figure == "size-seventh"
    (one,) = {effects._high(mine) for _, mine in table.groupby("dataset")}
    assert one == 1.0  # of those in the table the nearest to 2, not to 0.25


def test_mixtures_are_judged_by_growing_dimension():
    high = as_the_paper_says(datasets=["a-hd-mixture"]).assign(dim=100)
    entries = ledger.entries({"training_set_size": pd.concat([high, as_the_paper_says()])}, {})
    mine = [each.data for each in entries if each.claim.name == "agreement-at-high-noise"]
    assert mine[:2] == ["spiral", "a-hd-mixture"]


def test_arms_are_compared_where_each_of_them_was_run():
    """Three objectives: no verdict where one of them was not trained, and none of the usual arm's other data."""
    table = as_the_paper_says(datasets=["spiral", "uniform"])
    arms = [
        table.assign(arm=arm, objective=arm, value=table.value * factor) for arm, factor in (("ncsn", 2), ("ssm", 4))
    ]
    both = pd.concat([table, arms[0], arms[1][arms[1].dataset == "spiral"]])
    entries = ledger.entries({"training_set_size": both}, {})
    found = entry(entries, "objective-shapes-the-score", "spiral")
    assert found.published.effect == pytest.approx(np.log10(4))
    assert found.published.word == HOLDS
    assert entry(entries, "objective-shapes-the-score", "uniform").published.reason == "not in the table"


@pytest.mark.parametrize("repetitions", [2, 3, 5, 30])
def test_the_interval_covers_the_truth_as_often_as_it_says(repetitions):
    random = np.random.default_rng(1)
    ends = np.array([ledger.interval(random.normal(1.0, 0.5, repetitions)) for _ in range(600)])
    covered = np.mean((ends[:, 0] < 1.0) & (ends[:, 1] > 1.0))
    assert 0.91 < covered < 0.99


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12))
def test_the_interval_contains_the_mean_and_is_the_same_every_time(values):
    low, high = ledger.interval(np.array(values))
    scale = 1e-9 * max(1.0, *map(abs, values))
    assert low - scale <= np.mean(values) <= high + scale
    assert (low, high) == ledger.interval(np.array(values))


def test_every_claim_names_a_chapter_and_a_study_that_exist():
    chapters = {path.stem for path in (paths.root() / "chapters").glob("*.md")}
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)
    for claim in CLAIMS:
        assert claim.source in {PAPER, PARENT, LI, CONTROL}
        for place in claim.places:
            if claim.effect is not None:
                catalog.found(place.study, "full", [*place.arms, *(["twice"] if claim.with_twice else [])])
                assert place.chapter in chapters
                assert claim.statistic
                assert claim.why


def test_the_command_prints_the_ledger_for_people_and_programs(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LOWDIFF_RUNS", str(tmp_path / "runs"))
    manifest.put("training_set_size/told", as_the_paper_says().to_csv(index=False).encode(), {"profile": "full"})
    assert main(["claims", "--json", "--profile", "smoke"]) == 0
    rows = json.loads(capsys.readouterr().out)
    (row,) = [row for row in rows if (row["name"], row["data"]) == ("agreement-at-high-noise", "spiral")]
    assert row["published"]["word"] == HOLDS
    assert row["published"]["low"] <= row["published"]["effect"] <= row["published"]["high"]
    assert row["rerun"]["word"] == OPEN
    assert main(["claims", "--profile", "smoke"]) == 0
    said = capsys.readouterr().out
    assert "spiral, published: holds; 0.98 [0.97, 0.98]" in said
    assert "Nothing is said by the tables of profile smoke on this machine" in said
    assert not (tmp_path / "runs" / "models").exists()  # nothing was trained


def test_what_is_shown_is_escaped():
    table = as_the_paper_says(datasets=["<b>"]).assign(metric="residual_cosine", who="A-B")
    page = Page(ledger.entries({"denoising_faces": table}, {}), "<i>")._repr_html_()
    assert "<b>" not in page
    assert "<i>" not in page
