"""How score error and A-B agreement depend on n_train, on mixtures, where the truth is known."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
import torch

from lowdiff_lib import metrics, runs
from lowdiff_lib.datasets.mixtures import MIXTURES, check_mixture, mixture, mixture_samples
from lowdiff_lib.datasets.samples import training_samples
from lowdiff_lib.errors import LowdiffError
from lowdiff_lib.experiments.profiles import choose
from lowdiff_lib.experiments.store import Case, Plan
from lowdiff_lib.models.reference import IdealDenoiser, WienerDenoiser
from lowdiff_lib.specs import RunSpec, trio

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
    "quick": Budget(("spiral", "hd-sharpcov"), SIZES[1:5], 2, {2: 3000, 100: 1000}, 256),
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
) -> Plan:
    """Models A, B and twin for each data set, n_train and repetition. What is left out or empty the profile decides.

    budget_factor multiplies the number of training steps. Raises LowdiffError for an unknown profile or data set.
    """
    budget = choose(PROFILES, profile)
    datasets = tuple(dict.fromkeys(datasets or budget.datasets))
    sizes = tuple(dict.fromkeys(sizes or budget.sizes))
    replicates = replicates or budget.replicates
    if min(sizes) < 1 or replicates < 1:
        raise LowdiffError(f"sizes {sizes} and replicates {replicates} must each be at least 1")
    return Plan(
        rows,
        [
            Case(trio(_spec(dataset, n_train, budget, budget_factor), replicate), replicate)
            for dataset in datasets
            for n_train in sizes
            for replicate in range(replicates)
        ],
    )


def plan_twice(profile: str) -> Plan:
    """The largest n_train once more, trained twice as long: does the budget decide what is seen?"""
    return plan(profile, sizes=choose(PROFILES, profile).sizes[-1:], replicates=1, budget_factor=2)


def measure(*scale, **more) -> pd.DataFrame:
    """The table of `plan`, with the same arguments: score error of single models, and agreement of pairs.

    On held-out points. Metrics: `relative_score_error` (pair A, B, ideal, wiener), `residual_cosine` and
    `relative_distance` (pair A-B, twin).
    """
    return plan(*scale, **more).measure()


def _spec(dataset: str, n_train: int, budget: Budget, budget_factor: float) -> RunSpec:
    base = network(dataset, budget)
    return dataclasses.replace(base, n_train=n_train, steps=max(1, round(base.steps * budget_factor)))


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    a, replicate = case.runs["A"], case.replicate
    dataset, n_train = a.dataset, a.n_train
    exact = mixture(dataset)
    x, _ = mixture_samples(dataset, "held-out", TEST_POINTS, replicate)
    models = {name: runs.load(spec) for name, spec in case.runs.items()}
    train = training_samples(dataset, 0, "A", n_train, replicate)
    references = {"ideal": IdealDenoiser(train), "wiener": WienerDenoiser(train)}
    row = {"dataset": dataset, "dim": exact.dim, "n_train": n_train, "seed": replicate}
    for sigma in SIGMAS:
        z = torch.randn(x.shape, generator=torch.Generator().manual_seed(replicate), dtype=torch.float64)
        y = x + sigma * z
        score = exact.score(y, sigma)
        residuals = {name: model.residual(y, sigma) for name, model in models.items()}
        row |= {"sigma": sigma, "objective": a.objective}
        for name in ("A", "B"):
            error = metrics.relative_score_error(residuals[name], score, sigma)
            yield row | {"pair": name, "metric": "relative_score_error", "value": error}
        for name, reference in references.items():
            k = IDEAL_POINTS
            error = metrics.relative_score_error(reference.residual(y[:k], sigma), score[:k], sigma)
            reference_row = row | {"pair": name, "objective": "none"}
            yield reference_row | {"metric": "relative_score_error", "value": error}
        for pair, other in (("A-B", "B"), ("twin", "twin")):
            for compare in (metrics.residual_cosine, metrics.relative_distance):
                value = compare(residuals["A"], residuals[other])
                yield row | {"pair": pair, "metric": compare.__name__, "value": value}
