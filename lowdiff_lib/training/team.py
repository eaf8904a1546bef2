"""Several processes that train one stack together, started by `torchrun`.

All of them draw the same batch from the same random streams, take their part of it, and average their gradients; so the
training is that of one process with the whole batch, whatever their number. The first of them writes.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training.devices import cards, suits_card, take_card
from lowdiff_lib.training.trainer import Trainer


def is_there() -> bool:
    """Whether this process is one of several that torchrun started."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def is_first() -> bool:
    """Whether this process writes and speaks for its team; one that is alone does."""
    return not is_there() or os.environ["RANK"] == "0"


def join() -> None:
    """Meet the others. Once a process."""
    if not dist.is_initialized():
        dist.init_process_group("cpu:gloo,cuda:nccl" if cards() else "gloo")


def take_place(spec: RunSpec) -> None:
    """A graphics card for each process, if there are any and the run is trained on cards."""
    if suits_card(spec):
        take_card(int(os.environ["LOCAL_RANK"]))


def wait_for_all() -> None:
    """Until every process of the team is here."""
    dist.all_reduce(torch.zeros(1))  # on the cores: a barrier of its own would pick a card


class TeamTrainer(Trainer):
    """A Trainer that does its part of every batch.

    ssm then draws other, equally random directions than one process; blind batch norm is by the part of a process.
    Raises LowdiffError for a batch that the team cannot share.
    """

    def __init__(self, specs: Sequence[RunSpec]):
        super().__init__(specs)
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        if self.spec.batch % (2 * self.size):
            raise LowdiffError(
                f"a batch of {self.spec.batch} cannot be shared by {self.size} processes; "
                f"it must be a multiple of {2 * self.size}"
            )

    def _draw(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        x, sigma, z = (part(block, self.rank, self.size) for block in super()._draw(count))
        return x, sigma, z

    def _gradient(self) -> Tensor:
        gradient = super()._gradient()
        dist.all_reduce(gradient)
        return gradient / self.size

    def _check(self, losses: list[float]) -> None:
        total = torch.tensor(losses, dtype=torch.float64)
        dist.all_reduce(total)
        losses[:] = (total / self.size).tolist()  # so that all of them go on, or all of them stop
        super()._check(losses)

    def save(self, checkpoint: Path) -> None:
        if self.rank == 0:
            super().save(checkpoint)


def part(block: Tensor, rank: int, size: int) -> Tensor:
    """The part of one process of a block of batches [count, M, batch, ...], in whole pairs z, -z half a batch apart."""
    return torch.cat([half.chunk(size, 2)[rank] for half in block.chunk(2, 2)], 2)
