"""The table that `make bench` measured. Read here, never measured: a page that times itself disturbs itself."""

import json

import pandas as pd

from lowdiff_lib.base import paths

COLUMNS = ["subject", "case", "unit", "repeats", "ours", "peer", "times_peer", "limit", "of_limit", "goal", "met", "x"]


def measured() -> tuple[pd.DataFrame, dict]:
    """What `make bench` wrote to `data/benchmarks`, and where and when it did. Nothing if it never ran here.

    One row a measurement. Columns: subject, case, threads, unit, repeats; ours, peer_value, limit_value (medians over
    the repeats) and the ratios times_peer and of_limit, above 1 where ours is better, with their quartiles (_low,
    _high); peer and limit, in words; goal and whether it is met; against and x, of a series.
    """
    folder = paths.data() / "benchmarks"
    if not (folder / "speed.csv").is_file():
        return pd.DataFrame(columns=COLUMNS), {}
    about = folder / "speed.json"
    return pd.read_csv(folder / "speed.csv"), json.loads(about.read_text()) if about.is_file() else {}


def shown(table: pd.DataFrame, *subjects: str) -> pd.DataFrame | None:
    """The rows of some subjects as a reader wants them: ratios with their quartiles. None if there are no such rows."""
    mine = table[table.subject.isin(subjects)]
    cells = [
        {
            "": row.case,
            "ours": f"{row.ours:.3g} {row.unit}",
            "times as fast as": "" if pd.isna(row.peer) else f"{row.peer}: {_with_spread(row, 'times_peer')}",
            "share of the limit": "" if pd.isna(row.limit) else f"{row.limit}: {_with_spread(row, 'of_limit')}",
            "goal": "" if pd.isna(row.goal) else f"{row.goal}: {'met' if row.met else 'missed'}".replace("_", " "),
        }
        for row in mine.itertuples()
    ]
    return pd.DataFrame(cells).set_index("") if cells else None


def _with_spread(row, name: str) -> str:
    middle, low, high = (getattr(row, f"{name}{end}") for end in ("", "_low", "_high"))
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"
