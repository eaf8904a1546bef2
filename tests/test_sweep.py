"""Sweeps: each run is trained once, whoever asks and whoever dies, and its bits are those of a quiet training."""

import importlib
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import sweeping
import torch
from sweeping import LONG, SHORT, until

from lowdiff_lib import cli
from lowdiff_lib.base import machine
from lowdiff_lib.base.errors import LowdiffError, WorkerLost
from lowdiff_lib.experiments import catalog
from lowdiff_lib.training import engines, runs, stacks, sweep, trainer
from lowdiff_lib.training.outlook import Outlook

TESTS = Path(__file__).resolve().parent


def start(*command: str | int) -> subprocess.Popen:
    """A sweep in processes of its own: see sweeping.py."""
    return subprocess.Popen(
        [sys.executable, str(TESTS / "sweeping.py"), *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def litter(store: Path) -> list[Path]:
    """What half-done work would leave behind: temporary files and folders, checkpoints."""
    temporary = [path for path in store.rglob(".*") if path.suffix != ".lock"]
    return temporary + list(store.rglob("checkpoint*"))


# ---- who trains what ----


def test_grouping_does_not_depend_on_what_is_trained(empty_store):
    specs = sweeping.runs(SHORT)
    before = stacks.grouped(specs)
    stacks.train(specs[:1], runs.stack_key(specs[:1]))
    assert stacks.missing(specs) == specs[1:]
    assert stacks.grouped(specs) == before


def test_a_stack_is_the_same_in_a_larger_request():
    small = catalog.study("training_set_size").plan("quick").specs
    large = [*small, *catalog.study("training_set_size").plan("quick", "twice").specs]
    assert all(job in stacks.grouped(large) for job in stacks.grouped(small))
    assert sorted(spec.seed for job in stacks.grouped(large) for spec in job) == sorted(spec.seed for spec in large)


def test_a_pool_gives_the_same_bits_as_one_process(empty_store):
    sweep.ensure(sweeping.runs(SHORT), workers=2)
    assert sweeping.weights(sweeping.runs(SHORT)) == sweeping.uninterrupted(SHORT)
    assert not litter(empty_store)


def test_what_takes_a_moment_is_trained_in_this_process(empty_store, monkeypatch):
    monkeypatch.setattr(trainer.Trainer, "train", sweeping.noted)
    before = torch.get_num_threads()
    sweep.ensure(sweeping.runs(SHORT))
    assert [*sweeping.notes()] == [os.getpid()]
    assert torch.get_num_threads() == before
    assert sweeping.weights(sweeping.runs(SHORT)) == sweeping.uninterrupted(SHORT)
    assert not litter(empty_store)


def test_eight_processes_that_want_the_same_runs_train_them_once(empty_store):
    process = start("together", 8)
    _, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints
    assert sum(map(len, sweeping.notes().values())) == len(stacks.grouped(sweeping.runs(SHORT)))
    assert sweeping.weights(sweeping.runs(SHORT)) == sweeping.uninterrupted(SHORT)


def test_a_process_with_other_code_does_not_train(empty_store):
    with pytest.raises(LowdiffError, match="other code"):
        stacks.train(sweeping.runs(SHORT)[:1], "0123456789abcdef")


# ---- who dies ----


@pytest.mark.parametrize("kills", [15, pytest.param(60, marks=pytest.mark.slow)])
def test_runs_killed_at_random_moments_lose_nothing(empty_store, monkeypatch, kills):
    process = start("kills", kills)
    said, complaints = process.communicate(timeout=600)
    assert process.returncode == 0, complaints
    assert int(said.split()[0]) >= kills
    for turn in empty_store.iterdir():
        monkeypatch.setenv("LOWDIFF_RUNS", str(turn))
        assert sweeping.weights(sweeping.runs(SHORT)) == sweeping.uninterrupted(SHORT)
    assert not litter(empty_store)


def test_a_sweep_outlives_its_workers_and_they_do_not_outlive_it(empty_store, monkeypatch):
    specs = sweeping.runs(LONG)
    process = start("sweep", LONG, 2)
    until(lambda: process.poll() is not None or sweeping.begun(LONG))
    first = sweeping.notes()
    assert all(steps == [64] for steps in first.values())
    os.kill(min(first), signal.SIGKILL)

    until(lambda: process.poll() is not None or len(sweeping.notes()) == 4)
    second = {process: steps for process, steps in sweeping.notes().items() if process not in first}
    assert all(steps > [64] for steps in second.values()), "new processes went on from the checkpoints"
    workers = psutil.Process(process.pid).children(recursive=True)
    assert set(second) <= {worker.pid for worker in workers}
    process.kill()
    _, said = process.communicate()
    assert "a training process died; going on from the checkpoints" in said
    until(lambda: ended(workers), seconds=10)

    assert stacks.missing(specs) == specs
    monkeypatch.setattr(trainer.Trainer, "train", sweeping.noted)
    for job in stacks.grouped(specs):
        stacks.train(job, runs.stack_key(job))
    assert sweeping.notes()[os.getpid()] > [64], "so did the next call"
    assert sweeping.weights(specs) == sweeping.uninterrupted(LONG)
    assert not litter(empty_store)


def test_ctrl_c_ends_all_processes_with_one_sentence(empty_store):
    process = subprocess.Popen(
        [sys.executable, "-m", "lowdiff_lib.cli", "sweep", "training_set_size", "--arm", "told", "--workers", "2"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stderr
    assert "training 48 networks in 16 stacks" in process.stderr.readline()
    helpers = 2  # who keeps track of semaphores, and who has torch to be copied
    until(lambda: len(psutil.Process(process.pid).children(recursive=True)) > helpers)
    workers = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip() == "lowdiff: stopped; what was finished is kept, and the next call goes on from there"
    until(lambda: ended(workers), seconds=10)


# ---- what it says ----


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (["training_set_sise"], "did you mean training_set_size?"),
        (["training_set_size", "--profile", "smok"], "did you mean smoke?"),
        (["training_set_size", "--arm", "twise"], "did you mean twice?"),
        (["attractors", "--arm", "fourfold"], "no arm of attractors 'fourfold' here; "),
        (["training_set_size", "--workers", "0"], "workers is 0; it must be a whole number, at least 1"),
    ],
)
def test_what_cannot_be_swept_exits_with_2_and_says_what_can(empty_store, capsys, asked, answer):
    assert cli.main(["sweep", *asked]) == 2
    assert answer in capsys.readouterr().err


def test_a_sweep_says_what_is_there_and_where_the_results_are(empty_store, capsys):
    def said(*more: str) -> str:
        assert cli.main(["sweep", "training-set-size", "--arm", "told", "--profile", "smoke", *more]) == 0
        return capsys.readouterr().out

    assert "6 runs: 0 there, 6 to train in 2 stacks" in said("--dry-run")
    assert not empty_store.exists()
    assert str(empty_store / "models") in said("--workers", "1")
    assert said("--dry-run") == "training-set-size, profile smoke: 6 runs, all there\n"
    assert "of one core" in Outlook().describe(catalog.study("training_set_size").plan("smoke", "twice").specs)


def test_without_an_arm_all_of_a_study_are_swept(empty_store, capsys):
    """Of the smoke profile: six networks, and three or six of each arm, at its training-set sizes and on its data."""
    assert cli.main(["sweep", "training_set_size", "--profile", "smoke", "--dry-run"]) == 0
    assert "24 runs: 0 there, 24 to train" in capsys.readouterr().out
    assert (
        cli.main(["sweep", "training_set_size", "--arm", "half", "--arm", "ssm", "--profile", "smoke", "--dry-run"])
        == 0
    )
    assert "6 runs: 0 there, 6 to train" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["sweep", "publish"])
@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (["training_set_size", "--arm", "twise"], "did you mean twice?"),
        (["training_set_sise"], "did you mean training_set_size?"),
        (["training_set_size", "--profile", "papper"], "did you mean paper?"),
    ],
)
def test_a_mistyped_name_is_answered_before_anything_is_loaded(command, asked, answer):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "lowdiff_lib.cli", command, *asked], stderr=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 2
    assert answer in done.stderr
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1


