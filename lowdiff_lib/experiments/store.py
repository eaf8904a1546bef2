"""Tables that are measured once: named by their settings, the runs they look at and the code that measures."""

import hashlib
import json
import sys
from collections.abc import Callable, Sequence

import pandas as pd

from lowdiff_lib import paths, runs, sweep
from lowdiff_lib.fingerprint import fingerprint
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.storage import locked, replacing


def measured(
    experiment: str, specs: Sequence[RunSpec], settings: dict, measure: Callable[[], pd.DataFrame]
) -> pd.DataFrame:
    """The table of `measure()`, from the store if it was measured before; trains the missing runs first.

    experiment: the module of `measure` under lowdiff_lib.experiments.
    """
    code = fingerprint(f"lowdiff_lib.experiments.{experiment}")
    decides = json.dumps([settings, [runs.key(spec) for spec in specs], code], sort_keys=True)
    name = f"{experiment}-{hashlib.sha256(decides.encode()).hexdigest()[:16]}.csv"
    path = paths.runs() / "tables" / name
    with locked(path):
        if not path.exists():
            sweep.ensure(specs)
            print(f"measuring {experiment}", file=sys.stderr, flush=True)
            table = measure()
            with replacing(path) as temporary:
                table.to_csv(temporary, index=False)
    return pd.read_csv(path)
