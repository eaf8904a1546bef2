"""Where the reverse trajectories of two face models part, and at which noise level what they end at is decided."""

import itertools
from collections.abc import Iterator, Sequence

import pandas as pd
from torch import Tensor

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.samples import faces, scale, training_samples
from lowdiff_lib.experiments.studies import denoising_faces
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import HasResidual, noise_schedule, probability_flow
from lowdiff_lib.models.reference import IdealDenoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import runs, sweep

STEPS = 20
STARTS = 12
RECORDED = range(0, STEPS + 1, 2)  # steps after which the distance of two trajectories is measured
SWITCHES = (0, 3, 6, 9, 13)  # steps after which another model takes over from A
PICTURED = (0, 3, 6, 9, 12, 16, 20)


def plan(*scale, **more) -> Plan:
    """The models of `denoising_faces.plan`, with its arguments, followed from shared noise."""
    return Plan(rows, denoising_faces.plan(*scale, **more).cases)


def measure(*scale, **more) -> pd.DataFrame:
    """Distances between trajectories from the same noise, in units of the spread of the faces (see `spread`).

    Metrics, each a root mean square over the starts: `trajectory_distance` at sigma (pair A-B, twin, A-ideal);
    `late_branch_distance` (pair A-B, twin) between the end of A's trajectory and the end of one that follows A down
    to sigma and the other model from there.
    """
    return plan(*scale, **more).measure()


def levels(spec: RunSpec) -> list[float]:
    """The noise levels of a trajectory: the whole range that the model was trained for, in STEPS steps."""
    return noise_schedule(spec.sigma_max, spec.sigma_min, STEPS)


def pure_noise(spec: RunSpec, n: int, replicate: int) -> Tensor:
    """n starting points: noise of level sigma_max on plain gray, float64 [n, 1, r, r]. No face is in them."""
    gray = scale(spec.dataset, spec.resolution).mean.double()
    return gray + spec.sigma_max * unit_noise(gray.expand(n, *gray.shape), replicate)


def spread(spec: RunSpec) -> float:
    """Root mean square distance of held-out faces from their mean: two faces at random are sqrt(2) of it apart."""
    found = faces(spec.dataset, spec.resolution)
    held_out = found.tensor(found.split(spec.split).held_out).double()
    return metrics.rms_distance(held_out, held_out.mean(0, keepdim=True).expand_as(held_out))


def late_branches(first: Tensor, other: HasResidual, sigmas: Sequence[float], switches: Sequence[int]) -> Tensor:
    """Trajectories that follow `first` [steps + 1, n, *shape] for some steps and then `other` to the end.

    Returns every state of each, [len(switches), steps + 1, n, *shape]. They run side by side, each from its switch on.
    """
    branches = first.repeat(len(switches), *[1] * first.ndim)
    for step, pair in enumerate(itertools.pairwise(sigmas)):
        late = [index for index, switch in enumerate(switches) if switch <= step]
        if late:
            here = branches[late, step]
            there = probability_flow(other, here.flatten(0, 1), pair)[-1]
            branches[late, step + 1] = there.reshape(here.shape)
    return branches


def rows(case: Case) -> Iterator[dict]:
    """The measurements of one case."""
    a = case.runs["A"]
    sigmas, unit = levels(a), spread(a)
    start = pure_noise(a, STARTS, case.replicate)
    ours = probability_flow(runs.load(a), start, sigmas)
    ideal = IdealDenoiser(training_samples(a.dataset, a.resolution, "A", a.n_train, a.split))
    row = {"dataset": a.dataset, "dim": a.resolution**2, "n_train": a.n_train, "repetition": case.replicate}
    row |= {"objective": a.objective}
    flows = {"A-ideal": probability_flow(ideal, start, sigmas)}
    for pair, other in (("A-B", "B"), ("A-twin", "twin")):
        branches = late_branches(ours, runs.load(case.runs[other]), sigmas, SWITCHES)
        flows[pair] = branches[0]
        for switch, end in zip((*SWITCHES, STEPS), (*branches[:, -1], ours[-1]), strict=True):
            value = metrics.rms_distance(ours[-1], end) / unit
            yield row | {"who": pair, "sigma": sigmas[switch], "metric": "late_branch_distance", "value": value}
    for pair, flow in flows.items():
        for step in RECORDED:
            value = metrics.rms_distance(ours[step], flow[step]) / unit
            yield row | {"who": pair, "sigma": sigmas[step], "metric": "trajectory_distance", "value": value}


def pictures(profile: str = "quick", source: str = "auto", start: int = 0) -> pd.DataFrame:
    """One start on its way under A and under B, for the smallest and the largest n_train, from the first replicate.

    Columns: n_train, sigma, what, image (float [r, r]). what: `A: state` and `B: state`, the noisy point itself;
    `A` and `B`, what the model makes of its own noisy point; `difference`, A - B.
    """
    if not 0 <= start < STARTS:
        raise LowdiffError(f"start is {start}; it must be from 0 to {STARTS - 1}")
    return followed(denoising_faces.plan(profile, source).ends, start)


def followed(cases: Sequence[Case], start: int = 0) -> pd.DataFrame:
    """As `pictures`, for other models."""
    sweep.ensure([case.runs[side] for case in cases for side in ("A", "B")])
    shown = []
    for case in cases:
        a = case.runs["A"]
        sigmas, point = levels(a), pure_noise(a, STARTS, 0)[start : start + 1]
        models = {side: runs.load(case.runs[side]) for side in ("A", "B")}
        flows = {side: probability_flow(model, point, sigmas) for side, model in models.items()}
        for step in PICTURED:
            images = {f"{side}: state": flow[step] for side, flow in flows.items()}
            images |= {side: model(flows[side][step], sigmas[step]) for side, model in models.items()}
            images["difference"] = images["A"] - images["B"]
            for what, image in images.items():
                shown.append({"n_train": a.n_train, "sigma": sigmas[step], "what": what, "image": image[0, 0].numpy()})
    return pd.DataFrame(shown)
