"""Machines unlike the author's: what was run there, and what came out, as a table in CONTRIBUTING.md. `make matrix`.

    python tests/matrix.py             every row
    python tests/matrix.py WORD ...    only the rows whose names have one of these words; the others stay as they are

Each row runs one short path in a copy of the project: `lowdiff status`; the book, of which two chapters are run, one on
mixtures and one on faces, with the profile smoke; and a script that comes from standard input and trains, loads and
asks a model. A row that this machine cannot run says why. Every Python that README names has the pins resolved; the
oldest of each that is here has them installed, and runs the path.
"""

import datetime
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = [words.rpartition(" ")[2] for words in PROJECT["classifiers"]]
BEGIN, END = "<!-- `make matrix` writes what follows. -->", "<!-- That was `make matrix`. -->"
INSTALLED = Path(tempfile.gettempdir()) / "lowdiff-matrix"  # kept for the next time; several gigabytes
NOBODY = 65534
MEMORY = 2_000_000_000
PATIENCE = 1800  # seconds for one command
SCRIPT = """
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import runs, sweep
import torch
spec = RunSpec("spiral", 10, width=8, depth=1, steps=64)
sweep.ensure([spec])
assert torch.isfinite(runs.load(spec).score(torch.zeros(3, 2), 0.1)).all()
"""
PINS = ("--constraint", str(ROOT / "constraints.txt"), *PROJECT["dependencies"])
PATH = (
    ["-m", "lowdiff_lib.cli", "status"],
    ["-m", "lowdiff_lib.cli", "build", "--profile", "smoke", "mixtures", "denoising-faces"],
    ["-"],
)


class CannotRun(Exception):
    """Why a row is left out on this machine."""


class Place(NamedTuple):
    """Where the path is run: the Python, the project, more variables, what stands before a command or begins one."""

    python: str
    project: Path
    variables: dict[str, str]
    before: tuple[str, ...] = ()
    begin: Callable[[], object] | None = None


def copied(name: str, folder: Path) -> Path:
    """A copy of what git knows of the project."""
    known = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    place = folder / name
    for file in filter(None, known.split("\0")):
        if (ROOT / file).is_file():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, place / file)
    return place


def walk(place: Place) -> str:
    """Run the path there; what came out."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("LOWDIFF_")}
    environment = mine | {"PYTHONPATH": str(place.project), "PYTHONDONTWRITEBYTECODE": "1"} | place.variables
    for words in PATH:
        done = subprocess.run(
            [*place.before, place.python, *words], cwd=place.project, env=environment, preexec_fn=place.begin,
            input=SCRIPT, capture_output=True, text=True, timeout=PATIENCE, errors="replace",
        )  # fmt: skip
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()] or ["nothing was said"]
            return f"**fails** at `{' '.join(words)}` with code {done.returncode}: {said[-1][:200]}"
    return "passes"


def needed(*programs: str) -> None:
    if missing := [program for program in programs if shutil.which(program) is None]:
        raise CannotRun(f"{missing[0]} is not installed here")


def said(*command: str | Path) -> str:
    """What a short command says; nothing if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def as_it_is(folder: Path) -> Place:
    return Place(sys.executable, copied("project", folder), {})


def umask(folder: Path) -> Place:
    return as_it_is(folder)._replace(begin=lambda: os.umask(0o077))


def letters(folder: Path) -> Place:
    return as_it_is(folder)._replace(variables={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})


