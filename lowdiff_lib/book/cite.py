"""What goes with a figure that somebody takes along: how to cite it, and all of a chapter's figures in one file.

A citation names the commit, the SHA-256 of the numbers, and the licence; what is in the file depends on nothing else
than the figures.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from lowdiff_lib.base import paths
from lowdiff_lib.book.chapters import Chapter


def bibtex(chapter: Chapter, name: str, about: Mapping[str, Any]) -> str:
    """An entry for one figure. about: what the figure brings along (`drawing.DATA`): its numbers, commit and date."""
    book = _book()
    numbers = f" SHA-256 of its numbers: {hashlib.sha256(about['csv'].encode()).hexdigest()}." if about["csv"] else ""
    licence = f" Licence: {book['license']}." if book.get("license") else ""
    fields = {
        "title": f"{_title(chapter)}: figure {name}",
        "author": " and ".join(f"{{{each.get('name', '')}}}" for each in book.get("authors", ())),
        "year": about["date"][:4],
        "howpublished": f"{book.get('title', 'lowdiff')}, chapters/{chapter.name}",
        "note": f"Commit {about['commit']}.{numbers}{licence}",
        "url": address(),
    }
    lines = [f"  {field} = {{{value}}}," for field, value in fields.items() if value]
    return "\n".join([f"@misc{{lowdiff-{chapter.name}-{name},", *lines, "}", ""])


def pack(chapter: Chapter, files: Mapping[str, bytes]) -> bytes:
    """The figures of a chapter, their numbers and citations, with a README, as a .zip."""
    book = _book()
    listed = "\n".join(f"- {name}" for name in sorted(files))
    readme = (
        f"# {_title(chapter)}\n\nFigures (.svg), the numbers that they show (.csv) and how to cite them (.bib), from\n"
        f"{book.get('title', 'lowdiff')}, chapters/{chapter.name}.md.\n\nLicence: {book.get('license', 'not stated')}. "
        f"{address()}\n\n{listed}\n"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted({**files, "README.md": readme.encode()}.items()):
            archive.writestr(zipfile.ZipInfo(f"{chapter.name}/{name}"), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _title(chapter: Chapter) -> str:
    texts = [cell.source for cell in chapter.notebook.cells if cell.cell_type == "markdown"]
    heading = re.search(r"^# (.+)", "\n".join(texts), re.M)
    return heading[1] if heading else chapter.name


def _book() -> dict[str, Any]:
    """What CITATION.cff says of the book; nothing where there is none."""
    file = paths.root() / "CITATION.cff"
    return _parsed(file.read_bytes()) if file.is_file() else {}


def address() -> str:
    """The repository's, once `_config.yml` has it."""
    settings = _parsed((paths.root() / "_config.yml").read_bytes())
    return (settings.get("repository") or {}).get("url", "")


@lru_cache(maxsize=2)  # both files are asked for with every figure
def _parsed(content: bytes) -> dict[str, Any]:
    return yaml.safe_load(content) or {}
