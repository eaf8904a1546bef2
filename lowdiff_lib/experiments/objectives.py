"""Does it matter which of the three objectives a model was trained with? Same data, networks and steps, on mixtures."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from lowdiff_lib.experiments import training_set_size
from lowdiff_lib.experiments.profiles import choose
from lowdiff_lib.experiments.store import Case, Plan
from lowdiff_lib.specs import OBJECTIVES

GRIDS: dict[str, dict] = {  # what a profile leaves out of the grid of `training_set_size`
    "smoke": {"sizes": (100,)},
    "quick": {"datasets": ("spiral",), "sizes": (10_000,), "replicates": 1},
    "full": {"datasets": ("spiral", "hd-sharpcov"), "sizes": (100, 10_000)},  # the whole grid takes one core six hours
    "paper": {},
}


def plan(
    profile: str = "quick",
    datasets: Sequence[str] | None = None,
    sizes: Sequence[int] | None = None,
    replicates: int | None = None,
) -> Plan:
    """Models A, B and twin of each objective, as `training_set_size.plan` has them for one."""
    grid = narrowed(choose(GRIDS, profile), datasets=datasets, sizes=sizes, replicates=replicates)
    plans = [training_set_size.plan(profile, objective=objective, **grid) for objective in OBJECTIVES]
    return Plan(rows, [case for each in plans for case in each.cases])


def narrowed(grid: dict, **asked: Any) -> dict:
    """The grid of a profile with what was asked for instead; what is left out or empty the profile decides."""
    return grid | {name: value for name, value in asked.items() if value}


def measure(*scale, **more) -> pd.DataFrame:
    """The table of `plan`, with the same arguments: the metrics of `training_set_size`, for each objective."""
    return plan(*scale, **more).measure()


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case; of the reference denoisers, which have no objective, with the first one alone."""
    yield from training_set_size.rows_of_models(case)
    if case.runs["A"].objective == OBJECTIVES[0]:
        yield from training_set_size.rows_of_references(case)
