"""Does it matter which of the three objectives a model was trained with? Same data, networks and steps, on faces.

The models of the first objective, the denoiser, are those of `denoising_faces`; here are the others.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from lowdiff_lib.experiments.profiles import choose
from lowdiff_lib.experiments.studies import denoising_faces
from lowdiff_lib.experiments.studies.objectives import OTHERS, narrowed
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.tables.tidy import beside

GRIDS: dict[str, dict] = {  # of the grid of `denoising_faces`; a size of 0 is all that a side holds
    "smoke": {"sizes": (10,)},
    "quick": {"sizes": (0,), "replicates": 1},
    "full": {"sizes": (100, 0)},
    "paper": {"sizes": (100, 10_000, 0)},
}


def plan(profile: str = "quick", source: str = "auto", **asked: Any) -> Plan:
    """Models A, B and twin of each of the other objectives; arguments as for `measure`."""
    grid = narrowed(choose(GRIDS, profile), **asked)
    plans = [denoising_faces.plan(profile, source, objective=objective, arm=objective, **grid) for objective in OTHERS]
    return Plan(rows, [case for each in plans for case in each.cases])


def measure(
    profile: str = "quick", source: str = "auto", sizes: Sequence[int] | None = None, replicates: int | None = None
) -> pd.DataFrame:
    """The metrics of `denoising_faces` for every objective, the denoiser's and the references' from there."""
    grid = narrowed(choose(GRIDS, profile), sizes=sizes, replicates=replicates)
    return beside(plan(profile, source, **grid).measure(), denoising_faces.measure(profile, source, **grid))


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    return denoising_faces.rows_of_models(case)
