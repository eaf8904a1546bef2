"""The chapters: text notebooks in `chapters/`, in the order of `_toc.yml`.

A chapter is MyST Markdown with code cells; jupytext reads it. Nothing is run here.
"""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from lowdiff_lib.base import paths
from lowdiff_lib.base.checks import nearest
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.book import parameters
from lowdiff_lib.book.parameters import Parameter, ParameterError

__all__ = ["Chapter", "Parameter", "ParameterError", "all_chapters", "load", "names", "validate"]


@dataclass(frozen=True)
class Chapter:
    """One text notebook as it is on disk; its cells have the ids cell-0, cell-1, ... and no outputs."""

    name: str
    path: Path
    notebook: Any

    @property
    def code_cells(self) -> list[Any]:
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]

    @property
    def code(self) -> str:
        """All code cells, joined."""
        return "\n".join(cell.source for cell in self.code_cells)

    @cached_property
    def first_lines(self) -> list[int]:
        """For each cell the line of the text notebook where its source starts."""
        return list(_first_lines(self.path.read_text(encoding="utf-8").splitlines(), self.notebook.cells))

    def code_line(self, number: int) -> int:
        """The line where the source of the code cell with that number (from 0) starts."""
        return self.first_lines[self.notebook.cells.index(self.code_cells[number])]

    @cached_property
    def parameters(self) -> list[Parameter]:
        """What the cell tagged `parameters` holds; a LowdiffError names the line that is wrong."""
        tags = [cell.metadata.get("tags", []) for cell in self.code_cells]
        tagged = [number for number, names in enumerate(tags) if "parameters" in names]
        if len(tagged) > 1:
            lines = ", ".join(str(self.code_line(number)) for number in tagged)
            raise LowdiffError(f"{self.file}: several parameters cells (lines {lines}); make them one")
        if not tagged:
            return []
        return parameters.parse(self.code_cells[tagged[0]].source, self.file, self.code_line(tagged[0]))

    @property
    def file(self) -> str:
        """The path as shown to people."""
        return str(self.path.relative_to(paths.root()))


def names() -> list[str]:
    """Names of the chapters in the order of the table of contents."""
    return [file.removeprefix("chapters/") for file in toc_files() if file.startswith("chapters/")]


def all_chapters() -> list[Chapter]:
    return [load(name) for name in names()]


def load(name: str) -> Chapter:
    """The chapter of that name, which may be given as its file. LowdiffError says which ones there are."""
    path = _path(Path(name).stem)
    if not path.is_file():
        there = sorted(file.stem for file in paths.chapters().glob("*.md"))
        match = nearest(path.stem, there)
        hint = f"; did you mean {match}?" if match else "."
        raise LowdiffError(f"there is no {path}{hint} Chapters: {', '.join(there) or 'none'}")
    try:
        notebook = _read(path.read_text(encoding="utf-8"))
    except Exception as error:
        raise LowdiffError(f"{path} cannot be read as a text notebook: {error}") from error
    return Chapter(path.stem, path, copy.deepcopy(notebook))


@lru_cache(maxsize=64)
def _read(text: str) -> Any:
    """A text notebook, once a process: a build asks for each chapter several times. Nobody may change it."""
    import jupytext

    notebook = jupytext.reads(text, fmt="md:myst")
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    return notebook


def validate(chapter: Chapter, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values`, as text or Python values, in the types of the chapter's parameters. Raises ParameterError."""
    return parameters.validate(chapter.parameters, values, f"chapter {chapter.name}")


def each_once(given: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Names and values as a mapping. Raises ParameterError for a name with two of them."""
    for name, value in given:
        if others := [other for known, other in given if known == name and other != value]:
            raise ParameterError(f"{name} is asked to be {value!r} and {others[0]!r}; ask for one")
    return dict(given)


def usage(name: str) -> str:
    """What `lowdiff run CHAPTER --help` says."""
    chapter = load(name)
    rows = [("PARAMETER", "DEFAULT", "")]
    rows += [(p.name, str(p.default), f"{p.kind}: {p.help}" if p.help else p.kind) for p in chapter.parameters]
    wide = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"  {row[0]:{wide[0]}}  {row[1]:{wide[1]}}  {row[2]}".rstrip() for row in rows]
    first = f"usage: lowdiff run {chapter.name} [-p NAME VALUE ...] [--profile PROFILE] [--output FILE] [--force]"
    return "\n".join([first, "", *lines, ""])


def toc_files() -> list[str]:
    """Every page of `_toc.yml` in reading order, without its ending."""
    import yaml

    path = paths.root() / "_toc.yml"
    if not path.is_file():
        raise LowdiffError(f"{path} is missing; run lowdiff in its project or set LOWDIFF_ROOT to that folder")
    try:
        toc = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise LowdiffError(f"{path} is not valid: {error}") from None
    return [file.removesuffix(".md") for file in _files_in(toc)]


def _path(name: str) -> Path:
    return paths.chapters() / f"{name}.md"


def _files_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (str(node[key]) for key in ("root", "file") if key in node)
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from _files_in(inner)


def _first_lines(lines: list[str], cells: list[Any]) -> Iterator[int]:
    """Line numbers of the cells' first source lines, found one after the other; code by its fence."""
    at = 0
    for cell in cells:
        if cell.cell_type == "code":
            fences = (n for n in range(at, len(lines)) if re.match(r"\s*`{3,}\{code-cell\}", lines[n]))
            at = next(fences, at) + 1
        first = cell.source.partition("\n")[0].strip()
        at = next((n for n in range(at, len(lines)) if lines[n].strip() == first), at)
        yield at + 1
        at += cell.source.count("\n")
