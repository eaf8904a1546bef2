"""The Dask engine, on a real scheduler and real workers that talk over TCP."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sweeping
from sweeping import LONG, SHORT, until

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError, WorkerLost
from lowdiff_lib.training import engines, sweep

TESTS = Path(__file__).resolve().parent


class Cluster:
    """A scheduler; `start_worker` adds a worker process. None of them knows the caller's run store beforehand."""

    def __init__(self, folder: Path, allowed_failures: int):
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        failures = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures)}
        self.environment = os.environ | failures | {"LOWDIFF_RUNS": str(folder / "elsewhere")}
        contact = folder / "scheduler.json"
        self.scheduler = self.start("dask_scheduler", "--port", "0", "--scheduler-file", str(contact))
        until(contact.exists)
        self.address = json.loads(contact.read_text())["address"]

    def start_worker(self, *options: str) -> subprocess.Popen:
        options = ("--nthreads", "1", "--preload", str(TESTS / "sweeping.py"), *options)
        return self.start("dask_worker", self.address, "--local-directory", str(self.folder), *options)

    def start(self, command: str, *options: str, before: Sequence[str] = ()) -> subprocess.Popen:
        always = ("--host", "127.0.0.1", "--no-dashboard")
        log = (self.folder / f"{command}.log").open("a")
        asked = [*before, sys.executable, "-m", f"distributed.cli.{command}", *options, *always]
        self.processes.append(subprocess.Popen(asked, env=self.environment, stdout=log, stderr=log))
        return self.processes[-1]

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(empty_store, tmp_path, request) -> Iterator[Cluster]:
    started = Cluster(tmp_path, allowed_failures=getattr(request, "param", 3))
    yield started
    started.stop()


@pytest.mark.parametrize(
    "cluster",
    [
        pytest.param(3, id="Dask tries again"),
        pytest.param(0, id="Dask gives up at once, and the sweep tries again", marks=pytest.mark.slow),
    ],
    indirect=True,
)
def test_a_cluster_that_loses_a_worker_gives_the_same_bits_as_one_process(cluster):
    specs = sweeping.runs(LONG)
    lost, left = (cluster.start_worker("--no-nanny") for _ in range(2))
    with ThreadPoolExecutor(1) as thread:
        swept = thread.submit(sweep.ensure, specs, scheduler=cluster.address)
        until(lambda: swept.done() or sweeping.begun(LONG))
        assert sweeping.notes() == {lost.pid: [64], left.pid: [64]}
        lost.kill()
        swept.result(timeout=120)
    assert sweeping.weights(specs) == sweeping.uninterrupted(LONG)
    began, went_on = sweeping.notes()[left.pid]
    assert began < went_on, "the stack of the lost worker went on from its checkpoint"
    assert not list(paths.runs().glob("sweeps/*"))


@pytest.mark.slow
@pytest.mark.parametrize("cluster", [0], indirect=True)
def test_a_stack_that_kills_every_worker_is_given_up(cluster):
    dies = "import os, sweeping; sweeping.noted.__defaults__ = (None, lambda *_: os._exit(1))"
    cluster.start_worker("--preload", dies)
    with pytest.raises(WorkerLost, match="again and again"):
        sweep.ensure(sweeping.runs(SHORT)[:1], scheduler=cluster.address)


def test_a_cluster_that_goes_away_is_named(cluster):
    cluster.start_worker("--no-nanny")
    with ThreadPoolExecutor(1) as thread:
        swept = thread.submit(sweep.ensure, sweeping.runs(LONG), scheduler=cluster.address)
        until(lambda: swept.done() or bool(sweeping.notes()))
        cluster.scheduler.kill()
        with pytest.raises(WorkerLost, match="went away"):
            swept.result(timeout=120)


# ---- what is refused ----


def test_without_dask_the_remedy_is_named(empty_store, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(LowdiffError, match=r"pip install 'lowdiff\[cluster\]'"):
        sweep.ensure(sweeping.runs(SHORT), scheduler="tcp://127.0.0.1:8786")


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://here", ""])
def test_an_address_where_nobody_answers_is_named(empty_store, monkeypatch, address):
    monkeypatch.setattr(engines, "ANSWER", 1)
    with pytest.raises(LowdiffError, match="no Dask scheduler answers at"):
        sweep.ensure(sweeping.runs(SHORT), scheduler=address)


def test_a_worker_that_does_not_see_the_run_store_says_so(cluster, empty_store):
    empty_store.mkdir()
    # a machine whose folder of that name is another one: a mount that only the worker sees
    hidden = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        f'mount -t tmpfs x {empty_store} && "$@"',
        "-",
    ]
    if not shutil.which("unshare") or subprocess.run([*hidden, "true"], capture_output=True).returncode:
        pytest.skip("needs mount namespaces: `unshare` of util-linux, allowed to users by the kernel")
    cluster.start("dask_worker", cluster.address, "--no-nanny", before=hidden)
    with pytest.raises(LowdiffError, match=f"does not see the run store {empty_store}"):
        sweep.ensure(sweeping.runs(SHORT), scheduler=cluster.address)
