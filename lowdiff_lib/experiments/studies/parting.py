"""Why two models part near the data, on mixtures: other data, another seed, too little training, not being told sigma.

Every case is measured on the same noisy points for every arm and every training time, so that differences of arms are
differences of causes (`tables.causes` adds them up). Beside it stands how far training points reach: where a curve
speaks of points that lie near no training point, it is extrapolation.
"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from lowdiff_lib.experiments.mixtures import GRID, MixtureBench
from lowdiff_lib.experiments.studies import trajectories
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import coverage, metrics, modes
from lowdiff_lib.measures.samplers import probability_flow
from lowdiff_lib.specs import SIDES, UNTOLD
from lowdiff_lib.tables import times

SIGMAS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
TEST_POINTS = 1024
KINDS = "told", "blind", "told-plain", "blind-weighted"  # told sigma and not, by two ways of training
IN_TIME = tuple(times.others(kind)[0] for kind in KINDS)  # the same, trained for less and for more time
FEW = 256  # points at which each is compared with every training point
ALONG = {"_tangential": "relative_score_error_along", "_normal": "relative_score_error_across"}
AMONG = {band: f"disagreement_over_noise_{band}" for band in modes.BANDS}

METRICS = {
    "psnr_gain": Metric("PSNR gain over leaving the point as it is, on held-out points", "dB"),
    "psnr_gain_train": Metric("the same on training points", "dB"),
    "relative_score_error": Metric("E|s - s*|² / E|s*|² on held-out points; the identity has 1"),
    "relative_score_error_along": Metric("the same of the parts along the data"),
    "relative_score_error_across": Metric("the same of the parts across the data"),
    "disagreement_over_noise": Metric("root mean square difference of two residuals in units of the noise"),
    "disagreement_over_noise_strong": Metric("the same along directions of variance above 4 sigma²"),
    "disagreement_over_noise_near": Metric("the same along directions of variance between sigma² / 4 and 4 sigma²"),
    "disagreement_over_noise_weak": Metric("the same along directions of variance below sigma² / 4"),
    "residual_cosine": Metric("cosine of two residuals as fields, E<a, b> / sqrt(E|a|² E|b|²)"),
    "expected_sigma": Metric("median of E[sigma | y] / sigma: how noisy a point looks to who is not told"),
    "coverage": Metric("share of noisy held-out points that lie as near to a training point as its own noisy copies"),
    "concentration": Metric("largest weight of a training point in the ideal denoiser's answer, mean"),
    "distance_over_noise": Metric("root mean square distance of A's residual from a reference's, over the noise"),
    "distance_over_noise_train": Metric("the same on training points"),
    "distance_over_noise_path": Metric("the same on points of A's own trajectories, down the probability flow"),
}


def measure(bench: MixtureBench) -> Iterator[Value]:
    """On noisy held-out points and on noisy training points: what models gain, how far two are apart, and references.

    The best blind denoiser is measured beside models that are not told sigma, exact and linear ones beside the others.
    """
    x, component = bench.held_out(TEST_POINTS)
    seen = bench.train(count=min(FEW, bench.spec.n_train)).double()
    z, z_seen = bench.noise(x), bench.noise(seen, 1000)
    frame, untold = bench.frame(component), bench.spec.parametrisation in UNTOLD
    others = bench.models if untold else bench.models | {"wiener": bench.wiener}
    best = "best blind" if untold else "wiener"
    bands = modes.Modes(bench.exact)
    path = _path(bench) if bench.references else {}
    for sigma in SIGMAS:
        y, y_seen = x + sigma * z, seen + sigma * z_seen
        truth = bench.exact.residual(y, sigma)
        residuals = {who: denoiser.residual(y, sigma) for who, denoiser in others.items()}
        if untold:
            residuals[best], seems = bench.blind.answer(y)
            yield Value("expected_sigma", best, sigma, float((seems / sigma).median()))
        for who in (*(side for side in SIDES if side in residuals), best):
            yield Value("psnr_gain", who, sigma, metrics.psnr_gain(residuals[who], sigma * z))
            wrong = metrics.relative_score_error(residuals[who], truth / sigma**2, sigma)
            yield Value("relative_score_error", who, sigma, wrong)
        if not untold:
            yield Value("psnr_gain", "exact", sigma, metrics.psnr_gain(truth, sigma * z))
        whole, parts = frame.parts(truth), frame.parts(residuals["A"] - truth)
        for kind in frame.kinds:
            error = float(parts[kind].square().sum() / whole[kind].square().sum())
            yield Value(ALONG[kind], "A", sigma, error)
        of_a = bench.model("A").residual(y_seen, sigma)
        yield Value("psnr_gain_train", "A", sigma, metrics.psnr_gain(of_a, sigma * z_seen))
        compared = _compared(bench, residuals, y, sigma)
        yield from differences(compared, sigma)
        for pair, (first, second) in compared.items():
            for band, value in bands.rms(first - second, sigma).items():
                yield Value(AMONG[band], pair, sigma, value / sigma)
        few, its_own = y[:FEW], residuals["A"][:FEW]
        for reference, at, at_seen in _beside(bench, few, y_seen, sigma):
            if reference == "exact" and not untold:
                yield Value("psnr_gain_train", "exact", sigma, metrics.psnr_gain(at_seen, sigma * z_seen))
            yield Value("distance_over_noise", f"A-{reference}", sigma, metrics.rms(its_own - at) / sigma)
            yield Value("distance_over_noise_train", f"A-{reference}", sigma, metrics.rms(of_a - at_seen) / sigma)
        if not untold:
            for band, value in bands.theory(bench.spec.n_train, sigma).items():
                yield Value(AMONG[band], "linear theory", sigma, value / sigma)
            found = coverage.of(few, bench.train(), sigma)
            yield Value("coverage", "training set", sigma, found.share)
            yield Value("concentration", "training set", sigma, found.concentration)
        if sigma in path:
            of_a = bench.model("A").residual(path[sigma], sigma)
            for reference, denoiser in {"exact": bench.exact, "ideal": bench.ideal}.items():
                far = metrics.rms(of_a - denoiser.residual(path[sigma], sigma)) / sigma
                yield Value("distance_over_noise_path", f"A-{reference}", sigma, far)


def differences(compared: Mapping[str, tuple[Tensor, Tensor]], sigma: float) -> Iterator[Value]:
    """How far the residuals of each pair are apart, in units of the noise, and their cosine as fields."""
    for pair, (first, second) in compared.items():
        yield Value("disagreement_over_noise", pair, sigma, metrics.rms(first - second) / sigma)
        yield Value("residual_cosine", pair, sigma, metrics.residual_cosine(first, second))


def _compared(bench: MixtureBench, residuals: Mapping[str, Tensor], y: Tensor, sigma: float) -> dict:
    """The pairs: A and B; A and its twin, which shares its data; B and that twin, which share their seed."""
    pairs = {name: (residuals[one], residuals[other]) for name, one, other in bench.pairs}
    if {"B", "twin"} <= residuals.keys():
        pairs["B-twin"] = residuals["B"], residuals["twin"]
    if "wiener" in residuals:
        pairs["wiener pair"] = residuals["wiener"], bench.wiener_of_b.residual(y, sigma)
    return pairs


def _beside(bench: MixtureBench, y: Tensor, y_seen: Tensor, sigma: float) -> Iterator[tuple[str, Tensor, Tensor]]:
    """The exact and the ideal denoiser's residuals on both kinds of points; told sigma."""
    for name, denoiser in {"exact": bench.exact, "ideal": bench.ideal}.items():
        both = denoiser.residual(torch.cat([y, y_seen]), sigma)
        yield name, both[: len(y)], both[len(y) :]


def _path(bench: MixtureBench) -> dict[float, Tensor]:
    """By noise level, the points of FEW trajectories of A, down the probability flow from noisy held-out points."""
    levels = sorted({*trajectories.LEVELS, *SIGMAS}, reverse=True)
    states = probability_flow(bench.model("A"), trajectories.starts(bench, FEW), levels)
    return {sigma: y for sigma, y in zip(levels, states, strict=True) if sigma in SIGMAS}


study = Study(
    "parting",
    "Why do two models part near the data?",
    GRID,
    METRICS,
    measure,
    arms=(*KINDS, *IN_TIME, "by-heart", "earlier"),
)
