"""Basins and slopes, on denoisers whose answer is known."""

import dataclasses

import pytest
import torch

from lowdiff_lib import figures
from lowdiff_lib.datasets.mixtures import mixture, mixture_samples
from lowdiff_lib.experiments.arms import TOLD
from lowdiff_lib.experiments.grid import Case
from lowdiff_lib.experiments.mixtures import MixtureBench
from lowdiff_lib.experiments.studies import attractors, training_set_size, trajectories
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.measures.samplers import HasResidual, probability_flow
from lowdiff_lib.models.reference import IdealDenoiser, Identity, WienerDenoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import COLUMNS

OBJECTIVES = ("told", "ncsn", "ssm")  # arms that differ in it alone


def rests(model: HasResidual, points: torch.Tensor, train: torch.Tensor, modes: torch.Tensor) -> dict[str, float]:
    """Where a denoiser that is no network brings points back to, at noise level 0.1."""
    bench = MixtureBench(Case(TOLD, {"A": RunSpec("spiral", len(train))}, 0))
    bench._loaded["A"] = model
    found = attractors._rests(bench, points, train, modes, 0.1, probability_flow)
    return dict(zip(attractors.TRAIN, found, strict=True))


def test_the_slope_of_the_best_linear_denoiser_is_its_gain():
    """D(y) = mean + C (C + sigma^2)^-1 (y - mean): along an eigenvector of C the slope is c / (c + sigma^2)."""
    x, _ = mixture_samples("sharpcov", "A", 500)
    wiener = WienerDenoiser(x)
    for k, variance in enumerate(wiener.variance):
        v = wiener.basis[k].expand(20, 2)
        slope = attractors._slope(wiener, unit_noise(v, 0), v, 0.3)
        assert slope == pytest.approx(float(variance / (variance + 0.3**2)))


def test_the_slope_of_the_exact_denoiser_is_that_of_its_gradient():
    exact, sigma = mixture("spiral"), 0.3
    y = (mixture_samples("spiral", "held-out", 20)[0] + 0.3).requires_grad_()
    v = torch.tensor([[1.0, 0.0]], dtype=torch.float64).expand(20, 2)
    gradient = torch.autograd.grad(exact.denoise(y, sigma)[:, 0].sum(), y)[0][:, 0].mean()
    assert attractors._slope(exact, y.detach(), v, sigma) == pytest.approx(float(gradient), rel=1e-3)


def test_doing_nothing_keeps_everything_and_brings_nothing_back():
    x, _ = mixture_samples("spiral", "held-out", 30)
    nothing = Identity(x)
    assert attractors._slope(nothing, x, x / x.norm(dim=1, keepdim=True), 0.1) == pytest.approx(1)
    found = rests(nothing, x, x, x + 100)
    assert found["rests_at_mode_train"] == 0
    assert found["basin_radius_train"] < 1.5  # half of the displacements in the plane are longer than 1.18 sigma


def test_a_memoriser_brings_its_samples_back_from_as_far_as_the_border_to_the_next():
    train = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [0.0, -2.0]], dtype=torch.float64)
    starts = train[:1].expand(64, 2)
    found = rests(IdealDenoiser(train), starts, train, train + 50)
    for metric in ("returns_train", "rests_at_training_point_train", "flows_to_training_point_train"):
        assert found[metric] == 1
    assert 6 < found["basin_radius_train"] < 14  # the border is at 1 = 10 sigma along the axes


@pytest.mark.parametrize(
    ("returns", "radius"),
    [([1, 1, 1, 1, 1, 1], 16), ([0.4, 0, 0, 0, 0, 0], 0.5), ([1, 1, 0, 0, 0, 0], 2**0.5), ([1, 0.5, 0, 0, 0, 0], 1)],
)
def test_the_radius_is_where_half_of_the_starts_come_back(returns, radius):
    assert attractors._radius(returns) == pytest.approx(radius)


def test_the_table_has_shares_radii_and_slopes(store):
    table = attractors.study.measured("smoke").own
    shares = table[table.metric.str.contains("rests|returns|flows")]
    assert shares.value.between(0, 1).all()
    assert table[table.metric.str.startswith("basin_radius")].value.between(0.5, 16).all()
    counts = table[table.who == "A"].groupby("metric").size()
    for names in zip(attractors.TRAIN, attractors.HELD_OUT, strict=True):  # from both kinds of points
        assert [counts[name] for name in names] == [2 * len(attractors.SIGMAS)] * 2
    there = table[table.metric == "returns_held_out"]
    assert set(there.who) == {"A", "exact", "identity"}  # S14: whom A is compared with
    assert (there[there.who != "A"].groupby(["who", "sigma"]).value.nunique() == 1).all()  # whatever n_train
    exact = table[(table.who == "exact") & (table.n_train == 100)].set_index(["metric", "sigma"]).value
    assert exact["jacobian_normal", 0.3] < exact["jacobian_tangential", 0.3]


def test_a_map_of_starts_says_how_far_apart_two_models_end(store):
    ends = trajectories.branch_map("smoke", points=6)
    assert len(ends) == 2 * 2 * 6**2  # sizes, pairs, starts
    assert (ends.distance >= 0).all()
    assert ends.distance.max() > 0


def test_objectives_differ_in_nothing_but_the_objective(store):
    by_objective = {}
    for case in [case for arm in OBJECTIVES for case in training_set_size.study.plan("smoke", arm, sizes=[100]).cases]:
        for role, spec in case.runs.items():
            by_objective.setdefault((role, spec.n_train, spec.seed), []).append(spec)
    for specs in by_objective.values():
        assert [spec.objective for spec in specs] == ["denoiser", "ncsn", "ssm"]
        assert len({dataclasses.replace(spec, objective="denoiser") for spec in specs}) == 1
    table = training_set_size.study.measured("smoke", sizes=[100], arms=OBJECTIVES).own
    where = [name for name in COLUMNS if name not in ("arm", "value")]
    assert not table.duplicated(where).any()  # references are there once, not once an objective
    assert set(table.objective) == {"denoiser", "ncsn", "ssm", "none"}


def test_objectives_are_drawn_beside_what_is_published_of_them(store):
    table = training_set_size.study.measured("smoke", sizes=[100], arms=OBJECTIVES).own
    again = table[table.repetition == 0].assign(value=2 * table.value)
    figure = figures.objective_sizes(Measured("training_set_size", table, again, "smoke"), 0.03)
    assert all(f">{objective}<" in figure.svg for objective in ("denoiser", "ncsn", "ssm"))
    models = again[again.who.isin(["A", "B"]) & (again.objective != "none")]
    drawn = models[(models.sigma == 0.03) & (models.metric == "relative_score_error")]
    assert sorted(figure.table.value) == sorted(drawn.value)  # what is shown, and a reader takes home, is published
    assert figure.svg.count('class="lowdiff-other" display="none"') == 3 * drawn.dataset.nunique()  # this machine's
    assert table.repetition.nunique() == 1
    words, apart = figure.compare
    assert words == "Compare with my run"
    assert "relative score error differs by a factor of 2 (median), 2 at most" in apart
