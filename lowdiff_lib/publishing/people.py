"""Whether people were kept apart in the photographs that a published table is of: its entry in the manifest says so.

python -m lowdiff_lib.publishing.people     says it of entries that do not, as far as it can be told from them

A run's address has in it who is who, if people are kept apart; and the largest training sets have as many photographs
as a side holds, which is another number if they are. Both need the photographs (LOWDIFF_CELEBA). Tables of the same
largest training sets, and of the same months, had the same photographs.
"""

import dataclasses
from typing import Any

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.storage import digest
from lowdiff_lib.datasets.faces import FaceSet
from lowdiff_lib.datasets.samples import faces
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.tables import manifest
from lowdiff_lib.training import runs

FIELD = "people_apart"


def said(specs: list[RunSpec]) -> dict[str, bool]:
    """What an entry of these runs says of people: that nobody is in two parts, or that somebody may be."""
    found = {faces(spec.dataset, spec.resolution).identity is not None for spec in specs if spec.resolution}
    return {FIELD: all(found)} if found else {}


def derived(entry: dict[str, Any]) -> dict[str, bool]:
    """The same, told from an entry and the photographs that are here. Nothing where it cannot be told."""
    specs = {key: _spec(entry["settings"] | run) for key, run in entry["runs"].items()}
    specs = {key: spec for key, spec in specs.items() if spec.resolution}
    answers = {answer for key, spec in specs.items() if (answer := _apart(key, spec)) is not None}
    return {FIELD: answers.pop()} if len(answers) == 1 else {}


def _apart(key: str, spec: RunSpec) -> bool | None:
    """Whether a run of that address had people kept apart; None if these photographs do not tell."""
    found = faces(spec.dataset, spec.resolution)
    if found.identity is None:
        return None
    if key == runs.key(spec):
        return True
    if key == _key_without_people(spec, found):
        return False
    sizes = {apart: found.split(spec.split, by_identity=apart).size for apart in (True, False)}
    fitting = [apart for apart, size in sizes.items() if size == spec.n_train]
    return fitting[0] if len(fitting) == 1 else None


def _key_without_people(spec: RunSpec, found: FaceSet) -> str:
    values = {field.name: (getattr(spec, field.name), field.default) for field in dataclasses.fields(spec)}
    return digest([{name: value for name, (value, usual) in values.items() if value != usual}, found.sha256])[:16]


def _spec(about: dict[str, Any]) -> RunSpec:
    names = {field.name for field in dataclasses.fields(RunSpec)}
    return RunSpec(**{name: value for name, value in about.items() if name in names})


def complete() -> None:
    """Say it of every published table that does not say it, and print what was found."""
    for name in manifest.names():
        found = manifest.find(name)
        if found is None or FIELD in found.entry:
            continue
        try:
            more = derived(found.entry)
        except LowdiffError as error:  # photographs that are not here
            print(f"{name}: {error}")
            continue
        if more:
            manifest.amend(name, more)
            print(f"{name}: people were {'' if more[FIELD] else 'not '}kept apart")


if __name__ == "__main__":
    complete()
