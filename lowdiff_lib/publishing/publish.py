"""The only way into `data/`: `lowdiff publish`.

Only a whole table is published: every case of the plan, every value finite, every run that it looks at in the
store and undamaged. With it go the runs, by key, spec and hash of the weights, so that anyone can train some of them
again and compare.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lowdiff_lib import tables
from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.provenance import provenance
from lowdiff_lib.datasets.samples import faces, shown
from lowdiff_lib.experiments import catalog
from lowdiff_lib.experiments.study import Plan
from lowdiff_lib.publishing import names, sheets, weights
from lowdiff_lib.publishing.add import in_common, lacking, together
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.tables import manifest, pictures
from lowdiff_lib.tables.tidy import DIGITS, KEYS, place_of
from lowdiff_lib.training import runs, sweep

SMALL = ("smoke", "quick")  # profiles that show that it works, or the shape of an effect


def publish(
    study: str,
    profile: str,
    arms: Sequence[str] = (),
    datasets: Sequence[str] = (),
    sizes: Sequence[int] = (),
    repetitions: int = 0,
    allow_small: bool = False,
    archive: Path | None = None,
    add: bool = False,
) -> list[Path]:
    """Measure the arms of a study at the scale of a profile (or read them, if they were measured) and publish them.

    arms: some of them; else all. datasets, sizes, repetitions: a part of the grid, which then is all that is published
    of the arm; or, with add, is put beside what is published of its other cases; those of its own whose runs are not
    in the store stay as they are published. The manifest says which cases. Also publishes pictures and weights, by
    their name; archive: a file for the latter (`weights.publish`). Returns the paths. Raises LowdiffError for a profile
    that is too small to be published, unless `allow_small`, and for a table that is not whole; what was published
    before of other arms stays.
    """
    if profile in SMALL and not allow_small:
        raise LowdiffError(
            f"profile {profile} is too small to be published; publish full or paper, or try --allow-small "
            "with LOWDIFF_DATA set to a folder of your own"
        )
    study = names.found(study, profile, arms)
    if study == names.WEIGHTS:
        return weights.publish(profile, arms, datasets, sizes, archive)
    if add and study in names.PICTURES:
        raise LowdiffError(f"--add is for tables; {study} are pictures, which are published whole")
    if archive:
        raise LowdiffError(f"--archive {archive} is for weights; {study} goes into {paths.data()}")
    if study in names.PICTURES:
        return [_publish_pictures(study, profile)]
    plans = catalog.plans(study, profile, arms, datasets, sizes, repetitions)
    return [_publish_table(plan, profile, add) for plan in plans]


def _publish_table(plan: Plan, profile: str, add: bool) -> Path:
    before = manifest.find(plan.name) if add else None
    if before and not (plan := lacking(plan, before)).cases:
        return manifest.table_path(plan.name)
    sweep.ensure(plan.specs)  # also where the table is there but a run behind it is not any more
    table = plan.table()
    check(table, plan)
    entry = describe(plan, profile)
    if before:
        table, entry = together(before, table, entry, plan.study.metrics)
    manifest.put(plan.name, as_csv(table), entry)
    return manifest.table_path(plan.name)


def _publish_pictures(name: str, profile: str) -> Path:
    sheet: sheets.Sheet = getattr(sheets, names.PICTURES[name])(profile)
    if sheet.pictures.empty:
        raise LowdiffError(
            f"{name}, profile {profile}: each of the models made copies of photographs; none is published"
        )
    made_by = {
        runs.key(spec): dataclasses.asdict(spec) | {"weights": (runs.read(spec) or {}).get("weights_sha256")}
        for spec in sheet.specs
    }
    return pictures.put(name, sheet.pictures, sheet.columns, {"profile": profile, "runs": made_by, **provenance()})


def check(table: pd.DataFrame, plan: Plan) -> None:
    """Raise LowdiffError if a table is not what its plan promises: complete, each row once, all values finite."""
    if list(table.columns) != tables.COLUMNS:
        raise LowdiffError(
            f"the table's columns are {', '.join(table.columns)}; they must be {', '.join(tables.COLUMNS)}"
        )
    bad = table[~np.isfinite(table.value)]
    if len(bad):
        raise LowdiffError(f"{len(bad)} of {len(table):,} values are not finite, the first at {place_of(bad.iloc[0])}")
    if table.duplicated(KEYS).any():
        raise LowdiffError(f"a row is there twice: {place_of(table[table.duplicated(KEYS)].iloc[0])}")
    there = set(zip(table.dataset, table.n_train, table.repetition, strict=True))
    for case in plan.cases:
        if (shown(case.spec.dataset), case.spec.n_train, case.repetition) not in there:
            raise LowdiffError(f"nothing was measured of {case}")
    away = table[table.metric == "ran_away"]  # from a start that all ran away from, a sampler leaves this row alone
    # Of one repetition, whose data are one mixture: another may lack directions that some metrics are about.
    for (dataset, repetition), mine in (table if away.empty else away).groupby(["dataset", "repetition"]):
        grid = mine.groupby("n_train").size()
        if grid.nunique() > 1:
            n_train, rows = grid.idxmin(), grid.min()
            raise LowdiffError(
                f"{dataset}, n_train {n_train}, repetition {repetition} has {rows} rows where others have {grid.max()}"
            )


def as_csv(table: pd.DataFrame) -> bytes:
    """The table as bytes that depend on nothing but its values: sorted rows, six significant digits."""
    return table.sort_values(KEYS).to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n").encode()


def describe(plan: Plan, profile: str) -> dict[str, Any]:
    """A manifest entry: where the table comes from. Raises LowdiffError if a run is not whole in the store."""
    measured = plan.about()
    found = {spec: runs.read(spec) for spec in plan.specs}
    missing = [spec for spec, about in found.items() if about is None]
    if measured is None or missing:
        raise LowdiffError(
            f"{len(missing)} of {len(found)} runs are missing or damaged in {paths.runs()}; publish again"
        )
    abouts = [about for about in found.values() if about]
    specs = [dataclasses.asdict(spec) for spec in found]
    shared = in_common(specs)
    return {
        "profile": profile,
        "code": plan.code,
        "measured": {name: measured[name] for name in ("date", "seconds", "commit", "machine", "versions")},
        "trained": {
            "first": min(about["date"] for about in abouts),
            "last": max(about["date"] for about in abouts),
            "seconds": round(sum(about["seconds"] for about in abouts), 1),
            **{name: _distinct(about[name] for about in abouts) for name in ("commit", "machine", "versions")},
            "device": _distinct(about["made_by"]["device"] for about in abouts),
        },
        "seeds": sorted({spec.seed for spec in found}),
        **people_apart(list(found)),
        **_photographs(found),
        "settings": shared,
        "runs": {
            runs.key(spec): {
                **{name: value for name, value in dataclasses.asdict(spec).items() if name not in shared},
                "seconds": round(about["seconds"], 2),
                "weights": about["weights_sha256"],
            }
            for spec, about in found.items()
            if about
        },
        "cases": [
            {
                "arm": case.arm.name,
                "repetition": case.repetition,
                "runs": {role: runs.key(spec) for role, spec in case.runs.items()},
            }
            for case in plan.cases
        ],
    }


def people_apart(specs: Sequence[RunSpec]) -> dict[str, bool]:
    """What an entry of these runs says of people: that nobody is in two parts, or that somebody may be."""
    known = {faces(spec.dataset, spec.resolution).identity is not None for spec in specs if spec.resolution}
    return {"people_apart": all(known)} if known else {}


def _photographs(specs: Iterable[RunSpec]) -> dict[str, int]:
    """How many photographs sides are drawn from: the more, the fewer of them two repetitions share."""
    sizes = {len(faces(spec.dataset, spec.resolution)) for spec in specs if spec.resolution}
    return {"photographs": min(sizes)} if sizes else {}


def _distinct(values: Iterator[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found
