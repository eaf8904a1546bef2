"""Where the reverse trajectories of two face models part, and at which noise level what they end at is decided."""

import itertools
from collections.abc import Iterator, Sequence

import pandas as pd
from torch import Tensor

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.samples import scale
from lowdiff_lib.experiments.faces import GRID, FaceBench
from lowdiff_lib.experiments.grid import Case, ends, train
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import HasResidual, Sampler, noise_schedule, probability_flow
from lowdiff_lib.specs import RunSpec

STEPS = 20
STARTS = 12
RECORDED = range(0, STEPS + 1, 2)  # steps after which the distance of two trajectories is measured
SWITCHES = (0, 3, 6, 9, 13)  # steps after which another model takes over from A
PICTURED = (0, 3, 6, 9, 12, 16, 20)

METRICS = {
    "trajectory_distance": Metric("root mean square distance of two trajectories from the same noise", "spread"),
    "late_branch_distance": Metric(
        "the same between the end of A's trajectory and of one that follows A to sigma and the other model from there",
        "spread",
    ),
}


def levels(spec: RunSpec) -> list[float]:
    """The noise levels of a trajectory: the whole range that the model was trained for, in STEPS steps."""
    return noise_schedule(spec.sigma_max, spec.sigma_min, STEPS)


def pure_noise(spec: RunSpec, n: int, repetition: int) -> Tensor:
    """n starting points: noise of level sigma_max on plain gray, float64 [n, 1, r, r]. No face is in them."""
    gray = scale(spec.dataset, spec.resolution).mean.double()
    return gray + spec.sigma_max * unit_noise(gray.expand(n, *gray.shape), repetition)


def spread(held_out: Tensor) -> float:
    """Root mean square distance of faces [n, 1, r, r] from their mean: two at random are sqrt(2) of it apart."""
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


def measure(bench: FaceBench, sampler: Sampler = probability_flow) -> Iterator[Value]:
    """Distances between trajectories from the same noise, in units of the spread of the faces."""
    sigmas, unit = levels(bench.spec), spread(bench.held_out())
    start = pure_noise(bench.spec, STARTS, bench.repetition)
    ours = sampler(bench.model("A"), start, sigmas)
    flows = {"A-ideal": sampler(bench.ideal, start, sigmas)}
    for pair, _, other in bench.pairs:
        branches = late_branches(ours, bench.model(other), sigmas, SWITCHES)
        flows[pair] = branches[0]
        for switch, end in zip((*SWITCHES, STEPS), (*branches[:, -1], ours[-1]), strict=True):
            value = metrics.rms_distance(ours[-1], end) / unit
            yield Value("late_branch_distance", pair, sigmas[switch], value)
    for pair, flow in flows.items():
        for step in RECORDED:
            value = metrics.rms_distance(ours[step], flow[step]) / unit
            yield Value("trajectory_distance", pair, sigmas[step], value)


study = Study(
    "face_trajectories",
    "Where do the reverse trajectories of two face models part, and when is decided where they end?",
    GRID,
    METRICS,
    measure,
)


def pictures(profile: str = "quick", datasets: Sequence[str] = (), start: int = 0) -> pd.DataFrame:
    """One start on its way under A and under B, for the smallest and the largest n_train, from the first repetition.

    Columns: n_train, sigma, what, image (float [r, r]). what: `A: state` and `B: state`, the noisy point itself;
    `A` and `B`, what the model makes of its own noisy point; `difference`, A - B.
    """
    if not 0 <= start < STARTS:
        raise LowdiffError(f"start is {start}; it must be from 0 to {STARTS - 1}")
    return followed(ends(GRID.cases(profile, "told", datasets)), start)


def followed(cases: Sequence[Case], start: int = 0) -> pd.DataFrame:
    """As `pictures`, for other models."""
    train(cases, "A", "B")
    shown = []
    for bench in map(FaceBench, cases):
        sigmas, point = levels(bench.spec), pure_noise(bench.spec, STARTS, 0)[start : start + 1]
        models = {side: bench.model(side) for side in ("A", "B")}
        flows = {side: probability_flow(model, point, sigmas) for side, model in models.items()}
        for step in PICTURED:
            images = {f"{side}: state": flow[step] for side, flow in flows.items()}
            images |= {side: model(flows[side][step], sigmas[step]) for side, model in models.items()}
            images["difference"] = images["A"] - images["B"]
            about = {"n_train": bench.spec.n_train, "sigma": sigmas[step]}
            shown += [about | {"what": what, "image": image[0, 0].numpy()} for what, image in images.items()]
    return pd.DataFrame(shown)
