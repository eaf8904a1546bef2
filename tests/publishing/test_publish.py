"""What is published is whole, is what was measured, and cannot change unnoticed."""

import dataclasses
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from publisher import TABLES

from lowdiff_lib import figures, findings, tables
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.storage import seal, unseal
from lowdiff_lib.cli import main
from lowdiff_lib.experiments import catalog
from lowdiff_lib.publishing import publish, references
from lowdiff_lib.publishing.add import together
from lowdiff_lib.publishing.verify import _compare, verify
from lowdiff_lib.tables import manifest
from lowdiff_lib.tables.manifest import NotAsPublished, Published
from lowdiff_lib.tables.tidy import KEYS, tidy
from lowdiff_lib.training import runs, stacks

STUDY = "training_set_size"
NAME = f"{STUDY}/told"


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def plan(store):
    """The smoke study, trained in this process."""
    plan = catalog.study(STUDY).plan("smoke")
    threads = torch.get_num_threads()
    for job in stacks.grouped(plan.specs):
        stacks.train(job, runs.stack_key(job))
    torch.set_num_threads(threads)
    return plan


@pytest.fixture
def published(plan, data) -> Path:
    (path,) = publish.publish(STUDY, "smoke", ["told"], allow_small=True)
    return path


def change_a_value(path: Path) -> None:
    lines = path.read_text().splitlines()
    row, _, value = lines[7].rpartition(",")
    lines[7] = f"{row},{float(value) * 1.01:.6g}"
    path.write_text("\n".join(lines) + "\n")


def test_a_published_table_is_the_measured_one_to_six_digits(published, plan):
    table, measured = tables.published(STUDY), plan.stored().sort_values(KEYS, ignore_index=True)
    assert table[KEYS].equals(measured[KEYS])
    assert np.allclose(table.value, measured.value, rtol=1e-5, atol=0)
    assert publish.as_csv(measured.sample(frac=1, random_state=0)) == published.read_bytes()


def test_the_manifest_says_where_a_table_comes_from(published, plan):
    entry = manifest.find(NAME).entry
    assert entry["profile"] == "smoke"
    assert entry["rows"] == len(plan.stored())
    assert set(entry["runs"]) == {runs.key(spec) for spec in plan.specs}
    for spec in plan.specs:
        about = entry["settings"] | entry["runs"][runs.key(spec)]
        assert (about["dataset"], about["n_train"], about["steps"]) == (spec.dataset, spec.n_train, spec.steps)
        assert about["weights"] == runs.read(spec)["weights_sha256"]
    assert {"date", "seconds", "commit", "machine", "versions"} <= set(entry["measured"])


def test_cases_that_are_added_make_the_table_that_would_have_been_published_at_once(published, plan):
    whole, entry = published.read_bytes(), manifest.find(NAME).entry
    sizes = sorted({case.spec.n_train for case in plan.cases})

    def put(*some: int, add: bool) -> dict:
        publish.publish(STUDY, "smoke", ["told"], sizes=some, allow_small=True, add=add)
        return manifest.find(NAME).entry

    alone = put(sizes[0], add=False)
    assert put(sizes[0], add=True) == alone  # in place of themselves
    added = put(*sizes[1:], add=True)
    assert published.read_bytes() == whole
    assert {name: added[name] for name in ("rows", "settings", "seeds")} == {
        name: entry[name] for name in ("rows", "settings", "seeds")
    }
    assert added["runs"] == {key: entry["runs"][key] for key in added["runs"]}
    assert len(added["cases"]) == len(entry["cases"])
    assert added["earlier"] == [{name: alone[name] for name in ("code", "measured", "trained")}]
    assert main(["verify", "--retrain", "1"]) == 0


def test_a_new_machine_adds_cases_without_training_the_published_ones_again(
    published, plan, tmp_path, monkeypatch, capsys
):
    whole, sizes = published.read_bytes(), sorted({case.spec.n_train for case in plan.cases})
    publish.publish(STUDY, "smoke", ["told"], sizes=sizes[:1], allow_small=True)
    monkeypatch.setenv("LOWDIFF_RUNS", str(tmp_path / "new"))
    publish.publish(STUDY, "smoke", ["told"], allow_small=True, add=True)
    assert published.read_bytes() == whole
    assert {spec.n_train for spec in plan.specs if runs.is_there(spec)} == {*sizes[1:]}
    assert "1 of 2 cases stay as they are published; their runs are not here" in capsys.readouterr().err
    for spec in plan.specs:  # trained by other code, they are not what would be trained today: they are, again
        about = runs.folder(spec) / "run.json"
        if about.is_file():
            about.write_text(json.dumps(seal(unseal(about.read_bytes()) | {"made_by": {"code": "another"}})))
    publish.publish(STUDY, "smoke", ["told"], allow_small=True, add=True)
    assert {spec.n_train for spec in plan.specs if runs.is_there(spec)} == {*sizes[1:]}
    alone = published.stat().st_mtime_ns
    monkeypatch.setenv("LOWDIFF_RUNS", str(tmp_path / "newer"))
    publish.publish(STUDY, "smoke", ["told"], allow_small=True, add=True)
    assert published.stat().st_mtime_ns == alone


