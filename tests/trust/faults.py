"""What faults did: counted by the tests, summed up for the book.

python faults.py    sum up `_build/faults/*.jsonl`, written by the tests, in `data/trust/*.csv`
"""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORDS, TABLES = ROOT / "_build" / "faults", ROOT / "data" / "trust"

COLUMNS = ("fault", "where", "tries", "lost", "wrong", "date")


@dataclass
class Tally:
    """Tries of one fault. lost: finished work that was gone, or could not be gone on with. wrong: damage that was used,
    other bits, litter, a traceback. notes: what exactly, for whoever reads the failure."""

    tries: int = 0
    lost: int = 0
    wrong: int = 0
    notes: list[str] = field(default_factory=list)

    def keep(self, so: bool, note: object) -> None:
        """Something is lost unless it is so."""
        self.lost += not so
        self.notes += [] if so else [f"lost: {note}"]

    def expect(self, so: bool, note: object) -> None:
        """Something is wrong unless it is so."""
        self.wrong += not so
        self.notes += [] if so else [f"wrong: {note}"]

    def add(self, text: str) -> None:
        """Add the tries that another process made and printed."""
        other = json.loads(text)
        self.tries, self.lost, self.wrong = (getattr(self, name) + other[name] for name in ("tries", "lost", "wrong"))
        self.notes += other["notes"]

    def __str__(self) -> str:
        return json.dumps(vars(self))


@contextmanager
def recorded(keep: Callable[[str, dict], None], fault: str, where: str) -> Iterator[Tally]:
    """A tally that is kept whatever happens, and that fails the test if anything was lost or wrong."""
    tally = Tally()
    try:
        yield tally
    except BaseException:
        tally.wrong += 1
        raise
    finally:
        counts = {name: getattr(tally, name) for name in ("tries", "lost", "wrong")}
        keep("faults", {"fault": fault, "where": where, **counts})
    assert tally.tries, "nothing was tried"
    assert (tally.lost, tally.wrong) == (0, 0), "\n".join(tally.notes[:5])


def summary(records: Iterable[dict]) -> list[dict]:
    """One row for each fault and place: tries, losses and wrongs added, the latest date."""
    rows: dict[tuple, dict] = {}
    for record in records:
        key = (record["fault"], record["where"])
        row = rows.setdefault(key, dict(zip(COLUMNS, (*key, 0, 0, 0, ""), strict=True)))
        for name in ("tries", "lost", "wrong"):
            row[name] += record[name]
        row["date"] = max(row["date"], record["date"])
    return [rows[key] for key in sorted(rows)]


def write(records: Path = RECORDS, tables: Path = TABLES) -> None:
    """Read every record, write a table of each kind of them."""
    kinds: dict[str, list[dict]] = {}
    for file in sorted(records.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            kinds.setdefault(record.pop("table"), []).append(record)
    if not kinds:
        sys.exit(f"no record in {records}; run the tests first: make faults")
    tables.mkdir(parents=True, exist_ok=True)
    for name, found in kinds.items():
        rows = summary(found) if name == "faults" else found
        with (tables / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(f"{tables / f'{name}.csv'}: {len(rows)} rows")


if __name__ == "__main__":
    write()
