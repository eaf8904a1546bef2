"""The study of training-set sizes at the size of a smoke test: what its table holds; nothing is trained twice."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.mixtures import is_random, mixture, mixture_samples
from lowdiff_lib.datasets.samples import scale
from lowdiff_lib.experiments.studies import training_set_size
from lowdiff_lib.measures import metrics
from lowdiff_lib.models.reference import IdealDenoiser
from lowdiff_lib.tables.tidy import COLUMNS
from lowdiff_lib.training import runs

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def table():
    return training_set_size.study.measured("smoke").own


def trained(**scale) -> dict[str, int]:
    """Those runs of the plan that are in the store, and when each was written. (Other tests may train others.)"""
    places = [runs.folder(spec) for spec in training_set_size.study.plan("smoke", **scale).specs]
    return {place.name: (place / "run.json").stat().st_mtime_ns for place in places if place.exists()}


def test_the_table_has_one_value_for_each_case_and_noise_level(table):
    assert list(table.columns) == COLUMNS
    keys = [name for name in COLUMNS if name != "value"]
    assert not table.duplicated(keys).any()
    assert np.isfinite(table.value).all()
    assert set(table.dataset) == {"spiral"}
    assert set(table.n_train) == {10, 100}
    assert set(table.arm) == {"told"}
    assert set(table.step) == {64}  # all that they were trained
    assert set(table.repetition) == {0}
    assert sorted(set(table.sigma)) == list(training_set_size.SIGMAS)
    found = {(metric, pair) for metric, pair in zip(table.metric, table.who, strict=True)}
    expected = {("relative_score_error", pair) for pair in ("A", "B", "ideal", "wiener")}
    of_pairs = ("residual_cosine", "mean_cosine", "denoised_cosine", "relative_distance")
    expected |= set(itertools.product(of_pairs, ("A-B", "A-twin", "wiener pair")))
    assert expected <= found
    assert set(table[table.who.isin(["ideal", "wiener", "wiener pair"])].objective) == {"none"}
    assert set(table[table.who.isin(["A", "B", "A-B", "A-twin"])].objective) == {"denoiser"}


def test_noise_levels_lie_within_those_of_the_training():
    for case in training_set_size.study.plan("full").cases:
        spec = case.runs["A"]
        assert spec.sigma_min <= min(training_set_size.SIGMAS) < max(training_set_size.SIGMAS) <= spec.sigma_max


def test_a_second_call_trains_and_measures_nothing(table, capfd):
    before = trained()
    capfd.readouterr()
    again = training_set_size.study.measured("smoke").own
    assert again.equals(table)
    assert capfd.readouterr().err == ""
    assert trained() == before


def test_part_of_the_grid_is_measured_on_the_runs_that_are_there(table, capfd):
    before = trained()
    capfd.readouterr()
    part = training_set_size.study.measured("smoke", ["spiral"], [100], 1).own
    assert "networks" not in capfd.readouterr().err
    assert trained() == before
    whole = table[table.n_train == 100].reset_index(drop=True)
    assert part.drop(columns="value").equals(whole.drop(columns="value"))
    np.testing.assert_allclose(part.value, whole.value, rtol=1e-9)


def test_the_value_is_that_of_the_models_in_the_store(table):
    """Measured once more by hand: same held-out points and noise, which no model was trained on."""
    case = next(case for case in training_set_size.study.plan("smoke").cases if case.runs["A"].n_train == 100)
    sigma = 0.3
    x, _ = mixture_samples("spiral", "held-out", training_set_size.TEST_POINTS, case.repetition)
    z = torch.randn(x.shape, generator=torch.Generator().manual_seed(case.repetition), dtype=torch.float64)
    y = x + sigma * z
    residuals = {role: runs.load(spec).residual(y, sigma) for role, spec in case.runs.items()}

    def value(metric: str, pair: str) -> float:
        mine = table[(table.n_train == 100) & (table.sigma == sigma)]
        (found,) = mine[(mine.metric == metric) & (mine.who == pair)].value
        return found

    error = metrics.relative_score_error(residuals["A"], mixture("spiral").score(y, sigma), sigma)
    assert value("relative_score_error", "A") == pytest.approx(error, rel=1e-6)
    cosine = metrics.residual_cosine(residuals["A"], residuals["B"])
    assert value("residual_cosine", "A-B") == pytest.approx(cosine, rel=1e-6)
    train, _ = mixture_samples("spiral", "A", 100, case.repetition)
    assert float(torch.cdist(x, train).min()) > 0


def test_the_references_show_what_they_must(table):
    """At much noise only the mean of the data is left, which both know; near the data the ideal one is lost."""
    error = table[(table.metric == "relative_score_error") & (table.n_train == 100)].set_index(["who", "sigma"]).value
    assert error["wiener", 10.0] < 0.01
    assert error["ideal", 10.0] < 0.01
    assert error["ideal", 0.005] > 10


@pytest.mark.parametrize("sigma", [0.01, 1.0, 10.0])
def test_who_knows_one_sample_each_agrees_where_there_is_much_noise(sigma):
    """S9: so a cosine near 1 says little there. Over 200 pairs as the page has it; a single pair is off by far."""
    spread, pairs = scale("spiral").sd ** 2, 200
    x, _ = mixture_samples("spiral", "held-out", 256)
    y = x + sigma * torch.randn(x.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    samples = (mixture_samples("spiral", side, pairs)[0][:, None] for side in "AB")
    both = [tuple(IdealDenoiser(sample).residual(y, sigma) for sample in pair) for pair in zip(*samples, strict=True)]
    dots, first, second = (sum(float((a * b).sum()) for a, b in terms) for terms in (
        both, [(a, a) for a, _ in both], [(b, b) for _, b in both]))  # fmt: skip
    predicted = (spread + sigma**2) / (2 * spread + sigma**2)
    assert dots / (first * second) ** 0.5 == pytest.approx(predicted, abs=0.05)
    if sigma < 0.1:
        alone = [metrics.residual_cosine(*pair) for pair in both]
        assert max(alone) - min(alone) > 0.5


def test_more_repetitions_train_only_what_is_missing(table, capfd):
    before = trained()
    capfd.readouterr()
    more = training_set_size.study.measured("smoke", sizes=[10], repetitions=2).own
    assert "training 3 networks" in capfd.readouterr().err
    assert set(more.repetition) == {0, 1}
    assert trained() == before
    assert len(trained(sizes=[10], repetitions=2)) == 2 * 3


def test_twice_the_budget_is_twice_the_steps_of_the_same_network():
    (once,) = training_set_size.study.plan("smoke", sizes=[10]).cases
    (twice,) = training_set_size.study.plan("smoke", "twice", sizes=[10]).cases
    assert twice.step == 2 * once.step
    for role, spec in once.runs.items():
        assert twice.runs[role].steps == 2 * spec.steps
        assert twice.runs[role].twin(0).stack() != spec.twin(0).stack()
        assert twice.runs[role].weight_seed == spec.weight_seed


def test_each_data_set_has_one_network_for_every_size_side_and_seed():
    cases = training_set_size.study.plan("full").cases
    for dataset in {case.runs["A"].dataset for case in cases}:
        mine = [spec for case in cases for spec in case.runs.values() if spec.dataset == dataset]
        assert len({dataclasses.replace(spec, draw=0).stack() for spec in mine}) == 1
        assert {spec.draw for spec in mine} == ({0, 1, 2} if is_random(dataset) else {0})
        assert len(mine) == 6 * 3 * 3  # sizes, roles, repetitions
        assert len(set(mine)) == len(mine)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"profile": "quik"}, "did you mean quick.* smoke, quick, full, paper"),
        ({"profile": "huge"}, "There are: smoke, quick, full, paper"),
        ({"datasets": ["spirral"]}, "did you mean spiral"),
        ({"sizes": [-5]}, "at least 0"),
        ({"repetitions": -1}, "from 0 to 100"),
        ({"arms": ["twise"]}, "no arm of training_set_size 'twise' here; did you mean twice"),
        ({"arms": ["fourfold"]}, "There are: told, "),  # an arm of faces
    ],
    ids=str,
)
def test_what_cannot_be_measured_is_refused_before_training(arguments, words):
    with pytest.raises(LowdiffError, match=words):
        training_set_size.study.measured(**{"profile": "smoke"} | arguments)


def test_a_size_that_is_named_twice_counts_once():
    assert len(training_set_size.study.plan("smoke", sizes=[10, 10], datasets=["spiral", "spiral"]).cases) == 1