@pytest.mark.parametrize(("before", "now", "both"), [(50, 40, 40), (40, 50, 40), (0, 50, 0), (50, 0, 0)])
def test_of_two_pools_of_photographs_the_smaller_counts_if_both_are_known(published, plan, before, now, both):
    """S11: who shares more than is said would decide too much."""
    found, table = manifest.find(NAME), tables.published(STUDY)
    old, new = (found.entry | ({"photographs": size} if size else {}) for size in (before, now))
    some = table[table.n_train == table.n_train.min()]
    _, entry = together(Published(found.csv, old | {"references": {}}), some, new, plan.study.metrics)
    assert entry.get("photographs", 0) == both
    assert "references" in entry  # of the cases that stay


@pytest.mark.parametrize(("before", "now"), [(False, True), (True, False), (True, True), (None, True), (True, None)])
def test_people_are_said_to_be_apart_if_they_are_in_all_cases(published, plan, before, now):
    found, table = manifest.find(NAME), tables.published(STUDY)
    old, new = (found.entry | ({} if apart is None else {"people_apart": apart}) for apart in (before, now))
    some = table[table.n_train == table.n_train.min()]
    _, entry = together(Published(found.csv, old), some, new, plan.study.metrics)
    assert entry.get("people_apart") is (None if None in (before, now) else before and now)


def test_what_measures_something_else_is_not_added(published):
    found = manifest.find(NAME)
    csv = found.csv.replace(b"residual_cosine", b"another_metric")
    manifest.put(NAME, csv, {k: v for k, v in found.entry.items() if k not in ("sha256", "rows", "file")})
    with pytest.raises(LowdiffError, match=r"not measured any more \(another_metric\)"):
        publish.publish(STUDY, "smoke", ["told"], sizes=[10], allow_small=True, add=True)


def test_a_reference_that_a_study_was_given_later_is_added_and_nothing_else_moves(published, plan):
    """What needs no network is measured without any: the file is again as if it had been published at once."""
    whole, table = published.read_bytes(), tables.published(STUDY)
    before = table[table.who != "wiener pair"]
    old = {key: value for key, value in manifest.find(NAME).entry.items() if key not in references.OF_THE_FILE}
    manifest.put(NAME, publish.as_csv(before), old)
    assert references.add(NAME) == len(table) - len(before) > 0
    assert published.read_bytes() == whole
    assert manifest.find(NAME).entry["references"]["code"] == plan.code
    assert references.add(NAME) == 0
    with pytest.raises(LowdiffError, match="must be one of"):
        references.add("training_set_size/blind")


def test_one_changed_value_fails_the_verification_and_names_file_and_rows(published, capsys):
    assert main(["verify", "--retrain", "0"]) == 0
    change_a_value(published)
    assert main(["verify", "--retrain", "0"]) == 1
    said = capsys.readouterr().err
    assert f"{published} is not what was published" in said
    assert f"{len(published.read_text().splitlines()) - 1:,} rows" in said
    with pytest.raises(NotAsPublished):
        tables.published(STUDY)


def test_a_deleted_table_is_not_published_and_is_missed(published, capsys):
    published.unlink()
    with pytest.raises(LowdiffError, match="nothing is published"):
        tables.published(STUDY)
    assert tables.all_published() == {}
    assert main(["verify"]) == 1
    assert f"{published} is in manifest.json but is not there" in capsys.readouterr().err


def test_a_table_that_nobody_published_is_named(data, capsys):
    assert main(["verify"]) == 0
    assert "nothing is published" in capsys.readouterr().out
    path = manifest.table_path(NAME)
    path.parent.mkdir(parents=True)
    path.write_text("value\n1\n")
    assert main(["verify"]) == 1
    assert f"{path} is in no manifest" in capsys.readouterr().err
    with pytest.raises(NotAsPublished, match="remove it"):
        tables.published(STUDY)


