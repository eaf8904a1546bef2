"""What a face denoiser returns to: applied again and again at one noise level, and followed down in noise."""

from collections.abc import Iterator, Sequence

import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.experiments.faces import GRID, TESTED, FaceBench
from lowdiff_lib.experiments.grid import ends, train
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import HasResidual, Sampler, fixed_points, noise_schedule, probability_flow
from lowdiff_lib.specs import RunSpec

SIGMAS = (0.05, 0.2, 0.5)  # at which the denoiser is iterated
ITERATIONS = 50
DISTURBANCES = (0.05, 0.1, 0.2, 0.5, 1.0)  # noise levels from which the flow starts
FLOW_STEPS = 8
STARTS = 6
PICTURED = (1, 5, 50, 200)  # iterations

_RESTS = "share that is a copy of a training face after 50 applications at sigma"
_SETTLES = "share that has stopped moving by then: the next step would be below a hundredth of sigma"
_FLOWS = "share that is a copy of a training face, followed down from sigma"
_SURVIVES = "share that ends nearer to its own clean face than to any other, followed down"
_FAR = "median distance to the clean face"
_STARTS = {"train": "(starts: noisy training faces)", "held_out": "(starts: noisy held-out faces)"}
METRICS = {
    "settles_train": Metric(f"{_SETTLES} {_STARTS['train']}"),
    "settles_held_out": Metric(f"{_SETTLES} {_STARTS['held_out']}"),
    "rests_at_training_face_train": Metric(f"{_RESTS} {_STARTS['train']}"),
    "rests_at_training_face_held_out": Metric(f"{_RESTS} {_STARTS['held_out']}"),
    "distance_iterated_train": Metric(f"{_FAR} then {_STARTS['train']}", "two faces"),
    "distance_iterated_held_out": Metric(f"{_FAR} then {_STARTS['held_out']}", "two faces"),
    "flows_to_training_face_train": Metric(f"{_FLOWS} {_STARTS['train']}"),
    "flows_to_training_face_held_out": Metric(f"{_FLOWS} {_STARTS['held_out']}"),
    "survives_train": Metric(f"{_SURVIVES} {_STARTS['train']}"),
    "survives_held_out": Metric(f"{_SURVIVES} {_STARTS['held_out']}"),
    "distance_flowed_train": Metric(f"{_FAR} at that end {_STARTS['train']}", "two faces"),
    "distance_flowed_held_out": Metric(f"{_FAR} at that end {_STARTS['held_out']}", "two faces"),
}
ITERATED = {
    "train": ("settles_train", "rests_at_training_face_train", "distance_iterated_train"),
    "held_out": ("settles_held_out", "rests_at_training_face_held_out", "distance_iterated_held_out"),
}
FLOWED = {
    "train": ("flows_to_training_face_train", "survives_train", "distance_flowed_train"),
    "held_out": ("flows_to_training_face_held_out", "survives_held_out", "distance_flowed_held_out"),
}


def between_faces(held_out: Tensor) -> float:
    """The median distance between two of the held-out faces [n, 1, r, r]."""
    return float(torch.pdist(held_out.flatten(1)).median())


def same(starts: Tensor, others: Tensor) -> Tensor:
    """Which of the others [m, *shape] each of `starts` [n, *shape] is, [n, m]; some at a time: there may be many."""
    x = starts.flatten(1)[:, None]
    return torch.cat([(x == part.flatten(1)).all(2) for part in others.split(256)], 1)


def is_own(ends: Tensor, starts: Tensor, others: Tensor, itself: Tensor) -> Tensor:
    """Which images end nearer to the face that they started from than to any of the others; images [n, 1, r, r].

    itself: `same(starts, others)`.
    """
    own = (ends - starts).flatten(1).norm(dim=1)
    distances = torch.cdist(ends.flatten(1), others.flatten(1))
    return own < distances.masked_fill(itself, float("inf")).amin(1)


