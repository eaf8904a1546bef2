"""Along the data and across them: parts that add up, and references that show what they must."""

import numpy as np
import pytest
import torch

from lowdiff_lib.datasets.mixtures import MIXTURES, mixture, mixture_samples
from lowdiff_lib.experiments.studies import near_the_manifold
from lowdiff_lib.measures.frame import Frame
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.tables.tidy import COLUMNS

THIN = [name for name in MIXTURES if "uniform" not in name]


def frame(name: str, n: int = 40) -> tuple[torch.Tensor, Frame]:
    x, component = mixture_samples(name, "held-out", n)
    return x, Frame(mixture(name), component)


@pytest.mark.parametrize("name", MIXTURES)
def test_the_parts_of_a_vector_add_up(name):
    x, at = frame(name)
    v = unit_noise(x, 1)
    parts = at.parts(v)
    assert len(parts) == (3 if name in THIN else 1)
    if name in THIN:
        total = parts["_tangential"].square().sum(1) + parts["_normal"].square().sum(1)
        torch.testing.assert_close(total, v.square().sum(1))


@pytest.mark.parametrize("name", MIXTURES)
def test_random_directions_have_length_one_and_are_of_one_kind(name):
    _, at = frame(name)
    for kind, v in at.directions(0).items():
        torch.testing.assert_close(v.norm(dim=1), torch.ones(len(v), dtype=torch.float64))
        if kind:
            torch.testing.assert_close(at.parts(v)[kind].norm(dim=1), v.norm(dim=1))


@pytest.mark.parametrize("name", THIN)
def test_the_data_lie_along_and_not_across(name):
    """Samples without noise are far from the middle of their component along it, and close across it."""
    x, at = frame(name, 400)
    size = at.rms(x - at.exact.means[at.component])
    assert size["_normal"] < size["_tangential"] / 2.5


def test_the_spiral_runs_along_its_spiral():
    _, at = frame("spiral", 10)
    along = torch.stack([at.exact.eigenvectors[k, :, 0] for k in at.component])
    torch.testing.assert_close(at.parts(along)["_tangential"].norm(dim=1), torch.ones(10, dtype=torch.float64))


@pytest.fixture
def table(store):
    return near_the_manifold.study.measured("smoke").own


def value(table, metric: str, who: str, **where) -> float:
    mine = table[(table.metric == metric) & (table.who == who)]
    for column, wanted in where.items():
        mine = mine[mine[column] == wanted]
    (found,) = mine.value
    return found


def test_the_table_is_tidy_and_finite(table):
    assert list(table.columns) == COLUMNS
    assert not table.duplicated([name for name in COLUMNS if name != "value"]).any()
    assert np.isfinite(table.value).all()
    assert sorted(set(table.sigma)) == list(near_the_manifold.SIGMAS)
    assert set(table[table.who.isin(["A", "B", "A-B", "A-twin", "A-exact"])].objective) == {"denoiser"}
    assert set(table[table.who.isin(["exact", "ideal", "wiener", "identity"])].objective) == {"none"}


def test_both_parts_make_the_whole_error(table):
    """The spiral has one direction of each kind, so mean squares average."""
    at = {"n_train": 100, "sigma": 0.1}
    parts = [value(table, f"score_error_{kind}", "A", **at) for kind in ("tangential", "normal")]
    assert value(table, "score_error", "A", **at) ** 2 == pytest.approx(sum(part**2 for part in parts) / 2)


def test_the_ideal_denoiser_is_wrong_near_the_data_and_the_exact_one_takes_points_back_to_them(table):
    low = {"n_train": 100, "sigma": 0.005}
    assert value(table, "score_error", "ideal", **low) > 10 * value(table, "score_size", "exact", **low)
    high = {"n_train": 100, "sigma": 1.0}
    assert value(table, "manifold_distance", "exact", **high) < value(table, "manifold_distance", "identity", **high)


def test_the_error_above_the_unavoidable_one_is_what_denoising_adds(table):
    """E|D - x|^2 = E|D* - x|^2 + E|D - D*|^2, so what is added is sigma^4 times the squared error of the score."""
    at = {"n_train": 100, "sigma": 0.2}
    x, _ = mixture_samples("spiral", "held-out", near_the_manifold.TEST_POINTS)
    y = x + 0.2 * unit_noise(x, 0)
    unavoidable = float((mixture("spiral").denoise(y, 0.2) - x).square().mean())
    added = (0.2**2 * value(table, "score_error", "A", **at)) ** 2
    assert value(table, "excess_error", "A", **at) == pytest.approx(added / unavoidable)


def test_a_map_shows_where_two_models_point_apart(store):
    maps = near_the_manifold.maps("smoke", sigmas=(0.2,), points=12)
    assert set(maps.n_train) == {10, 100}
    assert len(maps) == 2 * 12**2
    assert maps[["A-B", "A-twin"]].to_numpy().min() >= 0
    assert maps[["A-B", "A-twin"]].to_numpy().max() <= 180


def test_what_is_flat_and_what_has_an_across():
    assert [name for name in MIXTURES if near_the_manifold.is_flat(name)] == ["uniform", "sharpcov", "spiral"]
    assert [name for name in MIXTURES if near_the_manifold.has_normal(name)] == THIN