def no_network(folder: Path) -> Place:
    needed("unshare", "ip")
    command = ["unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if subprocess.run([*command, "true"], capture_output=True).returncode:
        raise CannotRun("this machine lets nobody take the network away")
    return as_it_is(folder)._replace(before=tuple(command))


def odd_folder(folder: Path) -> Place:
    return Place(sys.executable, copied("Bücher und Läufe", folder), {})


def no_git(folder: Path) -> Place:
    empty = folder / "bin"
    empty.mkdir()
    return as_it_is(folder)._replace(variables={"PATH": str(empty)})


def another_user(folder: Path) -> Place:
    """A user who owns nothing but a copy; with a Python that others may run, which gets packages of its own."""
    needed("setpriv")
    if os.getuid():
        raise CannotRun("only root may become another user")
    become = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    here = [version for version in PYTHONS for path in interpreters(version)[:1] if said(*become, path, "--version")]
    if not here:
        raise CannotRun("no Python here may be run by others")
    place = as_it_is(folder)._replace(before=become, variables={"HOME": str(folder)})
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    return place._replace(python=with_pins(here[0]))


def read_only(folder: Path) -> Place:
    """All that is made goes elsewhere. Root is left without the right to write where nobody may."""
    needed("setpriv")
    place = as_it_is(folder)
    for path in (place.project, *place.project.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = () if os.getuid() else ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    if said(*before, "touch", place.project / "it") or (place.project / "it").exists():
        raise CannotRun("this user may write where nobody may")
    made = {f"LOWDIFF_{name}": str(folder / "made" / name.lower()) for name in ("BUILD", "RUNS", "CACHE")}
    return place._replace(variables=made, before=before)


def small_memory(folder: Path) -> Place:
    limit = (MEMORY, MEMORY)
    return as_it_is(folder)._replace(begin=lambda: resource.setrlimit(resource.RLIMIT_DATA, limit))


def python(version: str) -> Callable[[Path], Place]:
    def prepared(folder: Path) -> Place:
        dry = ["--dry-run", "--ignore-installed", "--only-binary", ":all:", "--python-version", version]
        found = pip(sys.executable, *dry, "--target", str(folder), *PINS)
        if found.returncode:
            raise CannotRun(f"the pins cannot be resolved: {(found.stderr.splitlines() or ['no index answers'])[-1]}")
        if not interpreters(version):
            raise CannotRun(f"the pins are resolved; Python {version} is not installed here, so nothing was run")
        return as_it_is(folder)._replace(python=with_pins(version))

    return prepared


def pip(python: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)


def with_pins(version: str) -> str:
    """The oldest Python of that version, with the packages as they are pinned, where every user may read them."""
    interpreter, place = interpreters(version)[0], INSTALLED / version
    own = str(place / "bin" / "python")
    if not Path(own).exists() or said(own, "--version") != said(interpreter, "--version"):
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([interpreter, "-m", "venv", place], check=True, capture_output=True)
    done = pip(own, *PINS)
    if done.returncode:
        raise CannotRun(f"the pins were not installed: {(done.stderr.splitlines() or ['no index answers'])[-1][:200]}")
    return own


def interpreters(version: str) -> list[str]:
    """The Pythons of that version on this machine, the oldest first."""
    places = [*os.get_exec_path(), *Path.home().glob(f".pyenv/versions/{version}.*/bin")]
    known = {str(path) for place in places if (path := Path(place, f"python{version}").resolve()).is_file()}
    numbers = {path: said(path, "-c", "import platform; print(platform.python_version())") for path in known}
    here = [path for path, number in numbers.items() if number.startswith(f"{version}.")]
    return sorted(here, key=lambda path: int(numbers[path].split(".")[2]))


ROWS: dict[str, Callable[[Path], Place]] = {
    "as it is": as_it_is,
    "umask 077": umask,
    "a terminal of ASCII, locale C": letters,
    "no network": no_network,
    "a folder with blanks and an umlaut": odd_folder,
    "no git": no_git,
    "another user": another_user,
    "a checkout that may not be written to": read_only,
    f"{MEMORY / 1e9:.0f} GB of memory a process": small_memory,
    **{f"Python {version}": python(version) for version in PYTHONS},
}


def tried(name: str) -> tuple[str, str]:
    """What came out of a row, and the Python it was run with."""
    with tempfile.TemporaryDirectory(prefix="lowdiff-matrix-") as folder:
        try:
            place = ROWS[name](Path(folder))
            return walk(place), said(place.python, "--version")
        except CannotRun as why:
            return f"not run: {why}", ""
        except (subprocess.SubprocessError, OSError) as error:
            return f"**fails**: {error}", ""


def with_rows(text: str, new: dict[str, str]) -> str:
    """A text with some rows of the table between its marks made anew."""
    before, _, rest = text.partition(BEGIN)
    table, _, after = rest.partition(END)
    known = dict(re.findall(r"^\| (.+?) \| (.+) \|$", table, re.MULTILINE)) | new
    lines = [f"| {name} | {known.get(name, 'not run yet | ')} |" for name in ROWS]
    return "\n".join(
        [f"{before}{BEGIN}", "", "| where | what came out | when |", "|---|---|---|", *lines, "", f"{END}{after}"]
    )


def main(words: list[str]) -> bool:
    """Run the rows with these words, or all; whether none fails."""
    file, well = ROOT / "CONTRIBUTING.md", True
    for name in ROWS:
        if not words or any(word in name for word in words):
            outcome, python = tried(name)
            print(f"{name}: {outcome}", flush=True)
            machine = f"{platform.system()} {platform.machine()}"
            when = ", ".join(filter(None, (str(datetime.date.today()), machine, python)))
            text = with_rows(file.read_text(encoding="utf-8"), {name: f"{outcome} | {when}"})
            file.write_text(text, encoding="utf-8")
            well &= "**fails**" not in outcome
    return well


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:]))
