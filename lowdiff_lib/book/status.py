"""What is fresh, what is stale and why, and how long it took: `lowdiff status`."""

import json
from collections.abc import Iterator

from lowdiff_lib.base import paths
from lowdiff_lib.book import chapters
from lowdiff_lib.book.chapters import Chapter
from lowdiff_lib.book.executed import Execution, execution, took_of


def report() -> str:
    """A table of the chapters, one row for each set of parameters that was run; a line on the run store."""
    rows: list[tuple[str, ...]] = [("CHAPTER", "PARAMETERS", "STATE", "TOOK", "MEMORY", "WHY")]
    for chapter in chapters.all_chapters():
        rows += _rows(chapter)
    wide = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join([*map(str.ljust, row[:5], wide), row[5]]).rstrip() for row in rows]
    return "\n".join([*lines, "", _run_store()])


def _run_store() -> str:
    sizes = [file.stat().st_size for file in paths.runs().glob("models/*/weights.safetensors")]
    tables = len(list(paths.runs().glob("tables/*.csv")))
    return f"{len(sizes)} trained models ({sum(sizes) / 1e6:.1f} MB) and {tables} tables in {paths.runs()}"


def _rows(chapter: Chapter) -> Iterator[tuple[str, ...]]:
    for plan in _executions(chapter):
        why = plan.stale()
        record = plan.record
        took = took_of(record) if record else ("", "")
        values = ", ".join(f"{name}={value}" for name, value in plan.values.items()) or "defaults"
        yield chapter.name, values, "stale" if why else "fresh", *took, "; ".join(why)


def _executions(chapter: Chapter) -> Iterator[Execution]:
    """The chapter with its defaults, then with what else it was run with and could be run with again."""
    yield execution(chapter, {})
    for path in sorted((paths.build() / "executed" / chapter.name).glob("*.json")):
        try:
            plan = execution(chapter, json.loads(path.read_text(encoding="utf-8"))["basis"]["parameters"])
        except (OSError, ValueError, KeyError, TypeError):  # not a record, or parameters have other names now
            continue
        if plan.values and plan.notebook.with_suffix(".json") == path:
            yield plan
