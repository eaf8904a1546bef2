"""Tidy tables: one measured value per row. The only thing that figures and claims see."""

from collections.abc import Iterable, Sequence

import pandas as pd

# An experiment on the other objectives, and the one of the same grid that has the rows of the denoiser and references.
DENOISER = {"objectives": "training_set_size", "face_objectives": "denoising_faces"}
COLUMNS = ["dataset", "dim", "n_train", "pair", "objective", "seed", "sigma", "metric", "value"]


def tidy(rows: Iterable[dict]) -> pd.DataFrame:
    """A table with exactly `COLUMNS`, in that order. A missing column is an error."""
    return pd.DataFrame(list(rows), columns=None)[COLUMNS].reset_index(drop=True)


def spread(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Mean, lowest and highest value over seeds, and how many seeds, for each combination of `by`."""
    grouped = table.groupby(list(by), sort=True)["value"]
    return grouped.agg(mean="mean", low="min", high="max", n="count").reset_index()


def score_errors(table: pd.DataFrame, sigma: float) -> pd.DataFrame:
    """The relative score errors of single trained models, A and B, at one noise level."""
    return table[(table.metric == "relative_score_error") & table.pair.isin(["A", "B"]) & (table.sigma == sigma)]


def beside(own: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """`own`, and under it what `whole` has of the same data sets, training-set sizes and seeds."""
    cells = own[["dataset", "n_train", "seed"]].drop_duplicates()
    return pd.concat([own, whole.merge(cells)], ignore_index=True)
