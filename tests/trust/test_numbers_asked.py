"""Functions of numbers answer, or refuse with a sentence: no other exception, and no answer made up.

What is not finite gives what is not finite (a trajectory may run away; such a value is never published).
"""

import inspect
import math
import signal
import warnings
from collections.abc import Callable
from typing import Any

import forks
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets import mixtures
from lowdiff_lib.measures import metrics, samplers
from lowdiff_lib.models import reference

few = settings(deadline=None, max_examples=40, derandomize=True, suppress_health_check=list(HealthCheck))
REFUSED = object()

SHAPES = [(5, 2), (5, 2), (5, 2), (5, 2), (1, 2), (0, 2), (5, 0), (5,), (), (5, 3), (4, 2), (5, 1, 3, 3), (1, 5, 2)]
TYPES = [torch.float64, torch.float64, torch.float32, torch.float16, torch.int64, torch.bool, torch.complex64]
VALUES = [0.0, 1.0, 1e-6, -3.0, 1e6, math.nan, math.inf, -math.inf]
NUMBERS = [0.1, 1, 1e-6, 1e6, 0, -1.0, math.nan, math.inf, -math.inf, 1e308, 5e-324]


@st.composite
def tensors(draw) -> Tensor:
    """Random points; some are of another shape or type, all alike, or hold a number that is none."""
    shape, kind = draw(st.sampled_from(SHAPES)), draw(st.sampled_from(TYPES))
    x = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(draw(st.integers(0, 3))))
    what = draw(st.sampled_from(["random", "random", "one value", "one place"]))
    if what == "one value":
        x = torch.full(shape, draw(st.sampled_from(VALUES)), dtype=torch.float64)
    elif what == "one place" and x.numel():
        x.view(-1)[0] = draw(st.sampled_from(VALUES))
    if kind in (torch.int64, torch.bool):
        x = x.nan_to_num()
    return x.to(kind)


def asked(call: Callable[..., Any], *arguments: Any) -> Any:
    """The answer, or REFUSED. A warning would reach the user as well, and is not a sentence for them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return call(*arguments)
        except LowdiffError:
            return REFUSED


def finite(*things: Any) -> bool:
    return all(thing.isfinite().all() if isinstance(thing, Tensor) else math.isfinite(thing) for thing in things)


PUBLIC = [f for _, f in inspect.getmembers(metrics, inspect.isfunction) if f.__module__ == metrics.__name__]
PUBLIC = [f for f in PUBLIC if not f.__name__.startswith("_")]


@pytest.mark.parametrize("measure", PUBLIC, ids=lambda f: f.__name__)
def test_a_measurement_is_a_number_or_refused(measure):
    """Every function of metrics.py, by the types of its arguments. Of numbers it makes numbers."""
    kinds = [p.annotation for p in inspect.signature(measure).parameters.values()]
    of = {Tensor: tensors(), float: st.sampled_from(NUMBERS)}

    @few
    @given(st.tuples(*(of[kind] for kind in kinds)))
    def check(arguments: tuple) -> None:
        answer = asked(measure, *arguments)
        if isinstance(answer, float):
            assert finite(answer) == finite(*arguments), f"{answer} of {arguments}"

    check()


@few
@given(
    st.sampled_from(NUMBERS),
    st.sampled_from(NUMBERS),
    st.sampled_from([1, 5, 0, -1, 2.5, math.nan, math.inf, 10**12, True]),
)
def test_a_noise_schedule_goes_down_or_is_refused(sigma_max, sigma_min, steps):
    levels = asked(samplers.noise_schedule, sigma_max, sigma_min, steps)
    if levels is not REFUSED:
        assert len(levels) == steps + 1
        assert finite(*levels)
        assert levels == sorted(levels, reverse=True)
        assert min(levels) > 0


IDEAL = reference.IdealDenoiser(mixtures.mixture_samples("spiral", "A", 5)[0])
KINDS = [reference.IdealDenoiser, reference.WienerDenoiser, reference.Identity]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_reference_denoiser_is_made_and_answers_or_is_refused(kind):
    @few
    @given(tensors(), tensors(), st.one_of(st.sampled_from(NUMBERS), tensors()))
    def check(x: Tensor, y: Tensor, sigma: Any) -> None:
        denoiser = asked(kind, x)
        assert denoiser is REFUSED or finite(x)
        residual = asked(denoiser.residual, y, sigma) if denoiser is not REFUSED else REFUSED
        if residual is not REFUSED:
            assert residual.shape == y.shape
            assert kind is reference.Identity or finite(residual) == finite(y)

    check()


@few
@given(tensors(), st.lists(st.sampled_from(NUMBERS), max_size=3))
def test_a_flow_answers_or_is_refused(y, sigmas):
    states = asked(samplers.probability_flow, IDEAL, y, sigmas)
    if states is not REFUSED:
        assert states.shape == (len(sigmas), *y.shape)


@few
@given(tensors(), st.sampled_from(NUMBERS), st.sampled_from([1, 3, 0, -1, 2.5, math.nan, True]))
def test_rests_are_found_or_refused(y, sigma, iterations):
    rests = asked(samplers.fixed_points, IDEAL, y, sigma, iterations)
    if rests is not REFUSED:
        assert rests.shape == y.shape


@few
@given(
    st.sampled_from(["log_prob", "score", "denoise", "residual", "responsibilities"]),
    tensors(),
    st.sampled_from(NUMBERS),
)
def test_a_mixture_answers_or_refuses(name, y, sigma):
    answer = asked(getattr(mixtures.mixture("spiral"), name), y, sigma)
    if answer is not REFUSED:
        assert len(answer) == len(y)


@few
@given(
    st.sampled_from(["spiral", "uniform", "spirral", ""]),
    st.sampled_from(["A", "B", "held-out", "C"]),
    st.sampled_from([0, 1, 10, -1]),
    st.integers(-(10**6), 10**6),
)
def test_samples_are_drawn_or_refused(name, part, n, split):
    answer = asked(mixtures.mixture_samples, name, part, n, split)
    if answer is not REFUSED:
        assert answer[0].shape == (n, 2)


def test_complex_points_have_no_score():
    y = torch.zeros(3, 2, dtype=torch.complex64)
    assert asked(mixtures.mixture("spiral").score, y, 0.1) is REFUSED


@pytest.mark.parametrize("n", [2.5, math.nan, math.inf, "10"])
def test_a_number_of_samples_is_a_whole_number(n):
    assert asked(mixtures.mixture_samples, "spiral", "A", n) is REFUSED


@pytest.mark.slow
def test_more_samples_than_fit_into_memory_are_refused():
    def draw() -> int:
        signal.alarm(3)
        return 0 if asked(mixtures.mixture_samples, "hd-uniform", "A", 10**12) is REFUSED else 1

    assert forks.run(draw).code == 0