def measure(bench: FaceBench, sampler: Sampler = probability_flow) -> Iterator[Value]:
    """What becomes of noisy faces under A, and under the ideal denoiser of its training faces.

    Distances are in units of that between two faces at random.
    """
    seen, held_out = bench.seen(), bench.held_out(TESTED)
    some = torch.arange(STARTS)
    starts = torch.cat([seen[some % len(seen)], held_out[some]])  # a single training face starts from each noise
    noise = bench.noise(starts)
    kinds = {"train": slice(0, STARTS), "held_out": slice(STARTS, None)}
    everyone = torch.cat([seen, held_out])
    itself = same(starts, everyone)
    denoisers: dict[str, HasResidual] = {"A": bench.model("A"), "ideal": bench.ideal}
    for who, denoiser in denoisers.items():
        for sigma in SIGMAS:
            found = fixed_points(denoiser, starts + sigma * noise, sigma, ITERATIONS)
            move = metrics.sizes(denoiser.residual(found, sigma))
            for kind, part in kinds.items():
                settled = metrics.share(move[part] < 0.01 * sigma)
                values = settled, *_where(found[part], starts[part], seen, held_out)
                for metric, value in zip(ITERATED[kind], values, strict=True):
                    yield Value(metric, who, sigma, value)
        for sigma in DISTURBANCES:
            found = _flow(denoiser, bench.spec, starts + sigma * noise, sigma, sampler)
            for kind, part in kinds.items():
                copied, far = _where(found[part], starts[part], seen, held_out)
                own = metrics.share(is_own(found[part], starts[part], everyone, itself[part]))
                for metric, value in zip(FLOWED[kind], (copied, own, far), strict=True):
                    yield Value(metric, who, sigma, value)


def _where(ends: Tensor, starts: Tensor, train: Tensor, held_out: Tensor) -> tuple[float, float]:
    """Of clean faces `starts`: the share that has become a copy, and the median distance, in that of two faces."""
    off = (ends - starts).flatten(1).norm(dim=1)
    return metrics.share(metrics.copies(ends, train, held_out)), float(off.median()) / between_faces(held_out)


def _flow(model: HasResidual, spec: RunSpec, y: Tensor, sigma: float, sampler: Sampler = probability_flow) -> Tensor:
    return sampler(model, y, noise_schedule(sigma, spec.sigma_min, FLOW_STEPS))[-1]


study = Study("face_attractors", "What do disturbed faces return to?", GRID, METRICS, measure)


def pictures(profile: str = "quick", datasets: Sequence[str] = (), face: int = 0, sigma: float = 0.2) -> pd.DataFrame:
    """A training face and a held-out one on their way, for the smallest and the largest n_train, first repetition.

    Columns: n_train, kind (train, held_out), what, sigma, image (float [r, r]). what: `clean`; `noisy` and `iterated
    1`, `iterated 5`, ..., at the given sigma; `flowed`, the end of the flow from each of DISTURBANCES.
    """
    cases = ends(GRID.cases(profile, "told", datasets))
    train(cases, "A")
    shown = []
    for bench in map(FaceBench, cases):
        model, seen, chosen = bench.model("A"), bench.seen(), bench.face(face)
        for kind, x in (("train", seen[[face % len(seen)]]), ("held_out", chosen)):
            noise = unit_noise(x, 7)
            images = {("clean", sigma): x} | _path(model, x + sigma * noise, sigma)
            images |= {("flowed", s): _flow(model, bench.spec, x + s * noise, s) for s in DISTURBANCES}
            for (what, level), image in images.items():
                about = {"n_train": bench.spec.n_train, "kind": kind, "what": what, "sigma": level}
                shown.append(about | {"image": image[0, 0].numpy()})
    return pd.DataFrame(shown)


def _path(model: HasResidual, y: Tensor, sigma: float) -> dict[tuple[str, float], Tensor]:
    """The noisy image, and what it has become after each of PICTURED iterations."""
    images, done = {("noisy", sigma): y}, 0
    for count in PICTURED:
        y, done = fixed_points(model, y, sigma, count - done), count
        images[f"iterated {count}", sigma] = y
    return images
