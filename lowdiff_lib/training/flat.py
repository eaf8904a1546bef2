"""All weights of a network as one array, which an optimiser passes over once instead of once for each parameter.

`one_array` makes the parameters views of that array: the network computes with them as before, and a step of the
optimiser on the array is a step of them all. Whatever gives a parameter memory of its own cuts that tie without a word,
and the network is no longer what is trained: assigning to `parameter.data`, `model.to(...)` another device, precision
or layout, `load_state_dict(..., assign=True)`. So the array is made last; loading in place keeps the tie. Gradients are
not views: `in_a_row` puts them in a row at every step.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

LANES = 16  # numbers that a processor works on at once, at most


def one_array(parameters: Sequence[nn.Parameter]) -> nn.Parameter:
    """One array of all weights, which the given parameters become views of.

    Each keeps its own layout in memory, which its gradient will have too.
    """
    flat = nn.Parameter(in_a_row([parameter.detach() for parameter in parameters]))
    for parameter, view in zip(parameters, views(flat, parameters), strict=True):
        parameter.data = view
    return flat


def views(flat: Tensor, parameters: Iterable[nn.Parameter]) -> list[Tensor]:
    """The parts of an array like that of all weights, each as a view in the shape and layout of its parameter."""
    found, start = [], 0
    for parameter in parameters:
        found.append(flat.detach().as_strided(parameter.shape, parameter.stride(), start))
        start += parameter.numel()
    return found


def in_a_row(arrays: Sequence[Tensor]) -> Tensor:
    """Arrays in one row, each as it lies in memory, with zeros up to a multiple of `LANES`.

    What is left over of a row is computed with other rounding, and the bits of a run would depend on its stack.
    """
    length = sum(array.numel() for array in arrays)
    rows = [array.as_strided((array.numel(),), (1,)) for array in arrays]
    return torch.cat([*rows, arrays[0].new_zeros(-length % LANES)])