# ---- who asks ----

SCRIPT = """
import sys
import sweeping
from lowdiff_lib.training import sweep
print("read", flush=True)
sweep.ensure(sweeping.runs(40), workers=int(sys.argv[-1]))
"""


@pytest.mark.parametrize(("how", "workers"), [("a file", "1"), ("standard input", "2"), ("-c", "1")])
def test_a_script_that_trains_as_it_is_read_trains_once(empty_store, tmp_path, how, workers):
    (tmp_path / "script.py").write_text(SCRIPT)
    words = {"a file": [tmp_path / "script.py"], "standard input": ["-"], "-c": ["-c", SCRIPT]}[how]
    done = subprocess.run(
        [sys.executable, *words, workers], env=os.environ | {"PYTHONPATH": f"{TESTS}:{TESTS.parent}"},
        input=SCRIPT if how == "standard input" else "", text=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "read\n"
    assert stacks.missing(sweeping.runs(40)) == []


@pytest.mark.parametrize(
    ("death", "cause"),
    [
        ("os.kill(os.getpid(), 9)", "too little memory is the likely cause"),
        ("os.kill(os.getpid(), 11)", "died of SIGSEGV, again and again"),
        ("os._exit(3)", "ended with code 3, again and again; what it said before may have the cause"),
    ],
)
def test_the_cause_of_a_death_is_said_as_far_as_it_is_known(empty_store, tmp_path, monkeypatch, death, cause):
    (tmp_path / "dying.py").write_text(f"import os\n\ndef train(*call):\n    {death}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "dying", raising=False)
    monkeypatch.setattr(engines, "_train", importlib.import_module("dying").train)
    with pytest.raises(WorkerLost, match=cause):
        sweep.ensure(sweeping.runs(SHORT), workers=1)


def test_where_memory_is_short_fewer_processes_start_and_it_is_said(empty_store, monkeypatch, capsys):
    monkeypatch.setattr(machine, "free_memory", lambda: 1e9)
    monkeypatch.setenv("LOWDIFF_WORKERS", "2")
    monkeypatch.setattr(sweep, "START", 0.0)  # else it would not start any
    sweep.ensure(sweeping.runs(40))
    said = capsys.readouterr().err
    assert "1.0 GB of memory are free, and a training process takes about 0.6 GB: 1 of 2 processes start" in said
    assert "on one core" in said


def test_training_needs_nothing_that_windows_lacks(empty_store, monkeypatch):
    """No signal mask, and no process that keeps track of semaphores."""
    monkeypatch.delattr(signal, "pthread_sigmask")
    monkeypatch.setattr(engines.resource_tracker, "ensure_running", lambda: pytest.fail("there is none"))
    with engines._deaf_to_ctrl_c():
        pass
    monkeypatch.undo()
