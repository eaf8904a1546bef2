"""What the benchmarks compare computes the same; their ratios point the right way; the page shows what was measured.

Nothing is timed here.
"""

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import ideal, images, objectives, paper, plain, plain_unet, score, shares, stacks, timing  # noqa: E402
from lowdiff_lib.datasets.mixtures import mixture  # noqa: E402
from lowdiff_lib.datasets.samples import scale  # noqa: E402
from lowdiff_lib.experiments.studies import (  # noqa: E402
    attractors,
    near_the_manifold,
    training_set_size,
    trajectories,
)
from lowdiff_lib.findings import speed as findings  # noqa: E402
from lowdiff_lib.models.reference import ideal_denoise  # noqa: E402
from lowdiff_lib.tables import speed  # noqa: E402
from lowdiff_lib.training.losses import denoiser_loss, ssm_loss  # noqa: E402
from lowdiff_lib.training.trainer import Trainer  # noqa: E402

# ---- the same mathematics ----


@pytest.mark.parametrize("dataset", stacks.DATASETS)
def test_a_stack_and_the_plain_networks_train_alike(dataset):
    """The same weights, samples and optimiser: the same losses, step after step."""
    trainer = Trainer([dataclasses.replace(each, width=32, n_train=50) for each in stacks.specs(dataset, 2, 16)])
    for parameter in trainer.model.parameters():  # the last layer starts at 0, where half of the network is not seen
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(3))
    networks = [plain.PlainDenoiser(trainer.spec, scale(dataset)).load(trainer.model, m) for m in range(2)]
    settings = {"lr": 1e-3, "betas": (0.9, 0.99)}
    trainer.optimiser = torch.optim.Adam(trainer.model.parameters(), foreach=True, **settings)
    optimisers = [torch.optim.Adam(network.parameters(), **settings) for network in networks]
    for x, sigma, z in zip(*trainer._draw(20), strict=True):
        trainer.optimiser.zero_grad()
        together = denoiser_loss(trainer.model, x, sigma, z)
        together.sum().backward()
        trainer.optimiser.step()
        for m, (network, optimiser) in enumerate(zip(networks, optimisers, strict=True)):
            optimiser.zero_grad()
            alone = plain.loss(network, x[m], sigma[m, :, None], z[m])
            alone.backward()
            optimiser.step()
            assert float(together[m].detach()) == pytest.approx(float(alone.detach()), rel=2e-3)


def test_the_peers_of_the_stacks_are_fed_from_the_same_samples():
    data = torch.arange(14.0).reshape(7, 2)
    for feed in (plain.picked(data, 64), plain.loaded(data, 64)):
        batch = next(feed)
        assert batch.shape == (64, 2)
        assert {tuple(row) for row in batch.tolist()} == {tuple(row) for row in data.tolist()}


@pytest.mark.parametrize("dataset", stacks.DATASETS)
def test_differentiating_backward_twice_gives_the_same_sliced_score_matching(dataset):
    trainer = Trainer([dataclasses.replace(each, width=16, n_train=50) for each in stacks.specs(dataset, 2, 8)])
    for parameter in trainer.model.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(3))
    x, sigma, z = (each[0] for each in trainer._draw(1))
    ours, theirs = (loss(trainer.model, x, sigma, z) for loss in (ssm_loss, objectives.twice_backward_loss))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
    gradients = [
        torch.autograd.grad(loss.sum(), trainer.model.parameters(), allow_unused=True) for loss in (ours, theirs)
    ]
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, torch.zeros_like(one) if other is None else other, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("resolution", [8, 10])
def test_the_plain_unet_is_the_librarys(store, resolution):
    """At 10 x 10 the sizes are odd on the way down."""
    trainer = images.trainer_of(dataclasses.replace(images.spec_of(resolution, 4, 2, 4), n_train=4))
    for parameter in trainer.model.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(3))
    network = plain_unet.PlainUNet(4, 2).load(trainer.model)
    x, sigma, z = (each[0] for each in trainer._draw(1))
    ours = denoiser_loss(trainer.model, x, sigma, z)
    theirs = plain_unet.loss(network, x[0], sigma[0, :, None, None, None], z[0])
    assert float(ours.detach()) == pytest.approx(float(theirs.detach()), rel=1e-4)


def test_the_peers_of_the_references_compute_the_same(tmp_path):
    exact = mixture("hd-sharpcov")
    y = exact.sample(20, torch.Generator().manual_seed(0))
    for peer in (score.by_scipy, score.by_loop):
        np.testing.assert_allclose(peer(exact, y, 0.1), exact.score(y, 0.1).numpy(), rtol=1e-8, atol=1e-8)
    data = ideal.images(30, tmp_path, side=8)
    noisy, x = ideal.noisy(data, 5), torch.from_numpy(np.array(data)).double().flatten(1) * ideal.UNIT
    found = ideal_denoise(noisy, data, [0.1, 1.0], ideal.UNIT).flatten(2)
    for sigma, each in zip((0.1, 1.0), found, strict=True):
        torch.testing.assert_close(ideal.one_level(noisy.flatten(1), x, sigma), each, rtol=0, atol=1e-6)


def test_the_grid_of_the_paper_has_every_network_that_a_study_of_mixtures_looks_at():
    runs = set(paper.mixture_runs())
    for study in (training_set_size, near_the_manifold, trajectories, attractors):
        assert runs.issuperset(study.study.plan("paper").specs)
    assert len(runs) == 3 * len(training_set_size.study.plan("paper").specs)  # objectives


