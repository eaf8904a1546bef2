"""How score error and A-B agreement depend on n_train, on mixtures, where the truth is known."""

from collections.abc import Iterator

from torch import Tensor

from lowdiff_lib.experiments.mixtures import GRID, MixtureBench
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics

SIGMAS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
TEST_POINTS = 2048
IDEAL_POINTS = 512  # the ideal denoiser compares each test point with every training point

METRICS = {
    "relative_score_error": Metric("E|s - s*|² / E|s*|² on held-out points; the identity has 1"),
    "residual_cosine": Metric("cosine of two residuals as fields, E<a, b> / sqrt(E|a|² E|b|²)"),
    "mean_cosine": Metric("mean over points of the cosine of two residuals"),
    "denoised_cosine": Metric("as residual_cosine, of D(y) - mean of the data"),
    "relative_distance": Metric("root mean square distance of two residuals over their size"),
}


def measure(bench: MixtureBench) -> Iterator[Value]:
    """On held-out points: score error of A and B, agreement of pairs; where asked for, the same of references."""
    x, _ = bench.held_out(TEST_POINTS)
    z = bench.noise(x)
    for sigma in SIGMAS:
        y = x + sigma * z
        exact_score = bench.exact.score(y, sigma)
        residuals = {role: model.residual(y, sigma) for role, model in bench.models.items()}
        for who in ("A", "B"):
            error = metrics.relative_score_error(residuals[who], exact_score, sigma)
            yield Value("relative_score_error", who, sigma, error)
        for pair, one, other in bench.pairs:
            yield from _agreement(bench, pair, y, sigma, residuals[one], residuals[other])
        if bench.references:
            yield from _references(bench, y, sigma, exact_score)


def _references(bench: MixtureBench, y: Tensor, sigma: float, exact_score: Tensor) -> Iterator[Value]:
    few = y[:IDEAL_POINTS]
    for who, reference in {"ideal": bench.ideal, "wiener": bench.wiener}.items():
        error = metrics.relative_score_error(reference.residual(few, sigma), exact_score[:IDEAL_POINTS], sigma)
        yield Value("relative_score_error", who, sigma, error)
    one, other = bench.wiener.residual(y, sigma), bench.wiener_of_b.residual(y, sigma)
    yield from _agreement(bench, "wiener pair", y, sigma, one, other)


def _agreement(
    bench: MixtureBench, who: str, y: Tensor, sigma: float, first: Tensor, second: Tensor
) -> Iterator[Value]:
    """How alike two residuals at y are, and how alike the denoised points, seen from the mean of the data."""
    mean = bench.scale.mean
    yield Value("residual_cosine", who, sigma, metrics.residual_cosine(first, second))
    yield Value("mean_cosine", who, sigma, metrics.mean_cosine(first, second))
    yield Value("denoised_cosine", who, sigma, metrics.residual_cosine(y + first - mean, y + second - mean))
    yield Value("relative_distance", who, sigma, metrics.relative_distance(first, second))


study = Study(
    "training_set_size",
    "How do score error and the agreement of two models depend on the number of samples?",
    GRID,
    METRICS,
    measure,
    ("told", "half", "twice", "eightfold", "ncsn", "ssm"),
)
