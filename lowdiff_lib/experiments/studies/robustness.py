"""What a small change of a noisy face does to the answer: the Jacobian of face denoisers, its spectrum and symmetry."""

from collections.abc import Iterator, Sequence

import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.experiments.studies import denoising_faces
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.measures import jacobian, metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.models.denoiser import Denoiser
from lowdiff_lib.models.reference import WienerDenoiser
from lowdiff_lib.training import runs, sweep

SIGMAS = denoising_faces.SIGMAS
SPECTRUM_SIGMAS = (0.05, 0.2)  # a small and a middle noise level, where the Jacobian is taken apart
FACES = 8  # over which traces and norms are averaged
INDICES = (1, 2, 3, 5, 8, 12, 20, 32, 50, 80, 120, 200, 300, 400)  # of the eigenvalues that are recorded
LEADING = 10  # eigenvectors that span the subspace in which models are compared
WHOLE = 1024  # pixels up to which the Jacobian is computed whole; beyond, its RANK leading directions
RANK = 32
PICTURED = 6  # eigenvectors


def plan(*scale, **more) -> Plan:
    """The models of `denoising_faces.plan`, with its arguments, and their derivatives."""
    return Plan(rows, denoising_faces.plan(*scale, **more).cases)


def measure(*scale, **more) -> pd.DataFrame:
    """The Jacobian J = dD/dy at noisy faces.

    Of single models, pair A, over 8 noisy held-out faces: `effective_dimension_held_out`, and `_train` at noisy
    training faces, the trace of J; `asymmetry`, |J - J'| / |J| in the Frobenius norm; `stretch_random` and
    `stretch_disagreement`, the root mean square of |J v| / |v| for random v and for v = D_A - D_B. These three are
    estimated from one random direction a face.
    At one noisy held-out face, for two sigmas: `stretch_largest`, the largest singular value; `eigenvalue_1`, `_2`, ...
    of the symmetric part of J; and for pair A-B and twin `subspace_overlap` of the leading 10 eigenvectors. Pair
    wiener: trace and eigenvalues of the linear denoiser, whose J is the same everywhere.
    """
    return plan(*scale, **more).measure()


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    a = case.runs["A"]
    models = {name: runs.load(spec) for name, spec in case.runs.items()}
    train, seen, held_out = denoising_faces.parts(a)
    linear = WienerDenoiser(train).variance
    row = {"dataset": a.dataset, "dim": a.resolution**2, "n_train": a.n_train, "repetition": case.replicate}
    for sigma in SIGMAS:
        values = _responses(models, seen[:FACES], held_out[:FACES], sigma, case.replicate)
        kept = (linear / (linear + sigma**2)).sort(descending=True).values
        shrinkage = {"effective_dimension_held_out": float(kept.sum())}
        if sigma in SPECTRUM_SIGMAS:
            spectra = {name: _spectrum(model, held_out[:1], sigma, case.replicate) for name, model in models.items()}
            values |= {"stretch_largest": spectra["A"].largest} | _recorded(spectra["A"].values)
            shrinkage |= _recorded(torch.cat([kept, kept.new_zeros(max(0, a.resolution**2 - len(kept)))]))
            for pair, other in (("A-B", "B"), ("A-twin", "twin")):
                overlap = metrics.subspace_overlap(*(spectra[m].vectors[:LEADING] for m in ("A", other)))
                of = {"who": pair, "objective": a.objective, "sigma": sigma}
                yield row | of | {"metric": "subspace_overlap", "value": overlap}
        for pair, objective, found in (("A", a.objective, values), ("wiener", "none", shrinkage)):
            for metric, value in found.items():
                of = {"who": pair, "objective": objective, "sigma": sigma}
                yield row | of | {"metric": metric, "value": value}


def _recorded(values: Tensor) -> dict[str, float]:
    return {f"eigenvalue_{k}": float(values[k - 1]) for k in INDICES if k <= len(values)}


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


def eigenvectors(
    profile: str = "quick",
    source: str = "auto",
    face: int = 0,
    sides: Sequence[str] = ("A",),
    sigmas: Sequence[float] = SPECTRUM_SIGMAS,
) -> pd.DataFrame:
    """A noisy held-out face and the leading eigenvectors there, for the smallest and largest n_train, first repetition.

    Columns: n_train, side, sigma, order (1 is the leading one, 0 the noisy face), eigenvalue, image (float
    [r, r]; an eigenvector has unit length, and its largest pixel is above 0).
    """
    cases = [case.runs for case in denoising_faces.plan(profile, source).ends]
    sweep.ensure([case[side] for case in cases for side in sides])
    shown = []
    for case in cases:
        x = denoising_faces.the_face(denoising_faces.parts(case["A"])[2], face)
        for side in sides:
            model = runs.load(case[side])
            for sigma in sigmas:
                found = _spectrum(model, x, sigma, 7)
                about = {"n_train": case[side].n_train, "side": side, "sigma": sigma}
                shown.append(about | {"order": 0, "image": (x + sigma * unit_noise(x, 7))[0, 0].numpy()})
                for k, vector in enumerate(found.vectors[:PICTURED]):
                    upright = vector * vector[vector.abs().argmax()].sign()
                    image = upright.reshape(x.shape[-2:]).numpy()
                    value = float(found.values[k])
                    shown.append(about | {"order": k + 1, "eigenvalue": value, "image": image})
    return pd.DataFrame(shown)
