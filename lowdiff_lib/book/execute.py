"""Runs a chapter with papermill in a Python process of its own, and says what went wrong if it does.

The process is always this Python with this library, whether or not an environment is activated and whichever
`python3` kernels are installed.
"""

import copy
import hashlib
import logging
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import papermill
from ipykernel.kernelspec import make_ipkernel_cmd
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.words import death, duration
from lowdiff_lib.book import memory
from lowdiff_lib.book.chapters import Chapter
from lowdiff_lib.book.progress import Running
from lowdiff_lib.book.warm import Copied, Warm, environment

TRACEBACK_LINES = 12
LOG = "kernel.log"
INTERVAL = 0.2  # seconds
SOCKET_NAME = 104  # bytes that the name of a socket may have (108 on Linux, 104 on macOS)


class ChapterFailed(LowdiffError):
    """A cell raised, or its Python process died. The message says where, why and what was kept."""

    exit_code = 1


class _Kernel(AsyncKernelManager):
    """This Python with this library. What it says outside of cells goes to a log, for `_died`."""

    of: ClassVar["_Process"]

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(argv=make_ipkernel_cmd(), language="python", env=environment())

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
        self.of.kernel = self
        if self.of.warm:
            self.provisioner = _Copies(kernel_id=str(uuid.uuid4()), kernel_spec=self.kernel_spec, parent=self)
        log_file = Path(self.connection_file).with_name(LOG)
        with log_file.open("ab") as log:
            # Papermill would go to that folder itself, and take the chapters that run beside this one along.
            await super().start_kernel(**options, cwd=str(paths.root()), stdout=log, stderr=log)


class _Copies(LocalProvisioner):
    """Starts a kernel as a copy of a process that has loaded what chapters load."""

    process: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        assert isinstance(self.parent, _Kernel)
        warm = self.parent.of.warm
        assert warm
        copied = warm.copy(cmd[cmd.index("-f") :], kwargs["env"], kwargs["cwd"], kwargs["stdout"].name)
        if copied is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid = copied, copied.pid, copied.pid
        return self.connection_info


