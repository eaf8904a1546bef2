"""What is published in `data/`, as tables."""

import io

import pandas as pd

from lowdiff_lib.base import paths
from lowdiff_lib.base.checks import one_of
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.tables import manifest, pictures

USUAL = "told"  # the arm that is meant where none is named


def published(study: str, *arms: str) -> pd.DataFrame:
    """The table that is published of a study: of the arms named, or of the usual one. One value a row, with `COLUMNS`.

    study: its name, in which hyphens count as underscores. Raises LowdiffError, which says what there is, for a study
    or an arm of which nothing is published; NotAsPublished if a table is damaged.
    """
    there = sorted(path.parent.name for path in manifest.folder().glob("*/[!.]*.csv"))
    if not there:
        raise LowdiffError(paths.hidden_tables() or f"nothing is published in {paths.data()}")
    study = one_of(list(dict.fromkeys(there)), study.replace("-", "_"), "published table")
    known = sorted(path.stem for path in manifest.table_path(f"{study}/{USUAL}").parent.glob("[!.]*.csv"))
    for arm in arms or (USUAL,):
        one_of(known, arm, f"published arm of {study}")
    table = find(study, *arms)
    assert table is not None
    return table


def find(study: str, *arms: str) -> pd.DataFrame | None:
    """As `published`, of those of the arms that are there; None if none of them is. Raises NotAsPublished."""
    found = [manifest.find(f"{study}/{arm}") for arm in arms or (USUAL,)]
    parts = [pd.read_csv(io.BytesIO(each.csv)) for each in found if each]
    return pd.concat(parts, ignore_index=True) if parts else None


def all_published() -> dict[str, pd.DataFrame]:
    """Every published table, by study, with all its arms; none if nothing is published. Raises NotAsPublished."""
    arms: dict[str, list[str]] = {}
    for name in manifest.names():
        study, _, arm = name.partition("/")
        arms.setdefault(study, []).append(arm)
    found = {study: find(study, *names) for study, names in arms.items()}
    return {study: table for study, table in found.items() if table is not None}


def pools() -> dict[str, int]:
    """How many photographs the sides of a published table are drawn from, by its name; where its entry says so."""
    found = manifest.read()["tables"]
    return {name: entry["photographs"] for name, entry in found.items() if "photographs" in entry}


def published_pictures(name: str) -> pd.DataFrame | None:
    """The pictures that are published in `data/pictures/` under a name, a row each; None if there are none.

    Raises NotAsPublished if they are damaged.
    """
    found = pictures.find(name)
    return found and found[0]
