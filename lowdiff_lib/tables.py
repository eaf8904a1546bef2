"""Tidy tables: one measured value per row. The only thing that figures and claims see."""

from collections.abc import Iterable, Sequence

import pandas as pd

COLUMNS = ["dataset", "dim", "n_train", "pair", "objective", "seed", "sigma", "metric", "value"]


def tidy(rows: Iterable[dict]) -> pd.DataFrame:
    """A table with exactly `COLUMNS`, in that order. A missing column is an error."""
    return pd.DataFrame(list(rows), columns=None)[COLUMNS].reset_index(drop=True)


def spread(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Mean, lowest and highest value over seeds, and how many seeds, for each combination of `by`."""
    grouped = table.groupby(list(by), sort=True)["value"]
    return grouped.agg(mean="mean", low="min", high="max", n="count").reset_index()
