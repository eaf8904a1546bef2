"""Nothing that is read from disk can be run: no pickle is loaded, nowhere in the library, the book or its extension."""

import ast
import json
import os
from collections.abc import Iterator
from pathlib import Path

import jupytext
import numpy as np
import pytest

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.faces import load_faces

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*(ROOT / "lowdiff_lib").rglob("*.py"), *(ROOT / "book").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
ALWAYS = {"read_pickle", "to_pickle", "literal_pickle"}


def dangers(code: str) -> Iterator[str]:
    """What in some code would run what it reads."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in UNPICKLERS)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in UNPICKLERS:
            yield str(node.module)
        elif isinstance(node, ast.Call):
            call = ast.unparse(node.func)
            options = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            numpy_load = call.split(".")[-1] in {"load", "read_array"} and call.split(".")[0] in {"np", "numpy"}
            if numpy_load and options.get("allow_pickle") != "False":
                yield f"{call} without allow_pickle=False"
            if call == "torch.load" and options.get("weights_only") != "True":
                yield "torch.load without weights_only=True"
            if call == "yaml.load" or call.split(".")[-1] in ALWAYS:
                yield call


def test_what_is_dangerous_is_found():
    """Or the next tests would find nothing whatever there is."""
    for line in (
        "import pickle", "from dill import loads", "np.load(f)", "np.load(f, allow_pickle=True)", "torch.load(f)",
        "torch.load(f, weights_only=False)", "yaml.load(f)", "pd.read_pickle(f)", "np.lib.format.read_array(f)",
    ):  # fmt: skip
        assert list(dangers(line)), line
    for line in (
        "np.load(f, allow_pickle=False)",
        "torch.load(f, weights_only=True)",
        "yaml.safe_load(f)",
        "json.load(f)",
    ):
        assert not list(dangers(line)), line


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_loads_a_pickle(source):
    assert not list(dangers(source.read_text(encoding="utf-8")))


@pytest.mark.parametrize("chapter", sorted((ROOT / "chapters").glob("*.md")), ids=lambda path: path.stem)
def test_no_chapter_loads_a_pickle(chapter):
    cells = [cell.source for cell in jupytext.read(chapter, fmt="md:myst").cells if cell.cell_type == "code"]
    assert not [found for cell in cells for found in dangers(cell)]


class Explosive:
    """Leaves a mark when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("field", ["images", "ids"])
def test_an_npz_with_objects_is_refused(tmp_path, monkeypatch, record_fault, field):
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    arrays = {"images": np.zeros((2, 30, 30), np.uint8), "ids": np.array(["a", "b"])}
    arrays[field] = np.array([Explosive(tmp_path / "exploded"), None], dtype=object)
    np.savez(tmp_path / "faces.npz", **arrays)
    with record_fault("pickle", f"npz, {field}") as tally:
        tally.tries += 1
        with pytest.raises(LowdiffError, match=field):
            load_faces(tmp_path / "faces.npz", 20)
        tally.expect(not (tmp_path / "exploded").exists(), "it was unpickled")


def test_a_cached_array_of_objects_is_refused_though_its_hash_is_right(tmp_path, monkeypatch, record_fault):
    """By someone who may write to the cache."""
    from lowdiff_lib.base import storage

    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path / "data"))
    pixels = np.random.default_rng(0).integers(0, 256, (4, 30, 30), dtype=np.uint8)
    np.savez(tmp_path / "faces.npz", images=pixels)
    load_faces(tmp_path / "faces.npz", 20)
    (array,) = (tmp_path / "data" / "cache").glob("*.npy")
    np.save(array, np.array([Explosive(tmp_path / "exploded"), None], dtype=object))
    about = storage.unseal(array.with_suffix(".json").read_bytes()) | {"sha256": storage.sha256(array)}
    array.with_suffix(".json").write_text(json.dumps(storage.seal(about)))
    with record_fault("pickle", "image array") as tally:
        tally.tries += 1
        with pytest.raises(ValueError, match=r"memory-mapped|allow_pickle"):
            load_faces(tmp_path / "faces.npz", 20)
        tally.expect(not (tmp_path / "exploded").exists(), "it was unpickled")
