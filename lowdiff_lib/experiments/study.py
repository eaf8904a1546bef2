"""What an experiment is made of, and the store of measured tables.

A table is measured once. Its name is a hash of the runs that it looks at and of the code that measures:

    runs/tables/<experiment>-<key>.csv    the table
    runs/tables/<experiment>-<key>.json   its hash, its number of rows, where, when and how long it was measured; sealed

The second is written last. A table without it, or with other bytes than it names, does not count.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from lowdiff_lib.base import paths
from lowdiff_lib.base.fingerprint import fingerprint
from lowdiff_lib.base.provenance import provenance, torch_version
from lowdiff_lib.base.storage import digest, locked, remove_strays, replacing, seal, sha256, unseal
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.tables.tidy import tidy
from lowdiff_lib.training import runs, sweep


@dataclass(frozen=True)
class Case:
    """One place in an experiment's grid: the runs that are compared there, by role, in which repetition."""

    runs: Mapping[str, RunSpec]  # such as {"A": ..., "B": ..., "twin": ...}
    replicate: int


@dataclass(frozen=True)
class Plan:
    """An experiment at some scale: the cases, and the function that measures the rows of one of them.

    `rows` is a function at the top of its module; its code, and what it reaches, is part of the table's name.
    """

    rows: Callable[[Case], Iterable[dict]]
    cases: Sequence[Case]

    @property
    def specs(self) -> list[RunSpec]:
        """The runs of all cases, each once."""
        return list(dict.fromkeys(spec for case in self.cases for spec in case.runs.values()))

    @property
    def first(self) -> list[Case]:
        """The cases of the first repetition, which pictures are made of."""
        return [case for case in self.cases if case.replicate == 0]

    @property
    def ends(self) -> list[Case]:
        """Of those the first and the last: the smallest and the largest n_train, as they are listed."""
        return self.first if len(self.first) < 2 else [self.first[0], self.first[-1]]

    @cached_property
    def code(self) -> str:
        """Fingerprint of the code that measures, with that of the training it stands on."""
        return fingerprint(f"{self.rows.__module__}:{self.rows.__qualname__}")

    @cached_property
    def path(self) -> Path:
        """Where the table is, or will be."""
        cases = [[case.replicate, {role: runs.key(spec) for role, spec in case.runs.items()}] for case in self.cases]
        key = digest([cases, self.code, torch_version()])[:16]
        return paths.runs() / "tables" / f"{self.rows.__module__.rpartition('.')[2]}-{key}.csv"

    def about(self) -> dict | None:
        """When, where and in how many seconds the stored table was measured; None if there is no whole one."""
        try:
            about = unseal(self.path.with_suffix(".json").read_bytes())
            return about if sha256(self.path) == about["sha256"] else None
        except (OSError, ValueError, KeyError):
            return None

    def stored(self) -> pd.DataFrame | None:
        """The table if it was measured before, else None. Trains and measures nothing."""
        return pd.read_csv(self.path) if self.about() else None

    def measure(self) -> pd.DataFrame:
        """The table, from the store if it was measured before; trains the missing runs first."""
        if not self.about():
            sweep.ensure(self.specs)
            with locked(self.path):
                if not self.about():  # another process may have measured it meanwhile
                    self._measure()
        return pd.read_csv(self.path)

    def _measure(self) -> None:
        """Measure the trained runs and keep the table. For who holds its lock."""
        for file in (self.path, self.path.with_suffix(".json")):
            remove_strays(file)
        print(f"measuring {self.path.stem.rpartition('-')[0]}", file=sys.stderr, flush=True)
        start = time.monotonic()
        table = tidy(row for case in self.cases for row in self.rows(case))
        with replacing(self.path) as temporary:
            table.to_csv(temporary, index=False)
        about = {"sha256": sha256(self.path), "rows": len(table), "seconds": time.monotonic() - start}
        with replacing(self.path.with_suffix(".json")) as temporary:
            temporary.write_text(json.dumps(seal(about | provenance()), indent=1))
