"""Where the numbers of the book come from, as small tables: what is published, its runs, and when each page ran."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from lowdiff_lib.base.words import duration
from lowdiff_lib.book.executed import read_record, took_of
from lowdiff_lib.tables import manifest, pictures

PUBLISHED = ["table", "rows", "runs", "people kept apart", "trained for", "last", "commit"]


def tables(executed: Mapping[str, Path | None]) -> Iterator[tuple[str, bytes]]:
    """Name and CSV of each table: `published`, `pictures`, `runs` (of published tables), `chapters`, `versions`.

    executed: for each chapter its executed notebook or None. Raises NotAsPublished if the manifest, or a published
    picture, is damaged.
    """
    entries = {name: found.entry for name in manifest.names() if (found := manifest.find(name))}
    yield "published", _csv(_published(entries), PUBLISHED)
    sheets = {name: sheet for name in pictures.names() if (sheet := pictures.find(name))}
    yield "pictures", _csv(_pictures(sheets), ["file", "pictures", "runs", "made", "commit"])
    columns = ["table", "run", "dataset", "n_train", "side", "split", "seed", "objective", "seconds", "weights"]
    yield "runs", _csv(_runs(entries), columns)
    records = {name: record for name, path in executed.items() if path and (record := read_record(path))}
    yield "chapters", _csv(_chapters(records), ["chapter", "date", "took", "memory"])
    yield "versions", _csv(_versions(entries, records), ["what", "versions"])


def _csv(rows: Iterator[dict], columns: list[str]) -> bytes:
    buffer = io.StringIO()
    pd.DataFrame(list(rows), columns=columns).to_csv(buffer, index=False, lineterminator="\n")
    return buffer.getvalue().encode()


def _published(entries: Mapping[str, dict]) -> Iterator[dict]:
    for name, entry in entries.items():
        trained = entry["trained"]
        yield {
            "table": name,
            "rows": entry["rows"],
            "runs": len(entry["runs"]),
            "people kept apart": {True: "yes", False: "no", None: ""}[entry.get("people_apart")],
            "trained for": duration(trained["seconds"]),
            "last": trained["last"][:10],
            "commit": ", ".join(commit[:7] for commit in trained["commit"]),
        }


def _pictures(sheets: Mapping[str, tuple[pd.DataFrame, dict]]) -> Iterator[dict]:
    for name, (shown, about) in sheets.items():
        row = {"file": f"{name}.png", "pictures": len(shown)}
        yield row | {
            "runs": len(about["runs"]),
            "made": about["date"][:10],
            "commit": about["commit"][:7],
        }


def _runs(entries: Mapping[str, dict]) -> Iterator[dict]:
    for name, entry in entries.items():
        for key, run in entry["runs"].items():
            spec = entry["settings"] | run
            yield spec | {"table": name, "run": key, "weights": run["weights"][:16]}


def _chapters(records: Mapping[str, dict]) -> Iterator[dict]:
    for name, record in records.items():
        took, memory = took_of(record)
        yield {"chapter": name, "date": record["finished"][:10], "took": took, "memory": memory}


def _versions(entries: Mapping[str, dict], records: Mapping[str, dict]) -> Iterator[dict]:
    alike: dict[tuple[str, str], list[str]] = {}
    for name, entry in entries.items():
        for machine, versions in zip(entry["trained"]["machine"], entry["trained"]["versions"], strict=False):
            alike.setdefault((machine, _words(versions)), []).append(name)
    for (machine, versions), names in alike.items():
        yield {"what": f"{', '.join(names)} ({machine})", "versions": versions}
    for packages in {_words(record["basis"]["packages"]) for record in records.values()}:
        yield {"what": "the chapters, as run for this page", "versions": packages}


def _words(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
