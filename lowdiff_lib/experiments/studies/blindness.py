"""What it changes that a network is not told the noise level, on mixtures, beside the best that is possible."""

from collections.abc import Iterator, Mapping

from torch import Tensor

from lowdiff_lib.experiments.mixtures import GRID, MixtureBench
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.specs import UNTOLD

SIGMAS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
TEST_POINTS = 512

METRICS = {
    "psnr_gain": Metric("PSNR gain over leaving the point as it is, on held-out points", "dB"),
    "disagreement_over_noise": Metric("root mean square difference of two residuals in units of the noise"),
    "residual_cosine": Metric("cosine of two residuals as fields, E<a, b> / sqrt(E|a|² E|b|²)"),
    "relative_score_error": Metric("E|s - s*|² / E|s*|² on held-out points; the identity has 1"),
    "expected_sigma": Metric("median of E[sigma | y] / sigma: how noisy a point looks to who is not told"),
}


def measure(bench: MixtureBench) -> Iterator[Value]:
    """On noisy held-out points: gain and agreement of models, and the best possible: told (exact), not (best blind)."""
    x, _ = bench.held_out(TEST_POINTS)
    z = bench.noise(x)
    blind = bench.spec.parametrisation in UNTOLD
    best = {"best blind": bench.blind} if blind else {"exact": bench.exact, "wiener": bench.wiener}
    for sigma in SIGMAS:
        y = x + sigma * z
        truth = bench.exact.score(y, sigma)
        residuals = {who: denoiser.residual(y, sigma) for who, denoiser in (bench.models | best).items()}
        for who in ("A", "B", *best):
            yield Value("psnr_gain", who, sigma, metrics.psnr_gain(residuals[who], sigma * z))
            if who != "exact":
                error = metrics.relative_score_error(residuals[who], truth, sigma)
                yield Value("relative_score_error", who, sigma, error)
        compared = {pair: (residuals[one], residuals[other]) for pair, one, other in bench.pairs}
        if blind:
            yield Value("expected_sigma", "best blind", sigma, float((bench.blind.expected_sigma(y) / sigma).median()))
        else:
            compared["wiener pair"] = residuals["wiener"], bench.wiener_of_b.residual(y, sigma)
        yield from differences(compared, sigma)


def differences(compared: Mapping[str, tuple[Tensor, Tensor]], sigma: float) -> Iterator[Value]:
    """How far the residuals of each pair are apart, in units of the noise, and their cosine as fields."""
    for pair, (first, second) in compared.items():
        yield Value("disagreement_over_noise", pair, sigma, metrics.rms(first - second) / sigma)
        yield Value("residual_cosine", pair, sigma, metrics.residual_cosine(first, second))


study = Study(
    "blindness",
    "What does it change that a network is not told the noise level?",
    GRID,
    METRICS,
    measure,
    arms=("told", "blind", "earlier"),
)
