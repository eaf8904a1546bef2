"""How well do face denoisers remove small noise, and do two trained on disjoint faces agree?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from torch import Tensor

from lowdiff_lib.experiments.faces import GRID, TESTED, FaceBench
from lowdiff_lib.experiments.grid import first, train
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import HasResidual

BANDS = metrics.BANDS
SIGMAS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
PICTURE_SIGMAS = (0.05, 0.1, 0.2, 0.5)

_GAIN = "PSNR gain over leaving the picture as it is, on {} faces"
_COSINE = "cosine of two residuals on held-out faces as fields"
METRICS = {
    "psnr_gain_train": Metric(_GAIN.format("training"), "dB"),
    "psnr_gain_train_low": Metric(f"{_GAIN.format('training')}, coarse patterns", "dB"),
    "psnr_gain_train_middle": Metric(f"{_GAIN.format('training')}, middle patterns", "dB"),
    "psnr_gain_train_high": Metric(f"{_GAIN.format('training')}, fine patterns", "dB"),
    "psnr_gain_held_out": Metric(_GAIN.format("held-out"), "dB"),
    "psnr_gain_held_out_low": Metric(f"{_GAIN.format('held-out')}, coarse patterns", "dB"),
    "psnr_gain_held_out_middle": Metric(f"{_GAIN.format('held-out')}, middle patterns", "dB"),
    "psnr_gain_held_out_high": Metric(f"{_GAIN.format('held-out')}, fine patterns", "dB"),
    "residual_cosine": Metric(_COSINE),
    "residual_cosine_low": Metric(f"{_COSINE}, coarse patterns"),
    "residual_cosine_middle": Metric(f"{_COSINE}, middle patterns"),
    "residual_cosine_high": Metric(f"{_COSINE}, fine patterns"),
    "mean_cosine": Metric("mean over held-out faces of the cosine of two residuals"),
    "relative_distance": Metric("root mean square distance of two residuals over their size"),
    "disagreement_over_noise": Metric("root mean square difference of two residuals in units of the noise"),
}
GAIN_TRAIN = {"": "psnr_gain_train", **{band: f"psnr_gain_train_{band}" for band in BANDS}}
GAIN_HELD_OUT = {"": "psnr_gain_held_out", **{band: f"psnr_gain_held_out_{band}" for band in BANDS}}
COSINE = {"": "residual_cosine", **{band: f"residual_cosine_{band}" for band in BANDS}}


@dataclass(frozen=True)
class _Noisy:
    """Noisy faces and the noise in them, [n, 1, r, r] each."""

    noisy: Tensor
    noise: Tensor

    @classmethod
    def of(cls, faces: Tensor, noise: Tensor) -> "_Noisy":
        return cls(faces + noise, noise)


def measure(bench: FaceBench) -> Iterator[Value]:
    """Gain of models and references on training and held-out faces; agreement of pairs on held-out ones."""
    seen, held_out = bench.seen(count=min(TESTED, bench.spec.n_train)), bench.held_out(TESTED)
    for sigma in SIGMAS:
        known = _Noisy.of(seen, sigma * bench.noise(seen))
        new = _Noisy.of(held_out, sigma * bench.noise(held_out, 1000))
        residuals = {}
        for role, model in bench.models.items():
            residuals[role] = model.residual(new.noisy, sigma)
            if role == "A" or bench.case.arm.beside:
                yield from _gains(role, sigma, model, known, new, residuals[role])
        for pair, one, other in bench.pairs:
            if bench.case.arm.beside:
                yield Value("residual_cosine", pair, sigma, metrics.residual_cosine(residuals[one], residuals[other]))
            else:
                yield from _agreement(pair, sigma, residuals[one], residuals[other])
        if bench.references:
            for who, reference in {"ideal": bench.ideal, "wiener": bench.wiener}.items():
                yield from _gains(who, sigma, reference, known, new)
            filters = [each.residual(new.noisy, sigma) for each in (bench.wiener, bench.wiener_of_b)]
            yield from _agreement("wiener pair", sigma, *filters)


def _gains(
    who: str, sigma: float, denoiser: HasResidual, known: _Noisy, new: _Noisy, on_new: Tensor | None = None
) -> Iterator[Value]:
    """What a denoiser gains on training and on held-out faces, by band."""
    on_new = denoiser.residual(new.noisy, sigma) if on_new is None else on_new
    on_known = denoiser.residual(known.noisy, sigma)
    for names, residual, noise in ((GAIN_TRAIN, on_known, known.noise), (GAIN_HELD_OUT, on_new, new.noise)):
        for band, value in _by_band(metrics.psnr_gain, residual, noise).items():
            yield Value(names[band], who, sigma, value)


def _by_band(measure: Callable[[Tensor, Tensor], float], first: Tensor, second: Tensor) -> dict[str, float]:
    """A measure of two sets of images, of all that is in them, "", and by spatial frequency, "low", ..."""
    bands = metrics.frequency_bands(first), metrics.frequency_bands(second)
    return {"": measure(first, second)} | {band: measure(bands[0][band], bands[1][band]) for band in bands[0]}


def _agreement(pair: str, sigma: float, first: Tensor, second: Tensor) -> Iterator[Value]:
    """How alike the residuals of two models are."""
    for band, value in _by_band(metrics.residual_cosine, first, second).items():
        yield Value(COSINE[band], pair, sigma, value)
    yield Value("mean_cosine", pair, sigma, metrics.mean_cosine(first, second))
    yield Value("relative_distance", pair, sigma, metrics.relative_distance(first, second))
    yield Value("disagreement_over_noise", pair, sigma, metrics.rms(first - second) / sigma)


study = Study(
    "denoising_faces",
    "How well do models remove a little noise from faces, and do two that saw different faces do it alike?",
    GRID,
    METRICS,
    measure,
    ("told", "twice", "fourfold", "finer", "bfloat16", "ncsn", "ssm", "ncsn-published", "ssm-published"),
)


def pictures(profile: str = "quick", datasets: Sequence[str] = (), face: int = 0) -> pd.DataFrame:
    """One held-out face, noisy, and as A and B denoise it, for each n_train and sigma, from the first repetition.

    Columns: n_train, sigma, what (clean, noisy, A, B, difference), image (float [r, r]; the difference is A - B).
    """
    cases = first(GRID.cases(profile, "told", datasets))
    train(cases)
    shown = []
    for bench in map(FaceBench, cases):
        x = bench.face(face)
        for sigma in PICTURE_SIGMAS:
            y = x + sigma * unit_noise(x, 7)
            images = {"clean": x, "noisy": y, **{side: bench.model(side)(y, sigma) for side in ("A", "B")}}
            images["difference"] = images["A"] - images["B"]
            for what, image in images.items():
                pixels: np.ndarray = image[0, 0].numpy()
                shown.append({"n_train": bench.spec.n_train, "sigma": sigma, "what": what, "image": pixels})
    return pd.DataFrame(shown)
