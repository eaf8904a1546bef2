"""What a reader can take home from a figure: the picture as SVG, its numbers as CSV, and where they came from.

A figure brings its numbers along in the executed notebook, as a second form of its output (`drawing.DATA`). Staging
takes them out, so that a page stays light, and writes them to files beside the page.
"""

import ast
import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from lowdiff_lib.base import paths
from lowdiff_lib.book.chapters import Chapter

DATA = "application/vnd.lowdiff.figure+json"  # as in `drawing`, which needs matplotlib
FOLDER = "files"  # in the staged book; Sphinx copies what is in it to the top of the pages


def take(notebook: Any, chapter: Chapter, profile: str) -> Iterator[tuple[str, bytes]]:
    """Move the data of all figures of a staged notebook into files: (path in the staged book, content)."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and not _injected(cell)]
    for number, cell in enumerate(code):
        for output in cell.outputs:
            data = output.get("data", {})
            about = data.pop(DATA, None)
            if about is None:
                continue
            place = f"figures/{chapter.name}/{re.sub(r'[^A-Za-z0-9]+', '-', about['name']).strip('-')[:80]}"
            svg = re.search(r"<svg.*</svg>", data["text/html"], re.S)
            links = []
            if svg:
                yield f"{FOLDER}/{place}.svg", _alone(svg[0]).encode()
                links.append(_link(f"{place}.svg", "SVG", "the picture"))
            if about["csv"]:
                yield f"{FOLDER}/{place}.csv", about["csv"].encode()
                links.append(_link(f"{place}.csv", "CSV", "the numbers"))
            made = made_by([each.source for each in code[: number + 1]])
            words = [*links, _origin(chapter, number, about["commit"]), *made]
            words += [f"profile {profile}"] if profile not in ("", "published") else []
            words += [commit_words(about["commit"]), date_words(about["date"])]
            line = f'<span class="lowdiff-source">{" · ".join(words)}</span>'
            data["text/html"] = data["text/html"].replace("</figcaption>", f"\n{line}</figcaption>", 1)


def made_by(cells: Sequence[str]) -> list[str]:
    """The library functions behind the last cell, outermost first: what draws, and what made the tables it draws."""
    made: dict[str, ast.expr] = {}
    for source in cells:
        for node in ast.parse(source).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                made[node.targets[0].id] = node.value
    found: list[str] = []

    def follow(expression: ast.AST) -> None:
        for part in ast.walk(expression):
            if isinstance(part, ast.Call) and re.fullmatch(r"\w+\.\w+", called := ast.unparse(part.func)):
                if called.partition(".")[0] not in made:
                    found.append(f"<code>{called}</code>")
            elif isinstance(part, ast.Name) and part.id in made:
                follow(made.pop(part.id))

    last = ast.parse(cells[-1]).body
    if last:
        follow(last[-1])
    return list(dict.fromkeys(found))


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
    repository = (yaml.safe_load((paths.root() / "_config.yml").read_text(encoding="utf-8")) or {}).get(
        "repository"
    ) or {}
    if not repository.get("url") or commit == "unknown":
        return text
    line = chapter.code_line(number)
    return (
        f'<a href="{repository["url"]}/blob/{commit.removesuffix("-dirty")}/{chapter.file}?plain=1#L{line}">{text}</a>'
    )


def _link(path: str, text: str, what: str) -> str:
    return f'<a href="../{path}" download title="Download {what} as {text}">{text}</a>'


def _alone(svg: str) -> str:
    """An inline SVG as a file: dark text on white, and in a font that is there."""
    look = 'style="color:#1d2328;background:#fff;font-family:sans-serif"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg.replace("<svg ", f"<svg {look} ", 1)}\n'
