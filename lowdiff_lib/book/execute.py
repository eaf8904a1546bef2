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
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import papermill
from ipykernel.kernelspec import make_ipkernel_cmd
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.interrupts import ctrl_c_waits
from lowdiff_lib.base.words import death, duration
from lowdiff_lib.book import memory
from lowdiff_lib.book.chapters import Chapter
from lowdiff_lib.book.progress import Progress

TRACEBACK_LINES = 12
LOG = "kernel.log"
SOCKET_NAME = 104  # bytes that the name of a socket may have (108 on Linux, 104 on macOS)


class ChapterFailed(LowdiffError):
    """A cell raised, or its Python process died. The message says where, why and what was kept."""

    exit_code = 1


class _Kernel(AsyncKernelManager):
    """This Python with this library. What it says outside of cells goes to a log, for `_died`."""

    latest: ClassVar["_Kernel | None"] = None

    @property
    def kernel_spec(self) -> KernelSpec:
        library = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, (library, os.environ.get("PYTHONPATH"))))
        # Small products are as fast on one thread, and threads that share them wait for each other on a busy machine.
        threads = os.environ.get("OMP_NUM_THREADS", "1")
        environment = {"PYTHONPATH": path, "OMP_NUM_THREADS": threads}
        return KernelSpec(argv=make_ipkernel_cmd(), language="python", env=environment)

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
        _Kernel.latest = self
        log_file = Path(self.connection_file).with_name(LOG)
        with log_file.open("ab") as log, ctrl_c_waits():  # nobody knows of half a process
            await super().start_kernel(stdout=log, stderr=log, **options)

    @staticmethod
    def process() -> subprocess.Popen | None:
        return getattr(_Kernel.latest and _Kernel.latest.provisioner, "process", None)

    @staticmethod
    def pid() -> int | None:
        process = _Kernel.process()
        return process.pid if process else None

    @staticmethod
    def end() -> None:
        """Kill what papermill left running: it forgets a process that it was starting when Ctrl-C came."""
        process = _Kernel.process()
        if process and process.poll() is None:
            process.kill()
            process.wait()


class _Place:
    """Which code cell is running, since when."""

    def __init__(self, chapter: Chapter, progress: Progress):
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


def execute(chapter: Chapter, values: Mapping[str, Any], output: Path, progress: Progress) -> float:
    """Run all cells of `chapter` with parameters `values`; `output` is the notebook, whole or not at all.

    Returns how much memory that took at most, in MB, with the processes that trained.
    The caller holds a lock on `output`. Raises ChapterFailed if a cell does, and keeps the notebook up to there as
    `failed.ipynb` beside `output`.
    """
    place = _Place(chapter, progress)
    output.parent.mkdir(parents=True, exist_ok=True)
    partial, kept = output.with_name(f".{output.stem}.partial.ipynb"), output.with_name("failed.ipynb")
    kept.unlink(missing_ok=True)
    for library in ("papermill", "asyncio"):  # what they would say, the messages below say
        logging.getLogger(library).setLevel(logging.CRITICAL)
    try:
        with memory.peak(_Kernel.pid) as taken:
            failure = _run(place, values, partial)
        if not failure:
            partial.replace(output)
            return taken.megabytes
        if partial.is_file():
            partial.replace(kept)
    finally:
        partial.unlink(missing_ok=True)
    raise ChapterFailed(f"{failure}\nThe notebook up to there is {kept}")


def _run(place: _Place, values: Mapping[str, Any], partial: Path) -> str:
    """Run the cells and write what comes of it to `partial`; what went wrong, in words, or nothing."""
    with _private_folder(partial) as folder:
        try:
            papermill.execute_notebook(
                copy.deepcopy(place.chapter.notebook),
                partial,
                parameters=dict(values),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                cwd=paths.root(),
                stdout_file=place.progress,
                stderr_file=place.progress,
                kernel_manager_class=_Kernel,
                config=_connection(folder),
                on_cell_start=place.enter,
            )
        except PapermillExecutionError as error:
            return _raised(place, error)
        except RuntimeError as error:
            if "kernel" not in str(error).lower():
                raise
            return _died(place, error, Path(folder, LOG))
        finally:
            _Kernel.end()
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


def _died(place: _Place, error: Exception, log: Path) -> str:
    """What is known about a process that is gone without a word."""
    code = place.chapter.code_cells[place.number].source.splitlines()
    spent = duration(time.monotonic() - place.started)
    last = [line for line in log.read_text(errors="replace").splitlines() if line.strip()][-3:]
    said = [f"It last printed: {place.progress.line}"] if place.progress.line else []
    process = _Kernel.process()
    end = death(process.poll() if process else None)
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
