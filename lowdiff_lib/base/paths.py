"""Where things are. Every path of the project is decided here.

`LOWDIFF_RUNS` moves the run store (to a large disk, say), `LOWDIFF_DATA` the folder with CelebA and the image
cache, `LOWDIFF_ROOT` the whole project.
"""

import os
from pathlib import Path


def root() -> Path:
    """The project folder: the one with `_toc.yml`, `chapters/` and `data/`."""
    return Path(os.environ.get("LOWDIFF_ROOT", Path(__file__).resolve().parents[2]))


def runs() -> Path:
    """Trained models and computed tables, addressed by content."""
    return Path(os.environ.get("LOWDIFF_RUNS", root() / "runs"))


def data() -> Path:
    """Published tables, and the place for CelebA."""
    return Path(os.environ.get("LOWDIFF_DATA", root() / "data"))


def chapters() -> Path:
    return root() / "chapters"


def build() -> Path:
    """Executed notebooks, the staged book and the html."""
    return root() / "_build"
