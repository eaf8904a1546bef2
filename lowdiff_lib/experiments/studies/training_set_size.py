"""How score error and A-B agreement depend on n_train, on mixtures, where the truth is known."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from torch import Tensor

from lowdiff_lib.base.checks import real, whole, wholes
from lowdiff_lib.datasets.mixtures import MIXTURES, check_mixture, check_n, mixture, mixture_samples
from lowdiff_lib.datasets.samples import scale, training_samples
from lowdiff_lib.experiments.profiles import MOST_BUDGET, choose
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.models.reference import IdealDenoiser, WienerDenoiser
from lowdiff_lib.specs import RunSpec, trio
from lowdiff_lib.training import runs, sweep

SIGMAS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
TEST_POINTS = 2048
IDEAL_POINTS = 512  # the ideal denoiser compares each test point with every training point


@dataclass(frozen=True)
class Budget:
    """How much to train in one profile. steps: by the dimension of the data."""

    datasets: tuple[str, ...]
    sizes: tuple[int, ...]
    replicates: int
    steps: dict[int, int]
    batch: int


SIZES = (1, 10, 100, 1000, 10_000, 100_000)
PROFILES = {
    "smoke": Budget(("spiral",), (10, 100), 1, {2: 200, 100: 100}, 64),
    "quick": Budget(("spiral", "hd-sharpcov"), SIZES[1:5], 2, {2: 2400, 100: 800}, 256),
    "full": Budget(MIXTURES, SIZES, 3, {2: 8000, 100: 2500}, 256),
    "paper": Budget(MIXTURES, SIZES, 5, {2: 24_000, 100: 12_000}, 512),
}


def network(dataset: str, budget: Budget) -> RunSpec:
    """The network and its training, shared by every size, side and seed of a data set.

    Where every direction of 100-D data is wide, the score stays of order 1 at low noise and the network learns the
    score itself (output_power 2). Along thin directions it grows like 1 / sigma, and output_power 1 fits.
    """
    dim = mixture(check_mixture(dataset)).dim
    common = RunSpec(dataset, n_train=1, steps=budget.steps[dim], batch=budget.batch)
    if dim == 2:
        return dataclasses.replace(common, width=128, input_gain=3.0, output_power=1, lr=5e-3)
    thin = float(mixture(dataset).eigenvalues.min()) < 0.1**2
    return dataclasses.replace(common, width=256, output_power=1 if thin else 2, lr=2e-3)


def plan(
    profile: str = "quick",
    datasets: Sequence[str] | None = None,
    sizes: Sequence[int] | None = None,
    replicates: int | None = None,
    budget_factor: float = 1.0,
    objective: str = "denoiser",
    arm: str = "told",
) -> Plan:
    """Models A, B and twin for each data set, n_train and repetition. What is left out or empty the profile decides.

    budget_factor multiplies the number of training steps. Raises LowdiffError for an unknown profile or data set.
    """
    budget = choose(PROFILES, profile)
    datasets = tuple(dict.fromkeys(datasets or budget.datasets))
    sizes = wholes("sizes", sizes or budget.sizes, 1)
    replicates = whole("replicates", replicates or budget.replicates, 1)
    real("budget_factor", budget_factor, 0, MOST_BUDGET)
    cases = []
    for dataset in datasets:
        base = network(dataset, budget)
        base = dataclasses.replace(base, objective=objective, steps=max(1, round(base.steps * budget_factor)))
        for n_train in sizes:
            check_n(mixture(dataset), n_train)
            for replicate in range(replicates):
                cases.append(Case(trio(dataclasses.replace(base, n_train=n_train), replicate), replicate, arm))
    return Plan(rows, cases)


def including(dataset: str, profile: str) -> tuple[str, ...]:
    """The data sets of a profile, and this one if it is not among them."""
    return tuple(dict.fromkeys([*choose(PROFILES, profile).datasets, check_mixture(dataset)]))


def plan_budget(factor: float, profile: str, datasets: Sequence[str] | None = None) -> Plan:
    """The largest n_train once more, trained `factor` times as long: does the budget decide what is seen?"""
    sizes = choose(PROFILES, profile).sizes[-1:]
    arm = {0.5: "half", 2: "twice", 8: "eightfold"}[factor]
    return plan(profile, datasets, sizes=sizes, replicates=1, budget_factor=factor, arm=arm)


def ends(profile: str, dataset: str, sizes: Sequence[int] | None) -> list[Case]:
    """The cases of one mixture for the first and the last of `sizes`, first repetition, trained."""
    cases = plan(profile, [dataset], sizes).ends
    sweep.ensure([spec for case in cases for spec in case.runs.values()])
    return cases


def measure(*scale, **more) -> pd.DataFrame:
    """The table of `plan`, with the same arguments: score error of single models, and agreement of pairs.

    On held-out points. Metrics: `relative_score_error` (pair A, B, ideal, wiener); of the residuals of a pair
    `residual_cosine`, `mean_cosine`, `relative_distance`; and `denoised_cosine`, the residual cosine's like for
    D(y) - mean of the data (pair A-B, twin, strangers: ideal denoisers of one sample each, which have nothing in common
    but the shape of the question).
    """
    return plan(*scale, **more).measure()


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    yield from rows_of_models(case)
    yield from rows_of_references(case)


def rows_of_models(case: Case) -> Iterator[dict]:
    """Of A and B, of the pair and of the twins."""
    models = {name: runs.load(spec) for name, spec in case.runs.items()}
    exact = mixture(case.runs["A"].dataset)
    for row, y in _levels(case):
        row, sigma = row | {"objective": case.runs["A"].objective}, row["sigma"]
        exact_score = exact.score(y, sigma)
        residuals = {name: model.residual(y, sigma) for name, model in models.items()}
        for name in ("A", "B"):
            error = metrics.relative_score_error(residuals[name], exact_score, sigma)
            yield row | {"who": name, "metric": "relative_score_error", "value": error}
        for pair, other in (("A-B", "B"), ("A-twin", "twin")):
            yield from _agreement(row | {"who": pair}, y, residuals["A"], residuals[other])


def rows_of_references(case: Case) -> Iterator[dict]:
    """Of the reference denoisers, which do not depend on the objective."""
    a = case.runs["A"]
    train = training_samples(a.dataset, 0, "A", a.n_train, case.replicate)
    references = {"ideal": IdealDenoiser(train), "wiener": WienerDenoiser(train)}
    strangers = [IdealDenoiser(training_samples(a.dataset, 0, side, 1, case.replicate)) for side in ("A", "B")]
    exact = mixture(a.dataset)
    for row, y in _levels(case):
        row, sigma, few = row | {"objective": "none"}, row["sigma"], y[:IDEAL_POINTS]
        exact_score = exact.score(few, sigma)
        for name, reference in references.items():
            error = metrics.relative_score_error(reference.residual(few, sigma), exact_score, sigma)
            yield row | {"who": name, "metric": "relative_score_error", "value": error}
        yield from _agreement(row | {"who": "strangers"}, y, *(each.residual(y, sigma) for each in strangers))


def _levels(case: Case) -> Iterator[tuple[dict, Tensor]]:
    """For each noise level the columns that all rows there share, and noisy held-out points."""
    a, replicate = case.runs["A"], case.replicate
    x, _ = mixture_samples(a.dataset, "held-out", TEST_POINTS, replicate)
    z = unit_noise(x, replicate)
    row = {"dataset": a.dataset, "dim": x.shape[1], "n_train": a.n_train, "repetition": replicate}
    for sigma in SIGMAS:
        yield row | {"sigma": sigma}, x + sigma * z


def _agreement(row: dict, y: Tensor, first: Tensor, second: Tensor) -> Iterator[dict]:
    """How alike two residuals at y are, and how alike the denoised points, seen from the mean of the data."""
    mean = scale(row["dataset"]).mean
    values = {
        "residual_cosine": metrics.residual_cosine(first, second),
        "mean_cosine": metrics.mean_cosine(first, second),
        "denoised_cosine": metrics.residual_cosine(y + first - mean, y + second - mean),
        "relative_distance": metrics.relative_distance(first, second),
    }
    for metric, value in values.items():
        yield row | {"metric": metric, "value": value}
