"""How well do face denoisers remove small noise, and do two trained on disjoint faces agree?"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from torch import Tensor

from lowdiff_lib.base.checks import real, whole, wholes
from lowdiff_lib.base.errors import DataNotFound, LowdiffError
from lowdiff_lib.datasets.faces import as_float
from lowdiff_lib.datasets.photographs import celeba
from lowdiff_lib.datasets.samples import faces, stored_samples
from lowdiff_lib.experiments.profiles import MOST_BUDGET, choose
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import HasResidual
from lowdiff_lib.models.reference import IdealDenoiser, WienerDenoiser
from lowdiff_lib.specs import PRECISIONS, RunSpec, trio
from lowdiff_lib.training import runs, sweep

BANDS = metrics.BANDS
SIGMAS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
PICTURE_SIGMAS = (0.05, 0.1, 0.2, 0.5)
TEST_FACES = 80
COMPARED = (100, 0)  # n_train at which pictures of other sizes and other precisions are compared; 0 is the largest


@dataclass(frozen=True)
class Budget:
    """How much to train in one profile. A size of 0 means the largest that a side holds."""

    sizes: tuple[int, ...]
    replicates: int
    resolution: int
    channels: int
    blocks: int
    steps: int
    batch: int
    precision: str = "float32"


PROFILES = {
    "smoke": Budget((10, 0), 1, 20, 4, 2, 50, 8),
    "quick": Budget((1, 10, 0), 2, 20, 16, 2, 250, 32),
    "full": Budget((1, 10, 100, 1000, 0), 2, 20, 32, 2, 1000, 64),
    "paper": Budget((1, 10, 100, 1000, 10_000, 0), 3, 80, 64, 3, 60_000, 512, "bfloat16"),
}


def source_of(source: str) -> str:
    """`auto` becomes `celeba` where it is installed, else `faces` (AT&T, which come with the install)."""
    if source != "auto":
        return source
    try:
        celeba.locate()
    except DataNotFound:
        return "faces"
    return "celeba"


def plan(
    profile: str = "quick",
    source: str = "auto",
    sizes: Sequence[int] | None = None,
    replicates: int | None = None,
    budget_factor: float = 1.0,
    objective: str = "denoiser",
    resolution: int | None = None,
    precision: str | None = None,
    arm: str = "told",
) -> Plan:
    """Models A, B and twin for each n_train and repetition.

    source: "auto", "faces", "celeba" or the path of a folder of portraits. sizes: n_train; 0 is all that a side holds.
    What is left out or empty the profile decides; of its sizes those that a side does not hold are left out.
    budget_factor multiplies the number of training steps. resolution: pixels a side. precision: see `RunSpec`.
    Raises TooFewSamples, DataNotFound, LowdiffError.
    """
    budget, source = choose(PROFILES, profile), source_of(source)
    resolution = whole("resolution", resolution or budget.resolution, 1)
    found = faces(source, resolution)
    replicates = whole("replicates", replicates or budget.replicates, 1)
    real("budget_factor", budget_factor, 0, MOST_BUDGET)
    cases = []
    for size in wholes("sizes", sizes or [size for size in budget.sizes if size < found.split().size]):
        for replicate in range(replicates):
            n_train = size or found.split(replicate).size
            found.split(replicate).take("A", n_train)  # raises TooFewSamples here, before anything is trained
            base = RunSpec(
                source,
                n_train,
                objective=objective,
                network="unet",
                width=budget.channels,
                depth=budget.blocks,
                resolution=resolution,
                steps=max(1, round(budget.steps * budget_factor)),
                batch=budget.batch,
                lr=2e-3,
                sigma_min=0.005,
                sigma_max=2.0,
                precision=precision or budget.precision,
            )
            cases.append(Case(trio(base, replicate), replicate, arm))
    return Plan(rows, cases)


def plan_twice(profile: str) -> Plan:
    """The largest n_train once more, trained twice as long: does the budget decide what is seen?"""
    return plan(profile, sizes=[0], replicates=1, budget_factor=2, arm="twice")


def plan_few(profile: str) -> Plan:
    """A of the smallest n_train once more, trained four times as long: does it become the ideal denoiser?"""
    longer = plan(profile, sizes=[1, 10], replicates=1, budget_factor=4)
    return Plan(rows_of_gains, [Case({"A": case.runs["A"]}, case.replicate, "fourfold") for case in longer.cases])


def plan_finer(profile: str) -> Plan:
    """Pictures of twice as many pixels a side, all else the same: does the size of the pictures decide what is seen?

    Four times the work: what is not of the sizes COMPARED is trained once, a single face not at all.
    """
    finer = partial(plan, profile, resolution=2 * choose(PROFILES, profile).resolution, arm="finer")
    again = finer(sizes=COMPARED).cases
    once = [case for case in finer(replicates=1).cases if case not in again and case.runs["A"].n_train > 1]
    return Plan(rows, [*once, *again])


def plan_bfloat16(profile: str) -> Plan:
    """A and its twin of the sizes COMPARED, in float32 and rounded to bfloat16: does rounding decide what is seen?"""
    usual, rounded = (plan(profile, sizes=COMPARED, replicates=1, precision=name).cases for name in PRECISIONS)
    cases = []
    for case, other in zip(usual, rounded, strict=True):
        both = {"A": other.runs["A"], "twin": other.runs["twin"]}
        both |= {"told A": case.runs["A"], "told twin": case.runs["twin"]}
        cases.append(Case(both, case.replicate, "bfloat16"))
    return Plan(rows_of_rounding, cases)


def measure(*scale, **more) -> pd.DataFrame:
    """The table of `plan`, with the same arguments: PSNR gain on training and held-out faces, agreement of pairs.

    Metrics: `psnr_gain_train`, `psnr_gain_held_out` [dB] (pair A, ideal, wiener); of the residuals of a pair (A-B,
    twin) on held-out faces `residual_cosine`, `mean_cosine`, `relative_distance`, and `disagreement_over_noise`, the
    root mean square difference in units of the noise. Gains and residual cosines are there for each of `metrics.BANDS`
    too: `psnr_gain_train_low`, `residual_cosine_high`, ... Pair strangers: ideal denoisers of one face each.
    """
    return plan(*scale, **more).measure()


def parts(spec: RunSpec) -> tuple[Tensor, Tensor, Tensor]:
    """Training faces of a run as they are stored (uint8), those of them that are tested, and held-out faces (float64).

    Each is [n, 1, r, r].
    """
    found = faces(spec.dataset, spec.resolution)
    train = stored_samples(spec.dataset, spec.resolution, spec.side, spec.n_train, spec.split)
    held_out = found.tensor(found.split(spec.split).held_out[:TEST_FACES])
    return train, as_float(train[:TEST_FACES]).double(), held_out.double()


def the_face(held_out: Tensor, face: int) -> Tensor:
    """One of the held-out faces, [1, 1, r, r]. Raises LowdiffError for a number that there is not."""
    if not 0 <= face < len(held_out):
        raise LowdiffError(f"face is {face}; it must be from 0 to {len(held_out) - 1}")
    return held_out[face : face + 1]


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    yield from rows_of_models(case)
    yield from rows_of_references(case)


def rows_of_models(case: Case) -> Iterator[dict]:
    """Of A, of the pair and of the twins."""
    models = {name: runs.load(spec) for name, spec in case.runs.items()}
    for row, seen, held_out in _levels(case):
        row |= {"objective": case.runs["A"].objective}
        yield from _gains(row | {"who": "A"}, models["A"], seen, held_out)
        residuals = {name: model.residual(held_out.noisy, row["sigma"]) for name, model in models.items()}
        for pair, other in (("A-B", "B"), ("A-twin", "twin")):
            for metric, value in _agreement(residuals["A"], residuals[other], row["sigma"]).items():
                yield row | {"who": pair, "metric": metric, "value": value}


def rows_of_gains(case: Case) -> Iterator[dict]:
    """The gains of A and of the ideal denoiser alone."""
    a = case.runs["A"]
    denoisers: dict[str, tuple[str, HasResidual]] = {
        "A": (a.objective, runs.load(a)),
        "ideal": ("none", IdealDenoiser(parts(a)[0])),
    }
    for row, seen, held_out in _levels(case):
        for pair, (objective, denoiser) in denoisers.items():
            yield from _gains(row | {"who": pair, "objective": objective}, denoiser, seen, held_out)


def rows_of_rounding(case: Case) -> Iterator[dict]:
    """The gains of A and its twin A', and of both rounded; how alike A is to its twin, and to itself rounded."""
    models = {name: runs.load(spec) for name, spec in case.runs.items()}
    for row, seen, held_out in _levels(case):
        row |= {"objective": case.runs["A"].objective}
        for name, model in models.items():
            yield from _gains(row | {"who": name}, model, seen, held_out)
        own, *others = (models[name].residual(held_out.noisy, row["sigma"]) for name in ("told A", "told twin", "A"))
        for pair, other in zip(("told A-told twin", "A-told A"), others, strict=True):
            yield row | {"who": pair, "metric": "residual_cosine", "value": metrics.residual_cosine(own, other)}


