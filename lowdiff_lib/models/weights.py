"""Published weights: networks as they were trained, to be had without training.

    data/weights/<dataset>/<arm>-<n_train>-<who>.safetensors    a network, in half precision where its record says so
    data/weights/record.json                                    what is known of each; sealed

A file counts only if it has the very bytes that its record names. The record also has the run's spec and address, what
made it, and the SHA-256 of the weights as they were trained, by which the tables name them.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as from_bytes
from torch import Tensor

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError, NotAsPublished
from lowdiff_lib.base.storage import read_record
from lowdiff_lib.datasets.samples import scale
from lowdiff_lib.models.denoiser import Denoiser, StackedDenoiser
from lowdiff_lib.specs import RunSpec


def folder() -> Path:
    return paths.data() / "weights"


def path_of_record() -> Path:
    return folder() / "record.json"


def name_of(dataset: str, arm: str, n_train: int, who: str) -> str:
    """The name that a network is published under."""
    return f"{dataset}/{arm}-{n_train}-{who}"


def path(name: str) -> Path:
    return folder() / f"{name}.safetensors"


def record() -> dict[str, Any]:
    """What is known of published weights: `files` by name, and the `archives` that hold some of them.

    Nobody may change it. Raises NotAsPublished if the record is damaged.
    """
    return read_record(path_of_record()) or {"files": {}, "archives": {}}


def spec_of(entry: dict[str, Any]) -> RunSpec:
    """The run that a published network is the end of."""
    return RunSpec(**entry["spec"])


def content(name: str, entry: dict[str, Any]) -> bytes:
    """The bytes of a published network. Raises LowdiffError if they are not here, NotAsPublished if they are others."""
    file = path(name)
    if not file.is_file():
        of = f"they are in {entry['archive']}: lowdiff fetch" if entry["archive"] else "bring them back: git checkout"
        raise LowdiffError(f"the weights of {name} are not in {file.parent}; {of}")
    found = file.read_bytes()
    if (digest := hashlib.sha256(found).hexdigest()) != entry["sha256"]:
        raise NotAsPublished(
            f"{file} is not what was published: its SHA-256 begins {digest[:12]}, published {entry['sha256'][:12]}. "
            "Bring it back (git checkout, or lowdiff fetch)"
        )
    return found


def load(dataset: str, arm: str, n_train: int, who: str = "A") -> Denoiser:
    """A published network, as `denoiser(y, sigma)`.

    dataset: a mixture, celeba or faces; arm: such as told or blind; n_train: training samples of a side; who: A, B or
    twin (of faces A or B). y is [n, dim], of faces [n, 1, r, r] with numbers from 0 to 1. Raises LowdiffError for
    weights that are not published or not here, NotAsPublished for those that are not what was published.
    """
    name, files = name_of(dataset, arm, n_train, who), record()["files"]
    if name not in files:
        raise LowdiffError(f"no weights are published for {name}; {_near(dataset, arm, files)}")
    return of(name, files[name])


def of(name: str, entry: dict[str, Any]) -> Denoiser:
    """The network of an entry of the record."""
    try:
        return made(spec_of(entry), from_bytes(content(name, entry)))
    except (SafetensorError, RuntimeError) as error:
        raise NotAsPublished(f"{path(name)} does not fit the network of its record: {error}") from None


def made(spec: RunSpec, tensors: Mapping[str, Tensor]) -> Denoiser:
    """The network of a run with these weights, in any precision. Raises RuntimeError if they do not fit."""
    network = StackedDenoiser([spec], scale(spec.dataset, spec.resolution, spec.draw))
    network.load_state_dict({key: tensor.to(torch.float32) for key, tensor in tensors.items()})
    return Denoiser(network, spec)


def _near(dataset: str, arm: str, files: dict[str, Any]) -> str:
    """What there is instead, in words."""
    of_arm = [each for each in files.values() if (each["dataset"], each["arm"]) == (dataset, arm)]
    if of_arm:
        sizes = sorted({each["n_train"] for each in of_arm})
        whose = sorted({each["who"] for each in of_arm})
        return f"n_train is one of {', '.join(f'{n:,}' for n in sizes)}, who one of {', '.join(whose)}"
    there = sorted({f"{each['dataset']} {each['arm']}" for each in files.values()})
    return f"there are: {', '.join(there) or 'none in this data folder'}"
