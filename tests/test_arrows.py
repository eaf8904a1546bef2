"""Arrows point one way: numbers flow from data to figures, and no room looks downstream."""

import ast
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "lowdiff_lib"
MODULES = sorted(LIBRARY.rglob("*.py"))
CHAPTERS = sorted((ROOT / "chapters").glob("*.md"))

# A room may use the rooms before it. What is not named here (paths, storage, errors, ...) is everyone's.
ORDER = ["datasets", "models", "objectives", "training", "runs", "team", "stacks", "sweep", "tables", "metrics"]
ORDER += ["experiments", "figures", "explorer", "findings", "claims", "publishing", "book", "cli"]
SEE_TABLES_ONLY = {"figures", "findings", "claims"}
CHAPTERS_SEE = {"datasets", "experiments", "tables", "figures", "explorer", "findings", "claims"}


def imported(code: str) -> set[str]:
    """Dotted names that some code imports, wherever the import stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("lowdiff_lib.")}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(LIBRARY)))
def test_a_room_uses_only_rooms_before_it(module):
    room = module.relative_to(LIBRARY).parts[0].removesuffix(".py")
    names = imported(module.read_text())
    if room in ORDER:
        assert not rooms(names) & set(ORDER[ORDER.index(room) + 1 :])
    if room in SEE_TABLES_ONLY:
        assert rooms(names) & set(ORDER) <= {room, "tables", "figures"}
        assert not [name for name in names if name.split(".")[0] == "torch"]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.stem)
def test_a_chapter_explains_and_the_library_computes(chapter):
    for cell in jupytext.read(chapter, fmt="md:myst").cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 15, f"this belongs in the library:\n{cell.source}"
            names = imported(cell.source)
            assert rooms(names) <= CHAPTERS_SEE
            assert "torch" not in {name.split(".")[0] for name in names}
