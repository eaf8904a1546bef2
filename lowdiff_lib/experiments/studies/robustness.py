"""What a small change of a noisy face does to the answer: the Jacobian of face denoisers, its spectrum and symmetry."""

from collections.abc import Iterator, Sequence

import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.experiments.faces import GRID, FaceBench
from lowdiff_lib.experiments.grid import ends, train
from lowdiff_lib.experiments.studies.denoising_faces import SIGMAS
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import jacobian, metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.models.denoiser import Denoiser

SPECTRUM_SIGMAS = (0.05, 0.2)  # a small and a middle noise level, where the Jacobian is taken apart
FACES = 8  # over which traces and norms are averaged
LEADING = 10  # eigenvectors that span the subspace in which models are compared
WHOLE = 1024  # pixels up to which the Jacobian is computed whole; beyond, its RANK leading directions
RANK = 32
PICTURED = 6  # eigenvectors
EIGENVALUES = {  # those that are recorded, by their number
    1: "eigenvalue_1", 2: "eigenvalue_2", 3: "eigenvalue_3", 5: "eigenvalue_5", 8: "eigenvalue_8",
    12: "eigenvalue_12", 20: "eigenvalue_20", 32: "eigenvalue_32", 50: "eigenvalue_50", 80: "eigenvalue_80",
    120: "eigenvalue_120", 200: "eigenvalue_200", 300: "eigenvalue_300", 400: "eigenvalue_400",
}  # fmt: skip

METRICS = {
    "effective_dimension_held_out": Metric("trace of J = dD/dy at noisy held-out faces, one random direction each"),
    "effective_dimension_train": Metric("the same at noisy training faces"),
    "asymmetry": Metric("|J - J'| / |J| in the Frobenius norm, from one random direction a face"),
    "stretch_random": Metric("root mean square of |J v| / |v| for random v"),
    "stretch_disagreement": Metric("the same for v = D_A - D_B"),
    "stretch_largest": Metric("the largest singular value of J, at one noisy held-out face"),
    "subspace_overlap": Metric("mean squared cosine of the leading 10 eigenvectors of two models, at that face"),
    **{name: Metric(f"eigenvalue {k} of the symmetric part of J, at that face") for k, name in EIGENVALUES.items()},
}


def measure(bench: FaceBench) -> Iterator[Value]:
    """The Jacobian of A at noisy faces, beside that of the linear denoiser, which is the same everywhere."""
    models, repetition = bench.models, bench.repetition
    seen, held_out = bench.seen(count=min(FACES, bench.spec.n_train)), bench.held_out(FACES)
    linear = bench.wiener.variance
    for sigma in SIGMAS:
        values = _responses(models, seen, held_out, sigma, repetition)
        kept = (linear / (linear + sigma**2)).sort(descending=True).values
        shrinkage = {"effective_dimension_held_out": float(kept.sum())}
        if sigma in SPECTRUM_SIGMAS:
            spectra = {role: _spectrum(model, held_out[:1], sigma, repetition) for role, model in models.items()}
            values |= {"stretch_largest": spectra["A"].largest} | _recorded(spectra["A"].values)
            shrinkage |= _recorded(torch.cat([kept, kept.new_zeros(max(0, bench.dim - len(kept)))]))
            for pair, one, other in bench.pairs:
                overlap = metrics.subspace_overlap(*(spectra[m].vectors[:LEADING] for m in (one, other)))
                yield Value("subspace_overlap", pair, sigma, overlap)
        for who, found in (("A", values), ("wiener", shrinkage)):
            for metric, value in found.items():
                yield Value(metric, who, sigma, value)


def _recorded(values: Tensor) -> dict[str, float]:
    return {name: float(values[k - 1]) for k, name in EIGENVALUES.items() if k <= len(values)}


def _responses(
    models: dict[str, Denoiser], seen: Tensor, held_out: Tensor, sigma: float, seed: int
) -> dict[str, float]:
    """Traces and norms of A's Jacobian from one random direction a face (Hutchinson 1990), and from B's difference."""
    a = models["A"]
    y = held_out + sigma * unit_noise(held_out, seed)
    v = unit_noise(y, seed + 1).sign()
    backwards = jacobian.transposed_along(a, y, sigma, v)
    apart = a.residual(y, sigma) - models["B"].residual(y, sigma)
    apart /= apart.flatten(1).norm(dim=1)[:, None, None, None].clamp_min(1e-300)
    near, w = seen + sigma * unit_noise(seen, seed), unit_noise(seen, seed + 1).sign()
    points, directions = torch.cat([y, y, near]), torch.cat([v, apart, w])
    forwards, parted, known = jacobian.along(a, points, sigma, directions).split([len(y), len(y), len(near)])
    return {
        "effective_dimension_held_out": _trace(forwards, v),
        "effective_dimension_train": _trace(known, w),
        "asymmetry": metrics.rms(forwards - backwards) / metrics.rms(forwards),
        "stretch_random": metrics.rms(forwards),
        "stretch_disagreement": metrics.rms(parted) / metrics.rms(apart),
    }


def _trace(images: Tensor, v: Tensor) -> float:
    return float((images * v).flatten(1).sum(1).mean())


def _spectrum(model: Denoiser, x: Tensor, sigma: float, seed: int) -> jacobian.Spectrum:
    """At a clean face x [1, 1, r, r] with noise added."""
    rank = None if x.numel() <= WHOLE else RANK
    return jacobian.spectrum(model, x + sigma * unit_noise(x, seed), sigma, rank)


study = Study(
    "robustness",
    "What does a small change of a noisy face do to the answer?",
    GRID,
    METRICS,
    measure,
)


def eigenvectors(
    profile: str = "quick",
    datasets: Sequence[str] = (),
    face: int = 0,
    sides: Sequence[str] = ("A",),
    sigmas: Sequence[float] = SPECTRUM_SIGMAS,
) -> pd.DataFrame:
    """A noisy held-out face and the leading eigenvectors there, for the smallest and largest n_train, first repetition.

    Columns: n_train, side, sigma, order (1 is the leading one, 0 the noisy face), eigenvalue, image (float
    [r, r]; an eigenvector has unit length, and its largest pixel is above 0).
    """
    cases = ends(GRID.cases(profile, "told", datasets))
    train(cases, *sides)
    shown = []
    for bench in map(FaceBench, cases):
        x = bench.face(face)
        for side in sides:
            for sigma in sigmas:
                found = _spectrum(bench.model(side), x, sigma, 7)
                about = {"n_train": bench.spec.n_train, "side": side, "sigma": sigma}
                shown.append(about | {"order": 0, "image": (x + sigma * unit_noise(x, 7))[0, 0].numpy()})
                for k, vector in enumerate(found.vectors[:PICTURED]):
                    upright = vector * vector[vector.abs().argmax()].sign()
                    image = upright.reshape(x.shape[-2:]).numpy()
                    value = float(found.values[k])
                    shown.append(about | {"order": k + 1, "eigenvalue": value, "image": image})
    return pd.DataFrame(shown)
