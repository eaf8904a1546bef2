"""A training repeats to the bit, alone or in a stack, in one go or resumed; and it stops where it goes wrong."""

import dataclasses
import math

import pytest
import torch
from safetensors.torch import load_file

from lowdiff_lib.base.errors import LowdiffError, TooFewSamples, TrainingDiverged
from lowdiff_lib.specs import RunSpec, trio
from lowdiff_lib.training import runs, stacks, vouched
from lowdiff_lib.training import trainer as training
from lowdiff_lib.training.trainer import Trainer

SMALL = RunSpec("spiral", 50, width=16, depth=2, steps=200, batch=16)
BLIND = dataclasses.replace(SMALL, parametrisation="blind", sigma_max=1.0)
FACES = RunSpec("faces", 10, network="unet", width=4, depth=1, resolution=20, steps=12, batch=4, lr=2e-3, sigma_max=2.0)


def trained(*specs: RunSpec) -> Trainer:
    trainer = Trainer(specs)
    for _ in trainer.train():
        pass
    return trainer


def history(trainer: Trainer, m: int = 0) -> list[float]:
    return [losses[m] for _, losses in trainer.log]


def same_weights(first: Trainer, second: Trainer, m: int = 0) -> bool:
    mine, other = first.weights(m), second.weights(m)
    return mine.keys() == other.keys() and all(torch.equal(mine[name], other[name]) for name in mine)


# ---- the same run, however it is trained ----


@pytest.mark.parametrize(
    "spec",
    [
        SMALL,
        BLIND,
        dataclasses.replace(SMALL, objective="ncsn", levels=10),
        dataclasses.replace(SMALL, objective="ssm", levels=10),
        dataclasses.replace(SMALL, dataset="hd-sharpcov", width=64, output_power=2),
    ],
    ids=["denoiser", "blind", "ncsn", "ssm", "100-D"],
)
def test_a_run_trained_in_a_stack_is_the_run_trained_alone_to_the_bit(spec):
    """For the widths in use, multiples of 16: kernels round the last few numbers of an odd array in another way."""
    specs = [*trio(spec, 0).values(), dataclasses.replace(spec, n_train=7, seed=9)]
    together = trained(*specs)
    for m, own in enumerate(specs):
        alone = trained(own)
        assert history(together, m) == history(alone)
        mine, other = together.weights(m), alone.weights(0)
        assert all(torch.equal(mine[name], other[name]) for name in mine)


def test_a_training_repeats_to_the_bit():
    first, again = trained(SMALL), trained(SMALL)
    assert first.log == again.log
    assert same_weights(first, again)
    torch.manual_seed(5)  # nobody else's random numbers matter
    assert same_weights(first, trained(SMALL))


@pytest.mark.parametrize("specs", [(SMALL, SMALL.twin(1)), (BLIND,), (FACES,)], ids=["stack", "blind", "unet"])
@pytest.mark.parametrize("blocks", [1, 2])
def test_resumed_from_a_checkpoint_equals_uninterrupted_to_the_bit(
    specs, blocks, tmp_path, session_folder, monkeypatch
):
    """Weights, log, and the random streams that are left."""
    monkeypatch.setenv("LOWDIFF_DATA", str(session_folder / "data"))
    monkeypatch.setattr(training, "BLOCK_VALUES", 2000)  # blocks of a few steps
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    whole = trained(*specs)
    checkpoint = tmp_path / "checkpoint.safetensors"
    stopped = Trainer(specs).train(checkpoint)
    for _ in range(blocks):
        reached = next(stopped).step
    stopped.close()
    assert checkpoint.exists()
    resumed = Trainer(specs)
    first = next(iter(resumed.train(checkpoint)))
    assert reached < first.step <= 3 * reached
    for _ in resumed.train():
        pass
    assert resumed.log == whole.log
    for m in range(len(specs)):
        assert same_weights(resumed, whole, m)
        assert torch.equal(resumed.streams[m].get_state(), whole.streams[m].get_state())


def test_a_checkpoint_of_the_last_step_needs_no_more_training(tmp_path):
    trainer = trained(SMALL)
    trainer.save(tmp_path / "checkpoint")
    resumed = Trainer([SMALL])
    assert list(resumed.train(tmp_path / "checkpoint")) == []
    assert same_weights(resumed, trainer)
    assert resumed.log == trainer.log


# ---- damage ----


@pytest.fixture
def checkpoint(tmp_path):
    trainer = Trainer([SMALL])
    next(iter(trainer.train()))
    trainer.save(tmp_path / "checkpoint.safetensors")
    return tmp_path / "checkpoint.safetensors"


@pytest.mark.parametrize("content", [b"", b"\0", b"not safetensors at all", None], ids=["empty", "zero", "text", "cut"])
def test_a_damaged_checkpoint_is_refused_by_name(checkpoint, content):
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100] if content is None else content)
    with pytest.raises(LowdiffError, match=r"checkpoint\.safetensors is damaged .* delete it"):
        next(iter(Trainer([SMALL]).train(checkpoint)))


