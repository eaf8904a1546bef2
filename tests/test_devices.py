"""Image networks go to a graphics card where there is one, whole, and their curves stay what they are.

Without a card, what can be seen of it is seen on torch's device `meta`, which has shapes and no numbers and refuses to
work on anything that was left on the cores.
"""

import dataclasses
import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import torch

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.datasets.samples import faces
from lowdiff_lib.experiments.studies.denoising_faces import SIGMAS
from lowdiff_lib.measures import metrics
from lowdiff_lib.measures.noise import unit_noise
from lowdiff_lib.models.denoiser import Denoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import devices, engines, runs, stacks
from lowdiff_lib.training import trainer as training
from lowdiff_lib.training.losses import LOSSES
from lowdiff_lib.training.trainer import Trainer

FACES = RunSpec("faces", 20, network="unet", width=4, depth=1, resolution=20, steps=12, batch=8, lr=2e-3, sigma_max=2.0)
EVERY_NETWORK = [
    FACES,
    dataclasses.replace(FACES, parametrisation="blind"),
    dataclasses.replace(FACES, network="ncsn", objective="ncsn", levels=10),
    dataclasses.replace(FACES, objective="ssm"),
]
each_network = pytest.mark.parametrize("spec", EVERY_NETWORK, ids=["unet", "blind", "ncsn", "ssm"])
each_precision = pytest.mark.parametrize("precision", ["float32", "bfloat16"])
needs_card = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card (CUDA)")


def trained(spec: RunSpec) -> Trainer:
    trainer = Trainer([spec])
    for _ in trainer.train():
        pass
    return trainer


# ---- where ----


def test_a_device_that_there_is_not_is_refused_with_those_that_there_are(monkeypatch):
    monkeypatch.setenv("LOWDIFF_DEVICE", "gpu")
    with pytest.raises(LowdiffError, match="LOWDIFF_DEVICE is 'gpu'; it must be one of auto, cpu"):
        devices.cards()


def test_with_the_cores_asked_for_nothing_goes_elsewhere(monkeypatch):
    monkeypatch.setenv("LOWDIFF_DEVICE", "cpu")
    assert devices.cards() == []
    assert devices.device_of(FACES).type == "cpu"
    devices.take_card(99)  # no card to take, and none to miss


def test_small_networks_stay_on_the_cores(monkeypatch):
    monkeypatch.setenv("LOWDIFF_DEVICE", "auto")
    assert devices.device_of(RunSpec("spiral", 10)).type == "cpu"


def test_each_training_process_sees_a_card_of_its_own():
    context = engines._context()
    deal = context.SimpleQueue()
    for card in ("3", "5"):
        deal.put(card)
    seen = []
    for _ in range(2):
        with ProcessPoolExecutor(1, context, engines._begin, (deal, dict(os.environ))) as pool:
            seen.append(pool.submit(os.getenv, "CUDA_VISIBLE_DEVICES").result())
    assert seen == ["3", "5"]


# ---- everything that a step touches ----


@each_network
def test_a_step_has_all_it_needs_on_the_device_of_its_network(spec, store, monkeypatch):
    monkeypatch.setattr(training, "device_of", lambda spec: torch.device("meta"))
    trainer = Trainer([spec])
    (batch,) = trainer._batches(1)
    loss = LOSSES[spec.objective](trainer.model, *batch)
    loss.sum().backward()
    assert loss.device.type == "meta"
    assert {p.device.type for p in trainer.model.parameters()} == {"meta"}
    assert trainer._gradient().shape == trainer.flat.shape


def test_a_device_looks_at_its_loss_in_whole_blocks(store, monkeypatch):
    """So that a checkpoint falls between blocks there too."""
    monkeypatch.setattr(training, "device_of", lambda spec: torch.device("meta"))
    for values in (2000, 10_000, 1 << 19):
        monkeypatch.setattr(training, "BLOCK_VALUES", values)
        trainer = Trainer([FACES])
        assert trainer.look % trainer.block == 0
        assert trainer.look >= training.LOOK


def one_step(spec: RunSpec) -> tuple[float, dict[str, torch.Tensor]]:
    """Loss and gradients of the first batch, away from the weights of the start, where the network answers 0."""
    trainer = Trainer([spec])
    stream = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weight in trainer.model.parameters():
            weight += 0.1 * torch.randn(weight.shape, generator=stream).to(weight.device)
    (batch,) = trainer._batches(1)
    with trainer._multiplying():
        loss = LOSSES[spec.objective](trainer.model, *batch).sum()
    loss.backward()
    return float(loss.detach()), {
        name: p.grad.cpu() for name, p in trainer.model.named_parameters() if p.grad is not None
    }


def assert_alike(first, second, rtol: float) -> None:
    assert first[0] == pytest.approx(second[0], rel=rtol)
    assert first[1].keys() == second[1].keys()
    for name, gradient in first[1].items():
        assert float((gradient - second[1][name]).norm()) <= rtol * float(gradient.norm()), name


@each_network
def test_with_channels_last_as_on_a_card_a_step_is_the_same(spec, store, monkeypatch):
    usual = one_step(spec)
    monkeypatch.setattr(training, "layout_of", lambda spec, device: torch.channels_last)
    layers = [p for p in Trainer([spec]).model.parameters() if p.ndim == 4 and min(p.shape[1:]) > 1]
    assert layers
    assert not [p for p in layers if not p.is_contiguous(memory_format=torch.channels_last)]
    assert_alike(usual, one_step(spec), 1e-3)


