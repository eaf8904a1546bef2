"""How long a sweep will take, by what such networks took here; and what is left out of it to fit some hours."""

import dataclasses
import json
import multiprocessing
import time
from collections.abc import Sequence

import pytest
import sweeping

from lowdiff_lib import cli
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.provenance import provenance
from lowdiff_lib.experiments import catalog, order
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import runs, stacks, sweep
from lowdiff_lib.training.outlook import Outlook

JOBS = stacks.grouped(sweeping.runs(100))
SPEC = JOBS[0][0]


def took(spec: RunSpec, seconds: float, machine: str = "") -> None:
    """Say in the store that a network was trained in so many seconds, here or on another machine."""
    about = {"spec": dataclasses.asdict(spec), "seconds": seconds, "made_by": {"device": "cpu"}}
    file = runs.folder(spec) / "run.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(about | {"machine": machine or provenance()["machine"]}))


def changed(job: Sequence[RunSpec], **values: int | str) -> list[RunSpec]:
    return [dataclasses.replace(spec, **values) for spec in job]  # type: ignore[arg-type]


def test_time_goes_with_steps_and_networks_and_nothing_is_known_of_other_kinds(empty_store):
    assert Outlook().seconds(JOBS[0]) is None
    took(dataclasses.replace(SPEC, n_train=1000), 2.0)
    assert Outlook().seconds(JOBS[0]) == pytest.approx(6.0)  # three of them
    assert Outlook().seconds(changed(JOBS[0], steps=400)) == pytest.approx(24.0)
    assert Outlook().seconds(changed(JOBS[0], network="unet", dataset="faces", resolution=20)) is None


def test_such_a_network_counts_before_one_of_its_kind_and_the_middle_one_of_several(empty_store):
    took(dataclasses.replace(SPEC, width=64, n_train=1000), 1e6)
    for n_train, seconds in ((11, 1.0), (12, 2.0), (13, 90.0)):  # the last on a busy day
        took(dataclasses.replace(SPEC, n_train=n_train), seconds)
    assert Outlook().seconds(JOBS[0]) == pytest.approx(6.0)


def test_what_another_machine_took_tells_nothing_of_this_one(empty_store):
    took(dataclasses.replace(SPEC, n_train=1000), 2.0, machine="a cluster, 512 cores")
    assert Outlook().seconds(JOBS[0]) is None


def test_what_is_done_of_a_stack_is_not_to_be_done_again(empty_store):
    took(dataclasses.replace(SPEC, n_train=1000), 2.0)
    place = empty_store / "training" / stacks.key(JOBS[0])
    place.mkdir(parents=True)
    (place / "progress.json").write_text('{"step": 75, "seconds": 4.5}')
    assert Outlook().seconds(JOBS[0]) == pytest.approx(1.5)


@pytest.mark.parametrize(("workers", "seconds", "fit"), [(1, 5, 0), (1, 6, 1), (1, 13, 2), (2, 6, 2), (2, 12, 4)])
def test_what_fits_is_chosen_in_order(empty_store, workers, seconds, fit):
    took(dataclasses.replace(SPEC, n_train=1000), 2.0)
    jobs = [changed(JOBS[0], n_train=number) for number in (5, 4, 3, 2, 1)]
    assert Outlook().fitting(jobs, seconds, workers) == jobs[:fit]


def test_one_that_is_too_long_leaves_its_place_to_those_behind_it(empty_store):
    took(dataclasses.replace(SPEC, n_train=1000), 2.0)
    long, short = changed(JOBS[0], steps=1000), JOBS[0]
    assert Outlook().fitting([long, short], 10, 1) == [short]


def test_one_repetition_of_everything_comes_before_a_second_one():
    plans = catalog.plans("training_set_size", "quick", ["told", "twice"], ["spiral"])
    cases = order.by_value(plans)
    assert [case.repetition for case in cases] == sorted(case.repetition for plan in plans for case in plan.cases)
    once = [case.arm.name for case in cases if case.repetition == 0]
    assert once == sorted(once)  # told, then twice


def test_a_sweep_says_how_long_and_what_to_leave_out(empty_store, capsys):
    def said(*more: str) -> list[str]:
        command = ["sweep", "training_set_size", "--arm", "told", "--data", "spiral", "--workers", "2", "--dry-run"]
        assert cli.main([*command, *more]) == 0
        return capsys.readouterr().out.splitlines()

    some = catalog.plans("training_set_size", "quick", ["told"], ["spiral"])[0].specs[0]
    took(dataclasses.replace(some, n_train=99), 300.0)  # and so a stack of three a quarter of an hour
    assert said() == [
        "training_set_size, profile quick: 24 runs: 0 there, 24 to train in 8 stacks; about 2 h 0 min of one core, "
        "1 h 0 min on 2"
    ]
    assert said("--hours", "1.01")[1:] == []
    assert said("--hours", "0.8")[1:] == [
        "For these there is no time:",
        "  told, spiral, n_train 1,000: repetition 2",
        "  told, spiral, n_train 10,000: repetition 2",
    ]
    assert len(said("--hours", "0.1")) == 2 + 4


@pytest.mark.parametrize("hours", ["0", "-1", "nan"])
def test_hours_are_above_0(empty_store, capsys, hours):
    assert cli.main(["sweep", "training_set_size", "--hours", hours, "--dry-run"]) == 2
    assert "it must be above 0" in capsys.readouterr().err


def test_a_sweep_ends_in_time_and_says_what_is_left(empty_store):
    endless = sweeping.runs(50_000_000)
    start = time.monotonic()
    left = sweep.ensure([*sweeping.runs(64), *endless], workers=1, hours=1 / 3600)
    assert set(endless) <= set(left)
    assert time.monotonic() - start < 60
    sweeping.until(lambda: not multiprocessing.active_children(), seconds=10)


def test_a_team_does_not_stop_at_one_moment(monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    with pytest.raises(LowdiffError, match="leave --hours out"):
        sweep.chosen([SPEC], hours=1.0)
