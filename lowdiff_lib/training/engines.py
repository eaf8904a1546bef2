"""Where stacks are trained: in processes of this machine, or by the workers of a Dask cluster.

An engine is a generator. It yields every moment while it works, ends when all is trained and raises what training
raises. A worker that dies loses what came after its last checkpoint: its stack is trained on by another, as long as
that brings it further. Torch is loaded by whoever trains, and only there (Dask's scheduler reads this module too).
"""

import contextlib
import gc
import importlib.util
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import types
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import resource_tracker
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError, WorkerLost
from lowdiff_lib.base.interrupts import ctrl_c_waits
from lowdiff_lib.base.storage import replacing
from lowdiff_lib.base.words import death
from lowdiff_lib.specs import RunSpec

Call = tuple[Sequence[RunSpec], str]  # the runs of a stack, and its key: the arguments of `stacks.train`
Kept = Callable[[Sequence[Call]], object]  # what would survive a stop now

DIED = "{} {}. What was finished is kept"
KILLED = "died, again and again; too little memory is the likely cause"


def process_pool(
    calls: Sequence[Call], workers: int, kept: Kept, cards: Sequence[str] = ()
) -> Generator[None, None, None]:
    """Train in processes of this machine, which end with it.

    workers: how many. cards: graphics cards, as CUDA_VISIBLE_DEVICES names them; each process sees one, in turn.
    """
    before: object = None
    while True:
        processes: list[multiprocessing.process.BaseProcess] = []
        try:
            yield from _one_pool(calls, workers, cards, processes)
            return
        except (BrokenProcessPool, EOFError, ConnectionError):  # the last two: before one could start
            now = kept(calls)
            if now == before:
                raise WorkerLost(DIED.format("a training process", _why(processes))) from None
            before = now
            _say("a training process died; going on from the checkpoints")


def _why(processes: Sequence[multiprocessing.process.BaseProcess]) -> str:
    """What made the first of some processes end; the others were then told to."""
    for process in processes:
        process.join(5)  # its pipe closes a moment before it has an exit code
    if not (ends := [end for process in processes if (end := death(process.exitcode))]):
        return KILLED
    return f"{ends[0]}, again and again; what it said before may have the cause"


