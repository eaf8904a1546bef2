"""The only way into `data/weights/`: `lowdiff publish weights`.

Published are the networks A, B and twin of the first repetition of mixtures, as they lie in the run store, whatever
made them: the record says what did. Those of the plane are kept in half precision, which moves no printed digit
(`verify` measures). In 100 dimensions it moves a few, so those are kept as they are. What does not fit into git goes
into an archive, which `lowdiff fetch` brings back.
"""

import dataclasses
import hashlib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save

from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.storage import locked, remove_strays, replacing, sha256, write_record
from lowdiff_lib.datasets.mixtures import mixture
from lowdiff_lib.experiments.grid import Case
from lowdiff_lib.experiments.mixtures import GRID, MANY
from lowdiff_lib.experiments.published import ROLES
from lowdiff_lib.models import weights
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import runs

ARMS = ("told", "blind")
ROOM = 25_000_000  # bytes of weights in git, at most


def publish(
    profile: str = "full",
    arms: Sequence[str] = (),
    datasets: Sequence[str] = (),
    sizes: Sequence[int] = (),
    archive: Path | None = None,
) -> list[Path]:
    """Publish the networks of some arms, mixtures and n_train from the run store; those published before stay.

    archive: a new .zip to put them into instead of `data/weights/`. Returns the files that were written. Raises
    LowdiffError if a network is not whole in the store, or where `data/weights/` would hold more than ROOM bytes.
    """
    cases = [case for arm in arms or ARMS for case in GRID.cases(profile, arm, datasets, sizes, 1)]
    wanted = {_name(case, who): (case, who) for case in cases for who in ROLES}
    files = {name: _made(case, who) for name, (case, who) in wanted.items()}
    entries = {
        name: _entry(wanted[name], content, about) | {"archive": archive.name if archive else None}
        for name, (content, about) in files.items()
    }
    contents = {name: content for name, (content, _) in files.items()}
    with locked(weights.path_of_record()):
        remove_strays(weights.path_of_record())
        record = weights.record()
        together = dict(sorted((record["files"] | entries).items()))
        _check_room(together)
        packed = {}
        if archive:
            _pack(archive, contents)
            packed[archive.name] = {"sha256": sha256(archive), "bytes": archive.stat().st_size}
            written = [archive]
        else:
            written = list(_unfold(contents))
        write_record(weights.path_of_record(), {"files": together, "archives": record["archives"] | packed})
    return written


def _name(case: Case, who: str) -> str:
    return weights.name_of(case.spec.dataset, case.arm.name, case.spec.n_train, who)


def _made(case: Case, who: str) -> tuple[bytes, dict[str, Any]]:
    """A network as it is published, and run.json of its run."""
    spec = case.runs[who]
    about = runs.about(spec)
    if about is None:
        raise LowdiffError(
            f"{case}, {who}: no whole network is in {paths.runs()}; train it first: lowdiff sweep training_set_size "
            f"--data {spec.dataset} --arm {case.arm.name} --size {spec.n_train} --profile full"
        )
    trained = load_file(runs.folder(spec) / "weights.safetensors")
    return save({name: value.to(_precision(spec)) for name, value in trained.items()}), about


def _precision(spec: RunSpec) -> torch.dtype:
    return torch.float16 if mixture(spec.dataset).dim < MANY else torch.float32


def _entry(of: tuple[Case, str], content: bytes, about: Mapping[str, Any]) -> dict[str, Any]:
    case, who = of
    spec = case.runs[who]
    own = {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)}
    defaults = dataclasses.asdict(RunSpec(spec.dataset, spec.n_train))
    told = ("dataset", "n_train")
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        **{"dataset": spec.dataset, "arm": case.arm.name, "n_train": spec.n_train, "who": who},
        "precision": str(_precision(spec)).removeprefix("torch."),
        "spec": {name: value for name, value in own.items() if name in told or value != defaults[name]},
        "run": runs.key(spec),
        "weights": about["weights_sha256"],
        "trained": {name: about[name] for name in ("date", "seconds", "made_by", "commit", "machine", "versions")},
    }


def _check_room(files: Mapping[str, dict[str, Any]]) -> None:
    total = sum(entry["bytes"] for entry in files.values() if not entry["archive"])
    if total > ROOM:
        raise LowdiffError(
            f"{weights.folder()} would hold {total / 1e6:.1f} MB; at most {ROOM / 1e6:g} MB of weights are kept "
            "in git. Publish fewer (--data, --arm, --size), or put them into an archive (--archive FILE.zip)"
        )


def _unfold(contents: Mapping[str, bytes]) -> Iterator[Path]:
    for name, content in contents.items():
        with replacing(weights.path(name)) as temporary:
            temporary.write_bytes(content)
        yield weights.path(name)


def _pack(archive: Path, contents: Mapping[str, bytes]) -> None:
    """A .zip whose bytes depend on nothing but what is in it."""
    with replacing(archive) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in sorted(contents.items()):
            pack.writestr(zipfile.ZipInfo(f"{name}.safetensors"), content, zipfile.ZIP_DEFLATED)
