"""The only way into `data/weights/`: `lowdiff publish weights`.

Published are networks of the first repetition, as they lie in the run store, whatever made them: the record says what
did. Of mixtures A, B and twin; of faces A and B, and only where they make no copies. Half of the bits are kept in the
plane, and elsewhere where every table that was measured of the very networks comes out of them again: as `verify`
asks of all of them. What does not fit into git goes into an archive, which `lowdiff fetch`
brings back.
"""

import dataclasses
import hashlib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from lowdiff_lib import tables
from lowdiff_lib.base import paths
from lowdiff_lib.base.checks import one_of
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.storage import locked, remove_strays, replacing, sha256, write_record
from lowdiff_lib.datasets.mixtures import MIXTURES, mixture
from lowdiff_lib.experiments import faces, mixtures
from lowdiff_lib.experiments.grid import Case
from lowdiff_lib.experiments.published import ROLES
from lowdiff_lib.models import weights
from lowdiff_lib.publishing import again, people
from lowdiff_lib.specs import SIDES, RunSpec
from lowdiff_lib.tables import manifest
from lowdiff_lib.training import runs

ARMS = ("told", "blind")
ROOM = 25_000_000  # bytes of weights in git, at most
HALF = torch.float16


def publish(
    profile: str = "full",
    arms: Sequence[str] = (),
    datasets: Sequence[str] = (),
    sizes: Sequence[int] = (),
    archive: Path | None = None,
) -> list[Path]:
    """Publish the networks of some arms, data sets and n_train from the run store; those published before stay.

    datasets: mixtures, `celeba` or `faces`. archive: a new .zip to put them into instead of `data/weights/`. Returns
    the files that were written. Raises LowdiffError if a network is not whole in the store, if one of faces makes
    copies, or where `data/weights/` would hold more than ROOM bytes.
    """
    known = [name for name in datasets if name in MIXTURES]
    for name in datasets:
        one_of([*MIXTURES, *people.TERMS], name, "data set whose networks may be passed on")
    asked = {mixtures.GRID: known, faces.GRID: [name for name in datasets if name not in known]}
    cases = [
        case
        for grid, names in asked.items()
        if names or (grid is mixtures.GRID and not datasets)
        for arm in arms or ARMS
        for case in grid.cases(profile, arm, names, sizes, 1)
    ]
    contents, entries = {}, {}
    for case in cases:
        networks = _networks(case, profile)
        precision = _precision(case, networks)
        terms = _terms(case, precision, networks)
        for who in SIDES if case.spec.resolution else ROLES:
            name = weights.name_of(case.spec.dataset, case.arm.name, case.spec.n_train, who)
            contents[name] = save(_in(precision, networks[who].tensors))
            entries[name] = _entry(case, who, precision, contents[name], networks[who].about)
            entries[name] |= {"archive": archive.name if archive else None} | terms
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


class _Network(NamedTuple):
    """A network of the store: its weights by name, and run.json of its run."""

    tensors: dict[str, Tensor]
    about: dict[str, Any]


def _networks(case: Case, profile: str) -> dict[str, _Network]:
    """The networks of a case, by role. Raises LowdiffError if one is not there."""
    found = {}
    for who, spec in case.runs.items():
        if (about := runs.about(spec)) is None:
            study = "face_blindness" if spec.resolution else "training_set_size"
            raise LowdiffError(
                f"{case}, {who}: no whole network is in {paths.runs()}; train it first: lowdiff sweep {study} "
                f"--data {spec.dataset} --arm {case.arm.name} --size {spec.n_train} --profile {profile}"
            )
        found[who] = _Network(load_file(runs.folder(spec) / "weights.safetensors"), about)
    return found


def _terms(case: Case, precision: torch.dtype, networks: Mapping[str, _Network]) -> dict[str, str]:
    """On which terms networks of faces, as they are given away, may be passed on. Raises LowdiffError if they may not.

    No terms for those of mixtures.
    """
    if not case.spec.resolution:
        return {}
    given = {who: weights.made(case.runs[who], _in(precision, networks[who].tensors)) for who in SIDES}
    bench = faces.FaceBench(case, given)
    for who in SIDES:
        if people.makes_copies(bench, who):
            raise LowdiffError(
                f"{case}, {who}: it makes copies of its training faces, or nearly, so it may not be passed on; publish "
                "networks of more faces (--size)"
            )
    return {"terms": f"{people.TERMS[case.spec.dataset]}; {people.MADE.format(held_out=len(bench.held_out()))}"}


def _precision(case: Case, networks: Mapping[str, _Network]) -> torch.dtype:
    """Half where that moves no printed digit; where nobody can tell, as it was trained."""
    if case.spec.dataset in MIXTURES and mixture(case.spec.dataset).dim < mixtures.MANY:
        return HALF
    entries = {name: known.entry for name in manifest.names() if (known := manifest.find(name))}
    of_them = list(again.at_hand(entries, {each.about["weights_sha256"]: who for who, each in networks.items()}))
    halved = {who: weights.made(case.runs[who], _in(HALF, each.tensors)) for who, each in networks.items()}
    for one in of_them:
        models = {role: halved[who] for role, who in one.names.items()}
        if again.compare(one, models, tables.published(*one.table.split("/"))).complaint:
            return torch.float32
    return HALF if of_them else torch.float32


def _in(precision: torch.dtype, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.to(precision) for name, value in tensors.items()}


def _entry(case: Case, who: str, precision: torch.dtype, content: bytes, about: Mapping[str, Any]) -> dict[str, Any]:
    spec = case.runs[who]
    own = {field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)}
    defaults = dataclasses.asdict(RunSpec(spec.dataset, spec.n_train, resolution=spec.resolution))
    told = ("dataset", "n_train", *(["resolution"] if spec.resolution else []))
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        **{"dataset": spec.dataset, "arm": case.arm.name, "n_train": spec.n_train, "who": who},
        "precision": str(precision).removeprefix("torch."),
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
