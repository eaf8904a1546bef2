"""Are published weights what was published, and do the tables come out of them again? Without training.

A case of a table is measured again where A, B and twin are the networks that the table was measured of, by the hash of
their weights as they were trained.
"""

import random
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import torch

from lowdiff_lib import tables
from lowdiff_lib.base.errors import LowdiffError, NotAsPublished
from lowdiff_lib.base.machine import cores
from lowdiff_lib.models import weights
from lowdiff_lib.publishing import again
from lowdiff_lib.training import runs

SECONDS = 150.0  # no case is begun after that


def check_files() -> tuple[list[str], list[str], dict[str, dict[str, Any]]]:
    """What there is to say of the files of weights, what is wrong with them, and the entries of those that are here."""
    files = weights.record()["files"]
    wrong, here = [], {}
    for name, entry in files.items():
        if entry["archive"] and not weights.path(name).is_file():
            continue
        try:
            weights.of(name, entry)
            spec = weights.spec_of(entry)
            if not spec.resolution and runs.key(spec) != entry["run"]:  # that of faces is of the photographs, too
                raise NotAsPublished(f"{name}: its spec is no longer that of run {entry['run']}")
            here[name] = entry
        except (LowdiffError, TypeError) as error:
            wrong.append(str(error))
    for path in sorted(weights.folder().rglob("*.safetensors")):
        if path.relative_to(weights.folder()).with_suffix("").as_posix() not in files:
            wrong.append(f"{path} is in no record: remove it, or publish it with lowdiff publish weights")
    size = sum(entry["bytes"] for entry in here.values()) / 1e6
    said = [f"weights: {len(here)} networks, {size:.1f} MB, as published"] if here else []
    return said, wrong, here


def measure_again(
    entries: Mapping[str, dict[str, Any]], here: Mapping[str, dict[str, Any]], seconds: float = SECONDS
) -> tuple[list[str], list[str]]:
    """Measure tables again from published weights, in random order until the time is up: what is said, what is wrong.

    A case on each core. entries: of the manifest, by table; here: of the record of weights.
    """
    todo = list(again.at_hand(entries, {entry["weights"]: name for name, entry in here.items()}))
    if not todo:
        return [], []
    random.shuffle(todo)
    began = time.monotonic()
    published = {table: tables.published(*table.split("/")) for table in {of.table for of in todo}}  # read once

    def measured(of: again.OfWeights) -> again.Compared | None:
        """What comes of the comparison; None where there was no time."""
        if time.monotonic() - began > seconds:
            return None
        models = {role: weights.of(name, here[name]) for role, name in of.names.items()}
        return again.compare(of, models, published[of.table])

    with _threads(cores()) as pool:
        found = [each for each in pool.map(measured, todo) if each]
    values, off = sum(each.values for each in found), sum(each.off for each in found)
    said = (
        f"measured again from published weights, without training: {len(found)} of {len(todo)} cases, {values:,} "
        f"values, {values - off:,} of them within {again.ABSOLUTE:g} or {again.RELATIVE:.0%} of the published ones"
    )
    return [said], [each.complaint for each in found if each.complaint]


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Threads of which each works alone: torch lets the others go on while it computes. Afterwards it is as before."""
    before = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield pool
    finally:
        torch.set_num_threads(before)
