"""What it changes that a network is not told the noise level, on faces: the paper's networks beside ours."""

from collections.abc import Iterator

from lowdiff_lib.experiments.faces import GRID, TESTED, FaceBench
from lowdiff_lib.experiments.studies.parting import differences
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.tables import times

SIGMAS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)

CROSSED = "told-plain", "blind-weighted"  # each trained as the other kind is: so that telling is told from training
LARGER = "told-finer", "blind-finer", "told-finest", "blind-finest"  # pictures
IN_TIME = tuple(arm for kind in ("told", "blind", "told-plain") for arm in times.others(kind))

METRICS = {
    "psnr_gain_train": Metric("PSNR gain over leaving the picture as it is, on training faces", "dB"),
    "psnr_gain_held_out": Metric("PSNR gain over leaving the picture as it is, on held-out faces", "dB"),
    "disagreement_over_noise": Metric("root mean square difference of two residuals in units of the noise"),
    "residual_cosine": Metric("cosine of two residuals on held-out faces as fields"),
}


def measure(bench: FaceBench) -> Iterator[Value]:
    """On noisy held-out faces: gain and agreement of models, and of the linear denoisers of the same faces."""
    seen, x = bench.seen(count=min(TESTED, bench.spec.n_train)), bench.held_out(TESTED)
    z, z_seen = bench.noise(x, 1000), bench.noise(seen)
    references = {"wiener": bench.wiener, "wiener of B": bench.wiener_of_b} if bench.references else {}
    for sigma in SIGMAS:
        y = x + sigma * z
        residuals = {who: denoiser.residual(y, sigma) for who, denoiser in (bench.models | references).items()}
        for who in ("A", "B", *(name for name in references if name == "wiener")):
            yield Value("psnr_gain_held_out", who, sigma, metrics.psnr_gain(residuals[who], sigma * z))
        on_seen = bench.model("A").residual(seen + sigma * z_seen, sigma)
        yield Value("psnr_gain_train", "A", sigma, metrics.psnr_gain(on_seen, sigma * z_seen))
        compared = {pair: (residuals[one], residuals[other]) for pair, one, other in bench.pairs}
        if references:
            compared["wiener pair"] = residuals["wiener"], residuals["wiener of B"]
        yield from differences(compared, sigma)


study = Study(
    "face_blindness",
    "What does it change that a network is not told the noise level, on faces?",
    GRID,
    METRICS,
    measure,
    arms=("told", "blind", *CROSSED, *LARGER, *IN_TIME),
)
