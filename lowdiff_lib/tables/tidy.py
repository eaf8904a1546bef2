"""Tidy tables: one measured value per row. The only thing that figures and claims see."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

COLUMNS = ["dataset", "dim", "arm", "n_train", "step", "objective", "repetition", "who", "sigma", "metric", "value"]
KEYS = COLUMNS[:-1]  # what tells the rows of a table apart
# Significant digits of a published number; more do not repeat on another machine. Noise levels are rounded to them in
# every table, so that one that was published and one that was measured are the same number.
DIGITS = 6
GAINS = ["psnr_gain", "psnr_gain_held_out"]  # metrics of what is gained on new data; 0 for who does nothing
PHOTOGRAPHS = {"celeba": "CelebA", "faces": "the AT&T faces"}  # data sets that have another name among people


def tidy(rows: Iterable[dict]) -> pd.DataFrame:
    """A table with exactly `COLUMNS`, in that order, its noise levels rounded. A missing column is an error."""
    table = pd.DataFrame(list(rows), columns=None)[COLUMNS].reset_index(drop=True)
    return table.assign(sigma=[float(f"{sigma:.{DIGITS}g}") for sigma in table.sigma])


def place_of(row: pd.Series) -> str:
    """Where in a table a row stands, in words."""
    return ", ".join(
        f"{column} {row[column]}" for column in ("dataset", "n_train", "repetition", "who", "metric", "sigma")
    )


def called(datasets: Iterable[str]) -> str:
    """Data sets as people call them, each once."""
    return ", ".join(PHOTOGRAPHS.get(name, name) for name in sorted(set(datasets)))


def where(table: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """The rows in which each named column has the value, or one of the values, that is given."""
    for column, wanted in columns.items():
        table = table[table[column].isin(wanted if isinstance(wanted, list | tuple | set) else [wanted])]
    return table


def spread(table: pd.DataFrame, by: Sequence[str], middle: str = "mean") -> pd.DataFrame:
    """Mean, lowest and highest value over repetitions, and how many, for each combination of `by`.

    middle: what is in the column `mean`, mean or median.
    """
    grouped = table.groupby(list(by), sort=True)["value"]
    return grouped.agg(mean=middle, low="min", high="max", n="count").reset_index()


def score_errors(table: pd.DataFrame, sigma: float) -> pd.DataFrame:
    """The relative score errors of single trained models, A and B, at one noise level."""
    return table[(table.metric == "relative_score_error") & table.who.isin(["A", "B"]) & (table.sigma == sigma)]


def beside(own: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """`own`, and under it what `whole` has of the same data sets, training-set sizes and repetitions."""
    cells = own[["dataset", "n_train", "repetition"]].drop_duplicates()
    return pd.concat([own, whole.merge(cells)], ignore_index=True)
