"""What happens close to the data, on mixtures: along them and across them, beside the truth and the memoriser."""

from collections.abc import Iterator, Sequence

import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.datasets.mixtures import mixture
from lowdiff_lib.experiments import published
from lowdiff_lib.experiments.mixtures import GRID, MixtureBench, plane
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.frame import Frame
from lowdiff_lib.measures.samplers import HasResidual

SIGMAS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
TEST_POINTS = 512  # the ideal denoiser compares each of them with every training point

METRICS = {
    "score_error": Metric("root mean square of s - s* per coordinate", "1 / data unit"),
    "score_error_tangential": Metric("the same per direction along the data", "1 / data unit"),
    "score_error_normal": Metric("the same per direction across the data", "1 / data unit"),
    "score_size": Metric("root mean square of the exact score per coordinate", "1 / data unit"),
    "score_size_tangential": Metric("the same per direction along the data", "1 / data unit"),
    "score_size_normal": Metric("the same per direction across the data", "1 / data unit"),
    "excess_error": Metric("E|D - D*|² over the error E|D* - x|² that nobody can avoid"),
    "manifold_distance": Metric("how far D(y), or y itself (identity), is from its component's plane", "data unit"),
    "memorisation_index": Metric("place of A between the truth (0) and the ideal denoiser (1), by distance"),
    "relative_distance": Metric("root mean square distance of two residuals over their size"),
    "residual_cosine_tangential": Metric("cosine of two residuals, of their parts along the data"),
    "residual_cosine_normal": Metric("cosine of two residuals, of their parts across the data"),
}
ERROR = {"": "score_error", "_tangential": "score_error_tangential", "_normal": "score_error_normal"}
SIZE = {"": "score_size", "_tangential": "score_size_tangential", "_normal": "score_size_normal"}
COSINE = {"_tangential": "residual_cosine_tangential", "_normal": "residual_cosine_normal"}


def measure(bench: MixtureBench) -> Iterator[Value]:
    """On noisy held-out points, of A, B and references; by direction where there are directions across the data."""
    x, component = bench.held_out(TEST_POINTS)
    frame, z = bench.frame(component), bench.noise(x)
    denoisers: dict[str, HasResidual] = {**bench.models, "exact": bench.exact}
    denoisers |= {"ideal": bench.ideal, "wiener": bench.wiener}
    for sigma in SIGMAS:
        y = x + sigma * z
        residuals = {who: denoiser.residual(y, sigma) for who, denoiser in denoisers.items()}
        for metric, who, value in _values(bench, frame, x, y, sigma, residuals):
            yield Value(metric, who, sigma, value)


def _values(
    bench: MixtureBench, frame: Frame, x: Tensor, y: Tensor, sigma: float, residuals: dict[str, Tensor]
) -> Iterator[tuple[str, str, float]]:
    """Metric, who and value of all that is measured at one noise level."""
    truth = residuals["exact"]
    for kind, size in frame.rms(truth / sigma**2).items():
        yield SIZE[kind], "exact", size
    unavoidable = metrics.rms(y + truth - x) ** 2
    for who in ("A", "B", "ideal", "wiener"):
        wrong = residuals[who] - truth
        for kind, error in frame.rms(wrong / sigma**2).items():
            yield ERROR[kind], who, error
        yield "excess_error", who, metrics.rms(wrong) ** 2 / unavoidable
    if bool(frame.normal.any()):
        centre = frame.exact.means[frame.component]
        for who, point in {"identity": y, **{who: y + residuals[who] for who in ("A", "B", "exact")}}.items():
            across = frame.coordinates(point - centre) * frame.normal
            yield "manifold_distance", who, float(across.square().sum(1).mean().sqrt())
    yield "memorisation_index", "A", metrics.memorisation_index(residuals["A"], truth, residuals["ideal"])
    for who in ("ideal", "wiener", "exact"):
        yield "relative_distance", f"A-{who}", metrics.relative_distance(residuals["A"], residuals[who])
    for pair, one, other in bench.pairs:
        mine, others = frame.parts(residuals[one]), frame.parts(residuals[other])
        for kind in frame.kinds:
            yield COSINE[kind], pair, metrics.residual_cosine(mine[kind], others[kind])


study = Study(
    "near_the_manifold",
    "What do models get wrong close to the data: along them, across them, beside the truth and the memoriser?",
    GRID,
    METRICS,
    measure,
    arms=("told", "other-power"),
)


def is_flat(dataset: str) -> bool:
    """Whether a mixture lies in the plane, so that there is a map of it."""
    return mixture(dataset).dim == 2


def has_normal(dataset: str) -> bool:
    """Whether a mixture has directions across the data."""
    return bool(Frame(mixture(dataset), torch.tensor([0])).kinds)


def maps(
    profile: str = "quick",
    dataset: str = "spiral",
    sizes: Sequence[int] = (),
    sigmas: Sequence[float] = (0.05, 0.2, 1.0),
    points: int = 48,
) -> pd.DataFrame:
    """Where in the plane A and B disagree, on a square grid around a 2-D mixture: see `published.ends`.

    Columns: n_train, sigma, u, v, log_density (exact, of the noisy data) and, for the pairs A-B and A-twin, the angle
    between the two residuals in degrees.
    """
    grid = plane(points)
    tables = []
    for bench in published.ends(profile, dataset, sizes):
        for sigma in sigmas:
            residuals = {role: model.residual(grid, sigma) for role, model in bench.models.items()}
            columns = {"n_train": bench.spec.n_train, "sigma": sigma, "u": grid[:, 0], "v": grid[:, 1]}
            columns |= {"log_density": bench.exact.log_prob(grid, sigma)}
            columns |= {pair: _degrees(residuals[one], residuals[other]) for pair, one, other in bench.pairs}
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _degrees(first: Tensor, second: Tensor) -> Tensor:
    return torch.rad2deg(torch.arccos(torch.cosine_similarity(first, second).clamp(-1, 1)))
