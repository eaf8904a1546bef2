"""Where and with what a number was computed."""

import datetime
import os
import platform
import subprocess
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version

from lowdiff_lib.base import paths


def provenance() -> dict:
    """Date, commit, machine and versions, as plain JSON."""
    return {"date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), **_machine()}


@lru_cache(maxsize=1)
def torch_version() -> str:
    """Of what is installed, without the kind of its build (2.14.0+cpu is 2.14.0)."""
    return version("torch").split("+")[0]


@lru_cache(maxsize=1)
def _machine() -> dict:
    git = ["git", "-C", str(paths.root()), "describe", "--always", "--dirty", "--abbrev=12"]
    commit = "unknown"
    if paths.in_project():  # else it may lie in a folder of somebody else's project
        with suppress(OSError, subprocess.CalledProcessError):
            commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    return {
        "commit": commit,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in ("torch", "numpy", "pandas")},
        },
    }
