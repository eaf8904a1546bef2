"""What a reader can take home from a figure: picture, numbers, a citation, all in one file, and where they came from.

A figure brings its numbers along in the executed notebook, as a second form of its output (`drawing.DATA`). Staging
takes them out, so that a page stays light, and writes them to files beside the page. The picture is in the page, from
where a script saves it, and in the archive of all figures.
"""

import base64
import datetime
import gzip
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import NotAsPublished
from lowdiff_lib.book import cite
from lowdiff_lib.book.chapters import Chapter

DATA = "application/vnd.lowdiff.figure+json"  # as in `drawing`, which needs matplotlib
WHAT = {"SVG": "the picture", "CSV": "the numbers", "BIB": "how to cite this figure"}
FOLDED = "Data, SVG, source, cite"
LARGE = 30_000  # bytes; a larger table is compressed, which pandas.read_csv undoes
FOLDER = "files"  # in the staged book; Sphinx copies what is in it to the top of the pages


def take(notebook: Any, chapter: Chapter, profile: str) -> Iterator[tuple[str, bytes]]:
    """Move the data of all figures of a staged notebook into files: (path in the staged book, content)."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and not _injected(cell)]
    together: dict[str, bytes] = {}
    whole = f"figures/{chapter.name}/{chapter.name}.zip"
    for number, cell in enumerate(code):
        for output in cell.outputs:
            data = output.get("data", {})
            about = data.pop(DATA, None)
            if about is None:
                continue
            yield from _scripts(about)
            place = f"figures/{chapter.name}/{re.sub(r'[^A-Za-z0-9]+', '-', about['name']).strip('-')[:80]}"
            svg = re.search(r"<svg.*</svg>", data["text/html"], re.S)
            files = {"SVG": _alone(svg[0])} if svg else {}
            files |= {"CSV": about["csv"]} if about["csv"] else {}
            files["BIB"] = cite.bibtex(chapter, place.rpartition("/")[2], about)
            contents = {f"{place}.{kind.lower()}": content.encode() for kind, content in files.items()}
            links = [_button(f"{place}.svg")] if svg else []  # the drawing is on the page: nothing is there twice
            for kind, (name, content) in zip(files, contents.items(), strict=True):
                if kind != "SVG":
                    links.append(_link(f"{name}.gz" if _is_large(name, content) else name, kind, WHAT[kind]))
            links.append(_link(whole, "ZIP", "all figures of this page, numbers and all"))
            together |= contents
            words = [*links, _origin(chapter, number, about["commit"])]
            words += [f"profile {profile}"] if profile not in ("", "published") else []
            words += [commit_words(about["commit"]), date_words(about["date"])]
            line = f'<details class="lowdiff-source"><summary>{FOLDED}</summary><p>{" · ".join(words)}</p></details>'
            data["text/html"] = data["text/html"].replace("</figcaption>", f"\n{line}</figcaption>", 1)
    for name, content in together.items():
        if _is_large(name, content):
            yield f"{FOLDER}/{name}.gz", gzip.compress(content, 6, mtime=0)
        elif not name.endswith(".svg"):
            yield f"{FOLDER}/{name}", content
    if together:
        names = {name.rpartition("/")[2]: content for name, content in together.items()}
        yield f"{FOLDER}/{whole}", cite.pack(chapter, names)


def _is_large(name: str, content: bytes) -> bool:
    """Whether a file is a table that is compressed beside the pages."""
    return name.endswith(".csv") and len(content) > LARGE


def _scripts(about: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """What a figure loads when it is asked for, each as a script that hands over its bytes: so it loads from disk, too.

    `networks` are names of files of published weights with their SHA-256, `loaded` other content by name, in base64.
    Raises NotAsPublished for a file that is not there, or is another.
    """
    loaded = dict(about.get("loaded", {}))
    for name, digest in about.get("networks", {}).items():
        file = paths.data() / "weights" / f"{name}.safetensors"
        content = file.read_bytes() if file.is_file() else b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise NotAsPublished(
                f"{file} is not the network that the page was made with; bring it back (git checkout), or run the "
                "chapter again: lowdiff build explorer"
            )
        loaded[f"weights/{name}"] = base64.b64encode(content).decode()
    for name, content in loaded.items():
        yield f"{FOLDER}/{name}.js", f'lowdiff.arrived("{name}","{content}");\n'.encode()


def commit_words(commit: str) -> str:
    """A commit as `git describe --dirty` has it, in words."""
    return f"commit {commit[:7]}{' with local changes' if commit.endswith('-dirty') else ''}"


def date_words(date: str) -> str:
    """`2026-11-24T...` as 24 November 2026."""
    day = datetime.datetime.fromisoformat(date)
    return f"{day.day} {day:%B %Y}"


def _injected(cell: Any) -> bool:
    return "injected-parameters" in cell.metadata.get("tags", [])


def _origin(chapter: Chapter, number: int, commit: str) -> str:
    """The cell that made it, with a link to it once the repository has an address."""
    text = f"{chapter.file}, code cell {number + 1}"
    address = cite.address()
    if not address or commit == "unknown":
        return text
    line = chapter.code_line(number)
    return f'<a href="{address}/blob/{commit.removesuffix("-dirty")}/{chapter.file}?plain=1#L{line}">{text}</a>'


def _link(path: str, kind: str, what: str) -> str:
    text = "cite" if kind == "BIB" else kind
    return f'<a href="../{path}" download title="Download {what} ({kind})">{text}</a>'


def _button(path: str) -> str:
    """What `lowdiff.js` lets save the drawing as it is shown. Without scripts the archive has it."""
    title = f"Download {WHAT['SVG']} (SVG)"
    return f'<button type="button" hidden data-file="{path.rpartition("/")[2]}" title="{title}">SVG</button>'


def _alone(svg: str) -> str:
    """An inline SVG as a file: dark text on white, and with the colours of a light page."""
    svg = re.sub(r'(<svg [^>]*?style=")max-width[^;]*', r"\1color:#1d2328; background:#fff", svg, count=1)
    svg = re.sub(r"var\(--ld-\w+, (#\w+)\)", r"\1", svg)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg}\n'
