"""A small disk to fill up or to lock, which only the process that mounts it sees, and those that it starts.

Needs a mount namespace: `unshare --user --map-root-user --mount`, as in `ALONE`.
"""

import subprocess
from pathlib import Path

ALONE = ["unshare", "--user", "--map-root-user", "--mount"]
PAGE = 4096  # bytes, the unit in which the disk fills up


def mount(folder: Path, size: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)


def write_protect(folder: Path, so: bool) -> None:
    subprocess.run(["mount", "-o", f"remount,{'ro' if so else 'rw'}", str(folder)], check=True)


def fill(folder: Path, leave: int) -> None:
    """Leave so many pages of the disk free."""
    with (folder / ".filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(PAGE))
        except OSError:
            file.truncate(max(0, file.tell() - leave * PAGE))


def free(folder: Path) -> None:
    (folder / ".filler").unlink()
