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

import numpy as np
import pandas as pd
import torch

from lowdiff_lib import tables
from lowdiff_lib.base.errors import LowdiffError, NotAsPublished
from lowdiff_lib.base.machine import cores
from lowdiff_lib.experiments.study import Plan
from lowdiff_lib.models import weights
from lowdiff_lib.publishing import publish
from lowdiff_lib.tables.tidy import tidy
from lowdiff_lib.training import runs

SECONDS = 150.0  # no case is begun after that
# Weights in half precision differ from the trained ones by some 0.0002 of each, which moves no printed digit: a value
# may differ by half a unit of its second decimal, or by one per cent.
ABSOLUTE, RELATIVE = 0.005, 0.01
# An error below this (data units) is that of half precision: how much smaller it was before is not compared. A network
# of one training point has such errors at that point. Half precision keeps 0.0005 of each number, and points of the
# plane reach 4.
FINEST = 0.002
# Where a point ends can jump from one basin to the other by the least change, so a few values may lie outside.
OUTSIDE = 0.01


def check_files() -> tuple[list[str], list[str], dict[str, dict[str, Any]]]:
    """What there is to say of the files of weights, what is wrong with them, and the entries of those that are here."""
    files = weights.record()["files"]
    wrong, here = [], {}
    for name, entry in files.items():
        if entry["archive"] and not weights.path(name).is_file():
            continue
        try:
            weights.of(name, entry)
            if runs.key(weights.spec_of(entry)) != entry["run"]:
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
    entries: Mapping[str, dict[str, Any]], here: Mapping[str, dict[str, Any]], plan_of: Any, seconds: float = SECONDS
) -> tuple[list[str], list[str]]:
    """Measure tables again from published weights, in random order until the time is up: what is said, what is wrong.

    A case on each core. entries: of the manifest, by table; here: of the record of weights. plan_of: (name, entry,
    case) -> Plan.
    """
    by_weights = {entry["weights"]: name for name, entry in here.items()}
    todo = list(_cases(entries, by_weights))
    random.shuffle(todo)
    began, values, outside, done = time.monotonic(), 0, 0, 0
    published = {name: tables.published(*name.split("/")) for name in {name for name, *_ in todo}}  # read once
    wrong: list[str] = []

    def measured(job: tuple[str, dict, dict, dict]) -> tuple[str, int, int] | None:
        """What comes of the comparison; None where there was no time."""
        name, entry, case, models = job
        if time.monotonic() - began > seconds:
            return None
        plan = plan_of(name, entry, case)
        loaded = {role: weights.of(file, here[file]) for role, file in models.items()}
        again = tidy(plan.study.rows(plan.cases[0], plan.study.grid.bench(plan.cases[0], loaded)))
        return _compare(name, plan, again, published[name])

    with _threads(cores()) as pool:
        for found in filter(None, pool.map(measured, todo)):
            complaint, more, off = found
            wrong += [complaint] if complaint else []
            values, outside, done = values + more, outside + off, done + 1
    if not todo:
        return [], wrong
    said = (
        f"measured again from published weights, without training: {done} of {len(todo)} cases, {values:,} values, "
        f"{values - outside:,} of them within {ABSOLUTE:g} or {RELATIVE:.0%} of the published ones"
    )
    return [said], wrong


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Threads of which each works alone: torch lets the others go on while it computes. Afterwards it is as before."""
    before = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield pool
    finally:
        torch.set_num_threads(before)


def _cases(entries: Mapping[str, dict], by_weights: Mapping[str, str]) -> Iterator[tuple[str, dict, dict, dict]]:
    """Table, its entry, case and the file of each role, of the cases that can be measured again."""
    for name, entry in entries.items():
        for case in entry["cases"]:
            files = {role: by_weights.get(entry["runs"][key]["weights"]) for role, key in case["runs"].items()}
            if all(files.values()):
                yield name, entry, case, files


def _compare(name: str, plan: Plan, again: pd.DataFrame, published: pd.DataFrame) -> tuple[str, int, int]:
    """What is wrong with values measured again, or nothing; how many there are and how many are off."""
    again = again[again.objective != "none"]
    both = again.merge(published, on=publish.KEYS, how="left", suffixes=("", "_published"))
    gains = both.metric.str.startswith("psnr_gain")
    most = 20 * np.log10(both.sigma[gains] / FINEST)  # dB
    for column in ("value", "value_published"):
        both.loc[gains, column] = np.minimum(both.loc[gains, column], most)
    off = (both.value - both.value_published).abs()
    finest = (FINEST / both.sigma).where(both.metric.str.contains("_over_noise"), 0.0)
    close = (off <= ABSOLUTE) | (off <= RELATIVE * both.value_published.abs()) | (off <= finest)
    bad = both[~close]
    if len(bad) <= OUTSIDE * len(both) and both.value_published.notna().all():
        return "", len(both), len(bad)
    first = bad.iloc[0]
    text = (
        f"{name}: {plan.cases[0]} measured again from published weights: {len(bad)} of {len(both)} values differ by "
        f"more than {ABSOLUTE:g} and {RELATIVE:.0%}, the first at {publish.place_of(first)}: {first.value:.6g}, "
        f"published {first.value_published:.6g}"
    )
    return text, len(both), len(bad)