class _Process:
    """The Python process of one chapter, once it is started."""

    kernel: _Kernel | None = None

    def __init__(self, warm: Warm | None):
        self.warm = warm

    def manager(self) -> type[_Kernel]:
        """What starts it. Papermill asks for a class, and keeps what it makes of it to itself."""
        return type("_Kernel", (_Kernel,), {"of": self})

    def popen(self) -> subprocess.Popen | Copied | None:
        return getattr(self.kernel and self.kernel.provisioner, "process", None)

    def pid(self) -> int | None:
        process = self.popen()
        return process.pid if process else None

    def end(self) -> None:
        """Kill what papermill left running, or is still waiting for."""
        process = self.popen()
        if process and process.poll() is None:
            process.kill()
            process.wait()

    @contextmanager
    def ended_by(self, stop: threading.Event) -> Iterator[None]:
        """While the block runs, `stop` ends the process; also one that is only being started when it comes."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(INTERVAL):
                if stop.is_set():
                    self.end()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
            self.end()


class _Place:
    """Which code cell is running, since when."""

    def __init__(self, chapter: Chapter, progress: Running):
        self.chapter, self.progress = chapter, progress
        self.number, self.started = 0, time.monotonic()

    def enter(self, cell: Any, cell_index: int) -> None:
        ids = [known.id for known in self.chapter.code_cells]
        if cell.id in ids:
            self.number, self.started = ids.index(cell.id), time.monotonic()
            self.progress.start_cell(self.number + 1, len(ids))

    def describe(self, line: int = 1) -> str:
        """The cell and the line of the text notebook, for line `line` of the cell."""
        place = self.chapter.code_line(self.number) + line - 1
        count = len(self.chapter.code_cells)
        return f"{self.chapter.file}, line {place} (code cell {self.number + 1} of {count})"


def execute(
    chapter: Chapter,
    values: Mapping[str, Any],
    output: Path,
    progress: Running,
    stop: threading.Event,
    warm: Warm | None = None,
) -> float:
    """Run all cells of `chapter` with parameters `values`; `output` is the notebook, whole or not at all.

    Returns how much memory that took at most, in MB, with the processes that trained.
    warm: what to copy its process from, if that saves time.
    The caller holds a lock on `output`, and may run other chapters in other threads. Raises ChapterFailed if a cell
    does, and keeps the notebook up to there as `failed.ipynb` beside `output`; if `stop` ends it, it keeps nothing.
    """
    place, process = _Place(chapter, progress), _Process(warm)
    output.parent.mkdir(parents=True, exist_ok=True)
    partial, kept = output.with_name(f".{output.stem}.partial.ipynb"), output.with_name("failed.ipynb")
    kept.unlink(missing_ok=True)
    for library in ("papermill", "asyncio"):  # what they would say, the messages below say
        logging.getLogger(library).setLevel(logging.CRITICAL)
    try:
        with memory.peak(process.pid) as taken:
            failure = _run(place, process, values, partial, stop)
        if not failure:
            partial.replace(output)
            return taken.megabytes
        if partial.is_file() and not stop.is_set():
            partial.replace(kept)
    finally:
        partial.unlink(missing_ok=True)
    raise ChapterFailed(f"{failure}\nThe notebook up to there is {kept}")


def _run(place: _Place, process: _Process, values: Mapping[str, Any], partial: Path, stop: threading.Event) -> str:
    """Run the cells and write what comes of it to `partial`; what went wrong, in words, or nothing."""
    with _private_folder(partial) as folder, process.ended_by(stop):
        try:
            papermill.execute_notebook(
                copy.deepcopy(place.chapter.notebook),
                partial,
                parameters=dict(values),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                stdout_file=place.progress,
                stderr_file=place.progress,
                kernel_manager_class=process.manager(),
                config=_connection(folder),
                on_cell_start=place.enter,
            )
        except PapermillExecutionError as error:
            return _raised(place, error)
        except RuntimeError as error:
            if "kernel" not in str(error).lower():
                raise
            return _died(place, process, error, Path(folder, LOG))
    return ""


@contextmanager
def _private_folder(partial: Path) -> Iterator[str]:
    """A temporary folder for one run. Those of killed runs of the same notebook go with it.

    At the end once more: at the beginning the kernel of a killed run may still be there, and write while it dies.
    """
    prefix = f"lowdiff-{hashlib.sha256(str(partial).encode()).hexdigest()[:8]}-"

    def remove() -> None:
        for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            shutil.rmtree(left, ignore_errors=True)

    remove()
    try:
        yield tempfile.mkdtemp(prefix=prefix)
    finally:
        remove()


def _connection(folder: str) -> Config:
    """Sockets in a private folder, as other users may reach TCP ports, where each message is signed.

    There are only those on Windows, and where the name of the folder leaves no room for that of a socket.
    """
    options = {"connection_file": os.path.join(folder, "kernel.json")}
    ipc = os.name == "posix" and len(os.fsencode(f"{folder}/kernel-ipc-5")) < SOCKET_NAME
    return Config({"KernelManager": options | ({"transport": "ipc"} if ipc else {})})


def _raised(place: _Place, error: PapermillExecutionError) -> str:
    """What a cell raised: where in the text notebook, and the end of the traceback."""
    traceback = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback)).rstrip()
    inside = re.findall(rf"Cell In\[{error.exec_count}\], line (\d+)", traceback)
    lines = [line for line in traceback.splitlines() if line.strip()][-TRACEBACK_LINES:]
    where = place.describe(int(inside[-1]) if inside else 1)
    return "\n".join([f"{where}: {error.ename}: {error.evalue}", *(f"    {line}" for line in lines)])


def _died(place: _Place, process: _Process, error: Exception, log: Path) -> str:
    """What is known about a process that is gone without a word."""
    code = place.chapter.code_cells[place.number].source.splitlines()
    spent = duration(time.monotonic() - place.started)
    last = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-3:]
    said = [f"It last printed: {place.progress.line}"] if place.progress.line else []
    popen = process.popen()
    end = death(popen.poll() if popen else None)
    memory_short = "Most likely the machine ran out of memory. Try smaller parameters, or --profile smoke."
    return "\n".join(
        [
            f"{place.describe()}: its Python process is gone ({error}), {spent} into the cell:",
            *(f"    {line}" for line in code[:5]),
            *said,
            *(f"The process said: {line}" for line in last),
            f"It {end}." if end else memory_short,
        ]
    )