def rows_of_references(case: Case) -> Iterator[dict]:
    """Of the reference denoisers, which do not depend on the objective."""
    a, b = case.runs["A"], case.runs["B"]
    train = parts(a)[0]
    references = {"ideal": IdealDenoiser(train), "wiener": WienerDenoiser(train)}
    strangers = [IdealDenoiser(parts(dataclasses.replace(spec, n_train=1))[0]) for spec in (a, b)]
    for row, seen, held_out in _levels(case):
        row |= {"objective": "none"}
        for pair, denoiser in references.items():
            yield from _gains(row | {"who": pair}, denoiser, seen, held_out)
        value = metrics.residual_cosine(*(each.residual(held_out.noisy, row["sigma"]) for each in strangers))
        yield row | {"who": "strangers", "metric": "residual_cosine", "value": value}


@dataclass(frozen=True)
class _Noisy:
    """Noisy faces and the noise in them, [n, 1, r, r] each."""

    noisy: Tensor
    noise: Tensor


def _levels(case: Case) -> Iterator[tuple[dict, _Noisy, _Noisy]]:
    """For each noise level the columns that all rows there share, noisy training faces and noisy held-out faces."""
    a, replicate = case.runs["A"], case.replicate
    _, seen, held_out = parts(a)
    for sigma in SIGMAS:
        row = {
            "dataset": a.dataset,
            "dim": a.resolution**2,
            "n_train": a.n_train,
            "repetition": replicate,
            "sigma": sigma,
        }
        z_seen, z_held = sigma * unit_noise(seen, replicate), sigma * unit_noise(held_out, replicate + 1000)
        yield row, _Noisy(seen + z_seen, z_seen), _Noisy(held_out + z_held, z_held)


