"""What the explorer shows is true to the vectors it is about."""

import base64
import json

import numpy as np
import pytest
import torch

from lowdiff_lib.experiments.studies import explorer
from lowdiff_lib.figures.explorer import Explorer, fit


def test_in_many_dimensions_two_residuals_keep_their_lengths_and_their_angle():
    three = torch.randn(4, 5, 3, 100, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    flat = explorer._in_plane(three)
    torch.testing.assert_close(flat[:, :, :2].norm(dim=-1), three[:, :, :2].norm(dim=-1))
    inner = (three[:, :, 0] * three[:, :, 1]).sum(-1)
    torch.testing.assert_close((flat[:, :, 0] * flat[:, :, 1]).sum(-1), inner)
    assert bool((flat[:, :, 2].norm(dim=-1) <= three[:, :, 2].norm(dim=-1)).all()), (
        "a shadow is no longer than its vector"
    )


def test_points_are_spread_over_all_of_the_data():
    x = np.concatenate([np.zeros((1000, 2)) + np.random.default_rng(0).normal(size=(1000, 2)) * 0.01, [[5.0, 5.0]]])
    assert 1000 in explorer._far_apart(x, 3)


@pytest.fixture(scope="module")
def view() -> explorer.View:
    random = np.random.default_rng(0)
    return explorer.View(
        "spiral", 2, "denoiser", (10, 1000), (0.05, 0.3, 1.0),
        cosine=random.uniform(-1, 1, (3, 2, 2, 7)), curves=random.uniform(0, 1, (2, 2, 3)),
        at=random.normal(size=(3, 7, 2)), arrows=random.uniform(-2, 2, (3, 2, 2, 7, 3, 2)),
    )  # fmt: skip


def test_bytes_on_the_page_are_the_numbers(view):
    (shown,) = json.loads(Explorer([view]).data)["views"]
    arrows = (
        np.frombuffer(base64.b64decode(shown["arrows"]), np.int8).reshape(view.arrows.shape) / 127 * explorer.LONGEST
    )
    np.testing.assert_allclose(arrows, view.arrows, atol=explorer.LONGEST / 254 + 1e-9)
    cosine = np.frombuffer(base64.b64decode(shown["cosine"]), np.int8).reshape(view.cosine.shape) / 127
    np.testing.assert_allclose(cosine, view.cosine, atol=1 / 254 + 1e-9)


def test_a_page_without_scripts_has_the_picture_and_says_how_far_the_models_agree(view):
    page = Explorer([view])
    assert '<figure class="lowdiff-figure" id="fig-explorer">' in page._repr_html_()
    assert "Mean cosine between the arrows of A and B" in page.figure.alt


def test_what_has_no_room_on_the_page_is_left_out(view):
    size = len(json.dumps(json.loads(Explorer([view]).data)["views"][0]))
    fewer = fit(view, size // 2)
    assert 1 <= fewer.at.shape[1] < view.at.shape[1]
    np.testing.assert_array_equal(fewer.arrows, view.arrows[:, :, :, : fewer.at.shape[1]])
    assert fit(view, 1).cosine.shape == (3, 2, 2, 1)
