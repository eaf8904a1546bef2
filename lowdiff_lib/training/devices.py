"""Where networks compute: those for images on graphics cards (CUDA) where there are any, all others on the cores.

A stack of three small networks fills a core and would leave a card idle. LOWDIFF_DEVICE=cpu keeps everything on the
cores. Random numbers are drawn on the cores in any case, so that a run sees the same batches wherever it is trained;
its weights then differ by rounding, and on a card need not repeat to the bit.
"""

import os
import shutil
import sysconfig
from pathlib import Path

import torch

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.specs import RunSpec

CHOICES = ("auto", "cpu")


def cards() -> list[str]:
    """The graphics cards that this process may use, as CUDA_VISIBLE_DEVICES names them. None with LOWDIFF_DEVICE=cpu.

    Raises LowdiffError for another LOWDIFF_DEVICE than those in CHOICES.
    """
    asked = os.environ.get("LOWDIFF_DEVICE", "auto")
    if asked not in CHOICES:
        raise LowdiffError(f"LOWDIFF_DEVICE is {asked!r}; it must be one of {', '.join(CHOICES)}")
    if asked == "cpu" or not torch.cuda.is_available():
        return []
    count = torch.cuda.device_count()
    named = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return named[:count] if len(named) >= count else [str(index) for index in range(count)]


def suits_card(spec: RunSpec) -> bool:
    """Whether a network is large enough to keep a graphics card busy."""
    return spec.network != "mlp"


def device_of(spec: RunSpec) -> torch.device:
    """Where this process trains and uses the network of a run."""
    if not suits_card(spec) or not cards():
        return torch.device("cpu")
    torch.backends.cudnn.allow_tf32 = False  # else float32 convolutions keep 10 bits, too few for small noise
    return torch.device("cuda", torch.cuda.current_device())


def layout_of(spec: RunSpec, device: torch.device) -> torch.memory_format:
    """How images lie in memory while a network is trained: with channels last where that is faster.

    In float32 on the cores it brings a tenth (`make bench`), and would change the bits of every run.
    """
    last = device.type == "cuda" or spec.precision == "bfloat16"
    return torch.channels_last if last else torch.contiguous_format


def one_thread() -> None:
    """Make the cores of this process compute with one thread each: its bits repeat, and small products are faster."""
    torch.set_num_threads(1)


def can_compile() -> bool:
    """Whether this machine has what `torch.compile` needs: a C++ compiler and Python's own headers."""
    return bool(shutil.which("c++")) and Path(sysconfig.get_path("include"), "Python.h").is_file()


def compile_network(network: torch.nn.Module) -> None:
    """Have torch compile a network at its first use, and forget what it compiled before: of that it keeps only some."""
    from torch import _dynamo, _inductor

    _dynamo.reset()
    _inductor.config.compile_threads = 1  # else it starts processes of its own, which outlive a training that is killed
    network.compile()


def multiplies_bfloat16() -> bool:
    """Whether this machine has instructions for bfloat16; without them the cores take ten times as long as with."""
    return bool(cards()) or torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def take_card(rank: int) -> None:
    """Make one card, if there are any, that of this process, one of several on this machine.

    rank: its number among them. Raises LowdiffError if there are more processes than cards.
    """
    if not (found := cards()):
        return
    if rank >= len(found):
        raise LowdiffError(
            f"process {rank + 1} of this machine has no graphics card to itself, there are {len(found)}; "
            f"start at most {len(found)} processes, or set LOWDIFF_DEVICE=cpu"
        )
    torch.cuda.set_device(rank)
