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
