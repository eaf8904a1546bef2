"""Keeps each text notebook in `chapters/` and its pair in `notebooks/` the same: `lowdiff sync`.

Only text is in git. Whoever prefers JupyterLab edits the .ipynb; the side that was edited since the last sync
is copied to the other. If both were, nothing is written and the clash is reported. Outputs stay in the
.ipynb, and running it is not editing it.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
from jupytext.combine import combine_inputs_with_outputs
from jupytext.config import load_jupytext_config

from lowdiff_lib.base import paths, storage
from lowdiff_lib.base.errors import LowdiffError

_HEADER = re.compile(r"---\n.*?\n---\n", re.DOTALL)


class Clash(LowdiffError):
    """A chapter was edited on both sides since the last sync; nothing was dropped."""

    exit_code = 1


def sync() -> Iterator[str]:
    """Bring each pair together and yield a line for each file written. Raises Clash after the last pair."""
    folder = paths.root() / "notebooks"
    memory = folder / ".synced.json"  # name -> hash of what both sides said when they were last the same
    with storage.locked(memory):
        try:
            synced = json.loads(memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            synced = {}
        names = {path.stem for path in [*paths.chapters().glob("*.md"), *folder.glob("*.ipynb")]}
        clashes = []
        for name in sorted(names):
            text, pair = paths.chapters() / f"{name}.md", folder / f"{name}.ipynb"
            try:
                written = _sync_one(text, pair, synced.get(name))
            except Clash as clash:
                clashes.append(str(clash))
                continue
            if written:
                yield f"wrote {written}"
            if text.is_file():
                synced[name] = _said(_read(text))
                storage.write_if_changed(memory, json.dumps(synced, indent=1).encode())
    if clashes:
        raise Clash("\n".join(clashes))


def _sync_one(text: Path, pair: Path, before: str | None) -> Path | None:
    """Write the side that is behind, and return it; None if there is nothing to do."""
    if not pair.is_file():
        return _write_pair(text, pair)
    notebook = _read(pair)
    if not text.is_file():
        if "papermill" in notebook.metadata:
            return None  # somebody kept the result of a run here
        if before is not None:
            raise Clash(f"{text} is gone, but {pair} is there; delete that, too, or rename it to start a new chapter")
        return _write_text(notebook, text)
    if _said(notebook) == _said(_read(text)):
        return None
    if before == _said(notebook):
        return _write_pair(text, pair)
    if before == _said(_read(text)):
        return _write_text(notebook, text)
    raise Clash(
        f"{text} and {pair} were both edited since they were last the same; nothing was written. "
        f"Put what you want to keep into one of them. Then, to go on with the text: delete {pair.name}; "
        f"with the notebook: jupytext --to md:myst -o {text} {pair}"
    )


def _write_pair(text: Path, pair: Path) -> Path:
    notebook = _read(text)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    if pair.is_file():
        notebook = combine_inputs_with_outputs(notebook, _read(pair), fmt="md:myst")
    storage.write_if_changed(pair, jupytext.writes(notebook, fmt="ipynb").encode())
    return pair


def _write_text(notebook: Any, text: Path) -> Path:
    new = jupytext.writes(notebook, fmt="md:myst", config=load_jupytext_config(str(text)))
    if text.is_file():  # an author's header stays as it is
        new = _HEADER.sub("", new)
        new = (_HEADER.match(text.read_text(encoding="utf-8")) or [""])[0] + new
    storage.write_if_changed(text, new.encode())
    return text


def _read(path: Path) -> Any:
    """The notebook without what papermill adds to its cells when it runs one."""
    try:
        notebook = jupytext.read(path, fmt="md:myst" if path.suffix == ".md" else "ipynb")
    except Exception as error:
        raise LowdiffError(f"{path} cannot be read as a notebook: {error}; mend it or delete it") from error
    added = {"injected-parameters", "papermill-error-cell-tag"}
    notebook.cells = [cell for cell in notebook.cells if not added & set(cell.metadata.get("tags", []))]
    for cell in notebook.cells:
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
    return notebook


def _said(notebook: Any) -> str:
    """Hash of what an author wrote: kinds, sources and tags of the cells; no outputs, no ids."""
    cells = [(cell.cell_type, cell.source.rstrip(), cell.metadata.get("tags", [])) for cell in notebook.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()
