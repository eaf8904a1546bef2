"""Tidy tables: one measured value per row. The only thing that figures and claims see."""

import io
from collections.abc import Iterable, Sequence

import pandas as pd

from lowdiff_lib import manifest

COLUMNS = ["dataset", "dim", "n_train", "pair", "objective", "seed", "sigma", "metric", "value"]


def tidy(rows: Iterable[dict]) -> pd.DataFrame:
    """A table with exactly `COLUMNS`, in that order. A missing column is an error."""
    return pd.DataFrame(list(rows), columns=None)[COLUMNS].reset_index(drop=True)


def spread(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Mean, lowest and highest value over seeds, and how many seeds, for each combination of `by`."""
    grouped = table.groupby(list(by), sort=True)["value"]
    return grouped.agg(mean="mean", low="min", high="max", n="count").reset_index()


def published(experiment: str) -> pd.DataFrame | None:
    """The table that is published in `data/` for an experiment; None if there is none.

    Raises NotAsPublished if it is damaged.
    """
    found = manifest.find(experiment)
    return None if found is None else pd.read_csv(io.BytesIO(found.csv))


def all_published() -> dict[str, pd.DataFrame]:
    """Every published table, by experiment; none if nothing is published. Raises NotAsPublished."""
    found = {name: published(name) for name in manifest.names()}
    return {name: table for name, table in found.items() if table is not None}
