"""What is fresh, what is stale and why, and how long it took: `lowdiff status`."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache

from lowdiff_lib.base import paths
from lowdiff_lib.base.fingerprint import dependencies
from lowdiff_lib.base.provenance import torch_version
from lowdiff_lib.base.storage import unseal
from lowdiff_lib.book import chapters
from lowdiff_lib.book.chapters import Chapter
from lowdiff_lib.book.executed import Execution, changed, execution, some, took_of


def report() -> str:
    """A table of the chapters, one row for each set of parameters that was run; then what is in the run store."""
    rows: list[tuple[str, ...]] = [("CHAPTER", "PARAMETERS", "STATE", "TOOK", "MEMORY", "WHY")]
    for chapter in chapters.all_chapters():
        rows += _rows(chapter)
    wide = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["  ".join([*map(str.ljust, row[:5], wide), row[5]]).rstrip() for row in rows]
    return "\n".join([*lines, "", *_run_store()])


def _run_store() -> Iterator[str]:
    sizes = [file.stat().st_size for file in paths.runs().glob("models/*/weights.safetensors")]
    tables = len(list(paths.runs().glob("tables/*.csv")))
    yield f"{len(sizes)} trained models ({sum(sizes) / 1e6:.1f} MB) and {tables} tables in {paths.runs()}"
    why_of = cache(_why_code_is_stale)
    found: Counter[str] = Counter()
    for file in sorted(paths.runs().glob("models/*/run.json")):
        try:
            made_by = unseal(file.read_bytes())["made_by"]
        except (OSError, ValueError, KeyError):
            found["damaged, or made by an older library"] += 1
            continue
        now = torch_version()
        torch = "" if made_by["torch"] == now else f"torch {made_by['torch']} -> {now}"
        if why := "; ".join(filter(None, (torch, why_of(made_by["code"])))):
            found[why] += 1
    for why, count in sorted(found.items()):
        yield f"{count} run{' is' if count == 1 else 's are'} stale: {why}"


def _why_code_is_stale(code: str) -> str:
    """What changed of the code that trained a run; nothing if it is what it was. The run store says what it is."""
    file = paths.runs() / "code" / f"{code}.json"
    try:
        then: Mapping = unseal(file.read_bytes())
        now = dependencies(*then["targets"], without=then["without"])
    except (OSError, ValueError, KeyError):
        return f"what its code was is not known, {file} is missing or damaged"
    except LookupError as gone:
        return f"code went: {gone}"
    names = changed(then["definitions"], now)
    return f"code of {some(names)} changed" if names else ""


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
