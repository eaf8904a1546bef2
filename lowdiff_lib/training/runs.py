"""The run store: trained models, each in a folder whose name is its address.

The address is a hash of what was asked for: the spec, as far as it differs from the defaults, and the pixels of its
photographs. Same spec and data, same folder, whoever asks, with whatever code. Whether what lies there is what would be
trained today is another question: it says what made it (`made_by`), and what is stale counts as missing. A folder is
there whole, by renaming, or not at all:

    runs/models/<key>/weights.safetensors   the network
    runs/models/<key>/run.json              spec, loss log, what made it, provenance, hashes of weights and all this
"""

import dataclasses
import json
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from safetensors.torch import load_file, save_file

from lowdiff_lib.base import paths
from lowdiff_lib.base.provenance import provenance
from lowdiff_lib.base.storage import digest, replacing, seal, sha256, unseal
from lowdiff_lib.datasets.samples import data_key, scale
from lowdiff_lib.models.denoiser import Denoiser, StackedDenoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import made_by
from lowdiff_lib.training.devices import device_of
from lowdiff_lib.training.trainer import Trainer


@lru_cache(maxsize=4096)
def key(spec: RunSpec) -> str:
    """A run's address, 16 hex digits."""
    values = {field.name: (getattr(spec, field.name), field.default) for field in dataclasses.fields(spec)}
    own = {name: value for name, (value, default) in values.items() if value != default}
    return digest([own, data_key(spec.dataset, spec.resolution)])[:16]


def folder(spec: RunSpec) -> Path:
    return paths.runs() / "models" / key(spec)


def stack_key(specs: Sequence[RunSpec]) -> str:
    """Name of the place where a stack in training keeps its checkpoint and progress: none goes on with other code's."""
    return digest([[key(spec), made_by.today(spec)] for spec in specs])[:16]


def about(spec: RunSpec) -> dict | None:
    """run.json of a finished run, whatever made it; None if there is no whole and undamaged one."""
    place = folder(spec)
    try:
        found = unseal((place / "run.json").read_bytes())
        same = RunSpec(**found["spec"]) == spec  # else a default was another one when it was trained
        return found if same and sha256(place / "weights.safetensors") == found["weights_sha256"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read(spec: RunSpec) -> dict | None:
    """run.json of a finished run that would be trained the same today: `about`, or None if it is stale."""
    found = about(spec)
    return found if found and made_by.is_fresh(found["made_by"], spec) else None


def save(trainer: Trainer, seconds: float) -> None:
    """Keep every run of a finished trainer. `seconds` is what the whole stack took.

    A damaged or stale run gives way, once the new one is written. A fresh one stays as it is.
    """
    for m, spec in enumerate(trainer.specs):
        place = folder(spec)
        made_by.keep(spec)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as name:
            temporary = Path(name) / place.name
            temporary.mkdir()
            with replacing(temporary / "weights.safetensors") as file:
                save_file(trainer.weights(m), file)
            found = {
                "spec": dataclasses.asdict(spec),
                "weights_sha256": sha256(temporary / "weights.safetensors"),
                "loss": [[step, losses[m]] for step, losses in trainer.log],
                "seconds": seconds / len(trainer.specs),
                "made_by": {**made_by.today(spec), "device": trainer.device.type},
                **provenance(),
            }
            (temporary / "run.json").write_text(json.dumps(seal(found), indent=1))
            if place.exists() and read(spec) is None:
                place.rename(Path(name) / "old")  # which goes with the temporary folder
            if not place.exists():
                temporary.rename(place)


def is_there(spec: RunSpec) -> bool:
    """Whether a run is in the store: whole, undamaged and what would be trained today."""
    return read(spec) is not None


def load(spec: RunSpec) -> Denoiser:
    """The model of a run. Raises LookupError if it was not trained (see `sweep.ensure`)."""
    if read(spec) is None:
        raise LookupError(f"no trained run for {spec} in {paths.runs()}; train it with sweep.ensure([...])")
    network = StackedDenoiser([spec], scale(spec.dataset, spec.resolution, spec.draw))
    network.load_state_dict(load_file(folder(spec) / "weights.safetensors"))
    return Denoiser(network.to(device_of(spec)), spec)