def _one_pool(
    calls: Sequence[Call], workers: int, cards: Sequence[str], processes: list[multiprocessing.process.BaseProcess]
) -> Generator[None, None, None]:
    """Processes that are started are added to `processes`."""
    context = _context()
    others = multiprocessing.active_children()
    deal = context.SimpleQueue()
    for number in range(workers if cards else 0):
        deal.put(cards[number % len(cards)])
    with ProcessPoolExecutor(
        min(workers, len(calls)), context, _begin, (deal if cards else None, dict(os.environ))
    ) as pool:
        waiting: set[Future] = set()
        try:
            with _deaf_to_ctrl_c(), _without_script():
                for call in calls:  # noted at once: the first may be dead before the last is asked for
                    waiting.add(pool.submit(_train, *call))
                    known = [*others, *processes]
                    processes += [process for process in multiprocessing.active_children() if process not in known]
            while waiting:
                done, waiting = wait(waiting, timeout=1, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                yield
        except BaseException:
            for process in processes:
                process.terminate()  # its stack goes on from the checkpoint next time
            pool.shutdown(cancel_futures=True)  # whose thread asks how they ended, too: only one can be told
            raise


def _context() -> Any:
    """How processes start: as copies of one that has loaded torch, which is then loaded once; elsewhere anew.

    Of this library it loads nothing: which one that is, decides the path of the caller, which a copy is told.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch._dynamo"])  # with torch; it has not looked for a card then
    return context


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Processes that start in this block never hear it: it reaches all of a terminal, and the first one decides.

    This process hears it when the block is over; a process half started would complain.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows: `_begin` makes them deaf, a moment later
        with ctrl_c_waits():
            yield
        return
    resource_tracker.ensure_running()  # which ends with open ears
    with ctrl_c_waits():
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextlib.contextmanager
def _without_script() -> Iterator[None]:
    """Processes that start in this block do not read the caller's script again, of which they need nothing.

    It may train as it is read, without end; and one from standard input cannot be read twice.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _begin(deal: SimpleQueue | None, environment: Mapping[str, str]) -> None:
    """First thing in a training process: end with the parent, and take a graphics card, before torch looks for one.

    environment: that of its parent, which may have changed since the process began that it is a copy of; what torch
    reads while it is loaded, such as OMP_NUM_THREADS, stays as it was then.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(environment)
    if deal is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = deal.get()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _train(job: Sequence[RunSpec], stack_key: str, wanted: Callable[[], bool] = lambda: True) -> None:
    from lowdiff_lib.training import stacks

    stacks.train(job, stack_key, wanted)


def this_process(calls: Sequence[Call]) -> Generator[None, None, None]:
    """Train here, one stack after the other. Torch then has the threads that it had."""
    import torch

    threads = torch.get_num_threads()
    try:
        for call in calls:
            _train(*call)
            yield
    finally:
        torch.set_num_threads(threads)


def team_of_processes(calls: Sequence[Call]) -> Generator[None, None, None]:
    """Train each stack with all the processes that `torchrun` started, one stack after the other."""
    from lowdiff_lib.training import stacks, team

    team.join()
    for job, _ in calls:
        team.take_place(job[0])
        yield from stacks.train_together(job)


# ---- Dask ----

ANSWER = 10  # seconds within which a scheduler answers
_ONE_AT_A_TIME = threading.Lock()  # a worker with several threads: torch's random state belongs to the process


def dask_cluster(calls: Sequence[Call], address: str, kept: Kept) -> Generator[None, None, None]:
    """Train on the workers of the Dask scheduler at `address`, such as tcp://10.0.0.1:8786.

    The workers read and write the caller's run store and data folder, under the same paths. Raises LowdiffError if
    the extra `cluster` is not installed, nobody answers at the address, or a worker does not see the run store.
    """
    if importlib.util.find_spec("distributed") is None:
        raise LowdiffError("a cluster needs Dask, which is not installed; pip install 'lowdiff[cluster]'")
    from distributed import CancelledError, Client, KilledWorker
    from distributed.comm import CommClosedError

    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # else a traceback when the scheduler goes
    try:
        client, why = Client(address, timeout=ANSWER, set_as_default=False), ""
    except (OSError, ValueError, TypeError) as error:
        client, why = None, str(error)
    if client is None:
        gc.collect()  # what is half made ends now: later it might while another starts, and the two would wait for ever
        raise LowdiffError(
            f"no Dask scheduler answers at {address} ({why}); start one with `dask scheduler`, or correct the address"
        )
    with client, _mark() as mark:
        _advise(client.nthreads(), address)

        def submit(call: Call):
            name = f"train-{call[1]}-{uuid.uuid4().hex[:8]}"
            return client.submit(_on_worker, call, _places(), mark, key=name, pure=False)

        waiting = {submit(call): call for call in calls}
        before = {call[1]: kept([call]) for call in calls}
        while waiting:
            time.sleep(0.2)
            for future in [future for future in waiting if future.done()]:
                call = waiting.pop(future)
                try:
                    future.result()
                except KilledWorker:  # the workers that Dask tried it on died, one after the other
                    now = kept([call])
                    if now == before[call[1]]:
                        raise WorkerLost(DIED.format("Dask workers", KILLED)) from None
                    before[call[1]] = now
                    waiting[submit(call)] = call
                except (CancelledError, CommClosedError):
                    raise WorkerLost(
                        f"the Dask scheduler at {address} went away or dropped the work; "
                        "what was finished is kept, and the next call goes on from there"
                    ) from None
                except ModuleNotFoundError as error:
                    raise LowdiffError(f"a Dask worker has {error}; install lowdiff where the workers run") from None
            yield


def _on_worker(call: Call, places: dict[str, str], mark: Path) -> None:
    """Train one stack in a Dask worker, in the caller's folders, until the caller's mark is gone."""
    with _ONE_AT_A_TIME:
        if not mark.exists():
            raise LowdiffError(
                f"the Dask worker on {socket.gethostname()} does not see the run store {mark.parent.parent} of the "
                "caller; put it on a file system that all machines share, and name it in LOWDIFF_RUNS"
            )
        os.environ.update(places)
        _train(*call, wanted=mark.exists)


@contextlib.contextmanager
def _mark() -> Iterator[Path]:
    """A file in the run store: who sees it shares the store; when it goes, its maker is not waiting any more."""
    path = paths.runs().resolve() / "sweeps" / uuid.uuid4().hex
    with replacing(path) as temporary:
        temporary.write_text(f"{socket.gethostname()} {os.getpid()}\n")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _places() -> dict[str, str]:
    found = {"LOWDIFF_RUNS": str(paths.runs().resolve()), "LOWDIFF_DATA": str(paths.photographs().resolve())}
    found["LOWDIFF_CACHE"] = str(paths.cache().resolve())
    if "LOWDIFF_CELEBA" in os.environ:
        found["LOWDIFF_CELEBA"] = str(Path(os.environ["LOWDIFF_CELEBA"]).resolve())
    return found | {"LOWDIFF_DEVICE": os.environ.get("LOWDIFF_DEVICE", "auto")}


def _advise(threads: dict[str, int], address: str) -> None:
    start = f"dask worker {address} --nworkers -1 --nthreads 1"
    if not threads:
        _say(f"no worker at {address} yet; to start one for each core of a machine: {start}")
    elif max(threads.values()) > 1:
        _say(f"a worker with several threads trains one stack at a time; to use all cores: {start}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
