"""Arrows point one way: numbers flow from data to figures, and no room looks downstream. The map is the package's."""

import ast
import functools
import re
from pathlib import Path

import jupytext
import pytest

import lowdiff_lib

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "lowdiff_lib"
MODULES = sorted(LIBRARY.rglob("*.py"))
CHAPTERS = sorted((ROOT / "chapters").glob("*.md"))

WITHOUT_TORCH = {"base", "specs", "tables", "figures", "findings", "claims", "book", "cli"}
CHAPTERS_SEE = {"datasets", "experiments", "tables", "figures", "findings", "claims"}


def read_map(text: str) -> dict[str, set[str]]:
    """Rooms and the rooms that each may touch, from the package's docstring."""
    lines = re.findall(r"^    (\w+) +-> ([a-z ]+?)  ", text, re.M)
    rooms = [room for room, _ in lines]
    return {room: set(rooms) if may == "any room" else set(may.split()) - {"nothing"} for room, may in lines}


MAP = read_map(lowdiff_lib.__doc__ or "")


@functools.cache  # every module reaches the same few files
def imported(code: str) -> frozenset[str]:
    """Dotted names that some code imports, wherever the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def rooms(names: frozenset[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("lowdiff_lib.")} & MAP.keys()


@functools.cache
def at_the_top(module: Path) -> str:
    """The imports of a module that run when it is read."""
    body = ast.parse(module.read_text()).body
    return "\n".join(ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom))


def reached(module: Path) -> set[Path]:
    """The files of the library that are read when a module is imported, and what those read."""
    found, todo = set(), [module]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.add(path)
        for name in imported(at_the_top(path)):
            parts = name.split(".")
            if parts[0] == "lowdiff_lib":
                for end in range(1, len(parts) + 1):
                    base = ROOT.joinpath(*parts[:end])
                    todo += [file for file in (base / "__init__.py", base.with_suffix(".py")) if file.is_file()]
    return found


def test_the_map_has_every_room_and_few_enough_to_remember():
    there = {path.name.removesuffix(".py") for path in LIBRARY.iterdir() if path.name != "__pycache__"}
    assert there - {"__init__"} == MAP.keys()
    assert len(there) <= 15


def test_the_map_has_no_circle():
    order = list(MAP)
    for room, may in MAP.items():
        assert may <= set(order[: order.index(room)]) or room == "cli", f"{room} touches a room that is named after it"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(LIBRARY)))
def test_a_room_touches_what_the_map_says(module):
    room = module.relative_to(LIBRARY).parts[0].removesuffix(".py")
    if room != "__init__":
        assert rooms(imported(module.read_text())) <= MAP[room] | {room}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(LIBRARY)))
def test_rooms_that_see_tables_only_load_no_torch(module):
    """Nor does anything that they load."""
    room = module.relative_to(LIBRARY).parts[0].removesuffix(".py")
    if room in WITHOUT_TORCH:
        for path in reached(module):
            names = imported(path.read_text() if path == module else at_the_top(path))
            wrong = f"{module.name} loads torch by way of {path.relative_to(LIBRARY)}"
            assert "torch" not in {name.split(".")[0] for name in names}, wrong


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.stem)
def test_a_chapter_explains_and_the_library_computes(chapter):
    for cell in jupytext.read(chapter, fmt="md:myst").cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 15, f"this belongs in the library:\n{cell.source}"
            names = imported(cell.source)
            assert rooms(names) <= CHAPTERS_SEE
            assert "torch" not in {name.split(".")[0] for name in names}
