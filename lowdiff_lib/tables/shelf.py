"""What is published in `data/`, as tables."""

import io
from collections.abc import Iterable, Mapping

import pandas as pd

from lowdiff_lib.tables import manifest, pictures
from lowdiff_lib.tables.tidy import DENOISER, beside


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
