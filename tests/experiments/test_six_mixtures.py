"""What the first chapter shows of the mixtures is exact."""

import numpy as np
import pytest
import torch

from lowdiff_lib.datasets.mixtures import MIXTURES, mixture
from lowdiff_lib.experiments.studies import mixtures
from lowdiff_lib.tables.tidy import COLUMNS


@pytest.fixture(scope="module")
def gain():
    return mixtures.possible_gain(points=800, repetitions=1)


def test_samples_of_every_mixture_in_two_coordinates():
    table = mixtures.samples(200)
    assert list(table.columns) == ["dataset", "component", "u", "v"]
    assert table.groupby("dataset", sort=False).size().to_dict() == dict.fromkeys(MIXTURES, 200)
    hd = table[table.dataset == "hd-uniform"]  # principal directions: uncorrelated, the first one the longest
    assert abs(np.corrcoef(hd.u, hd.v)[0, 1]) < 1e-6
    assert hd.u.var() > hd.v.var()
    assert hd.u.mean() == pytest.approx(0, abs=1e-9)


def test_the_field_is_the_exact_density_and_score_on_a_square():
    table = mixtures.field("sharpcov", sigmas=(0.1, 1.0), points=9)
    assert len(table) == 2 * 81
    mine = table[table.sigma == 0.1]
    y = torch.tensor(mine[["u", "v"]].to_numpy())
    np.testing.assert_allclose(mine.log_density, mixture("sharpcov").log_prob(y, 0.1))
    np.testing.assert_allclose(mine[["score_u", "score_v"]], mixture("sharpcov").score(y, 0.1))
    assert (table.u.min(), table.u.max(), table.v.min(), table.v.max()) == (-5, 5, -5, 5)


def test_the_possible_gain_is_that_of_the_exact_denoiser(gain):
    """From its score or from its errors, which agree where both are precise."""
    assert list(gain.columns) == COLUMNS
    assert set(gain.who) == {"exact"}
    assert set(gain.objective) == {"none"}  # nothing was trained
    assert (gain.value > 0).all()  # nothing is better than the exact denoiser, not even doing nothing
    for name, sigma in [("spiral", 0.3), ("hd-uniform", 1.0), ("hd-sharpcov", 0.03), ("thin-manifold", 10.0)]:
        (found,) = gain[(gain.dataset == name) & (gain.sigma == sigma)].value
        m = mixture(name)
        x = m.sample(1000, torch.Generator().manual_seed(9))
        z = sigma * torch.randn(x.shape, generator=torch.Generator().manual_seed(8), dtype=torch.float64)
        errors = (m.denoise(x + z, sigma) - x).square().sum() / z.square().sum()
        assert found == pytest.approx(-10 * float(errors.log10()), rel=0.1, abs=0.03)


def test_a_round_cloud_gains_what_a_gaussian_does(gain):
    """At low noise every point belongs to one component: gain 10 log10(1 + sigma^2 / variance)."""
    for sigma in (0.003, 0.03):
        (found,) = gain[(gain.dataset == "hd-uniform") & (gain.sigma == sigma)].value
        assert found == pytest.approx(10 * np.log10(1 + sigma**2 / 0.5), rel=0.03)
