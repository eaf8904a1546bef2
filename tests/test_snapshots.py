"""A run can be looked at on its way: at the steps of its ladder, at no cost to its bits, whole, fresh, trained once."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sweeping
import torch
from sweeping import SHORT

from lowdiff_lib.base.errors import LowdiffError, TrainingDiverged
from lowdiff_lib.specs import Model, RunSpec, trio
from lowdiff_lib.training import made_by, runs, stacks, sweep, trainer, vouched
from lowdiff_lib.training.trainer import Snapshots, Trainer

SMALL = RunSpec("spiral", 50, width=16, depth=1, steps=200, batch=16)
THREE = list(trio(SMALL, 0).values())
FACES = RunSpec("faces", 10, network="unet", width=4, depth=1, resolution=20, steps=40, batch=4, lr=2e-3, sigma_max=2.0)
WAY = SMALL.ladder[:-1]


@pytest.fixture
def store(empty_store, session_folder, monkeypatch) -> Path:
    monkeypatch.setenv("LOWDIFF_DATA", str(session_folder / "data"))
    return empty_store


def taken(specs: list[RunSpec], until: int | None = None) -> tuple[Trainer, Snapshots]:
    """A trainer that is done, and what it took on the way."""
    found: Snapshots = {}
    done = Trainer(specs, until, found.update)
    for _ in done.train():
        pass
    return done, found


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def train(*asked: RunSpec | Model) -> None:
    for job in stacks.grouped(asked):
        stacks.train(job, stacks.key(job))


def kept(spec: RunSpec) -> list[int]:
    """The steps of which there is a file."""
    files = runs.snapshot(Model(spec)).parent.glob("*")
    return sorted(int(file.stem.removeprefix("step-")) for file in files)


# ---- the arithmetic ----


@pytest.mark.parametrize(
    "specs",
    [THREE, [FACES], [dataclasses.replace(FACES, parametrisation="blind")]],
    ids=["stack", "unet", "blind unet"],
)
def test_snapshots_change_no_bit_and_are_what_a_shorter_training_gives(specs, store):
    """Blind, the running statistics are part of it."""
    plain = Trainer(specs)
    for _ in plain.train():
        pass
    done, found = taken(specs)
    assert list(found) == list(specs[0].ladder[:-1])
    assert done.log == plain.log
    for m in range(len(specs)):
        assert same(done.weights(m), plain.weights(m))
    for step in (min(found), max(found)):
        stopped, again = taken(specs, step)
        assert stopped.step == step
        for m in range(len(specs)):
            assert same(stopped.weights(m), found[step][m])
            assert same(again[step][m], found[step][m])


def test_a_training_that_stops_within_a_block_leaves_no_checkpoint_to_go_on_from(store, monkeypatch):
    """The random numbers of the whole block are drawn: what follows would not be this run."""
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    for until, left in ((WAY[0], False), (100, True)):
        checkpoint = store / f"{until}" / "checkpoint"
        for _ in Trainer([SMALL], until).train(checkpoint):
            pass
        assert checkpoint.exists() == left
    resumed = Trainer([SMALL])
    for _ in resumed.train(store / "100" / "checkpoint"):
        pass
    assert same(resumed.weights(0), taken([SMALL])[0].weights(0))


def test_nothing_is_kept_of_a_block_in_which_a_run_diverges():
    found: Snapshots = {}
    wild = Trainer([SMALL, SMALL.twin(1)], None, found.update)
    wild.data[1][3] = float("inf")
    with pytest.raises(TrainingDiverged):
        list(wild.train())
    assert not found


# ---- the store ----


def test_if_one_step_is_wanted_all_on_the_way_are_kept(store):
    train(*THREE, Model(SMALL, WAY[3]))
    _, found = taken(THREE)
    for m, spec in enumerate(THREE):
        assert kept(spec) == list(WAY)
        for step in WAY:
            assert same(runs.read_snapshot(Model(spec, step)), found[step][m])
    train(*(dataclasses.replace(spec, split=1) for spec in THREE))
    assert not kept(dataclasses.replace(SMALL, split=1))  # of others nothing is


def test_a_finished_run_is_trained_again_as_far_as_is_needed_and_stays_what_it_is(store):
    train(SMALL)
    weights = runs.folder(SMALL) / "weights.safetensors"
    before = weights.stat().st_mtime_ns
    train(Model(SMALL, WAY[2]), Model(SMALL, WAY[4]), SMALL)
    assert kept(SMALL) == list(WAY[:5])
    _, found = taken([SMALL])
    assert same(runs.read_snapshot(Model(SMALL, WAY[4])), found[WAY[4]][0])
    assert weights.stat().st_mtime_ns == before


def test_a_model_is_loaded_at_a_step(store):
    train(SMALL, Model(SMALL, WAY[1]))
    y = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    stopped, _ = taken([SMALL], WAY[1])
    with torch.no_grad():
        expected = stopped.model.residual(y[None], torch.full((1, 20), 0.3))[0].double()
    assert torch.equal(runs.load(Model(SMALL, WAY[1])).residual(y, 0.3), expected)
    assert not torch.equal(runs.load(Model(SMALL)).residual(y, 0.3), expected)
    assert torch.equal(runs.load(Model(SMALL)).residual(y, 0.3), runs.load(SMALL).residual(y, 0.3))
    with pytest.raises(LookupError, match=r"step=16\).*sweep\.ensure"):
        runs.load(Model(dataclasses.replace(SMALL, steps=16 * 2), 16))


HARM = {
    "cut": lambda file, about: file.write_bytes(file.read_bytes()[:99]),
    "empty": lambda file, about: file.write_bytes(b""),
    "of another run": lambda file, about: file.write_bytes(runs.snapshot(OTHER).read_bytes()),
    "of another step": lambda file, about: file.write_bytes(runs.snapshot(Model(SMALL, WAY[0])).read_bytes()),
    "of other code": lambda file, about: rewrite(file, about, made_by.code(SMALL), "0" * 16),
    "of another torch": lambda file, about: rewrite(file, about, made_by.torch_version(), "2.0.0"),
}
MODEL, OTHER = Model(SMALL, WAY[1]), Model(SMALL.twin(1), WAY[1])


def rewrite(file: Path, about: dict[str, str], old: str, new: str) -> None:
    vouched.write(file, vouched.read(file)[0], about | {"made_by": about["made_by"].replace(old, new)})


def test_a_snapshot_that_is_damaged_or_stale_is_noticed_and_named_and_made_again(store, capfd):
    train(MODEL, OTHER)
    file = runs.snapshot(MODEL)
    whole, about = file.read_bytes(), vouched.read(file)[1]
    for what, harm in HARM.items():
        harm(file, about)
        assert runs.read_snapshot(MODEL) is None, what
        with pytest.raises(LookupError):
            runs.load(MODEL)
        if what in ("cut", "of other code"):
            capfd.readouterr()
            sweep.ensure([MODEL, OTHER], workers=1)
            assert f"trained again: {file}\n" in capfd.readouterr().err
            assert file.read_bytes() == whole
    file.write_bytes(whole)
    sweep.ensure([MODEL, OTHER], workers=1)
    assert capfd.readouterr().err == ""


def test_no_flipped_byte_of_a_snapshot_is_used(store):
    model = Model(SMALL, WAY[1])
    train(model)
    file = runs.snapshot(model)
    whole, weights = file.read_bytes(), runs.read_snapshot(model)
    for place in torch.randint(len(whole), (40,), generator=torch.Generator().manual_seed(0)).tolist():
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        found = runs.read_snapshot(model)
        assert found is None or same(found, weights)  # a blank may become another blank


# ---- who stops, and who asks at once ----


@pytest.mark.parametrize("first", ["looked at", "not looked at"])
def test_resuming_keeps_the_steps_before_the_checkpoint_or_trains_them_again(store, monkeypatch, first):
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    job = [SMALL, *(Model(SMALL, step) for step in WAY)]
    answers = iter([True, False])
    begun = job if first == "looked at" else [SMALL]
    with pytest.raises(LowdiffError, match="does not want"):
        stacks.train(begun, stacks.key(begun), lambda: next(answers))
    early = [step for step in WAY if step <= 128]
    assert kept(SMALL) == (early if first == "looked at" else [])
    times = [runs.snapshot(Model(SMALL, step)).stat().st_mtime_ns for step in kept(SMALL)]
    train(*job)
    assert kept(SMALL) == list(WAY)
    assert not stacks.missing(job)
    _, found = taken([SMALL])
    assert all(same(runs.read_snapshot(Model(SMALL, step)), found[step][0]) for step in WAY)
    if first == "looked at":
        assert [runs.snapshot(Model(SMALL, step)).stat().st_mtime_ns for step in early] == times
    assert not list(store.rglob("checkpoint*"))


def test_looking_at_an_early_step_loses_no_checkpoint_of_the_whole_training(store, monkeypatch):
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    answers = iter([True, False])
    with pytest.raises(LowdiffError, match="does not want"):
        stacks.train([SMALL], stacks.key([SMALL]), lambda: next(answers))
    (checkpoint,) = store.rglob("checkpoint*")
    train(Model(SMALL, WAY[0]))
    assert kept(SMALL) == [WAY[0]]
    assert checkpoint.exists()


def test_two_processes_that_ask_for_one_snapshot_train_it_once(store):
    script = Path(sweeping.__file__)
    ended = subprocess.run([sys.executable, script, "snapshots", "2"], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    asked = sweeping.on_the_way()
    assert not stacks.missing(asked)
    jobs = stacks.grouped(asked)
    trained = [step for steps in sweeping.notes().values() for step in steps]
    assert len(trained) == 2 * len(jobs)  # each run once, to its end, and each again for its snapshots
    assert kept(asked[0].spec) == [step for step in asked[0].spec.ladder if step <= 226]
    assert sweeping.weights(sweeping.runs(SHORT)) == sweeping.uninterrupted(SHORT)


def test_a_sweep_trains_what_is_asked_of_runs_and_of_models(store, capfd):
    asked = [*THREE, Model(THREE[1], WAY[2]), Model(SMALL), Model(dataclasses.replace(SMALL, n_train=9), WAY[0])]
    assert sweep.outlook(asked).startswith("4 runs: 0 there, 4 to train in 2 stacks")
    sweep.ensure(asked, workers=2)
    assert "training 4 networks in 2 stacks" in capfd.readouterr().err
    assert not stacks.missing(asked)
    assert sweep.outlook(asked) == "4 runs, all there"
    assert stacks.missing([dataclasses.replace(SMALL, n_train=9)])  # its end was not asked for
    assert not list(store.rglob("checkpoint*"))


def test_an_unknown_step_is_told_at_once_and_without_torch():
    script = (
        "import sys, time\nstart = time.perf_counter()\n"
        "from lowdiff_lib.base.errors import LowdiffError\nfrom lowdiff_lib.specs import Model, RunSpec\n"
        "try:\n    Model(RunSpec('spiral', 10), 99)\nexcept LowdiffError as error:\n"
        "    assert 'torch' not in sys.modules and time.perf_counter() - start < 1\n    sys.exit(error.exit_code)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], env=os.environ).returncode == 2
