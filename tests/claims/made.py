"""Tables made up for tests of verdicts: what two models and their twin do, as somebody describes it."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from lowdiff_lib.claims.beside import CLAIMS
from lowdiff_lib.claims.ledger import Verdict, ledger
from lowdiff_lib.tables.facts import Facts
from lowdiff_lib.tables.tidy import tidy

FACTS = {
    "uniform": Facts(1.6), "sharpcov": Facts(0.8, 1, 0.16, 0.7), "spiral": Facts(1.5, 1, 0.16, 0.5),
    "hd-uniform": Facts(1.4, 2), "hd-sharpcov": Facts(1.2, 1, 0.16, 0.7), "thin-manifold": Facts(0.29, 1, 0.02, 0.3),
    "celeba": Facts(0.25),
}  # fmt: skip
SIGMAS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
DIMS = {"uniform": 2, "sharpcov": 2, "spiral": 2, "celeba": 400}
Values = Mapping[tuple[str, str], Callable[[int, float, int], float]]  # metric and who: of n_train, sigma, repetition


def table(
    values: Values, data="spiral", sizes=(1000,), repetitions=3, sigmas=SIGMAS, arm="told", step=100
) -> pd.DataFrame:
    about = {"dataset": data, "dim": DIMS.get(data, 100), "arm": arm, "step": step, "objective": "denoiser"}
    return tidy(
        about | {"n_train": n, "repetition": r, "who": who, "sigma": s, "metric": metric, "value": value(n, s, r)}
        for (metric, who), value in values.items()
        for n in sizes
        for r in range(repetitions)
        for s in sigmas
    )


def cosines(ab: float, twin: float, error: float = 0.3, jitter: float = 0.002, **more) -> pd.DataFrame:
    """The cosine of A and B, that of twins, and the relative score error of A and B, the same at every noise level."""
    wobble = {r: jitter * (r - 1) for r in range(12)}
    values: Values = {
        ("residual_cosine", "A-B"): lambda n, s, r: ab + wobble[r],
        ("residual_cosine", "A-twin"): lambda n, s, r: twin - wobble[r] / 3,
        ("relative_score_error", "A"): lambda n, s, r: error * (1 + wobble[r]),
        ("relative_score_error", "B"): lambda n, s, r: error * (1 - wobble[r]),
    }
    return table(values, **more)


def directions(along: float, across: float, whole: float = 0.3, **more) -> pd.DataFrame:
    """As `near_the_manifold` has it: errors of A and B by direction, in the size of the exact score."""
    values = {(f"score_size{kind}", "exact"): lambda n, s, r: 1.0 for kind in ("", "_tangential", "_normal")}
    for kind, error in (("", whole), ("_tangential", along), ("_normal", across)):
        for who in "AB":
            values[f"score_error{kind}", who] = lambda n, s, r, e=error: e**0.5 * (1 + 0.01 * r)
    return table(values, **more)


def verdict(
    name: str, study: str = "training_set_size", data: str = "spiral", n: int = 1000, pools=None, **tables
) -> Verdict:
    """The verdict on one claim by tables given by study, or by `own`, that of the study named."""
    whole = {study: tables.pop("own"), **tables} if "own" in tables else tables
    return ledger(whole, FACTS, [claim(name)], pools).rows[0].verdicts[data, n]


def claim(name: str):
    return next(each for each in CLAIMS if each.name == name)


def random_cosines(random: np.random.Generator, apart: float, spread: float, effect: float = 0.0) -> pd.DataFrame:
    """A, B and twin as alike as each other, but for what B's other data add: `effect`."""

    def drawn(more: float) -> dict[int, float]:
        return dict(enumerate(1 - apart - more + spread * random.standard_normal(3)))

    ab, twin = drawn(effect), drawn(0.0)
    values: Values = {
        ("residual_cosine", "A-B"): lambda n, s, r: ab[r],
        ("residual_cosine", "A-twin"): lambda n, s, r: twin[r],
        ("relative_score_error", "A"): lambda n, s, r: 0.3,
        ("relative_score_error", "B"): lambda n, s, r: 0.3,
    }
    return table(values, sigmas=(0.01,))
