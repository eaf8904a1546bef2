"""Tidy tables: one measured value per row. The only thing that figures and claims see."""

import io
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from lowdiff_lib import manifest, pictures

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


def joined(found: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables by experiment, each with its `DENOISER` rows where these are found too."""
    return {
        name: beside(table, found[DENOISER[name]]) if DENOISER.get(name) in found else table
        for name, table in found.items()
    }


def published(experiment: str) -> pd.DataFrame | None:
    """The table that is published in `data/` for an experiment, with its `DENOISER` rows; None if there is none.

    Raises NotAsPublished if it is damaged.
    """
    return _read([name for name in (experiment, DENOISER.get(experiment)) if name]).get(experiment)


def all_published() -> dict[str, pd.DataFrame]:
    """Every published table, by experiment; none if nothing is published. Raises NotAsPublished."""
    return _read(manifest.names())


def published_pictures(name: str) -> pd.DataFrame | None:
    """The pictures that are published in `data/pictures/` under a name, a row each; None if there are none.

    Raises NotAsPublished if they are damaged.
    """
    found = pictures.find(name)
    return found and found[0]


def _read(names: Iterable[str]) -> dict[str, pd.DataFrame]:
    found = {name: manifest.find(name) for name in names}
    return joined({name: pd.read_csv(io.BytesIO(each.csv)) for name, each in found.items() if each})