def _gains(row: dict, denoiser: HasResidual, seen: _Noisy, held_out: _Noisy) -> Iterator[dict]:
    """What a denoiser gains on training and on held-out faces."""
    for part, faces_ in (("train", seen), ("held_out", held_out)):
        gains = _by_band(metrics.psnr_gain, denoiser.residual(faces_.noisy, row["sigma"]), faces_.noise)
        for band, value in gains.items():
            yield row | {"metric": f"psnr_gain_{part}{band}", "value": value}


def _by_band(measure: Callable[[Tensor, Tensor], float], first: Tensor, second: Tensor) -> dict[str, float]:
    """A measure of two sets of images, of all that is in them and by spatial frequency: under "", "_low", ..."""
    bands = metrics.frequency_bands(first), metrics.frequency_bands(second)
    return {"": measure(first, second)} | {f"_{band}": measure(bands[0][band], bands[1][band]) for band in bands[0]}


def _agreement(first: Tensor, second: Tensor, sigma: float) -> dict[str, float]:
    """How alike the residuals of two models are."""
    cosines = _by_band(metrics.residual_cosine, first, second)
    return {f"residual_cosine{band}": value for band, value in cosines.items()} | {
        "mean_cosine": metrics.mean_cosine(first, second),
        "relative_distance": metrics.relative_distance(first, second),
        "disagreement_over_noise": metrics.rms(first - second) / sigma,
    }


def pictures(profile: str = "quick", source: str = "auto", face: int = 0) -> pd.DataFrame:
    """One held-out face, noisy, and as A and B denoise it, for each n_train and sigma, from the first replicate.

    Columns: n_train, sigma, what (clean, noisy, A, B, difference), image (float [r, r]; the difference is A - B).
    """
    cases = [case.runs for case in plan(profile, source).first]
    sweep.ensure([spec for three in cases for spec in three.values()])
    shown = []
    for three in cases:
        a = three["A"]
        x = the_face(parts(a)[2], face)
        models = {name: runs.load(three[name]) for name in ("A", "B")}
        for sigma in PICTURE_SIGMAS:
            y = x + sigma * unit_noise(x, 7)
            images = {"clean": x, "noisy": y, **{name: model(y, sigma) for name, model in models.items()}}
            images["difference"] = images["A"] - images["B"]
            for what, image in images.items():
                pixels: np.ndarray = image[0, 0].numpy()
                shown.append({"n_train": a.n_train, "sigma": sigma, "what": what, "image": pixels})
    return pd.DataFrame(shown)
