"""Does it matter which of the three objectives a model was trained with? Same data, networks and steps, on mixtures.

The models of the first objective, the denoiser, are those of `training_set_size`; here are the others.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from lowdiff_lib.experiments.profiles import choose
from lowdiff_lib.experiments.studies import training_set_size
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.specs import OBJECTIVES
from lowdiff_lib.tables.tidy import beside

OTHERS = OBJECTIVES[1:]
GRIDS: dict[str, dict] = {  # what a profile leaves out of the grid of `training_set_size`
    "smoke": {"sizes": (100,)},
    "quick": {"datasets": ("spiral",), "sizes": (10_000,), "replicates": 1},
    "full": {},
    "paper": {},
}


def plan(profile: str = "quick", **asked: Any) -> Plan:
    """Models A, B and twin of each of the other objectives; arguments as for `measure`."""
    grid = narrowed(choose(GRIDS, profile), **asked)
    plans = [training_set_size.plan(profile, objective=objective, arm=objective, **grid) for objective in OTHERS]
    return Plan(rows, [case for each in plans for case in each.cases])


def narrowed(grid: dict, **asked: Any) -> dict:
    """The grid of a profile with what was asked for instead; what is left out or empty the profile decides."""
    return grid | {name: value for name, value in asked.items() if value}


def measure(
    profile: str = "quick",
    datasets: Sequence[str] | None = None,
    sizes: Sequence[int] | None = None,
    replicates: int | None = None,
) -> pd.DataFrame:
    """The metrics of `training_set_size` for every objective, the denoiser's and the references' from there."""
    grid = narrowed(choose(GRIDS, profile), datasets=datasets, sizes=sizes, replicates=replicates)
    return beside(plan(profile, **grid).measure(), training_set_size.measure(profile, **grid))


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    return training_set_size.rows_of_models(case)
