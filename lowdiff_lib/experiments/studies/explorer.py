"""What the explorer shows: published networks on the mixtures of the plane, and all that is known of those exactly.

And faces: pictures that networks made of the AT&T photographs, which come with the install and may be shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.mixtures import SIX, mixture, mixture_samples
from lowdiff_lib.datasets.samples import scale
from lowdiff_lib.experiments import published
from lowdiff_lib.experiments.faces import GRID as FACES
from lowdiff_lib.experiments.faces import FaceBench
from lowdiff_lib.experiments.grid import Case, first, train
from lowdiff_lib.experiments.mixtures import MixtureBench
from lowdiff_lib.experiments.profiles import PUBLISHED
from lowdiff_lib.measures import metrics
from lowdiff_lib.models import weights
from lowdiff_lib.specs import SIDES
from lowdiff_lib.tables import shelf
from lowdiff_lib.tables.views import Scene

TOLD = "told"  # what the first square has
BESIDE = ("blind", "told-plain", "blind-weighted", "ncsn", "ssm")  # and the second may have, the first of them at first
ARMS = (TOLD, BESIDE[0])  # of the picture
MOST = 10_000  # training samples that a page has room for
FIRST = "spiral"  # which is shown first, where it is published
SIGMA = 0.02  # at first: there one sees what being told changes
SHOWN = (10, 100, 1000, 100_000)  # n_train of which a page has networks: the book has room for so many
CHECKED = 8  # points and noise levels at which a page compares its networks with the library's
FACE_SIGMAS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
SHEET = "face_portraits"  # of published pictures
CURVES = ("parting", "training_set_size")  # the studies whose published cosines are drawn, the first that has them


def scenes(points: int = 150) -> list[Scene]:
    """A scene for each mixture of the plane whose networks are published. Raises LowdiffError if there is none."""
    flat = sorted((name for name in SIX if mixture(name).dim == 2), key=lambda name: name != FIRST)
    found = [_scene(name, points) for name in flat if set(ARMS) <= set(sizes(name))]
    if not found:
        raise LowdiffError(
            f"no networks of {', '.join(flat)} are published in {weights.folder()}; publish some: "
            "lowdiff publish weights --data spiral"
        )
    return found


def sizes(dataset: str) -> dict[str, list[int]]:
    """By arm, where networks are published: each n_train of SHOWN of which there are some, told and of this arm."""
    told = [n for n in published.sizes(dataset, TOLD) if n in SHOWN]
    known = {arm: [n for n in published.sizes(dataset, arm) if n in told] for arm in (TOLD, *BESIDE)}
    return {arm: found for arm, found in known.items() if found}


def field(dataset: str, n_train: int, sigmas: Sequence[float] = (0.05, 0.3, 1.0), points: int = 150) -> pd.DataFrame:
    """Where A, B and the exact denoiser move noisy held-out points, for both arms.

    Columns: dataset, arm, n_train, sigma, what (A, B, exact), u, v, du, dv; the last two are the residual over sigma.
    """
    parts = []
    for arm in ARMS:
        bench = published.bench(dataset, arm, n_train)
        x, _ = bench.held_out(points)
        for sigma in sigmas:
            y = x + sigma * bench.noise(x)
            for what, who in {"A": bench.model("A"), "B": bench.model("B"), "exact": bench.exact}.items():
                (u, v), (du, dv) = y.T, (who.residual(y, sigma) / sigma).T
                about = {"dataset": dataset, "arm": arm, "n_train": n_train, "sigma": sigma, "what": what}
                parts.append(pd.DataFrame(about | {"u": u, "v": v, "du": du, "dv": dv}))
    return pd.concat(parts, ignore_index=True)


def portraits(profile: str = PUBLISHED) -> pd.DataFrame:
    """AT&T faces that no network has seen, with noise, and what A and B of both arms make of them.

    With `published` those that are published, if they are; else trains what is missing. Columns: arm, n_train, sigma,
    face (from 0), what (clean, noisy, A, B), left, apart, image (float [r, r]). left: what is left of the noise, root
    mean square over sigma; apart: the same of A less B. Raises NotAsPublished.
    """
    known = shelf.published_pictures(SHEET) if profile == PUBLISHED else None
    return made(map(FACES.bench, portrait_cases(profile))) if known is None else known


def portraits_of_others(sigma: float, n_train: int = 10_000) -> pd.DataFrame:
    """An AT&T face as the published networks of CelebA see it, in larger pictures; columns as `portraits` has them.

    And `fine`: the part of the clean picture's fine detail that one has (its projection on it). Raises LowdiffError
    if those are not published, NotAsPublished.
    """
    found = [made([published.on_att_faces(f"{arm}-finer", n_train)], 1, [sigma]).assign(arm=arm) for arm in ARMS]
    table = pd.concat(found, ignore_index=True)
    fine = metrics.frequency_bands(torch.from_numpy(np.stack(table.image))[:, None])["high"]
    clean = fine[table.what.tolist().index("clean")]
    return table.assign(fine=(fine @ clean) / (clean @ clean))


def portrait_cases(profile: str) -> list[Case]:
    """Both arms on the AT&T faces, A and B trained. Not of one face: of it a network knows nothing but that one."""
    cases = [case for arm in ARMS for case in first(FACES.cases(profile, arm, ["faces"])) if case.spec.n_train > 1]
    train(cases, *SIDES)
    return cases


def made(benches: Iterable[FaceBench], count: int = 4, sigmas: Sequence[float] = FACE_SIGMAS) -> pd.DataFrame:
    """What trained networks make of the first so many held-out faces; columns as `portraits` has them."""
    rows: list[dict[str, Any]] = []
    for bench in benches:
        x = bench.held_out(count)
        for sigma in sigmas:
            y = x + sigma * bench.noise(x, 1000)
            answers = {side: bench.model(side)(y, sigma) for side in SIDES}
            apart = metrics.sizes(answers["A"] - answers["B"]) / sigma
            for what, images in {"clean": x, "noisy": y, **answers}.items():
                left = metrics.sizes(images - x) / sigma
                about = {"arm": bench.case.arm.name, "n_train": bench.spec.n_train, "sigma": sigma, "what": what}
                rows += [
                    about | {"face": k, "left": float(left[k]), "apart": float(apart[k]), "image": image[0].numpy()}
                    for k, image in enumerate(images)
                ]
    return pd.DataFrame(rows)


def _scene(name: str, points: int) -> Scene:
    exact, whole, known = mixture(name), scale(name), sizes(name)
    files = weights.record()["files"]
    arms = {arm: weights.spec_of(files[weights.name_of(name, arm, found[0], "A")]) for arm, found in known.items()}
    bench = published.bench(name, TOLD, known[TOLD][0])
    x, _ = bench.held_out(points)
    low, high = x.min(0).values, x.max(0).values
    u, v = ((low + high) / 2).tolist()
    return Scene(
        name,
        mixture={part: getattr(exact, part).tolist() for part in ("weights", "means", "eigenvalues", "eigenvectors")},
        mean=whole.mean.tolist(),
        sd=whole.sd,
        frame=(round(u, 1), round(v, 1), round(0.55 * float((high - low).max()), 1)),
        start=_start(bench, x),
        arms={
            arm: {
                "sizes": known[arm],
                "parametrisation": spec.parametrisation,
                "output_power": spec.output_power,
                "largest": spec.sigma_max,
            }
            for arm, spec in arms.items()
        },
        points=x.numpy(),
        noise=bench.noise(x).numpy(),
        samples={
            side: mixture_samples(name, side, min(MOST, known[TOLD][-1]))[0].numpy().astype(np.float32) for side in "AB"
        },
        curves=_curves(name, list(known)),
        checks=_checks(bench, known),
        networks={each: files[each]["sha256"] for each in _networks(name, known)},
    )


def _checks(bench: MixtureBench, known: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """What each network makes of a few noisy points, by the library."""
    x, _ = bench.held_out(CHECKED)
    sigma = torch.logspace(-2.5, 1, CHECKED, dtype=torch.float64)
    y = x + sigma[:, None] * bench.noise(x)
    files = weights.record()["files"]
    found = {each: weights.of(each, files[each]) for each in _networks(bench.spec.dataset, known)}
    residuals = {each: network.residual(y, sigma).tolist() for each, network in found.items()}
    return {"y": y.tolist(), "sigma": sigma.tolist(), "residuals": residuals}


def _networks(dataset: str, known: Mapping[str, Sequence[int]]) -> list[str]:
    """The names of all networks of a scene."""
    return [weights.name_of(dataset, arm, n, who) for arm in known for n in known[arm] for who in published.ROLES]


def _start(bench: MixtureBench, x: Tensor) -> tuple[float, float]:
    """Of the noisy points around x one that has some way to go: of eight in ten the best move is shorter."""
    y = x + SIGMA * bench.noise(x)
    move = bench.exact.residual(y, SIGMA).norm(dim=1)
    u, v = y[int(move.argsort()[int(0.8 * len(move))])].tolist()
    return round(u, 3), round(v, 3)


PLACE = ["arm", "n_train", "who", "sigma"]


def _curves(dataset: str, arms: Sequence[str]) -> pd.DataFrame:
    """The published cosine of residuals of A and B, and of A and its twin, of some arms; the mean of repetitions."""
    parts = []
    for arm in arms:
        for study in CURVES:
            table = shelf.find(study, arm)
            if table is None:
                continue
            mine = table[(table.dataset == dataset) & (table.metric == "residual_cosine")]
            mine = mine[mine.who.isin(["A-B", "A-twin"])]
            if len(mine):
                parts.append(mine.groupby(PLACE, as_index=False)["value"].mean())
                break
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*PLACE, "value"])