def test_any_changed_or_missing_byte_of_the_manifest_is_noticed(data):
    manifest.put("one/told", TABLES[0], {"profile": "full"})
    whole = manifest.path_of_manifest().read_bytes()
    random.seed(0)
    for place in random.sample(range(len(whole) - 1), 60):
        for damaged in (whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :], whole[:place]):
            manifest.path_of_manifest().write_bytes(damaged)
            with pytest.raises(NotAsPublished, match="is damaged or was edited"):
                manifest.find("one/told")


@pytest.mark.parametrize("code", [None, "0" * 16], ids=["today's code", "other code"])
def test_a_table_made_up_with_its_manifest_is_found_out_by_training_again(published, plan, code):
    """The altered case is named; the other one, trained again too, comes out the same.

    Whatever code measured it: with weights of the published bits every value has to be the published one, and so a
    change is found that another seed might have made.
    """
    table = tables.published(STUDY)
    entry = manifest.find(NAME).entry
    better = (table.n_train == 100) & (table.metric == "residual_cosine")
    table.loc[better, "value"] += 0.01
    about = {name: value for name, value in entry.items() if name not in {"file", "sha256", "rows"}}
    manifest.put(NAME, publish.as_csv(table), about if code is None else about | {"code": code})
    with pytest.raises(NotAsPublished) as caught:
        verify(retrain=2)
    (line,) = str(caught.value).splitlines()
    other = "" if code is None else ", with other code than was published"
    assert f"spiral, n_train 100, arm told, repetition 0 trained again{other}: 26 of " in line


def test_with_the_published_weights_a_case_is_the_same_whatever_code_measures(published, plan):
    entry = manifest.find(NAME).entry
    about = {name: value for name, value in entry.items() if name not in {"file", "sha256", "rows"}}
    manifest.put(NAME, published.read_bytes(), about | {"code": "0" * 16})
    *_, last = verify(retrain=1)
    assert last.endswith("trained again, with other code than was published: the same weights and values")


@pytest.mark.parametrize("study", ["trajectories", "face_trajectories"])
def test_identical_values_that_are_measured_again_meet_all_published_places(study, store, data, monkeypatch):
    """Also at noise levels that have more digits than are published."""
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    plan = catalog.study(study).plan("smoke")
    before = plan.table()
    publish.publish(study, "smoke", allow_small=True)
    plan.path.unlink()
    again, published = plan.table(), tables.published(study)
    assert again.equals(before)
    assert len(again.merge(published, on=KEYS)) == len(again) == len(published)
    assert _compare(plan.name, again, exact=True) == ""


def spread_out(repetitions: int, shift: float = 0.0) -> pd.DataFrame:
    """A table whose value varies by 0.02 over three repetitions, at twenty noise levels; all of it shifted."""
    row = {"dataset": "spiral", "dim": 2, "arm": "told", "n_train": 10, "step": 200, "who": "A-B"}
    row |= {"objective": "denoiser", "metric": "any"}
    values = [(turn, sigma, 0.5 + 0.01 * turn + shift) for turn in range(repetitions) for sigma in range(1, 21)]
    return tidy(row | {"repetition": turn, "sigma": sigma, "value": value} for turn, sigma, value in values)


@pytest.mark.parametrize(
    ("shift", "same"), [(0.0, True), (0.02, True), (-0.02, True), (0.1, False), (-0.1, False), (float("nan"), False)]
)
def test_on_another_machine_a_value_may_be_where_another_seed_could_have_put_it(data, shift, same):
    manifest.put("one/told", publish.as_csv(spread_out(3)), {"profile": "full"})
    again = spread_out(3, shift)[lambda t: t.repetition == 1]
    assert (_compare("one/told", again, exact=False) == "") == same
    assert (_compare("one/told", again, exact=True) == "") == (shift == 0)


def test_a_value_that_was_not_published_is_never_the_same(data):
    manifest.put("one/told", publish.as_csv(spread_out(3)), {"profile": "full"})
    more = spread_out(4)[lambda t: t.repetition == 3]
    assert "20 of 20 values differ" in _compare("one/told", more, exact=False)


def test_a_damaged_table_in_the_run_store_is_measured_again(plan):
    before = plan.table()
    whole = plan.path.read_bytes()
    plan.path.write_bytes(whole.replace(b"residual", b"residuaL", 1))
    assert plan.stored() is None
    assert plan.table().equals(before)
    assert plan.path.read_bytes() == whole


