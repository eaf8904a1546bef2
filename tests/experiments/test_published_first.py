"""A chapter shows what is published; what a reader asks to be trained is theirs."""

import pytest
import torch

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments import profiles
from lowdiff_lib.experiments.mixtures import including
from lowdiff_lib.experiments.studies import denoising_faces, near_the_manifold, training_set_size, trajectories
from lowdiff_lib.models import weights


@pytest.fixture
def nothing_trains(tmp_path, monkeypatch):
    """A run store that cannot be written to: a test that trains fails."""
    (tmp_path / "runs").write_text("no folder")
    monkeypatch.setenv("LOWDIFF_RUNS", str(tmp_path / "runs"))


def test_what_is_published_is_shown_alone_and_nothing_is_trained(nothing_trains):
    for study, datasets in ((training_set_size.study, ()), (denoising_faces.study, ("auto",))):
        found = study.measured(profiles.PUBLISHED, datasets)
        assert found.profile == ""
        assert found.other.empty
        assert found.sizes[-1] > 1000


def test_data_sets_narrow_what_is_published(nothing_trains):
    assert training_set_size.study.measured(profiles.PUBLISHED, ["spiral"]).datasets == ["spiral"]


@pytest.mark.parametrize("asked", [{"sizes": [10]}, {"repetitions": 1}, {"datasets": ["spirl"]}])
def test_what_is_asked_for_beside_it_is_a_rerun(nothing_trains, asked):
    """And it would train here, or says what is wrong with it."""
    with pytest.raises((OSError, LowdiffError)):
        training_set_size.study.measured(profiles.PUBLISHED, **asked)


def test_pictures_are_trained_as_with_quick():
    for study in (training_set_size.study, denoising_faces.study):
        assert study.plan(profiles.PUBLISHED).specs == study.plan("quick").specs
    assert including("spiral", profiles.PUBLISHED) == ()


def test_a_rerun_on_other_photographs_shares_no_axis_with_what_is_published(tmp_path, monkeypatch):
    from lowdiff_lib.tables import Measured

    own = Measured.in_data("denoising_faces", "told").shown.assign(dataset="mine")
    measured = Measured.of("denoising_faces", own, "quick")
    assert set(measured.shown.dataset) == {"mine"}
    assert measured.other.empty


def test_maps_and_paths_are_those_of_published_networks(nothing_trains):
    maps = near_the_manifold.maps(profiles.PUBLISHED, "spiral", points=6)
    assert sorted(maps.n_train.unique()) == [10, 100_000]
    y = torch.tensor(maps.loc[(maps.n_train == 10) & (maps.sigma == 0.2), ["u", "v"]].to_numpy())
    a, b = (weights.load("spiral", "told", 10, who).residual(y, 0.2) for who in "AB")
    angle = torch.rad2deg(torch.arccos(torch.cosine_similarity(a, b).clamp(-1, 1)))
    assert maps.loc[(maps.n_train == 10) & (maps.sigma == 0.2), "A-B"].tolist() == pytest.approx(angle.tolist())
    assert set(trajectories.drawn(profiles.PUBLISHED, "spiral", [100], count=1).n_train) == {100}


def test_maps_of_what_no_network_is_published_of_are_trained(nothing_trains):
    with pytest.raises(OSError, match="runs"):
        near_the_manifold.maps(profiles.PUBLISHED, "spiral", [77], points=6)
