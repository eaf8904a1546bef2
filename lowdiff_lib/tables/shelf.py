"""What is published in `data/`, as tables."""

import io

import pandas as pd

from lowdiff_lib.tables import manifest, pictures

USUAL = "told"  # the arm that is meant where none is named


def published(study: str, *arms: str) -> pd.DataFrame | None:
    """The table that is published of a study: of the arms named, or of the usual one; None if there is none of them.

    Raises NotAsPublished if it is damaged.
    """
    found = [manifest.find(f"{study}/{arm}") for arm in arms or (USUAL,)]
    parts = [pd.read_csv(io.BytesIO(each.csv)) for each in found if each]
    return pd.concat(parts, ignore_index=True) if parts else None


def all_published() -> dict[str, pd.DataFrame]:
    """Every published table, by study, with all its arms; none if nothing is published. Raises NotAsPublished."""
    arms: dict[str, list[str]] = {}
    for name in manifest.names():
        study, _, arm = name.partition("/")
        arms.setdefault(study, []).append(arm)
    found = {study: published(study, *names) for study, names in arms.items()}
    return {study: table for study, table in found.items() if table is not None}


def published_pictures(name: str) -> pd.DataFrame | None:
    """The pictures that are published in `data/pictures/` under a name, a row each; None if there are none.

    Raises NotAsPublished if they are damaged.
    """
    found = pictures.find(name)
    return found and found[0]
