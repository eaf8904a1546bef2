"""The pages, by jupyter-book: in a process of its own, or in one that has loaded it and ends afterwards."""

import contextlib
import io
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from lowdiff_lib.base import paths, storage
from lowdiff_lib.base.errors import LowdiffError

LINES = 20  # of what jupyter-book complains about; a full disk makes hundreds
CHAINED = re.compile(r"\n(?:The above exception was the direct cause|During handling of the above exception).*\n")
STRICT = ("-W", "-n", "--keep-going", "-q")
# It ends with the process that started it, however that ends: else the next build would have a rival.
_FOLLOW = """
import os, sys, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
from jupyter_book.cli.main import main
main()
"""
_loaded = False


class BookFailed(LowdiffError):
    """jupyter-book found something wrong with a page; the message has its warnings."""

    exit_code = 1


def make() -> None:
    """Make the pages of what is staged. Raises BookFailed if one has a warning."""
    from lowdiff_lib.book import stage

    arguments = ["build", str(stage.folder()), "--path-output", str(paths.build().parent), *STRICT]
    code, text = _here(arguments) if _loaded else _elsewhere(arguments)
    log = paths.build() / "jupyter-book.log"
    if not code:
        log.unlink(missing_ok=True)
        return
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    storage.write_if_changed(log, text.encode())
    said = [line for line in text.splitlines() if re.search(r"\b(WARNING|ERROR|CRITICAL)\b", line)]
    shown = [*map(stage.in_sources, said[:LINES]), *([f"and {len(said) - LINES} more"] if len(said) > LINES else [])]
    if not said or CHAINED.search(text):
        shown += _cause(text)
    raise BookFailed("\n".join(["jupyter-book does not accept the pages:", *shown, f"All that it said is in {log}"]))


def load() -> bool:
    """From now on `make` works in this process, or in copies of it, each of them once: it leaves much behind.

    Loads all of it by making a book of one page, with the settings and extensions of this one. Whether that went well;
    if not, `make` goes on as before.
    """
    global _loaded
    from lowdiff_lib.book import stage

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        source.mkdir()
        for staged in stage.folder().iterdir():
            if staged.name not in ("_toc.yml", "_build"):
                (source / staged.name).symlink_to(staged)
        (source / "_toc.yml").write_text("format: jb-book\nroot: page\n")
        (source / "page.md").write_text("# A page\n")
        _loaded = _here(["build", str(source), "--path-output", folder, "-q"])[0] == 0
    return _loaded


def _elsewhere(arguments: Sequence[str]) -> tuple[int, str]:
    """Exit code of jupyter-book in a process of its own, and all that it said."""
    theirs, ours = os.pipe()
    try:
        # In the project's folder, so that extensions find the library there if it is not installed.
        done = subprocess.run(
            [sys.executable, "-c", _FOLLOW, *arguments], cwd=paths.root(), capture_output=True, stdin=theirs
        )
    finally:
        os.close(theirs)
        os.close(ours)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def _here(arguments: Sequence[str]) -> tuple[int, str]:
    """The same of jupyter-book in this process."""
    from jupyter_book.cli.main import main

    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), contextlib.chdir(paths.root()):
        try:
            main(list(arguments), standalone_mode=False)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else bool(ended.code)
        except Exception:
            code = 1
            traceback.print_exc()
    return code, said.getvalue()


def _cause(text: str) -> list[str]:
    """Of the errors that led to a crash, one from another: where the first was raised, and what each says."""
    parts = CHAINED.split(text)
    frames = re.findall(r'^  File "(.+)", line (\d+)', parts[0], re.MULTILINE)
    found = [f"{frames[-1][0]}, line {frames[-1][1]}:"] if frames else []
    for part in parts:
        lines = [line for line in part.splitlines() if line.strip(" =")]
        last = max((number for number, line in enumerate(lines) if line.startswith("  ")), default=-1)
        found += [line.strip() for line in lines[last + 1 :] if line.strip() != "RuntimeError:"]
    return list(dict.fromkeys(line for line in found if "Look above for the cause" not in line))[-LINES:]