def test_the_checkpoint_of_another_stack_is_refused_by_name(checkpoint):
    with pytest.raises(LowdiffError, match=r"checkpoint\.safetensors"):
        next(iter(Trainer([SMALL, SMALL.twin(1)]).train(checkpoint)))


def test_no_flipped_byte_of_a_checkpoint_is_trained_on(checkpoint):
    content = checkpoint.read_bytes()
    for place in torch.randint(len(content), (40,), generator=torch.Generator().manual_seed(0)).tolist():
        checkpoint.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(LowdiffError, match=r"checkpoint\.safetensors"):
            next(iter(Trainer([SMALL]).train(checkpoint)))


def test_a_checkpoint_is_whole_or_absent(checkpoint, monkeypatch):
    """Also when writing the next one fails half way."""
    before = checkpoint.read_bytes()

    def fail(state, path, *_):
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(vouched, "save_file", fail)
    with pytest.raises(OSError, match="no space"):
        Trainer([SMALL]).save(checkpoint)
    assert checkpoint.read_bytes() == before
    assert [file.name for file in checkpoint.parent.iterdir()] == [checkpoint.name]


# ---- what is drawn ----


def test_noise_comes_in_pairs_on_one_sample_at_one_level():
    trainer = Trainer([SMALL, SMALL.twin(1)])
    x, sigma, z = trainer._draw(5)
    assert x.shape == z.shape == (5, 2, 16, 2)
    assert sigma.shape == (5, 2, 16)
    assert torch.equal(z[:, :, :8], -z[:, :, 8:])
    assert torch.equal(x[:, :, :8], x[:, :, 8:])
    assert torch.equal(sigma[:, :, :8], sigma[:, :, 8:])
    assert not torch.equal(z[:, 0], z[:, 1])


def test_pairs_make_the_gradient_at_small_noise_less_noisy():
    """That is what they are for: the target is nearly -z / sigma there, which cancels in a pair."""
    spec = dataclasses.replace(SMALL, batch=64, sigma_min=0.005, sigma_max=0.0051, n_train=1000)
    trainer = trained(spec)
    x, sigma, z = trainer._draw(60)
    unpaired = torch.cat([z[:, :, :32], z.flip(0)[:, :, :32]], 2)  # as large a batch, of independent noise
    scatter = []
    for noise in (z, unpaired):
        gradients = []
        for step in range(60):
            trainer.model.zero_grad()
            training.LOSSES["denoiser"](trainer.model, x[step], sigma[step], noise[step]).sum().backward()
            gradients.append(torch.cat([parameter.grad.flatten() for parameter in trainer.model.parameters()]))
        scatter.append(float(torch.stack(gradients).var(0).sum()))
    assert scatter[0] < 0.2 * scatter[1]


def test_noise_levels_are_log_uniform_or_square_when_blind():
    levels = trained(dataclasses.replace(SMALL, steps=1))._draw(500)[1].flatten().double()
    logs = (levels / SMALL.sigma_min).log() / math.log(SMALL.sigma_max / SMALL.sigma_min)
    roots = (Trainer([BLIND])._draw(500)[1].flatten().double() / BLIND.sigma_max).sqrt()
    for uniform in (logs, roots):
        assert float(uniform.min()) > -1e-5
        assert float(uniform.max()) < 1 + 1e-5
        decile = torch.histc(uniform, 10, 0, 1) / len(uniform)
        assert float((decile - 0.1).abs().max()) < 0.03


def test_samples_are_those_of_the_side_alone():
    trainer = Trainer(list(trio(SMALL, 0).values()))
    x = trainer._draw(200)[0]
    a, b, twin = ({tuple(row) for row in x[:, m].reshape(-1, 2).tolist()} for m in range(3))
    assert a == twin
    assert not a & b
    assert len(a) == len(b) == SMALL.n_train  # all of them are seen


def test_b_and_the_twin_differ_by_their_data_alone():
    """They share initial weights, noise, noise levels and the order of samples; A shares nothing but its data."""
    three = trio(SMALL, replicate=2)
    assert three["B"].seed == three["twin"].seed != three["A"].seed
    assert three["A"].side == three["twin"].side != three["B"].side
    assert {spec.split for spec in three.values()} == {2}
    a, b, twin = (Trainer([three[name]]) for name in ("A", "B", "twin"))
    assert same_weights(b, twin)
    assert not same_weights(a, twin)
    drawn = {name: trainer._draw(3) for name, trainer in (("A", a), ("B", b), ("twin", twin))}
    assert torch.equal(drawn["B"][1], drawn["twin"][1])
    assert torch.equal(drawn["B"][2], drawn["twin"][2])
    assert not torch.equal(drawn["A"][2], drawn["twin"][2])
    places = [
        torch.cdist(drawn[name][0].reshape(-1, 2), trainer.data[0]).argmin(1)
        for name, trainer in (("B", b), ("twin", twin))
    ]
    assert torch.equal(*places)


