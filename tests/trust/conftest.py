"""For the trust tests: a record of what each fault did, and processes to do it in."""

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
import smalldisk
from faults import RECORDS, Tally, recorded
from toy import Toy

HERE = Path(__file__).resolve().parent


@pytest.fixture
def keep_row(request) -> Callable[[str, dict], None]:
    """Write a row of a table for the book to a file of the test's own. `make faults` sums up."""
    file = RECORDS / f"{re.sub(r'[^A-Za-z0-9]+', '-', request.node.nodeid)}.jsonl"
    file.unlink(missing_ok=True)

    def keep(table: str, row: dict) -> None:
        RECORDS.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as opened:
            opened.write(json.dumps({"table": table, **row, "date": datetime.date.today().isoformat()}) + "\n")

    return keep


@pytest.fixture
def record_fault(keep_row) -> Callable[[str, str], AbstractContextManager[Tally]]:
    """`with record_fault("killed", "training") as tally:` counts what a fault did, for the book."""
    return partial(recorded, keep_row)


@pytest.fixture
def script(tmp_path) -> Callable[..., dict[str, str]]:
    """Run `tests/trust/NAME.py`: the tallies that it prints, by what was done. No other process has its folders.

    small_disk: it may mount one. library: the folder of the library that it uses, if not this one.
    """

    def run(name: str, *asked: object, small_disk: bool = False, library: Path | None = None) -> dict[str, str]:
        folders = {
            "TMPDIR": tmp_path / "tmp",
            "LOWDIFF_RUNS": tmp_path / "all/runs",
            "LOWDIFF_DATA": tmp_path / "all/data",
        }
        folders["TMPDIR"].mkdir(exist_ok=True)
        known = [*filter(None, [library, HERE.parent, os.environ.get("PYTHONPATH")])]
        environment = folders | {"PYTHONPATH": os.pathsep.join(map(str, known))}
        if library:
            environment = {
                "TMPDIR": folders["TMPDIR"],
                "PYTHONPATH": environment["PYTHONPATH"],
                "LOWDIFF_ROOT": library,
            }
        done = subprocess.run(
            [*(smalldisk.ALONE if small_disk else []), sys.executable, str(HERE / f"{name}.py"), *map(str, asked)],
            env=os.environ | {key: str(value) for key, value in environment.items()},
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.endswith("}"))

    return run


@pytest.fixture
def namespace() -> None:
    """Skip where no small disk can be mounted."""
    alone = smalldisk.ALONE
    if not shutil.which(alone[0]) or subprocess.run([*alone, "mount", "-t", "tmpfs", "x", "/mnt"]).returncode:
        pytest.skip("needs mount namespaces: `unshare` of util-linux, allowed to users by the kernel")


@pytest.fixture
def toy(tmp_path) -> Toy:
    """A book of one chapter, whose cell notes each time that it runs."""
    (tmp_path / "toy").mkdir()
    toy = Toy(tmp_path / "toy")
    toy.edit("_toc.yml", "      - file: chapters/second\n", "")
    toy.edit("chapters/first.md", "print(", 'open("ran", "a").write("once\\n")\nprint(')
    return toy
