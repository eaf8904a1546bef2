"""Harm that is done to a toy book, in processes that have everything loaded.

    python building.py kill N         builds, killed at random moments until that makes N
    python building.py interrupt N    builds that hear Ctrl-C at random moments
    python building.py stage N        stagings, killed
    python building.py together N     N processes run a chapter at once, then N build at once
    python building.py full N         builds on a disk with few pages left
    python building.py locked N       builds on a disk that may not be written to

LOWDIFF_ROOT names the toy; PYTHONPATH has its library first. Prints a `Tally`.
"""

import hashlib
import importlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import forks
import psutil
import smalldisk
from faults import Tally
from forks import Ended

from lowdiff_lib import cli
from lowdiff_lib.base import paths
from lowdiff_lib.book import chapters, executed, stage

for module in ("build", "execute"):  # before the first fork
    importlib.import_module(f"lowdiff_lib.book.{module}")
BUILT, HTML, EXECUTED = paths.build(), paths.build() / "html", paths.build() / "executed"
PRODUCTS = {".doctrees", "html/.buildinfo"}
CHANCE = random.Random(0)


def lowdiff(*arguments: str) -> forks.Action:
    return lambda: cli.main(arguments)


def files(folder: Path) -> dict[str, str]:
    """Hash of every file."""
    whole = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in whole}


def litter() -> list[str]:
    """Sphinx's reports of an error stay: they are named in the message."""
    temporary = [name for name in os.listdir(tempfile.gettempdir()) if not name.startswith("sphinx-err-")]
    return [*set(forks.strays(BUILT)) - PRODUCTS, *temporary]


def left_running() -> list[str]:
    """Processes that work on this toy, other than this one and those that started it."""
    mine = {os.getpid(), *(process.pid for process in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid not in mine and process.environ().get("LOWDIFF_ROOT") == str(paths.root()):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def outputs() -> dict[str, object]:
    """For each chapter that counts as executed, what its page would show."""
    found = {chapter.name: executed.latest(chapter.name) for chapter in chapters.all_chapters()}
    return {name: stage.with_outputs(chapters.load(name), path) for name, path in found.items() if path}


def break_builds(tally: Tally, wanted: int, by: int) -> None:
    """Rounds that begin with nothing; each goes on, stopped once or more, until a build comes to its end."""
    shutil.rmtree(BUILT, ignore_errors=True)
    start = time.monotonic()
    assert forks.run(lowdiff("build")).code == 0
    duration, whole, pages = time.monotonic() - start, outputs(), files(HTML)
    while tally.tries < wanted:
        shutil.rmtree(BUILT)
        while (ended := forks.interrupted(lowdiff("build"), CHANCE.uniform(0.02, duration), by)).code:
            tally.tries += 1
            check_end(tally, ended, by)
            done = outputs()
            tally.expect(all(shown == whole[name] for name, shown in done.items()), "other outputs")
            if CHANCE.random() < 0.5:
                ended = forks.run(lowdiff("build"))
                tally.keep(ended.code == 0, ended)
                tally.keep(not any(f"{name}: running" in ended.said for name in done), f"ran again: {ended.said}")
                break
        tally.expect(files(HTML) == pages, "other pages")
        tally.expect(not litter(), litter())
    time.sleep(2)
    tally.expect(not left_running(), left_running())


def check_end(tally: Tally, ended: Ended, by: int) -> None:
    if by == signal.SIGKILL:
        tally.expect(ended.code == -signal.SIGKILL, ended)
    else:
        said = "lowdiff: stopped; what was finished is kept, and the next call goes on from there"
        tally.expect(ended.code == 130 and said in ended.said and "Traceback" not in ended.said, ended)
        tally.expect(not litter(), litter())


def kill_stagings(tally: Tally, wanted: int) -> None:
    def staging() -> None:
        stage.stage(dict.fromkeys(chapters.names()))

    start = time.monotonic()
    assert forks.run(staging).code == 0
    duration, whole = time.monotonic() - start, files(stage.folder())
    while tally.tries < wanted:
        shutil.rmtree(stage.folder())
        while (ended := forks.interrupted(staging, CHANCE.uniform(0, duration))).code:
            tally.tries += 1
            tally.expect(ended.code == -signal.SIGKILL, ended)
            there = {
                name: value for name, value in files(stage.folder()).items() if not Path(name).name.startswith(".")
            }
            tally.expect(there.items() <= whole.items(), "a half file under its own name")
        tally.expect(files(stage.folder()) == whole, set(files(stage.folder())) ^ set(whole))


def together(tally: Tally, count: int) -> None:
    """What each does once is counted: the chapter's cell notes that it ran, a build says that it makes the pages."""
    for command, doing in ((("run", "first"), "first: running"), (("build",), "building the pages")):
        begin = time.monotonic() + 0.3

        def at_once(command: tuple[str, ...] = command, begin: float = begin) -> int:
            time.sleep(max(0.0, begin - time.monotonic()))  # a busy machine forks slowly
            return cli.main(command)

        ended = [started.end() for started in [forks.Try(at_once) for _ in range(count)]]
        tally.tries += count
        tally.keep(all(one.code == 0 for one in ended), ended)
        tally.expect(sum(doing in one.said for one in ended) == 1, [one.said for one in ended])
    tally.expect((paths.root() / "ran").read_text() == "once\n", "the cell ran more than once")
    tally.expect(not litter(), litter())


def on_a_small_disk(tally: Tally, wanted: int, locked: bool) -> None:
    """It says what is wrong in a sentence, leaves nothing half done, and goes on once there is room."""
    smalldisk.mount(BUILT, "64m")
    assert forks.run(lowdiff("build")).code == 0
    pages, used = files(HTML), sum(path.stat().st_size for path in HTML.rglob("*"))
    while tally.tries < wanted:
        for path in BUILT.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if locked:
            smalldisk.write_protect(BUILT, True)
        else:
            smalldisk.fill(
                BUILT, round(CHANCE.choice((0, 0.1, 0.5, 0.9)) * used / smalldisk.PAGE) + CHANCE.randrange(8)
            )
        ended = forks.run(lowdiff("build"))
        if locked:
            smalldisk.write_protect(BUILT, False)
        else:
            smalldisk.free(BUILT)
        tally.tries += ended.code != 0
        why = "No space left" in ended.said or "Read-only file system" in ended.said
        refused = ended.code == 1 and "lowdiff: " in ended.said and why and "Traceback" not in ended.said
        tally.expect(ended.code == 0 or refused, ended)
        tally.expect(not litter(), litter())
        ended = forks.run(lowdiff("build"))
        tally.keep(ended.code == 0, ended)
        tally.expect(files(HTML) == pages, "other pages")


def main(what: str, count: int) -> None:
    tally = Tally()
    if what == "stage":
        kill_stagings(tally, count)
    elif what == "together":
        together(tally, count)
    elif what in ("full", "locked"):
        on_a_small_disk(tally, count, locked=what == "locked")
    else:
        break_builds(tally, count, {"kill": signal.SIGKILL, "interrupt": signal.SIGINT}[what])
    print(f"{what} {tally}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
