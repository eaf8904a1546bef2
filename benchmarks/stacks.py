"""Training stacks of small networks: arithmetic per second, against the machine's peak and against plain loops.

One thread, as the library trains: it keeps the cores busy with one stack each.
"""

import dataclasses
from collections.abc import Callable

import torch

from benchmarks import plain, shares
from benchmarks.timing import Rows, Scale, alone, flops, in_turns, row, steps_within, threads, times
from lowdiff_lib.experiments.mixtures import GRID
from lowdiff_lib.models.mlp import StackedMLP
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training.stacks import STACK
from lowdiff_lib.training.trainer import Trainer

DATASETS = ("spiral", "hd-sharpcov")  # 2-D with width 128, 100-D with width 256
# The peak of one large product is no limit of a step: its own products, which are smaller, do not reach it ("its
# products alone" in the table), and in 2-D half of a step passes over the activations between them (`shares`). So the
# limit is what the parts of a step take one by one, each by itself: what is lost to that is ours to save. (Not among
# them are the loss and what scales input and output.) The peers are loops as a careful user writes them. What is to be
# reached is asked of stacks as the library trains them; larger ones show why it trains none.
OF_PARTS = {"spiral": 0.65, "hd-sharpcov": 0.75}
USUAL = ((1, 256), (STACK, 64), (STACK, 256), (STACK, 1024), (12, 256), (48, 256))  # networks, batch
QUICK = ((STACK, 64),)
PROFILED = ((STACK, 256), (48, 256))


def specs(dataset: str, networks: int, batch: int, objective: str = "denoiser") -> list[RunSpec]:
    """A stack that trains for longer than anyone measures."""
    base = GRID.network(dataset, "full")
    base = dataclasses.replace(base, n_train=10_000, batch=batch, steps=10**6, objective=objective)
    return [dataclasses.replace(base, seed=seed) for seed in range(networks)]


def rows(scale: Scale) -> Rows:
    cases = scale.pick(QUICK, USUAL)
    with threads(1):
        for dataset in DATASETS:
            for networks, batch in cases:
                yield from _case(dataset, networks, batch, scale)
            for networks, batch in scale.pick(QUICK, PROFILED):
                yield from shares.rows(specs(dataset, networks, batch), scale)


def _case(dataset: str, networks: int, batch: int, scale: Scale) -> Rows:
    stack = specs(dataset, networks, batch)
    trainer = Trainer(stack)
    native, trainer.block = trainer.block, 1
    progress = trainer.train()
    work = flops(progress.__next__) / networks  # of one step of one network
    trainer.block = min(native, steps_within(progress.__next__, scale.budget))
    data = plain.samples(stack[0])
    loops = {
        "plain loop": plain.trained(stack[0], plain.picked(data, batch)),
        "DataLoader loop": plain.trained(stack[0], plain.loaded(data, batch)),
    }
    counts = {name: steps_within(loop.__next__, scale.budget / 3) for name, loop in loops.items()}
    product, product_flops = scale.peak(torch.float32)
    parts = {"products": products(trainer), "passes": passes(trainer), "optimiser": updates(trainer)}
    calls = {"ours": progress.__next__, "peak": product, "noise": lambda: trainer._draw(trainer.block)}
    calls |= {name: times(trainer.block, part) for name, part in parts.items()}  # as warm as a block of steps is
    calls |= {name: times(counts[name], loop.__next__) for name, loop in loops.items()}
    taken = in_turns(calls, scale.repeats)

    dim = trainer.data[0].shape[1]
    case = f"{dim}-D, {networks} networks, batch {batch}"
    per_step = 1e3 * taken["ours"] / trainer.block / networks
    rate, limit = work / per_step / 1e6, product_flops / taken["peak"] / 1e9
    yield row("stacks", case, "GFLOP/s", rate, limit=("matmul peak", limit))
    by_itself = work * networks / (taken["products"] / trainer.block) / 1e9
    yield row("stacks", f"{case}, its products alone", "GFLOP/s", by_itself, limit=("matmul peak", limit))
    one_by_one = sum(taken[name] for name in (*parts, "noise")) / trainer.block
    goal = f"of_limit >= {OF_PARTS[dataset]}" if networks == STACK and batch >= 256 else ""
    its_parts = ("its parts one by one", 1e3 * one_by_one / networks)
    yield row("stacks", case, "ms a step", per_step, limit=its_parts, goal=goal)
    for name, steps in counts.items():
        theirs = 1e3 * taken[name] / steps
        goal = "times_peer >= 1" if networks == STACK else ""
        yield row("stacks", case, "ms a step", per_step, peer=(name, theirs), goal=goal)


def products(trainer: Trainer) -> Callable[[], None]:
    """The matrix products of one step, forward and backward, and nothing between them."""
    network, count, batch = trainer.model.network, len(trainer.specs), trainer.spec.batch
    assert isinstance(network, StackedMLP)
    first = (network.layers()[0], network.linear)  # which see the data: nothing is handed back to those
    found: list[tuple[Callable, tuple[torch.Tensor, ...]]] = []
    for layer in (*network.layers(), network.linear, network.out):
        weight, bias = layer.weight.detach(), layer.bias.detach()
        x, gradient = (torch.rand(count, size, batch) for size in (weight.shape[2], weight.shape[1]))
        found += [(torch.baddbmm, (bias, weight, x)), (torch.bmm, (gradient, x.mT))]
        found += [] if layer in first else [(torch.bmm, (weight.mT, gradient))]

    def multiply() -> None:
        for product, arrays in found:
            product(*arrays)

    return multiply


def updates(trainer: Trainer) -> Callable[[], None]:
    """A step of the optimiser by itself, which leaves the weights where they are."""

    def update() -> None:
        for group in trainer.optimiser.param_groups:
            group["lr"] = 0.0  # the trainer sets it before each step of its own
        trainer.optimiser.step()

    return update


def passes(trainer: Trainer) -> Callable[[], None]:
    """What one step does to the activations between its products, forward and backward, and to nothing else."""
    network, count, batch = trainer.model.network, len(trainer.specs), trainer.spec.batch
    assert isinstance(network, StackedMLP)
    *gates, last = network.layers()
    gated = [tuple(torch.rand(count, layer.weight.shape[1], batch) for _ in range(2)) for layer in gates]
    gate, linear, back = (torch.rand(count, last.weight.shape[1], batch) for _ in range(3))

    def pass_over() -> None:
        for x, gradient in gated:
            torch.ops.aten.silu(x)
            torch.ops.aten.silu_backward(gradient, x).sum(2)  # of which the gradient of the bias is the sum
        gate * linear
        for factor in (gate, linear):
            (back * factor).sum(2)

    return pass_over


if __name__ == "__main__":
    alone(rows, __doc__)
