"""From memorisation to generalisation: are the faces that a model makes those that it was shown?"""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from lowdiff_lib.datasets.faces import as_float
from lowdiff_lib.experiments.faces import GRID, FaceBench
from lowdiff_lib.experiments.studies.face_trajectories import levels, pure_noise
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.samplers import HasResidual, Sampler, probability_flow
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.tables import times

SAMPLES = 24
UNRELATED = 80  # faces that held-out ones are compared with, as strangers

_MEAN = ("mean over samples", "10th percentile over samples", "90th percentile over samples")
_NEAREST = "cosine of a sample (A) or a held-out face (held-out) and the training face of A most like it"
_OTHER = "cosine of a sample of A and the training face of B most like it"
_PAIR = "cosine of two samples from the same noise, or of photographs of two people (unrelated)"
_CENTRED = "the mean face subtracted from both"
METRICS = {
    "nearest_training_cosine": Metric(f"{_NEAREST}; {_MEAN[0]}"),
    "nearest_training_cosine_p10": Metric(f"{_NEAREST}; {_MEAN[1]}"),
    "nearest_training_cosine_p90": Metric(f"{_NEAREST}; {_MEAN[2]}"),
    "nearest_training_cosine_centred": Metric(f"{_NEAREST}, {_CENTRED}; {_MEAN[0]}"),
    "nearest_training_cosine_centred_p10": Metric(f"{_NEAREST}, {_CENTRED}; {_MEAN[1]}"),
    "nearest_training_cosine_centred_p90": Metric(f"{_NEAREST}, {_CENTRED}; {_MEAN[2]}"),
    "nearest_other_cosine": Metric(f"{_OTHER}; {_MEAN[0]}"),
    "nearest_other_cosine_p10": Metric(f"{_OTHER}; {_MEAN[1]}"),
    "nearest_other_cosine_p90": Metric(f"{_OTHER}; {_MEAN[2]}"),
    "nearest_other_cosine_centred": Metric(f"{_OTHER}, {_CENTRED}; {_MEAN[0]}"),
    "nearest_other_cosine_centred_p10": Metric(f"{_OTHER}, {_CENTRED}; {_MEAN[1]}"),
    "nearest_other_cosine_centred_p90": Metric(f"{_OTHER}, {_CENTRED}; {_MEAN[2]}"),
    "sample_cosine": Metric(f"{_PAIR}; {_MEAN[0]}"),
    "sample_cosine_p10": Metric(f"{_PAIR}; {_MEAN[1]}"),
    "sample_cosine_p90": Metric(f"{_PAIR}; {_MEAN[2]}"),
    "sample_cosine_centred": Metric(f"{_PAIR}, {_CENTRED}; {_MEAN[0]}"),
    "sample_cosine_centred_p10": Metric(f"{_PAIR}, {_CENTRED}; {_MEAN[1]}"),
    "sample_cosine_centred_p90": Metric(f"{_PAIR}, {_CENTRED}; {_MEAN[2]}"),
    "memorised": Metric("share of samples (A) or held-out faces (held-out) that count as copies of a training face"),
}


def sample(model: HasResidual, spec: RunSpec, start: Tensor, sampler: Sampler = probability_flow) -> Tensor:
    """The faces that a model makes of noise, both float64 [n, 1, r, r]: where its trajectories from `start` end."""
    return sampler(model, start, levels(spec))[-1]


def most_alike(points: Tensor, train: Tensor, middle: Tensor) -> tuple[Tensor, Tensor]:
    """For each of `points` the largest cosine with a face of `train`, and the index of that face, both [n].

    The cosine is that of the images minus `middle`. Part by part, so that 100,000 faces (uint8) need no second copy.
    """
    parts = [metrics.cosines(points - middle, as_float(part).double() - middle) for part in train.split(4096)]
    largest, index = torch.cat(parts, 1).max(1)
    return largest, index


def measure(bench: FaceBench, sampler: Sampler = probability_flow) -> Iterator[Value]:
    """What the samples of A are like: its training faces, those of side B, the samples of B from the same noise."""
    spec, sigma = bench.spec, bench.spec.sigma_min
    start = pure_noise(spec, SAMPLES, bench.repetition)
    seen, other, held_out = bench.train(), bench.train("B"), bench.held_out()
    models: dict[str, HasResidual] = dict(bench.models)
    if bench.references:
        models |= {"wiener A": bench.wiener, "wiener B": bench.wiener_of_b}
    made = {name: sample(model, spec, start, sampler) for name, model in models.items()}
    unrelated = bench.seen("B", min(UNRELATED, bench.largest))  # of other people, where people are known
    for suffix, middle in (("", torch.zeros_like(held_out[0])), ("_centred", held_out.mean(0))):
        found = _cosines(made, seen, other, held_out, middle)
        found["sample_cosine", "unrelated"] = metrics.cosines(held_out - middle, unrelated - middle).flatten()
        for (metric, who), values in found.items():
            summary = {"": values.mean(), "_p10": values.quantile(0.1), "_p90": values.quantile(0.9)}
            for what, value in summary.items():
                yield Value(f"{metric}{suffix}{what}", who, sigma, float(value))
    for who, points in (("A", made["A"]), ("held-out", held_out)):
        yield Value("memorised", who, sigma, metrics.share(metrics.copies(points, as_float(seen), held_out)))


def _cosines(
    made: Mapping[str, Tensor], train: Tensor, other: Tensor, held_out: Tensor, middle: Tensor
) -> dict[tuple[str, str], Tensor]:
    """For each metric and who the cosine of every sample, after `middle` is subtracted."""

    def paired(first: str, second: str) -> Tensor:
        return metrics.cosines(made[first] - middle, made[second] - middle).diag()

    pairs = {"A-B": ("A", "B"), "A-twin": ("A", "twin"), "wiener": ("wiener A", "wiener B")}
    return {
        ("nearest_training_cosine", "A"): most_alike(made["A"], train, middle)[0],
        ("nearest_training_cosine", "held-out"): most_alike(held_out, train, middle)[0],
        ("nearest_other_cosine", "A"): most_alike(made["A"], other, middle)[0],
        **{("sample_cosine", name): paired(*pair) for name, pair in pairs.items() if made.keys() >= set(pair)},
    }


study = Study(
    "memorisation",
    "Are the faces that a model makes those that it was shown?",
    GRID,
    METRICS,
    measure,
    arms=tuple(times.every("told")),
)
