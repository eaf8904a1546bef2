"""Attractors as the paper's authors test them: disturb a face, let their sampler go on, and see what comes back.

Noise everywhere, noise in one random square, or one square set to 0, as in their code. How large the square and the
noise are is our choice.
"""

from collections.abc import Iterator, Sequence

import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.base.checks import choose, real
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.faces import as_float
from lowdiff_lib.experiments.faces import GRID, FaceBench
from lowdiff_lib.experiments.grid import ends, train
from lowdiff_lib.experiments.studies.face_starts import SAMPLERS
from lowdiff_lib.experiments.studies.perturbed import OTHERS, Place, metrics_of, outcomes
from lowdiff_lib.experiments.study import Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import HasResidual

STARTS = 6  # of each kind: training faces of A, held-out ones
SQUARE = 0.4  # side of the square that is disturbed, in that of the picture
LARGEST = 1.5  # noise level that the authors start from, at most

METRICS = metrics_of("face", "a random square", "a random square set to 0", "two faces")


def squares(n: int, resolution: int, seed: int) -> Tensor:
    """n masks [n, 1, r, r], true in a square of SQUARE of the side at a random place."""
    side = max(1, round(SQUARE * resolution))
    corners = torch.randint(resolution - side + 1, (2, n), generator=torch.Generator().manual_seed(seed))
    at = torch.arange(resolution)
    down, right = ((at >= corner[:, None]) & (at < corner[:, None] + side) for corner in corners)
    return (down[:, :, None] & right[:, None, :])[:, None]


def measure(bench: FaceBench) -> Iterator[Value]:
    """On training faces of A and on held-out ones: A, B, twin, and the linear denoisers of the same faces."""
    seen, others = bench.seen(), bench.held_out(OTHERS)
    originals = torch.cat([seen[torch.arange(STARTS) % len(seen)], others[:STARTS]])
    mask = squares(len(originals), bench.spec.resolution, bench.repetition)
    place = Place(originals, others, bench.noise(originals), mask, 0.0, bench.repetition)
    denoisers: dict[str, HasResidual] = dict(bench.models)
    pairs: dict[str, tuple[str, str]] = {pair: (one, other) for pair, one, other in bench.pairs}
    if bench.references:
        denoisers |= {"wiener": bench.wiener, "wiener of B": bench.wiener_of_b}
        pairs["wiener pair"] = ("wiener", "wiener of B")
    known = {"A": seen, "B": as_float(bench.train("B")), "twin": seen}
    yield from outcomes(place, denoisers, known, pairs, only_paired=["wiener of B"])


study = Study(
    "face_perturbed",
    "What comes back when a face is disturbed and the paper's sampler goes on from it?",
    GRID,
    METRICS,
    measure,
    arms=("told", "blind"),
)


def pictures(
    profile: str = "quick", datasets: Sequence[str] = (), face: int = 0, sigma: float = 0.5, sampler: str = "ascent"
) -> pd.DataFrame:
    """A held-out face, disturbed in each way, and where A and B take it; smallest and largest n_train, repetition 0.

    Columns: n_train, kind (everywhere, part, hidden), what (clean, disturbed, A, B), ran_away, image (float [r, r]).
    Raises LowdiffError for a face, a noise level or a sampler that there is not.
    """
    follow = choose(SAMPLERS, sampler, "sampler")
    if real("sigma", sigma, 0) > LARGEST:
        raise LowdiffError(f"sigma is {sigma:g}; it must be above 0 and at most {LARGEST:g}, where the authors stop")
    cases = ends(GRID.cases(profile, "told", datasets))
    train(cases, "A", "B")
    shown = []
    for bench in map(FaceBench, cases):
        x, mask = bench.face(face), squares(1, bench.spec.resolution, 7)
        for kind, _, start in Place(x, x, unit_noise(x, 7), mask, 0.0, 7).disturbed([sigma]):
            images = {"clean": (x, False), "disturbed": (start, False)}
            for side in ("A", "B"):
                found = follow(bench.model(side), start, metrics.rms(start - x), 7)
                images[side] = found.ends, bool(found.ran_away)
            for what, (image, away) in images.items():
                about = {"n_train": bench.spec.n_train, "kind": kind, "what": what, "ran_away": away}
                shown.append(about | {"image": image[0, 0].numpy()})
    return pd.DataFrame(shown)