# ---- how it is measured ----


def test_calls_take_turns_and_the_first_turn_does_not_count():
    order = []
    taken = timing.in_turns({name: lambda name=name: order.append(name) for name in "ab"}, 3)
    assert order == list("abababab")
    assert [len(each) for each in taken.values()] == [3, 3]


def test_arithmetic_is_that_of_the_matrix_products():
    a, b = torch.rand(3, 5), torch.rand(5, 7, requires_grad=True)
    assert timing.flops(lambda: a @ b) == 2 * 3 * 5 * 7
    assert timing.flops(lambda: (a @ b).sum().backward()) == 2 * 2 * 3 * 5 * 7


@pytest.mark.parametrize(("unit", "expected"), [("s", 2.0), ("GFLOP/s", 0.5)])
def test_a_ratio_above_one_says_that_ours_is_better(unit, expected):
    found = timing.row("x", "y", unit, [2.0, 2.0], ("peer", [4.0, 4.0]), ("limit", 4.0), goal="times_peer >= 1")
    assert found["times_peer"] == found["of_limit"] == expected
    assert found["met"] == (expected >= 1)
    assert found["peer_value"] == found["limit_value"] == 4
    assert list(found) == timing.COLUMNS


def test_ratios_are_taken_within_a_turn():
    """A turn in which everything is ten times slower changes no ratio."""
    found = timing.row("x", "y", "s", [1.0, 10.0, 1.0], ("peer", [3.0, 30.0, 3.0]))
    assert [found[name] for name in ("times_peer", "times_peer_low", "times_peer_high")] == [3, 3, 3]


def test_an_exponent_is_that_of_the_power_law():
    assert timing.exponent([1, 2, 4], [3, 12, 48]) == pytest.approx(2)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_is_counted_while_it_is_held():
    assert 150 < timing.megabytes(lambda: torch.ones(25_000_000, dtype=torch.float64).mul_(2)) < 250


def test_the_parts_of_a_step_make_the_whole():
    rows = list(shares.rows(stacks.specs("spiral", 2, 16), timing.Scale(quick=True)))
    assert [row["case"].split(": ")[1] for row in rows] == list(shares.PARTS)
    assert 0.9 < sum(row["ours"] for row in rows) < 1.1
    assert rows[0]["ours"] > 0


# ---- the page ----


@pytest.fixture
def measured(tmp_path, monkeypatch) -> pd.DataFrame:
    """A table as `make bench` writes it, with numbers made for this test."""
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    peers = {"plain network": [80.0, 80.0], "in bfloat16": [50.0, 50.0], "channels last": [110.0, 110.0]}
    peers |= {"in bfloat16, channels last": [210.0, 210.0]}
    rows = [timing.row("images", "use", "images/s", [100.0, 100.0], peer, ("peak", 400.0)) for peer in peers.items()]
    rows += [timing.row("stacks", "small", "s", [1.0], ("plain loop", [3.0]), goal="times_peer >= 2.5")]
    rows += [timing.row("stacks", "large", "s", [1.0], ("plain loop", [2.0]), goal="times_peer >= 2.5")]
    rows += [timing.row("profile", "2-D: noise", "share of a step", [0.25])]
    rows += [timing.row("growth", "stack", "s", [float(m)], against="M", x=m) for m in (1, 2)]
    rows += [timing.row("growth", "stack: time against M", "exponent", [1.0], against="M")]
    rows += [timing.row("paper", "faces", "PFLOP", [3600.0]), timing.row("paper", "faces", "hours", [40.0])]
    (tmp_path / "benchmarks").mkdir()
    table = pd.DataFrame(rows, columns=timing.COLUMNS)
    table.to_csv(tmp_path / "benchmarks" / "speed.csv", index=False)
    facts = {"processor": "a slow one", "machine": "1 core", "date": "2026-01-02T03:04", "commit": "abc"}
    (tmp_path / "benchmarks" / "speed.json").write_text(json.dumps(facts))
    return speed.measured()[0]


def test_the_estimate_follows_from_the_arithmetic(measured):
    """3,600 PFLOP at half of 10 TFLOP/s are 720,000 seconds: 200 hours."""
    said = findings.speed_estimate(measured, gpu_peak=10, gpu_share=0.5, gpus=4)
    assert "| faces | 3,600 | 40 hours | 8.3 days |" in said
    assert "2.1 days on a cluster of 4" in said


def test_each_way_to_do_the_same_has_a_line_and_what_has_none_is_left_out():
    case = "training, 20x20, 8 channels"
    peers = {"another": [50.0], "a third": [200.0]}
    rows = [timing.row("images", case, "images/s", [100.0], one, ("peak", 400.0)) for one in peers.items()]
    rows += [timing.row("book", "a build where nothing changed", "s", [1.0])]
    said = findings.speed_peers(pd.DataFrame(rows))
    *_, first, second = said.splitlines()
    assert first == "| training the U-Net on faces of 20x20 | 100 images/s | 2 × another | 25 % |"
    assert second == "|  |  | 0.5 × a third |  |"
    assert len(said.splitlines()) == 4


def test_without_measurements_nothing_is_estimated(tmp_path, monkeypatch):
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    table, about = speed.measured()
    assert about == {}
    assert "Not measured" in findings.speed_estimate(table, 60, 0.4, 8)
    assert "Not measured" in findings.speed_peers(table)