def test_repetitions_share_neither_data_nor_seeds():
    first, second = trio(SMALL, 0).values(), trio(SMALL, 1).values()
    assert {spec.seed for spec in first}.isdisjoint(spec.seed for spec in second)
    assert {spec.split for spec in first}.isdisjoint(spec.split for spec in second)
    assert len({spec.weight_seed for spec in [*first, *second]} | {spec.stream_seed for spec in [*first, *second]}) == 8


# ---- learning, and failing to ----


@pytest.mark.parametrize("name", ["hd-uniform", "hd-sharpcov"])
def test_the_loss_falls_below_that_of_the_linear_denoiser_it_starts_from(name):
    losses = history(trained(dataclasses.replace(SMALL, dataset=name, width=32, batch=64, input_gain=3.0)))
    assert losses[-1] < 0.9 * losses[0]


def test_the_blind_parametrisation_learns():
    """It starts at the identity, whose loss is the mean of sigma^2."""
    blind = dataclasses.replace(BLIND, sigma_max=5.0, steps=400, batch=64)
    assert history(trained(blind))[-1] < 0.7 * 5.0**2 / 5


@pytest.mark.parametrize("power", [1, 2])
def test_one_sample_is_learned_by_heart(power):
    """With n_train = 1 the best denoiser is that point at every sigma."""
    spec = RunSpec(
        "uniform", 1, width=32, depth=2, steps=600, batch=64, output_power=power, sigma_min=0.05, sigma_max=2.0
    )
    trainer = trained(spec)
    point = trainer.data[0]
    with torch.no_grad():
        y = point + 0.5 * torch.randn(256, 2, generator=torch.Generator().manual_seed(0))
        denoised = trainer.model(y[None], torch.full((1, 256), 0.5))[0]
    assert float((denoised - point).square().mean()) < 0.02 * 0.5**2


def test_progress_comes_after_every_block_and_ends_at_the_last_step():
    steps = [progress.step for progress in Trainer([dataclasses.replace(SMALL, steps=130)]).train()]
    assert steps == [64, 128, 130]


def test_the_learning_rate_warms_up_and_ends_at_zero():
    trainer = Trainer([dataclasses.replace(SMALL, steps=1000)])
    rates = []
    for trainer.step in range(1000):
        rates.append(trainer._learning_rate() / SMALL.lr)
    assert rates[0] == pytest.approx(0.01)
    assert max(rates) == pytest.approx(1, abs=0.05)
    assert rates.index(max(rates)) < 110
    assert rates[-1] < 1e-4


def test_infinite_data_stop_the_training_and_keep_nothing(empty_store, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    trainer = Trainer([SMALL, SMALL.twin(1)])
    trainer.data[1][3] = math.inf
    with pytest.raises(TrainingDiverged, match=r"seed=1.* diverged.* learning rate below 0\.005"):
        for _ in trainer.train(tmp_path / "checkpoint"):
            pass
    assert not (tmp_path / "checkpoint").exists()
    assert not empty_store.exists()


def test_a_weight_that_is_not_a_number_stops_the_training_too():
    trainer = Trainer([SMALL])
    progress = trainer.train()
    next(progress)
    trainer.model.network.out.bias.data.fill_(math.nan)
    with pytest.raises(TrainingDiverged, match="by step 128"):
        next(progress)


def test_a_run_that_explodes_is_not_kept(empty_store):
    """Its loss stays finite, but is a billion times that of doing nothing."""
    wild = dataclasses.replace(SMALL, lr=9.9, width=64, depth=3)
    with pytest.raises(TrainingDiverged, match="learning rate"):
        stacks.train([wild], runs.stack_key([wild]))
    assert runs.read(wild) is None
    assert not (empty_store / "models").exists() or not list((empty_store / "models").glob("*/run.json"))


def test_runs_that_do_not_fit_one_stack_are_refused():
    for others in (
        [],
        [SMALL, dataclasses.replace(SMALL, width=8)],
        [SMALL, dataclasses.replace(SMALL, dataset="uniform")],
    ):
        with pytest.raises(LowdiffError, match="differ in data and seed only"):
            Trainer(others)


def test_more_faces_than_a_side_has_are_refused_before_training(session_folder, monkeypatch):
    monkeypatch.setenv("LOWDIFF_DATA", str(session_folder / "data"))
    with pytest.raises(TooFewSamples, match=r"1,000 .* 160"):
        Trainer([dataclasses.replace(FACES, n_train=1000)])


def test_an_unknown_data_set_is_refused():
    with pytest.raises(LowdiffError):
        Trainer([dataclasses.replace(SMALL, dataset="spirral")])


def test_a_checkpoint_holds_tensors_only(checkpoint):
    """And nothing that could be run."""
    state = load_file(checkpoint)
    assert {name.split(".")[0] for name in state} == {"model", "optimiser", "stream", "log"}
