"""Where things are. Every path of the project is decided here.

`LOWDIFF_ROOT` names the whole project, `LOWDIFF_RUNS` the run store (on a large disk, say), `LOWDIFF_BUILD` the folder
to have `_build` in (where the project may not be written to), `LOWDIFF_CACHE` the folder for photographs once they are
decoded, `LOWDIFF_DATA` a folder to use instead of `data/`, published tables and all.

The library without its project, installed as a wheel, has the published tables with it. What it makes is then kept in
`lowdiff` in the folder for data of this user.
"""

import os
from pathlib import Path

INSTALLED = Path(__file__).resolve().parents[2]


def root() -> Path:
    """The project folder: the one with `_toc.yml`, `chapters/` and `data/`."""
    return _named("LOWDIFF_ROOT", INSTALLED)


def in_project() -> bool:
    """Whether the library is used in its project, or by itself."""
    return bool(os.environ.get("LOWDIFF_ROOT")) or (INSTALLED / "_toc.yml").is_file()


def runs() -> Path:
    """Trained models and computed tables, addressed by content."""
    return _named("LOWDIFF_RUNS", _own() / "runs")


def data() -> Path:
    """Published tables; in a project, also the place for CelebA."""
    return _named("LOWDIFF_DATA", root() / ("data" if in_project() else "lowdiff_data"))


def photographs() -> Path:
    """The place for CelebA."""
    return data() if in_project() or os.environ.get("LOWDIFF_DATA") else _own()


def cache() -> Path:
    """Photographs decoded once, as arrays."""
    return _named("LOWDIFF_CACHE", photographs() / "cache")


def chapters() -> Path:
    return root() / "chapters"


def build() -> Path:
    """Executed notebooks, the staged book and the html."""
    return _named("LOWDIFF_BUILD", _own()) / "_build"


def staged() -> Path:
    """The folder that jupyter-book reads."""
    return build() / "book-src"


def hidden_tables() -> str:
    """A sentence for whoever moved the data folder and left the published tables behind; or nothing."""
    here = root() / "data" / "manifest.json"
    if (data() / "manifest.json").is_file() or not here.is_file():
        return ""
    return (
        f"nothing is published in {data()}, which LOWDIFF_DATA names; the published tables in {here.parent} are not "
        "used. Copy them there, or move what is large: LOWDIFF_CELEBA names CelebA, LOWDIFF_CACHE decoded photographs"
    )


def _own() -> Path:
    """Where this user may keep things."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return root() if in_project() else Path(home) / "lowdiff"


def _named(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable) or default)
