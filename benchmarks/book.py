"""What a reader and an author wait for: an import, the help, the first figure, a build where little or nothing changed.

Each in a process of its own, from its start to its end. The book is the toy book of the tests, two chapters.
"""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.timing import Rows, Scale, alone, in_turns, row
from lowdiff_lib.book import chapters, executed

ROOT = Path(__file__).resolve().parent.parent
FIGURE = """
from lowdiff_lib import figures
from lowdiff_lib.experiments.studies import mixtures
figures.mixture_samples(mixtures.samples(300))
"""
NEEDED = "import torch, pandas, matplotlib.figure"


def python(code: str) -> Callable[[], object]:
    return _command(sys.executable, "-c", code)


def _command(*words: str, cwd: Path = ROOT) -> Callable[[], object]:
    return lambda: subprocess.run(words, check=True, capture_output=True, cwd=cwd)


def rows(scale: Scale) -> Rows:
    jupyter_book = str(Path(sys.executable).parent / "jupyter-book")
    start = ("an empty Python", python("pass"))
    waits = {
        "import lowdiff_lib": (python("import lowdiff_lib"), None, start),
        "lowdiff --help": (
            _command(sys.executable, "-m", "lowdiff_lib.cli", "--help"),
            ("jupyter-book --help", _command(jupyter_book, "--help")),
            start,
        ),
        "first figure": (python(FIGURE), None, ("importing what draws and computes", python(NEEDED))),
    }
    for case, (ours, peer, limit) in list(waits.items())[: scale.pick(2, None)]:
        yield _waited(case, ours, peer, limit, scale)
    if scale.quick:  # the rest takes half a minute, however small
        return
    yield from _memory()
    with tempfile.TemporaryDirectory() as folder:
        yield from _builds(Path(folder), jupyter_book, scale)


def _waited(case: str, ours, peer, limit, scale: Scale) -> dict:
    calls = {"ours": ours} | {each[0]: each[1] for each in (peer, limit) if each}
    taken = in_turns(calls, scale.pick(1, 4), first=scale.pick(0, 1))
    pairs: dict[str, Any] = {
        name: (each[0], taken[each[0]]) for name, each in (("peer", peer), ("limit", limit)) if each
    }
    return row("book", case, "s", taken["ours"], **pairs)


def _builds(folder: Path, jupyter_book: str, scale: Scale) -> Rows:
    sys.path.insert(0, str(ROOT / "tests"))
    from toy import Toy  # type: ignore[import-not-found]

    toy, number = Toy(folder), count()
    clean(toy)
    theirs = _command(jupyter_book, "build", str(toy.path("_build/book-src")), "--path-output", str(folder / "theirs"))

    def edited(file: str, words: str, more: str = "") -> Callable[[], object]:
        def build() -> None:
            toy.edit(file, words, f"{words}{more} {next(number)}")
            toy.lowdiff("build")

        return build

    plain = ("jupyter-book build", theirs)
    yield _waited("a build from nothing, both chapters run", lambda: clean(toy), None, None, scale)
    yield _waited("a build where nothing changed", lambda: toy.lowdiff("build"), plain, None, scale)
    yield _waited("a build where a sentence changed", edited("chapters/first.md", "Some prose"), plain, None, scale)
    line = edited("lowdiff_lib/toy.py", "return 2 * x", " +")
    yield _waited("a build where a library line changed that one chapter reaches", line, None, None, scale)
    with following(toy) as shown:
        yield _waited(
            "a sentence changed until `serve --watch` shows it", lambda: shown(next(number)), plain, None, scale
        )


@contextmanager
def following(toy) -> Iterator[Callable[[int], None]]:
    """While pages follow their texts: writes a number into a chapter, and waits until its page has it."""
    page = toy.path("_build/html/chapters/first.html")
    process = toy.start("serve", "--watch", "--port", "0")

    def shown(number: int) -> None:
        toy.edit("chapters/first.md", "Some prose", f"Some prose {number}")
        deadline = time.monotonic() + 60
        while f"Some prose {number}" not in page.read_text(encoding="utf-8"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the page does not follow its text")
            time.sleep(0.02)

    try:
        yield shown
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def clean(toy) -> None:
    shutil.rmtree(toy.path("_build"), ignore_errors=True)
    toy.lowdiff("build")


def _memory() -> Rows:
    """Of each chapter as it ran last on this machine; to run them all again would take minutes."""
    for name in chapters.names():
        notebook = executed.latest(name)
        record = notebook and executed.read_record(notebook)
        if record and "megabytes" in record:
            yield row("book", f"memory that chapter {name} took at most", "MB", [record["megabytes"]])


if __name__ == "__main__":
    alone(rows, __doc__)
