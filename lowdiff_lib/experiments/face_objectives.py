"""Does it matter which of the three objectives a model was trained with? Same data, networks and steps, on faces."""

from collections.abc import Iterator, Sequence

import pandas as pd

from lowdiff_lib.experiments import denoising_faces
from lowdiff_lib.experiments.objectives import narrowed
from lowdiff_lib.experiments.profiles import choose
from lowdiff_lib.experiments.store import Case, Plan
from lowdiff_lib.specs import OBJECTIVES

GRIDS: dict[str, dict] = {  # of the grid of `denoising_faces`; a size of 0 is all that a side holds
    "smoke": {"sizes": (10,)},
    "quick": {"sizes": (0,), "replicates": 1},
    "full": {"sizes": (100, 0)},
    "paper": {"sizes": (100, 10_000, 0)},
}


def plan(
    profile: str = "quick", source: str = "auto", sizes: Sequence[int] | None = None, replicates: int | None = None
) -> Plan:
    """Models A, B and twin of each objective, as `denoising_faces.plan` has them for one."""
    grid = narrowed(choose(GRIDS, profile), sizes=sizes, replicates=replicates)
    plans = [denoising_faces.plan(profile, source, objective=objective, **grid) for objective in OBJECTIVES]
    return Plan(rows, [case for each in plans for case in each.cases])


def measure(*scale, **more) -> pd.DataFrame:
    """The table of `plan`, with the same arguments: the metrics of `denoising_faces`, for each objective."""
    return plan(*scale, **more).measure()


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case; of the reference denoisers, which have no objective, with the first one alone."""
    yield from denoising_faces.rows_of_models(case)
    if case.runs["A"].objective == OBJECTIVES[0]:
        yield from denoising_faces.rows_of_references(case)
