"""A flipped bit or a missing end is noticed wherever it is: what is damaged is made again or refused, never used."""

import random
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import smallrun

from lowdiff_lib import tables
from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.book import chapters, executed
from lowdiff_lib.datasets.faces import load_faces
from lowdiff_lib.publishing import publish
from lowdiff_lib.tables import manifest
from lowdiff_lib.training import runs
from lowdiff_lib.training.trainer import Trainer

SPEC = smallrun.plan().specs[0]
CHAPTER = "---\nkernelspec: {display_name: Python 3, language: python, name: python3}\n---\n\n```{code-cell}\n1\n```\n"


@dataclass(frozen=True)
class Thing:
    """A file; what reading it gives (None or a LowdiffError with the file's name: refused); how it is made again."""

    file: Path
    read: Callable[[], Any]
    make: Callable[[], object] | None = None


def damaged(content: bytes, count: int) -> Iterator[bytes]:
    """One flipped bit, or a random part of the file."""
    chance = random.Random(0)
    for _ in range(count):
        place = chance.randrange(len(content))
        flipped = bytes([content[place] ^ 1 << chance.randrange(8)])
        yield content[:place] + flipped + content[place + 1 :]
        yield content[:place]


@pytest.fixture
def thing(request, empty_store, tmp_path, monkeypatch) -> Thing:
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LOWDIFF_ROOT", str(tmp_path))
    return {
        "checkpoint": checkpoint, "weights": weights, "run.json": about_run,
        "table": table, "table's .json": about_table,
        "published table": published, "manifest": entry, "image array": images, "image array's .json": vouch,
        "executed notebook": notebook, "executed notebook's record": record,
    }[request.param]()  # fmt: skip


def checkpoint() -> Thing:
    file = paths.runs() / "checkpoint.safetensors"
    trainer = Trainer([SPEC])
    next(iter(trainer.train()))
    trainer.save(file)
    return Thing(file, lambda: next(iter(Trainer([SPEC]).train(file))).step)


def weights() -> Thing:
    smallrun.train()
    file = runs.folder(SPEC) / "weights.safetensors"
    return Thing(file, lambda: runs.read(SPEC) and file.read_bytes(), smallrun.train)


def about_run() -> Thing:
    return Thing(weights().file.with_name("run.json"), lambda: runs.read(SPEC))


def table() -> Thing:
    smallrun.train()
    plan = smallrun.plan()
    plan.table()
    return Thing(plan.path, lambda: None if plan.stored() is None else plan.path.read_bytes(), plan.table)


def about_table() -> Thing:
    return Thing(table().file.with_suffix(".json"), smallrun.plan().about)


def published() -> Thing:
    smallrun.train()
    manifest.put("small/told", publish.as_csv(smallrun.plan().table()), {"profile": "smoke"})
    return Thing(manifest.table_path("small/told"), lambda: tables.published("small").value.tolist())


def entry() -> Thing:
    published()
    return Thing(manifest.path_of_manifest(), lambda: manifest.find("small/told").entry)


def images() -> Thing:
    pixels = np.random.default_rng(0).integers(0, 256, (4, 30, 30), dtype=np.uint8)
    np.savez(paths.root() / "portraits.npz", images=pixels)
    paths.data().mkdir()

    def load() -> list:
        return load_faces(paths.root() / "portraits.npz", 20).images.tolist()

    load()
    (file,) = (paths.data() / "cache").glob("*.npy")
    return Thing(file, load)


def vouch() -> Thing:
    thing = images()
    return Thing(thing.file.with_suffix(".json"), thing.read)


def notebook() -> Thing:
    chapters_folder = paths.root() / "chapters"
    chapters_folder.mkdir()
    (chapters_folder / "one.md").write_text(CHAPTER)
    execution = executed.execution(chapters.load("one"), {})
    execution.notebook.parent.mkdir(parents=True)
    execution.notebook.write_text('{"cells": []}')
    execution.keep(1.0, 100.0)
    execution.put_on_page()
    return Thing(execution.notebook, lambda: executed.latest("one") and execution.record)


def record() -> Thing:
    thing = notebook()
    return Thing(thing.file.with_suffix(".json"), thing.read)


@pytest.mark.parametrize(
    "thing",
    [
        "checkpoint",
        "weights",
        "run.json",
        "table",
        "table's .json",
        "published table",
        "manifest",
        "image array",
        "image array's .json",
        "executed notebook",
        "executed notebook's record",
    ],
    indirect=True,
)
@pytest.mark.parametrize("places", [15, pytest.param(100, marks=pytest.mark.slow)])
def test_damage_is_noticed_and_never_used(thing, record_fault, request, places):
    """Blanks may become other blanks: then the content is what it was."""
    content, whole = thing.file.read_bytes(), thing.read()
    name = request.node.callspec.params["thing"]
    with record_fault("damaged", name) as tally, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the cache says that it makes an array again
        for harmed in damaged(content, places):
            tally.tries += 1
            thing.file.write_bytes(harmed)
            try:
                found = thing.read()
            except (LowdiffError, LookupError) as error:
                found = None
                tally.expect(thing.file.name in str(error), f"not named: {error}")
            tally.expect(found is None or found == whole, f"used: {found}")
        if thing.make:
            thing.make()
            tally.keep(thing.read() == whole, "not made again")
        else:
            thing.file.write_bytes(content)
            tally.keep(thing.read() == whole, "not read again")
