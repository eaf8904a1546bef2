"""A step of sliced score matching over a step of the denoiser objective: ours, and by differentiating backward twice.

One thread, stacks of three networks.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks import shares
from benchmarks.stacks import DATASETS, specs
from benchmarks.timing import Rows, Scale, alone, flops, in_turns, row, steps_within, threads
from lowdiff_lib.models.denoiser import StackedDenoiser, over
from lowdiff_lib.training.losses import denoiser_loss, directions, ssm_loss
from lowdiff_lib.training.trainer import Trainer

GOAL = 2.2
Loss = Callable[[StackedDenoiser, Tensor, Tensor, Tensor], Tensor]


def twice_backward_loss(model: StackedDenoiser, x: Tensor, sigma: Tensor, z: Tensor) -> Tensor:
    """`ssm_loss` as its authors' code computes it: the gradient of v . score(y), kept to be differentiated again."""
    y, v = (x + over(sigma, x) * z).requires_grad_(), directions(z)
    residual = model.residual(y, sigma)
    (along,) = torch.autograd.grad((v * residual).sum(), y, create_graph=True)
    size = residual.flatten(2).square().mean(2) / sigma**2
    return (size / 2 + (v * along).flatten(2).mean(2)).mean(1)


def stepper(trainer: Trainer, loss_of: Loss, count: int = 1) -> Callable[[], None]:
    """A call that makes so many steps of training with a loss."""

    def steps() -> None:
        for x, sigma, z in zip(*trainer._draw(count), strict=True):
            trainer._descend(loss_of(trainer.model, x, sigma, z).sum())

    return steps


def rows(scale: Scale) -> Rows:
    with threads(1):
        for dataset in DATASETS:
            batch = scale.pick(64, 256)
            yield _case(dataset, batch, scale)
            yield from shares.rows(specs(dataset, 3, batch, "ssm"), scale)


def _case(dataset: str, batch: int, scale: Scale) -> dict:
    losses: dict[str, Loss] = {"denoiser": denoiser_loss, "ssm": ssm_loss, "twice backward": twice_backward_loss}
    trainers = {name: Trainer(specs(dataset, 3, batch)) for name in losses}
    once = {name: stepper(trainers[name], loss) for name, loss in losses.items()}
    count = steps_within(once["ssm"], scale.budget / 2)
    calls = {name: stepper(trainers[name], loss, count) for name, loss in losses.items()}
    taken = in_turns(calls, scale.repeats)
    arithmetic = flops(once["ssm"]) / flops(once["denoiser"])
    return row(
        "objectives",
        f"{2 if dataset == 'spiral' else 100}-D, a step of ssm in steps of denoiser, batch {batch}",
        "steps",
        taken["ssm"] / taken["denoiser"],
        peer=("twice backward", taken["twice backward"] / taken["denoiser"]),
        limit=("its arithmetic", arithmetic),
        goal=f"ours <= {GOAL}",
    )


if __name__ == "__main__":
    alone(rows, __doc__)
