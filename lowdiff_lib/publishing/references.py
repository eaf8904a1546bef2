"""What needs no network, measured of cases that are published already and put beside them. Nothing is trained.

python -m lowdiff_lib.publishing.references STUDY/ARM ...     adds what these tables lack

A study that is given one more reference, such as the exact denoiser, has it of every published case at once.
"""

import sys
import time
from collections.abc import Iterator

import pandas as pd

from lowdiff_lib import tables
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.provenance import provenance
from lowdiff_lib.experiments.study import Plan
from lowdiff_lib.models.reference import Identity
from lowdiff_lib.publishing import again, publish
from lowdiff_lib.tables import manifest
from lowdiff_lib.tables.tidy import KEYS, tidy

OF_THE_FILE = ("file", "sha256", "rows")


def add(name: str) -> int:
    """Add to a published table what its study measures of references today and what is not in it. How many rows.

    What it has stays as it is. Its entry says in `references` when and by which code they were measured. Raises
    LowdiffError if there is no such table, and DataNotFound or LowdiffError where its data are not here.
    """
    found, began = manifest.find(name), time.monotonic()
    if found is None:
        raise LowdiffError(f"{name} is not published; it must be one of {', '.join(manifest.names())}")
    old = tables.published(*name.split("/"))
    assert old is not None
    plans = [again.plan_of(name, found.entry, case) for case in found.entry["cases"]]
    new = tidy(row for plan in plans for row in _of_references(plan))
    there = pd.MultiIndex.from_frame(old[KEYS])
    more = new[~pd.MultiIndex.from_frame(new[KEYS]).isin(there)]
    if len(more):
        made = {"code": plans[0].code, "seconds": round(time.monotonic() - began, 1), **provenance()}
        entry = {key: value for key, value in found.entry.items() if key not in OF_THE_FILE} | {"references": made}
        manifest.put(name, publish.as_csv(pd.concat([old, more], ignore_index=True)), entry)
    return len(more)


def _of_references(plan: Plan) -> Iterator[dict]:
    """The rows of the one case of a plan that no network has a part in: in their place stands one that does nothing."""
    (case,) = plan.cases
    nothing = Identity(plan.study.grid.bench(case).train(count=1))
    bench = plan.study.grid.bench(case, dict.fromkeys(case.runs, nothing))
    return (row for row in plan.study.rows(case, bench) if row["objective"] == "none")


if __name__ == "__main__":
    for table in sys.argv[1:]:
        print(f"{table}: {add(table):,} rows added", flush=True)