def test_a_training_begun_with_one_layout_goes_on_with_the_other(store, tmp_path, monkeypatch):
    """As when a card is lost and the cores go on."""
    monkeypatch.setattr(training, "BLOCK_VALUES", 6400)  # blocks of 4 steps
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    spec = dataclasses.replace(FACES, width=8, lr=0.01)
    usual = trained(spec)
    monkeypatch.setattr(training, "layout_of", lambda spec, device: torch.channels_last)
    checkpoint = tmp_path / "checkpoint.safetensors"
    stopped = Trainer([spec]).train(checkpoint)
    assert next(stopped).step == 4
    next(stopped)
    stopped.close()
    monkeypatch.setattr(training, "layout_of", lambda spec, device: torch.contiguous_format)
    resumed = Trainer([spec])
    for _ in resumed.train(checkpoint):
        pass
    for name, weight in usual.weights(0).items():
        torch.testing.assert_close(resumed.weights(0)[name], weight, rtol=0, atol=2e-5)


# ---- precision ----


def held_out(spec: RunSpec, count: int = 80) -> torch.Tensor:
    """Faces that the run was not trained on, float64 [n, 1, r, r]."""
    found = faces(spec.dataset, spec.resolution)
    return found.tensor(found.split(spec.split).held_out[:count]).double()


def gains(spec: RunSpec) -> np.ndarray:
    """PSNR gain [dB] on held-out faces at each noise level."""
    x = held_out(spec)
    z, denoiser = unit_noise(x, 0), Denoiser(trained(spec).model)
    return np.array([metrics.psnr_gain(denoiser.residual(x + s * z, s), s * z) for s in SIGMAS])


def test_training_in_bfloat16_moves_the_curve_less_than_another_seed_does(store):
    """What the profile `paper` rests on; the table `denoising_faces_bfloat16` has it at the size of `full`."""
    spec = dataclasses.replace(FACES, width=8, depth=2, steps=60, batch=16)
    usual, rounded, other = (gains(s) for s in (spec, dataclasses.replace(spec, precision="bfloat16"), spec.twin(1)))
    moved, seeds = np.abs(rounded - usual).max(), np.abs(other - usual).max()
    assert 0 < moved < seeds / 2
    assert moved < 0.1


@each_network
def test_every_network_trains_in_bfloat16_and_keeps_its_weights_in_float32(spec, store):
    trainer = trained(dataclasses.replace(spec, precision="bfloat16"))
    assert trainer.flat.dtype == torch.float32
    assert trainer.log[-1][1] == pytest.approx(trained(spec).log[-1][1], rel=0.01)


def test_small_networks_are_not_rounded():
    with pytest.raises(LowdiffError, match="precision is 'bfloat16'; for network mlp it must be float32"):
        RunSpec("spiral", 10, precision="bfloat16")


@pytest.mark.slow
@pytest.mark.skipif(not devices.can_compile(), reason="needs a C++ compiler, such as g++, and Python's headers")
@each_precision
def test_a_compiled_network_is_trained_as_one_that_is_not(store, monkeypatch, precision):
    spec = dataclasses.replace(FACES, precision=precision)
    usual = trained(spec)
    monkeypatch.setattr(training, "COMPILED_FROM", 0)
    compiled = trained(spec)
    assert compiled.model.network._compiled_call_impl is not None
    assert usual.model.network._compiled_call_impl is None
    assert compiled.log[-1][1] == pytest.approx(usual.log[-1][1], rel=1e-3)


# ---- with a card ----


@needs_card
@each_precision
@each_network
def test_a_card_takes_the_step_that_the_cores_take_but_for_rounding(spec, precision, store, monkeypatch):
    spec = dataclasses.replace(spec, precision=precision)
    usual = one_step(spec)
    monkeypatch.setenv("LOWDIFF_DEVICE", "auto")
    assert Trainer([spec]).device.type == "cuda"
    assert_alike(usual, one_step(spec), 1e-3 if precision == "float32" else 0.1)


@needs_card
def test_a_card_trains_as_the_profile_paper_asks_for(store, monkeypatch):
    """In bfloat16, with channels last, compiled where this machine can."""
    spec = dataclasses.replace(FACES, steps=60, precision="bfloat16")
    usual = trained(spec)
    monkeypatch.setenv("LOWDIFF_DEVICE", "auto")
    monkeypatch.setattr(training, "COMPILED_FROM", 0)
    assert trained(spec).log[-1][1] == pytest.approx(usual.log[-1][1], rel=0.02)


@needs_card
def test_a_card_goes_on_from_a_checkpoint_and_keeps_a_run_that_the_cores_read(empty_store, monkeypatch):
    monkeypatch.setenv("LOWDIFF_DEVICE", "auto")
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(training, "BLOCK_VALUES", 6400)
    monkeypatch.setattr(training, "LOOK", 4)
    usual = trained(FACES)
    checkpoint = empty_store / "checkpoint.safetensors"
    checkpoint.parent.mkdir(parents=True)
    stopped = Trainer([FACES]).train(checkpoint)
    assert next(stopped).step == 4
    next(stopped)
    stopped.close()
    resumed = Trainer([FACES])
    for _ in resumed.train(checkpoint):
        pass
    for name, weight in usual.weights(0).items():
        torch.testing.assert_close(resumed.weights(0)[name], weight, rtol=0, atol=2e-5)
    runs.save(resumed, 1.0)
    about = runs.read(FACES)
    assert about is not None
    assert about["made_by"]["device"] == "cuda"
    y = held_out(FACES, 4)
    on_card = runs.load(FACES).residual(y, 0.2)
    monkeypatch.setenv("LOWDIFF_DEVICE", "cpu")
    torch.testing.assert_close(runs.load(FACES).residual(y, 0.2), on_card, rtol=1e-3, atol=1e-5)
    assert not stacks.missing([FACES])
