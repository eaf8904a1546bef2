"""What a killed writer leaves behind is removed by the next one."""

import forks
import pytest
from smallrun import measure, train

from lowdiff_lib.base import paths
from lowdiff_lib.datasets.faces import load_faces
from lowdiff_lib.training import trainer


class NotKilled(Exception):
    """The test is wrong, not the house."""


def left_by(action, size: int, folder) -> list[str]:
    """What is left of a process that dies when a file grows over `size`."""
    ended = forks.cut(action, size)
    if ended.code >= 0 or not forks.strays(folder):
        raise NotKilled(ended)
    return forks.strays(folder)


def test_a_checkpoint_cut_short_is_removed(empty_store, monkeypatch):
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    assert left_by(train, 4000, empty_store / "training")
    train()
    assert not forks.strays(empty_store / "training")


def test_a_table_cut_short_is_removed(empty_store):
    train()
    assert left_by(measure, 4000, empty_store / "tables")
    measure()
    assert not forks.strays(empty_store / "tables")


@pytest.mark.slow
def test_an_array_of_faces_cut_short_is_removed(tmp_path, monkeypatch):
    """The array is a little larger than the nameless file that it is made from, which comes first."""
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    assert left_by(lambda: load_faces("faces", 92) and None, 400 * 92**2 + 64, paths.data() / "cache")
    load_faces("faces", 92)
    assert not forks.strays(paths.data() / "cache")
