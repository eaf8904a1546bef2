"""What was measured today beside what is published already: the cases of both in one table, and where each comes from.

A grid takes days, and a new machine has none of the runs of the last one. So a study is published case by case.
"""

import dataclasses
import io
import sys
from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments.grid import Case
from lowdiff_lib.experiments.study import Plan
from lowdiff_lib.tables.manifest import Published
from lowdiff_lib.tables.tidy import COLUMNS
from lowdiff_lib.training import runs

CASE = ["dataset", "n_train", "step", "repetition"]
OF_A_RUN = ("seconds", "weights")  # what an entry says of a run beside its spec
OF_A_PART = ("code", "measured", "trained")
OF_BOTH = ("photographs", "people_apart")  # what is said of all cases is the least of the two; nothing if one is silent


def lacking(plan: Plan, before: Published) -> Plan:
    """The plan without the cases that are published and could not be measured again here without training again."""
    published = [case["runs"] for case in before.entry["cases"]]

    def stays(case: Case) -> bool:
        known = {role: runs.key(spec) for role, spec in case.runs.items()} in published
        return known and any(runs.about(spec) is None for spec in case.runs.values())

    new = [case for case in plan.cases if not stays(case)]
    if staying := len(plan.cases) - len(new):
        print(
            f"{plan.name}: {staying} of {len(plan.cases)} cases stay as they are published; their runs are not here",
            file=sys.stderr,
        )
    return dataclasses.replace(plan, cases=new)


def together(
    before: Published, table: pd.DataFrame, entry: dict[str, Any], metrics: Collection[str]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The published table and its entry with the cases of `table` in it, in place of those that it had of them.

    `entry` says of the new cases what a manifest says; the old ones keep what it said of them, under "earlier".
    metrics: what the study measures. Raises LowdiffError if something else is published.
    """
    old = pd.read_csv(io.BytesIO(before.csv))[COLUMNS]
    rest = old[~_in(old, table)]
    if rest.empty:
        return table, entry
    if other := set(rest.metric).difference(metrics):
        raise LowdiffError(
            f"what is published has metrics that are not measured any more ({', '.join(sorted(other))}); publish all "
            "of it again, without --add"
        )
    if before.entry["profile"] != entry["profile"]:
        raise LowdiffError(
            f"profile is {entry['profile']!r}, and {before.entry['profile']!r} is published; give that one, or publish "
            "all of it again, without --add"
        )
    specs = {**_specs(before.entry), **_specs(entry)}
    cases = [*_kept(before.entry, specs, rest), *entry["cases"]]
    used = {key for case in cases for key in case["runs"].values()}
    kept = {key: spec for key, spec in specs.items() if key in used}
    shared = in_common([{k: v for k, v in run.items() if k not in OF_A_RUN} for run in kept.values()])
    known = [*before.entry.get("earlier", []), {name: before.entry[name] for name in OF_A_PART}]
    joined = {name: value for name, value in entry.items() if name not in OF_BOTH} | {
        "earlier": known,
        **{name: min(before.entry[name], entry[name]) for name in OF_BOTH if name in before.entry and name in entry},
        **({"references": before.entry["references"]} if "references" in before.entry else {}),
        "seeds": sorted({run["seed"] for run in kept.values()}),
        "settings": shared,
        "runs": {key: {k: v for k, v in run.items() if k not in shared} for key, run in kept.items()},
        "cases": cases,
    }
    return pd.concat([rest, table], ignore_index=True), joined


def _in(old: pd.DataFrame, new: pd.DataFrame) -> pd.Series:
    """Which rows of the one are of cases of the other."""
    cases = pd.MultiIndex.from_frame(new[CASE].drop_duplicates())
    return pd.Series(pd.MultiIndex.from_frame(old[CASE]).isin(cases), old.index)


def _specs(entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What an entry says of each run, in full."""
    return {key: entry["settings"] | run for key, run in entry["runs"].items()}


def _kept(entry: dict[str, Any], specs: dict[str, dict[str, Any]], rest: pd.DataFrame) -> list[dict[str, Any]]:
    """The cases of an entry that have rows still."""
    there = set(rest[CASE].itertuples(index=False, name=None))
    found = []
    for case in entry["cases"]:
        of = specs[case["runs"]["A"]]
        if (of["dataset"], of["n_train"], of["steps"], case["repetition"]) in there:
            found.append(case)
    return found


def in_common(specs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What all runs have in common, by their specs."""
    first, *others = specs
    return {name: value for name, value in first.items() if all(name in own and own[name] == value for own in others)}
