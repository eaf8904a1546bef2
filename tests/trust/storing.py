"""Harm that is done while runs are trained, measured and published, in processes that have everything loaded.

    python storing.py kill:STAGE:N ...    killed at random moments of STAGE: training, measuring or publishing
    python storing.py cut:STAGE:N ...     killed by the kernel in the middle of a write, at a random size of the file
    python storing.py full:STAGE:N ...    a disk with a random number of pages left
    python storing.py locked:STAGE:N ...  a disk that may not be written to

All is in LOWDIFF_RUNS and LOWDIFF_DATA, in one folder, which is a small disk for the last two. Prints the `Tally` of
each.
"""

import random
import shutil
import sys
import time
from collections.abc import Callable

import forks
import smalldisk
import smallrun
import torch
from faults import Tally

from lowdiff_lib import cli
from lowdiff_lib.base import paths
from lowdiff_lib.experiments import arms, catalog
from lowdiff_lib.publishing import publish
from lowdiff_lib.tables import manifest
from lowdiff_lib.training import runs, trainer

NAME = smallrun.STUDY.name
PLAN = smallrun.plan()
CHANCE = random.Random(0)
KNOWN = ("runs/training/", "runs/tables/")  # left by a killed writer and never removed: see test_litter.py


def put() -> None:
    table = PLAN.stored()
    assert table is not None
    manifest.put(PLAN.name, publish.as_csv(table), publish.describe(PLAN, "smoke"))


STAGES = {"training": smallrun.train, "measuring": smallrun.measure, "publishing": put}


def make() -> None:
    for stage in STAGES.values():
        stage()


def lowdiff_publish() -> int:
    """All three, as a user asks for them."""
    return cli.main(["publish", NAME, "--profile", "smoke", "--allow-small"])


def clear(stage: str) -> None:
    """Undo a stage and those after it."""
    later = list(STAGES)[list(STAGES).index(stage) :]
    folders = {"training": paths.runs(), "measuring": paths.runs() / "tables", "publishing": paths.data()}
    for each in later:
        shutil.rmtree(folders[each], ignore_errors=True)
    paths.data().mkdir(parents=True, exist_ok=True)


def whole() -> dict[str, bytes]:
    """Everything that counts as whole, by what it is, with its bytes."""
    there = {
        f"run {role}": (runs.folder(spec) / "weights.safetensors").read_bytes()
        for role, spec in PLAN.cases[0].runs.items()
        if runs.read(spec)
    }
    if PLAN.stored() is not None:
        there["table"] = PLAN.path.read_bytes()
    if published := manifest.find(PLAN.name):
        there["published"] = published.csv
    return there


def litter() -> list[str]:
    place = paths.runs().parent
    left = [*forks.strays(place), *(str(path) for path in place.rglob("checkpoint*"))]
    return [name for name in left if not name.startswith(KNOWN) and name != ".filler"]


# ---- killed ----


def break_again_and_again(tally: Tally, wanted: int, stage: str, broken: Callable[[], forks.Ended]) -> None:
    """Rounds that begin with nothing of a stage; each goes on, stopped again and again, until it comes to its end."""
    expected = whole()
    while tally.tries < wanted:
        clear(stage)
        before: set[str] = set()
        while (ended := broken()).code:
            tally.tries += 1
            now = whole()
            tally.expect(ended.code < 0, ended)
            tally.expect(now.items() <= expected.items(), "other bits")
            tally.keep(before <= now.keys(), f"{before - now.keys()} is gone")
            before = set(now)
            if CHANCE.random() < 0.3:  # let it come to its end, which it cannot where files may not grow
                ended = forks.run(STAGES[stage])
                tally.keep(ended.code == 0, ended)
        make()
        tally.expect(whole() == expected, "other bits in the end")
        tally.expect(not litter(), litter())


def kill(tally: Tally, wanted: int, stage: str) -> None:
    clear(stage)
    start = time.monotonic()
    assert forks.run(STAGES[stage]).code == 0
    seconds = time.monotonic() - start
    make()
    break_again_and_again(tally, wanted, stage, lambda: forks.interrupted(STAGES[stage], CHANCE.uniform(0, seconds)))


def cut(tally: Tally, wanted: int, stage: str) -> None:
    def broken() -> forks.Ended:
        return forks.cut(STAGES[stage], round(10 ** CHANCE.uniform(1.3, 4.5)))

    break_again_and_again(tally, wanted, stage, broken)


# ---- no room, no right to write ----


def full(tally: Tally, wanted: int, stage: str) -> None:
    expected = whole()
    while tally.tries < wanted:
        clear(stage)
        smalldisk.fill(paths.runs().parent, CHANCE.choice((0, 1, 2, 3, 5, 8)))
        refused(tally, forks.run(lowdiff_publish))
        smalldisk.free(paths.runs().parent)
        ended = forks.run(make)
        tally.keep(ended.code == 0, ended)
        tally.expect(whole() == expected, "other bits in the end")


def locked(tally: Tally, wanted: int, stage: str) -> None:
    expected = whole()
    for _ in range(wanted):
        clear(stage)
        smalldisk.write_protect(paths.runs().parent, True)
        refused(tally, forks.run(lowdiff_publish))
        smalldisk.write_protect(paths.runs().parent, False)
        ended = forks.run(make)
        tally.keep(ended.code == 0, ended)
        tally.expect(whole() == expected, "other bits in the end")


def refused(tally: Tally, ended: forks.Ended) -> None:
    """With one sentence, and nothing half done left. Or there was room enough."""
    tally.tries += ended.code != 0
    last = ended.said.strip().splitlines()[-1]
    why = "No space left" in last or "Read-only file system" in last
    refused = ended.code == 1 and last.startswith("lowdiff: ") and why and "Traceback" not in ended.said
    tally.expect(ended.code == 0 or refused, ended)
    tally.expect(not litter(), litter())


def main(*asked: str) -> None:
    """asked: what, stage and number of tries, joined by colons."""
    torch.set_num_threads(1)  # before the first fork: threads do not survive it
    trainer.CHECKPOINT_SECONDS = 0.0  # else so short a training would write none
    catalog.STUDIES[NAME] = ("smallrun:STUDY", arms.MIXTURES)
    parts = [one.split(":") for one in asked]
    if any(what in ("full", "locked") for what, *_ in parts):
        smalldisk.mount(paths.runs().parent, "4m")
    paths.data().mkdir(parents=True, exist_ok=True)
    make()
    for what, stage, count in parts:
        tally = Tally()
        {"kill": kill, "cut": cut, "full": full, "locked": locked}[what](tally, int(count), stage)
        print(f"{what}:{stage} {tally}")


if __name__ == "__main__":
    main(*sys.argv[1:])
