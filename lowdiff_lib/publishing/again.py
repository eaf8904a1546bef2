"""One published case measured again, from weights instead of from runs: is it the same but for their precision?"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments import catalog
from lowdiff_lib.experiments.grid import Case, arm_of
from lowdiff_lib.experiments.study import Plan
from lowdiff_lib.measures.samplers import HasResidual
from lowdiff_lib.publishing.add import CASE, OF_A_RUN
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.tables.tidy import KEYS, place_of, tidy

# Weights in half precision differ from the trained ones by some 0.0002 of each, which moves no printed digit: a value
# may differ by half a unit of its second decimal, or by one per cent.
ABSOLUTE, RELATIVE = 0.005, 0.01
# Where a point ends can jump from one basin to the other by the least change, so a few values may lie outside.
OUTSIDE = 0.01


def plan_of(name: str, entry: dict, about: dict) -> Plan:
    """One case as the manifest has it. Raises LowdiffError if its specs have fields that today's have not."""
    study_name, _, arm = name.partition("/")
    study = catalog.study(study_name)
    runs_of = {
        role: {k: v for k, v in entry["runs"][key].items() if k not in OF_A_RUN} for role, key in about["runs"].items()
    }
    try:
        specs = {role: RunSpec(**entry["settings"], **own) for role, own in runs_of.items()}
    except TypeError as error:
        raise LowdiffError(f"{name} was published by another version of lowdiff ({error}); publish it again") from None
    return Plan(study, arm, [Case(arm_of(study.grid, arm), specs, about["repetition"])])


class OfWeights(NamedTuple):
    """A published case whose networks are at hand: its table, the plan of it, and what each role is called."""

    table: str
    plan: Plan
    names: dict[str, str]


def at_hand(entries: Mapping[str, dict[str, Any]], by_weights: Mapping[str, str]) -> Iterator[OfWeights]:
    """The cases of tables that were measured of networks that are at hand, all of them.

    entries: of the manifest, by table. by_weights: names of networks, by the hash of their weights as trained.
    """
    for table, entry in entries.items():
        for case in entry["cases"]:
            names = {role: by_weights.get(entry["runs"][key]["weights"], "") for role, key in case["runs"].items()}
            if all(names.values()):
                yield OfWeights(table, plan_of(table, entry, case), names)


def beside(again: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """The rows of trained models in a table measured again, with the published value of each; nan where there is none.

    Left out are metrics that a case was not published with at all: its study measures them only since.
    """
    both = again[again.objective != "none"].merge(published, on=KEYS, how="left", suffixes=("", "_published"))
    of_case, of_metric = (both.groupby(place).value_published.transform("count") for place in (CASE, [*CASE, "metric"]))
    return both[(of_case == 0) | (of_metric > 0)]


class Compared(NamedTuple):
    """What is wrong with values measured again, or nothing; how many there are, and how many are off."""

    complaint: str
    values: int
    off: int


def compare(of: OfWeights, models: Mapping[str, HasResidual], published: pd.DataFrame) -> Compared:
    """A case measured of other weights, such as those in half precision, beside its published table."""
    (case,), study = of.plan.cases, of.plan.study
    both = beside(tidy(study.rows(case, study.grid.bench(case, models))), published)
    off = (both.value - both.value_published).abs()
    close = (off <= ABSOLUTE) | (off <= RELATIVE * both.value_published.abs())
    bad = both[~close]
    if len(bad) <= OUTSIDE * len(both) and both.value_published.notna().all():
        return Compared("", len(both), len(bad))
    first = bad.iloc[0]
    return Compared(
        f"{of.table}: {case} measured again from published weights: {len(bad)} of {len(both)} values differ by "
        f"more than {ABSOLUTE:g} and {RELATIVE:.0%}, the first at {place_of(first)}: {first.value:.6g}, "
        f"published {first.value_published:.6g}",
        len(both),
        len(bad),
    )
