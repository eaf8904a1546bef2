"""A trained model is found again by what decides its numbers, whole and undamaged, or it counts as missing."""

import dataclasses
import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import lowdiff_lib
from lowdiff_lib.base.storage import seal, sha256
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import made_by, runs
from lowdiff_lib.training.trainer import Trainer

TINY = RunSpec("spiral", 20, width=8, depth=1, steps=30, batch=8)
STACK = [TINY, TINY.twin(1), dataclasses.replace(TINY, side="B", seed=1)]


@pytest.fixture
def kept(empty_store):
    """A store with the three runs of a stack in it, and their trainer."""
    trainer = Trainer(STACK)
    for _ in trainer.train():
        pass
    runs.save(trainer, 6.0)
    return trainer


def test_a_trained_run_is_found_and_is_the_network_that_was_trained(kept):
    y = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    sigma = torch.full((3, 50), 0.3)
    with torch.no_grad():
        expected = kept.model.residual(y.expand(3, 50, 2), sigma)
    for m, spec in enumerate(STACK):
        torch.testing.assert_close(runs.load(spec).residual(y, 0.3), expected[m].double(), rtol=1e-5, atol=1e-6)


def test_a_run_says_what_it_is_what_made_it_and_where_it_comes_from(kept):
    about = runs.read(TINY)
    assert about["made_by"] == {**made_by.today(TINY), "device": "cpu"}
    assert RunSpec(**about["spec"]) == TINY
    assert about["loss"] == [[step, losses[0]] for step, losses in kept.log]
    assert about["seconds"] == 2.0  # its share of the stack
    assert {"date", "commit", "machine", "versions"} <= about.keys()
    assert about["versions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]


def test_a_run_that_was_not_trained_is_none(kept):
    other = dataclasses.replace(TINY, n_train=21)
    assert runs.read(other) is None
    with pytest.raises(LookupError, match="n_train=21"):
        runs.load(other)


# ---- the name ----


def test_the_same_spec_has_the_same_key_and_every_field_counts():
    again = RunSpec(**dataclasses.asdict(TINY))
    runs.key.cache_clear()
    first = runs.key(TINY)
    runs.key.cache_clear()
    assert runs.key(again) == first
    words = {
        "dataset": "uniform",
        "side": "B",
        "objective": "ncsn",
        "network": "unet",
        "parametrisation": "blind",
        "noise": "uniform",
        "weighting": "none",
    }
    counts = dict.fromkeys(("split", "draw", "seed", "resolution", "output_power", "levels"), 2)
    fields = [field.name for field in dataclasses.fields(RunSpec)]
    numbers = [name for name in fields if name not in words | counts and name != "precision"]
    others = {name: 2 * getattr(TINY, name) for name in numbers} | words | counts
    rounded = dataclasses.replace(TINY, network="unet", precision="bfloat16")  # what an mlp is not
    changed = [dataclasses.replace(TINY, **{name: other}) for name, other in others.items()] + [rounded]
    keys = {runs.key(spec) for spec in changed}
    assert len(keys) == len(fields)
    assert first not in keys


# ---- damage ----


def damage(path: Path, place: int) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])


def test_no_flipped_byte_of_the_weights_is_used(kept):
    weights = runs.folder(TINY) / "weights.safetensors"
    whole = weights.read_bytes()
    for place in [0, 8, len(whole) - 1, *torch.randint(len(whole), (30,)).tolist()]:
        damage(weights, place)
        assert runs.read(TINY) is None
        with pytest.raises(LookupError):
            runs.load(TINY)
        weights.write_bytes(whole)
    assert runs.read(TINY) is not None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"{}", b"\xff\xfe", b'{"weights_sha256": 1}'], ids=repr)
def test_a_damaged_description_makes_the_run_missing(kept, content):
    (runs.folder(TINY) / "run.json").write_bytes(content)
    assert runs.read(TINY) is None


def test_no_flipped_digit_of_the_description_is_used(kept):
    place = runs.folder(TINY) / "run.json"
    whole = place.read_bytes()
    for word in (b'"seconds": ', b'"n_train": ', b'"loss": ['):
        damage(place, whole.index(word) + len(word) + (30 if b"loss" in word else 0))
        assert runs.read(TINY) is None
        place.write_bytes(whole)


@pytest.mark.parametrize("name", ["weights.safetensors", "run.json"])
def test_half_a_folder_is_no_run(kept, name):
    (runs.folder(TINY) / name).unlink()
    assert runs.read(TINY) is None


def test_a_damaged_run_is_replaced_and_a_whole_one_is_left_alone(kept):
    weights = runs.folder(TINY) / "weights.safetensors"
    whole = weights.read_bytes()
    damage(weights, 200)
    other = runs.folder(STACK[1]) / "run.json"
    before = other.stat().st_mtime_ns
    runs.save(kept, 6.0)
    assert weights.read_bytes() == whole
    assert runs.read(TINY) is not None
    assert other.stat().st_mtime_ns == before


def test_a_folder_appears_whole_or_not_at_all(empty_store, monkeypatch):
    trainer = Trainer([TINY])
    for _ in trainer.train():
        pass

    def fail(weights, path):
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(runs, "save_file", fail)
        with pytest.raises(OSError, match="no space"):
            runs.save(trainer, 1.0)
    assert list((empty_store / "models").iterdir()) == []
    runs.save(trainer, 1.0)
    assert [place.name for place in (empty_store / "models").iterdir()] == [runs.key(TINY)]
    assert sorted(file.name for file in runs.folder(TINY).iterdir()) == ["run.json", "weights.safetensors"]


# ---- nothing is run that was stored ----


def test_weights_are_safetensors_and_a_pickle_is_never_opened(kept):
    place = runs.folder(TINY) / "weights.safetensors"
    assert load_file(place).keys() == kept.weights(0).keys()

    class Trap:
        def __reduce__(self):
            return pytest.fail, ("a pickle was loaded",)

    about = runs.read(TINY)
    place.write_bytes(pickle.dumps(Trap()))
    about |= {"weights_sha256": sha256(place)}
    (place.parent / "run.json").write_text(json.dumps(seal(about)))
    with pytest.raises(Exception, match=r"(?i)header"):  # as any file that is not safetensors
        runs.load(TINY)


def test_no_module_loads_pickles():
    for module in Path(lowdiff_lib.__file__).parent.rglob("*.py"):
        code = module.read_text()
        assert "pickle.load" not in code, module
        assert "allow_pickle=True" not in code, module
        assert code.count("torch.load(") == code.count("weights_only=True"), module
