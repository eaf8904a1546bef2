"""Which code decides a training, and what made a run: whether it is what would be trained today.

A run's address says what was asked for (`runs.key`). What made it is recorded beside the weights: the hash of the code
that decides such a training, torch's version, the kind of device. A run is fresh if code and torch are those of this
process; a stale one is trained anew. What a code hash stands for is kept in the run store, so that `lowdiff status`
can name the definition that changed:

    runs/code/<hash>.json    what was followed, and the hash of each definition that it reached; sealed
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lowdiff_lib.base import paths
from lowdiff_lib.base.fingerprint import combined, dependencies
from lowdiff_lib.base.provenance import torch_version
from lowdiff_lib.base.storage import locked, remove_strays, seal, write_if_changed
from lowdiff_lib.datasets.mixtures import MIXTURES, recipe_of
from lowdiff_lib.specs import NETWORKS, RunSpec

# What decides the numbers of a training, with all that it reaches, ...
DECIDES = (
    "lowdiff_lib.training.trainer:Trainer",
    "lowdiff_lib.training.team:TeamTrainer",
    "lowdiff_lib.training.devices:one_thread",
    "lowdiff_lib.specs:RunSpec.drawn",
    "lowdiff_lib.specs:RunSpec.weighted",
    "lowdiff_lib.specs:RunSpec.weight_seed",
    "lowdiff_lib.specs:RunSpec.stream_seed",
    "lowdiff_lib.specs:RunSpec.twin",
    "lowdiff_lib.specs:trio",
    "lowdiff_lib.training.made_by:followed",
)
# ... but for what cannot change them, or is in the address.
APART = (
    "lowdiff_lib.base",  # files, locks, hashes, what errors say
    "lowdiff_lib.specs:RunSpec",  # its values are the address; how seeds are made of them is named above
    "lowdiff_lib.datasets.photographs",  # a hash of the pixels is in the address
    "lowdiff_lib.datasets.mixtures:_RECIPES",  # of these the one that is learned; another one moves no run
    "lowdiff_lib.datasets.mixtures:MIXTURES",
    "lowdiff_lib.datasets.faces:load_faces",
    "lowdiff_lib.datasets.faces:FaceSet",  # those of its methods that count are named below
    "lowdiff_lib.training.vouched",  # what is read of a checkpoint is what was written, or it is refused
    "lowdiff_lib.training.trainer:CHECKPOINT_SECONDS",
)
# A training uses one kind of data and one network.
OF_FACES = (
    *(f"lowdiff_lib.datasets.faces:FaceSet.{name}" for name in ("pixels", "split", "__len__")),
    "lowdiff_lib.datasets.faces:_identify",  # who is on a photograph decides the sides
)
NO_MIXTURES = ("lowdiff_lib.datasets.mixtures",)
NO_FACES = (
    "lowdiff_lib.datasets.splits",
    "lowdiff_lib.datasets.samples:faces",
    "lowdiff_lib.datasets.faces:_identify",
)
NETWORK = {
    "mlp": ("lowdiff_lib.models.mlp", "lowdiff_lib.models.pairs"),
    "unet": ("lowdiff_lib.models.unet",),
    "ncsn": ("lowdiff_lib.models.ncsn",),
    "skip": ("lowdiff_lib.models.skip",),
}


def followed(mixture: str, network: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What decides a training with that network, and what is left out: see `fingerprint`.

    mixture: the name of the one that it learns, whose recipe counts and no other's; "" for photographs.
    """
    others = tuple(module for name, modules in NETWORK.items() if name != network for module in modules)
    if mixture:
        return (*DECIDES, f"lowdiff_lib.datasets.mixtures:{recipe_of(mixture)}"), (*APART, *NO_FACES, *others)
    return (*DECIDES, *OF_FACES), (*APART, *NO_MIXTURES, *others)


Kind = tuple[str, str]  # the mixture, or "" for photographs, and the network


def _now(kind: Kind) -> dict[str, str]:
    """The definitions that decide a kind of training, as they are in the files now."""
    targets, without = followed(*kind)
    return dependencies(*targets, without=without)


# Of the code that this process runs, whatever the files say later.
LOADED = {(mixture, network): _now((mixture, network)) for mixture in (*MIXTURES, "") for network in NETWORKS}


def _kind(spec: RunSpec) -> Kind:
    return spec.dataset if spec.dataset in MIXTURES else "", spec.network


def code(spec: RunSpec) -> str:
    """Hash of the code that decides the training of a run, as this process has it."""
    return combined(LOADED[_kind(spec)])


def is_edited(spec: RunSpec) -> bool:
    """Whether that code was edited since this process read it."""
    return _now(_kind(spec)) != LOADED[_kind(spec)]


def today(spec: RunSpec) -> dict[str, str]:
    """What would make a run in this process, but for the device."""
    return {"code": code(spec), "torch": torch_version()}


def is_fresh(made_by: Mapping[str, Any], spec: RunSpec) -> bool:
    """Whether a run was made by what would make it today."""
    return today(spec).items() <= made_by.items()


def path(spec: RunSpec) -> Path:
    """Where it says what the code of a run is."""
    return paths.runs() / "code" / f"{code(spec)}.json"


def keep(spec: RunSpec) -> None:
    """Say in the run store what the code of a run is."""
    targets, without = followed(*_kind(spec))
    about = {"targets": targets, "without": without, "definitions": LOADED[_kind(spec)]}
    content = json.dumps(seal(about), indent=1).encode()
    file = path(spec)
    if not file.is_file() or file.read_bytes() != content:
        with locked(file):
            remove_strays(file)
            write_if_changed(file, content)
