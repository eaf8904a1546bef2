"""The run store: trained models in folders named by what decides their numbers.

The name is a hash of the spec, the code that training reaches, and (for faces) the images. Same spec, same folder,
whoever asks. A folder appears whole, by renaming, or not at all:

    runs/models/<key>/weights.safetensors   the network
    runs/models/<key>/run.json              spec, loss log, provenance, hash of the weights and of all this
"""

import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from lowdiff_lib.base import paths
from lowdiff_lib.base.fingerprint import fingerprint
from lowdiff_lib.base.provenance import provenance
from lowdiff_lib.base.storage import digest, seal, sha256, unseal
from lowdiff_lib.datasets.samples import data_key, scale
from lowdiff_lib.models.denoiser import Denoiser, StackedDenoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training.devices import device_of
from lowdiff_lib.training.trainer import Trainer


@lru_cache(maxsize=4096)
def key(spec: RunSpec) -> str:
    """The name of a run's folder, 16 hex digits."""
    decides = [
        dataclasses.asdict(spec),
        fingerprint("lowdiff_lib.training.trainer:Trainer"),
        data_key(spec.dataset, spec.resolution),
        torch.__version__.split("+")[0],
    ]
    return digest(decides)[:16]


def folder(spec: RunSpec) -> Path:
    return paths.runs() / "models" / key(spec)


def stack_key(specs: Sequence[RunSpec]) -> str:
    """Name of the place where a stack in training keeps its checkpoint and progress."""
    return hashlib.sha256(" ".join(key(spec) for spec in specs).encode()).hexdigest()[:16]


def read(spec: RunSpec) -> dict | None:
    """run.json of a finished run, or None if there is no whole and undamaged one."""
    place = folder(spec)
    try:
        about = unseal((place / "run.json").read_bytes())
        return about if sha256(place / "weights.safetensors") == about["weights_sha256"] else None
    except (OSError, ValueError, KeyError):
        return None


def save(trainer: Trainer, seconds: float) -> None:
    """Keep every run of a finished trainer. `seconds` is what the whole stack took."""
    for m, spec in enumerate(trainer.specs):
        place = folder(spec)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as name:
            temporary = Path(name) / place.name
            temporary.mkdir()
            save_file(trainer.weights(m), temporary / "weights.safetensors")
            about = {
                "spec": dataclasses.asdict(spec),
                "weights_sha256": sha256(temporary / "weights.safetensors"),
                "loss": [[step, losses[m]] for step, losses in trainer.log],
                "seconds": seconds / len(trainer.specs),
                "device": trainer.device.type,
                **provenance(),
            }
            (temporary / "run.json").write_text(json.dumps(seal(about), indent=1))
            if place.exists() and read(spec) is None:
                shutil.rmtree(place)  # damaged
            if not place.exists():
                temporary.rename(place)


def load(spec: RunSpec) -> Denoiser:
    """The trained model of a spec. Raises LookupError if it was not trained (see `sweep.ensure`)."""
    if read(spec) is None:
        raise LookupError(f"no trained run for {spec} in {paths.runs()}; train it with sweep.ensure([spec])")
    model = StackedDenoiser([spec], scale(spec.dataset, spec.resolution))
    model.load_state_dict(load_file(folder(spec) / "weights.safetensors"))
    return Denoiser(model.to(device_of(spec)))
