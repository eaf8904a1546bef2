"""The folder that jupyter-book reads, `_build/book-src`: prose as it is, chapters with their outputs.

A staged file is written only when its bytes differ, so that an unchanged page is not built again.
"""

import ast
import contextlib
import copy
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat

from lowdiff_lib import __version__
from lowdiff_lib.base import paths, storage
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.fingerprint import code_hash
from lowdiff_lib.base.provenance import provenance
from lowdiff_lib.book import chapters, downloads, inputs, origins
from lowdiff_lib.book.chapters import Chapter
from lowdiff_lib.book.executed import read_record
from lowdiff_lib.book.inputs import PAGES

STAMP = "stamp.json"  # what the foot of every page says
NOT_RUN = """```{{warning}}
This chapter has not been run on this machine yet. To run it: `lowdiff build {name}`
```"""


def folder() -> Path:
    return paths.staged()


def stage(executed: Mapping[str, Path | None]) -> dict[str, str]:
    """Bring the staged folder up to date and return what is in it: path -> hash of the content.

    `executed` has, for each chapter of the table of contents, its executed notebook or None. Raises
    LowdiffError if a page of the table of contents is missing.
    """
    wanted = dict(_files(executed))
    for old in [path for path in folder().rglob("*") if path.is_file()]:
        if old.relative_to(folder()).as_posix() not in wanted and old.suffix != ".pyc":
            old.unlink()
    for name, content in wanted.items():
        storage.write_if_changed(folder() / name, content)
    return {name: hashlib.sha256(content).hexdigest() for name, content in wanted.items()}


def frame(staged: Mapping[str, str]) -> str:
    """Hash of what every page shows: settings, table of contents, style, extension, and all titles."""
    own = (*PAGES, ".csv", ".svg")
    files = f"{downloads.FOLDER}/"
    shared = [f"{n} {value}" for n, value in staged.items() if not n.endswith(own) and not n.startswith(files)]
    titles = [f"{name} {_title(folder() / name)}" for name in staged if name.endswith(PAGES)]
    return hashlib.sha256("\n".join(shared + titles).encode()).hexdigest()


def in_sources(message: str) -> str:
    """A message about a staged page, with the file and line that an author knows."""

    def place(match: re.Match[str]) -> str:
        page, line = Path(match[1]), int(match[2] or 1)
        if page.suffix != ".ipynb":
            return f"{page}:{line}"
        chapter = chapters.load(page.stem)
        cells = nbformat.read(folder() / page, as_version=4).cells
        cell, line = divmod(line, 10_000)  # how myst-nb counts: cells from 1, lines from 2
        starts = {f"cell-{number}": start for number, start in enumerate(chapter.first_lines)}
        start = starts.get(cells[cell - 1].id, 1) if 0 < cell <= len(cells) else 1
        return f"{chapter.file}:{start + max(line - 2, 0)}"

    return re.sub(rf"{re.escape(str(folder()))}/([^:\s]+)(?::(\d+))?", place, message)


def _files(executed: Mapping[str, Path | None]) -> Iterator[tuple[str, bytes]]:
    root = paths.root()
    for name in inputs.TOP:
        if name.startswith("_") or (root / name).is_file():
            yield name, (root / name).read_bytes()
    prose = {path for path in (root / "book").rglob("*") if path.is_file()}
    for page in chapters.toc_files():
        if page.removeprefix("chapters/") in executed:
            chapter = chapters.load(page)
            place = executed[chapter.name]
            notebook = with_outputs(chapter, place)
            about = _about(place)
            yield from downloads.take(notebook, chapter, about.get("profile", ""))
            notebook.metadata["lowdiff"] = about
            yield f"{page}.ipynb", f"{nbformat.writes(notebook)}\n".encode()
            continue
        found = [root / f"{page}{ending}" for ending in inputs.ENDINGS if (root / f"{page}{ending}").is_file()]
        if not found:
            raise LowdiffError(f"_toc.yml lists {page}, but {root / page}.md is missing; add it or take the line out")
        prose.add(found[0])
    stamp = {"version": __version__, "commit": provenance()["commit"]}
    yield STAMP, json.dumps(stamp).encode()
    for name, csv in origins.tables(executed):
        yield f"data/{name}.csv", csv
    for table in sorted((paths.data() / "trust").glob("*.csv")):
        yield f"data/{table.name}", table.read_bytes()
    for name in sorted(path.relative_to(root).as_posix() for path in prose):
        if not re.search(r"(^|/)(\.|__pycache__/)", name):
            yield name, (root / name).read_bytes()


def _about(executed: Path | None) -> dict[str, str]:
    """The profile a chapter was run with, and the day; nothing if it was not run."""
    record = read_record(executed) if executed else None
    if record is None:
        return {}
    profile = record["basis"]["parameters"].get("profile")
    return {"date": record["finished"][:10]} | ({"profile": profile} if profile else {})


def with_outputs(chapter: Chapter, executed: Path | None) -> Any:
    """The chapter's text as it is now, with the outputs of an executed notebook.

    If its code cells are no longer those that were executed, the notebook as executed, text and all.
    """
    notebook = copy.deepcopy(chapter.notebook)
    if executed is None:
        note = nbformat.v4.new_markdown_cell(NOT_RUN.format(name=chapter.name), id="not-run")
        notebook.cells.insert(1, note)
        return _clean(notebook)
    ran = nbformat.read(executed, as_version=4)
    injected = [cell for cell in ran.cells if _is(cell, "injected-parameters")]
    before = [cell for cell in ran.cells if cell.cell_type == "code" and cell not in injected]
    now = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [code_hash(cell.source) for cell in before] != [code_hash(cell.source) for cell in now]:
        return _clean(ran)
    for cell, old in zip(now, before, strict=True):
        cell.outputs, cell.execution_count = old.outputs, old.execution_count
    for cell in injected:
        place = next(number for number, known in enumerate(notebook.cells) if _is(known, "parameters"))
        cell["id"], cell["source"] = "injected", _by_name(cell.source)
        notebook.cells.insert(place + 1, cell)
    notebook.metadata["language_info"] = ran.metadata.get("language_info", {})
    return _clean(notebook)


def _by_name(parameters: str) -> str:
    """Lines `name = value`, with folders of this machine by their last part: whoever is given a notebook reads them."""

    def line(text: str) -> str:
        name, _, value = text.partition(" = ")
        with contextlib.suppress(SyntaxError, ValueError):
            folder = ast.literal_eval(value)
            if isinstance(folder, str) and Path(folder).is_absolute():
                return f"{name} = {Path(folder).name!r}"
        return text

    return "\n".join(map(line, parameters.splitlines()))


def _is(cell: Any, tag: str) -> bool:
    return tag in cell.metadata.get("tags", [])


def _clean(notebook: Any) -> Any:
    """Without times, paths of this machine, and what cells wrote to stderr: progress is not for readers."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return notebook


def _title(page: Path) -> str:
    """The first heading of a page, as text or inside a notebook."""
    heading = re.search(r'^\s*"?# (.+)', page.read_text(encoding="utf-8"), re.MULTILINE)
    return heading[1] if heading else ""
