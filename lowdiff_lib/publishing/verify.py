"""Is what lies in `data/` what was published, and do weights and training give it again? `lowdiff verify`."""

import os
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pandas as pd

from lowdiff_lib import tables
from lowdiff_lib.base import paths
from lowdiff_lib.base.checks import whole
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.publishing import again, remeasure
from lowdiff_lib.tables import manifest, pictures
from lowdiff_lib.tables.manifest import NotAsPublished
from lowdiff_lib.tables.tidy import KEYS, place_of
from lowdiff_lib.training import runs, sweep
from lowdiff_lib.training.devices import cards

RETRAIN_SECONDS = 600.0  # a case that took longer to train is not drawn for training again

# With the bits of the published weights a value may differ only by what the rounding of the table hides. On another
# machine sums are taken in another order and training amplifies the last digit: then a value has to lie where another
# seed could have put it, inside the published range over the repetitions, widened by its own width on both sides. A
# range of few repetitions is sometimes narrow by chance, so a tenth of the values may lie outside.
SAME_BITS = 1e-5
WIDENED = 1.0
ROUNDING = 0.02  # relative; a range may be a point where nothing varies
OUTSIDE = 0.1


def verify(retrain: int = 1) -> list[str]:
    """Compare everything in the data folder with its records, tables with what published weights give, and `retrain`
    cases with what training gives today.

    Returns what there is to say, line by line. Raises NotAsPublished with a line for each difference.
    """
    whole("retrain", retrain)
    names = manifest.names()
    said, wrong, sound = [], [], {}
    for name in names:
        path = manifest.table_path(name)
        try:
            found = manifest.find(name)
        except NotAsPublished as error:
            wrong.append(str(error))
            continue
        if found is None and name in manifest.read()["tables"]:
            wrong.append(
                f"{path} is in {manifest.path_of_manifest().name} but is not there: bring it back (git checkout)"
            )
        elif found is not None:
            sound[name] = found.entry
            said.append(f"{name}: {found.entry['rows']:,} rows, profile {found.entry['profile']}, as published")
    for path in sorted(manifest.folder().rglob("*.csv")):
        if path.relative_to(manifest.folder()).with_suffix("").as_posix() not in names:
            wrong.append(f"{path} is in no manifest: remove it, or publish it with lowdiff publish")
    for name in pictures.names():
        path = pictures.path_of(name)
        try:
            found_pictures = pictures.find(name)
        except NotAsPublished as error:
            wrong.append(str(error))
            continue
        if found_pictures is not None:
            shown, about = found_pictures
            said.append(f"{path.name}: {len(shown)} pictures, profile {about['profile']}, as published")
    of_weights, harm, here = remeasure.check_files()
    said, wrong = said + of_weights, wrong + harm
    if not names and not said and not wrong:
        return [f"nothing is published in {paths.data()}"]
    measured, harm = remeasure.measure_again(sound, here)
    said, wrong = said + measured, wrong + harm
    lines, differences = _train_again(_drawn(sound, retrain))
    if wrong + differences:
        raise NotAsPublished("\n".join(wrong + differences))
    return said + lines


def _drawn(entries: Mapping[str, dict], count: int) -> list[tuple[str, dict, dict]]:
    """Cases to train again, at random from those that train here in reasonable time: table, its entry, the case."""

    def cost(entry: dict, case: dict) -> float:
        return sum(entry["runs"][key]["seconds"] for key in case["runs"].values())

    cases = [(name, entry, case) for name, entry in entries.items() for case in entry["cases"]]
    cases = [drawn for drawn in cases if cost(*drawn[1:]) <= RETRAIN_SECONDS]
    if not cards():
        cases = [drawn for drawn in cases if "cuda" not in drawn[1]["trained"].get("device", [])]
    return random.sample(cases, min(count, len(cases)))


def _train_again(drawn: Sequence[tuple[str, dict, dict]]) -> tuple[list[str], list[str]]:
    """Train published cases again, in a store of their own: what there is to say about them, and what differs."""
    said, wrong, plans = [], [], []
    for name, entry, about in drawn:
        try:
            plans.append((name, entry, about, again.plan_of(name, entry, about)))
        except LowdiffError as error:  # no such data here, or specs of another library
            said.append(f"{name}: cannot be trained again here: {error}")
    with _elsewhere():
        sweep.ensure([spec for *_, plan in plans for spec in plan.specs])
        for name, entry, about, plan in plans:
            exact = all(  # whoever measures: the same weights have the same values
                (runs.read(spec) or {}).get("weights_sha256") == entry["runs"][about["runs"][role]]["weights"]
                for role, spec in plan.cases[0].runs.items()
            )
            code = "" if plan.code == entry["code"] else ", with other code than was published"
            how = f"{name}: {plan.cases[0]} trained again{code}"
            if complaint := _compare(name, plan.table(), exact):
                wrong.append(f"{how}: {complaint}")
            else:
                said.append(f"{how}: the same {'weights and values' if exact else 'within the tolerance'}")
    return said, wrong


def _compare(name: str, fresh: pd.DataFrame, exact: bool) -> str:
    """What is wrong with the rows of trained models in a table measured again, beside the published one; or nothing.

    exact: the weights have the same bits. Else what has one repetition only is not compared.
    """
    study, _, arm = name.partition("/")
    published = tables.published(study, arm)
    both = again.beside(fresh, published)
    new, old = both.value, both.value_published  # the latter is NaN, and never close, where nothing was published
    allowed = 0.0
    if exact:
        close = (new - old).abs() <= SAME_BITS * old.abs()
    else:
        low, high = _ranges(both, published)
        margin = WIDENED * (high - low) + ROUNDING * old.abs()
        close = old.notna() & ((low == high) | new.between(low - margin, high + margin))
        allowed = OUTSIDE * len(both)
    if (~close).sum() <= allowed and old.notna().all():
        return ""
    first = both[~close].iloc[0]
    return (
        f"{(~close).sum()} of {len(both)} values differ by more than the tolerance, the first at "
        f"{place_of(first)}: {first.value:.6g}, published {first.value_published:.6g}"
    )


def _ranges(rows: pd.DataFrame, published: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Lowest and highest published value over the repetitions, for each row."""
    place = [key for key in KEYS if key != "repetition"]
    found = rows[place].merge(published.groupby(place)["value"].agg(["min", "max"]).reset_index(), on=place, how="left")
    return found["min"], found["max"]


@contextmanager
def _elsewhere() -> Iterator[None]:
    """A run store of its own, empty at first and gone afterwards; workers started inside see it too."""
    before = os.environ.get("LOWDIFF_RUNS")
    with tempfile.TemporaryDirectory(prefix="lowdiff-verify-") as folder:
        os.environ["LOWDIFF_RUNS"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["LOWDIFF_RUNS"]
            else:
                os.environ["LOWDIFF_RUNS"] = before