def test_a_chapter_says_how_far_a_rerun_is_from_what_is_published(published, plan):
    measured = plan.study.measured("smoke")
    assert "0.00 from the published ones" in findings.against_published(measured)
    moved = dataclasses.replace(measured, own=measured.own.assign(value=measured.own.value - 0.2))
    assert "0.20 at most (spiral" in findings.against_published(moved)
    figure = figures.size_curves(moved, "spiral")
    own = measured.own[(measured.own.dataset == "spiral") & (measured.own.metric == "residual_cosine")]
    words, apart = figure.compare
    assert words == "Compare with my run"
    assert "cosine of the two residuals differs by 0.2 (median), 0.2 at most" in apart
    np.testing.assert_allclose(sorted(figure.table.value), sorted(own.value), atol=1e-5)  # as published, not moved
    published.unlink()
    measured = plan.study.measured("smoke")
    assert findings.against_published(measured) == ""
    assert figures.size_curves(measured, "spiral").compare is None


@pytest.mark.parametrize(
    ("harm", "complaint"),
    [
        (lambda table: table.drop(columns="dim"), "columns"),
        (lambda table: table.assign(value=table.value.where(table.index != 3)), "1 of 416 values are not finite"),
        (lambda table: table.assign(value=table.value.where(table.index != 3, np.inf)), "not finite"),
        (lambda table: table.drop(index=5), "has 207 rows where others have 208"),
        (lambda table: table[table.n_train > 10], "nothing was measured of spiral, n_train 10, arm told, repetition 0"),
        (lambda table: table.assign(sigma=1.0), "twice"),
    ],
)
def test_only_a_whole_table_is_published(plan, harm, complaint):
    with pytest.raises(LowdiffError, match=complaint):
        publish.check(harm(plan.table()), plan)


def test_where_a_sampler_ran_away_from_every_start_that_row_is_enough(plan):
    whole = plan.table()
    keys = ["dataset", "n_train", "repetition", "sigma"]
    away = whole.drop_duplicates(keys).assign(metric="ran_away", value=1.0)
    publish.check(pd.concat([whole.drop(index=5), away], ignore_index=True), plan)
    with pytest.raises(LowdiffError, match="rows where others have"):
        publish.check(pd.concat([whole, away.iloc[1:]], ignore_index=True), plan)


def test_small_profiles_and_unknown_names_are_refused(data, capsys):
    for asked, answer in (
        ([STUDY, "--profile", "smoke"], "too small to be published"),
        (["training-set-siz"], f"did you mean {STUDY}?"),
        (["face-sample"], "did you mean face_samples?"),
        ([STUDY, "--arm", "twise"], "did you mean twice?"),
        ([STUDY, "--profile", "ful"], "did you mean full?"),
        (["face_samples", "--arm", "twice"], "which have no arms; leave out --arm twice"),
    ):
        assert main(["publish", *asked]) == 2
        assert answer in capsys.readouterr().err
    assert list(data.iterdir()) == []


# ---- killed, and two at once ----


def publisher(name: str) -> subprocess.Popen:
    script = Path(__file__).with_name("publisher.py")
    path = os.pathsep.join([str(Path(manifest.__file__).parent.parent), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, str(script), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path})


def kill_publishers(times: int) -> None:
    for _ in range(times):
        process = publisher("one/told")
        assert process.stdout.readline() == "published\n"
        time.sleep(random.uniform(0, 0.02))
        process.kill()
        process.communicate()
        found = manifest.find("one/told")
        assert found.csv == TABLES[found.entry["turn"]]
    manifest.put("one/told", TABLES[0], {"turn": 0})
    folder = manifest.path_of_manifest().parent
    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert left == {"tables/one/told.csv", "manifest.json", ".manifest.json.lock"}
    assert manifest.read()["pending"] == {}


def test_a_killed_publisher_leaves_the_old_table_or_the_new_one(data):
    kill_publishers(8)


@pytest.mark.slow
def test_so_does_one_that_is_killed_sixty_times(data):
    kill_publishers(60)


def test_publishers_and_readers_at_once_do_not_disturb_each_other(data):
    processes = [publisher("one/told"), publisher("one/told"), publisher("two/told")]
    try:
        for process in processes:
            assert process.stdout.readline() == "published\n"
        for _ in range(200):
            for name in ("one/told", "two/told"):
                found = manifest.find(name)
                assert found.csv == TABLES[found.entry["turn"]]
        assert all(process.poll() is None for process in processes)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
