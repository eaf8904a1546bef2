"""Training tensors, held-out tensors and the overall scale of any data set, by name."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from lowdiff_lib.datasets import mixtures
from lowdiff_lib.datasets.faces import FaceSet, as_float, load_faces
from lowdiff_lib.datasets.photographs.find import name_of


@dataclass(frozen=True)
class Scale:
    """mean (broadcasts against a sample) and sd, one number: the Gaussian a preconditioned denoiser starts from.

    It belongs to the data set, not to a training set, so that A and B share it.
    """

    mean: Tensor
    sd: float


@lru_cache(maxsize=4)
def faces(source: str, resolution: int) -> FaceSet:
    """`load_faces`, kept open."""
    return load_faces(source, resolution)


def training_samples(dataset: str, resolution: int, side: str, n_train: int, split: int, draw: int = 0) -> Tensor:
    """The first n_train samples of a side, float32 [n_train, *shape]. Raises TooFewSamples."""
    return as_float(stored_samples(dataset, resolution, side, n_train, split, draw))


def stored_samples(dataset: str, resolution: int, side: str, n_train: int, split: int, draw: int = 0) -> Tensor:
    """As `training_samples`, but images as they are stored, uint8: a quarter of the memory. `as_float` converts."""
    if dataset in mixtures.MIXTURES:
        return mixtures.mixture_samples(dataset, side, n_train, split, draw)[0].float()
    found = faces(dataset, resolution)
    return found.pixels(found.split(split).take(side, n_train))


def scale(dataset: str, resolution: int = 0, draw: int = 0) -> Scale:
    """Mean and standard deviation of a data set: exact for a mixture, round numbers for images in [0, 1].

    Without a resolution it has to be a mixture, or LowdiffError is raised.
    """
    if not resolution:
        mixtures.check_mixture(dataset)
    if dataset not in mixtures.MIXTURES:
        return Scale(torch.full((1, resolution, resolution), 0.5), 0.25)
    m = mixtures.mixture(dataset, draw)
    mean = m.weights @ m.means
    variance = m.weights @ ((m.means - mean) ** 2 + m.eigenvalues).mean(1)
    return Scale(mean, float(variance.sqrt()))


def shown(dataset: str) -> str:
    """The name of a data set in tables, captions, ids and file names: as it is, or of own photographs the folder's."""
    return dataset if dataset in mixtures.MIXTURES else name_of(dataset)


def data_key(dataset: str, resolution: int = 0) -> str:
    """What tells apart two data sets of one name on two machines; empty for mixtures, which their code decides."""
    return "" if dataset in mixtures.MIXTURES else faces(dataset, resolution).key
