"""Disjoint training sets A and B, and a part that is never trained on.

Two models are compared that saw different data, so nothing may be on both sides; and whether they
generalise is asked on the held-out part. As in the paper, A takes from the front and B from the end of one
shuffled order. A side is itself in a fixed order: its first n samples are its training set of size n, so
that 10 lie within 100.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lowdiff_lib.base.checks import whole
from lowdiff_lib.base.errors import LowdiffError, TooFewSamples

HELD_OUT_FRACTION = 0.2
HELD_OUT_MOST = 160  # a mean over this many faces is precise enough; the rest is better used for training


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Index arrays (int64) into one data set, disjoint; A and B are of the same length."""

    A: np.ndarray
    B: np.ndarray
    held_out: np.ndarray
    dataset: str = "data"

    def __repr__(self) -> str:
        return f"Split of {self.dataset}: sides A and B of {len(self.A):,}, {len(self.held_out):,} held out"

    @property
    def size(self) -> int:
        """How many samples a side holds: the largest n_train."""
        return len(self.A)

    def take(self, side: str, n_train: int) -> np.ndarray:
        """The training set of size `n_train` of side "A" or "B". Raises TooFewSamples, LowdiffError."""
        if side not in ("A", "B"):
            raise LowdiffError(f"side is {side!r}; it must be 'A' or 'B'")
        whole(f"{self.dataset}: n_train", n_train, 1)
        if n_train > self.size:
            raise TooFewSamples(self.dataset, int(n_train), self.size)
        return (self.A if side == "A" else self.B)[:n_train]


def split(
    n_total: int,
    seed: int = 0,
    held_out: int | None = None,
    identity: Sequence[int] | np.ndarray | None = None,
    dataset: str = "data",
) -> Split:
    """Divide n_total samples into A, B and `held_out` more (a fifth, at most 160, unless given).

    identity: the person on each sample. Where given, nobody is in two parts: the held-out people are new to
    both models. Whole people are held out, up to `held_out` samples (at least one person, if any are
    wanted), and the longer side is cut to the shorter. Without it, other photographs of a person on side A
    may be on side B or held out, and one sample is left over if the rest is odd.

    The same arguments give the same split on every machine and with every version of numpy. Raises
    LowdiffError.
    """
    whole(f"{dataset}: the number of samples to divide into two sides", n_total, 2)
    whole(f"{dataset}: the seed of the split", seed, 0)
    if held_out is None:
        held_out = min(round(HELD_OUT_FRACTION * n_total), HELD_OUT_MOST)
    whole(f"{dataset}: the number of samples held out", held_out, 0)
    if held_out > n_total - 2:
        raise LowdiffError(
            f"{dataset}: {held_out:,} of {n_total:,} samples held out; hold out at most {n_total - 2:,}, "
            "so that each side has one"
        )
    order = _shuffled(n_total, seed)
    if identity is None:
        rest, held = order[: n_total - held_out], order[n_total - held_out :]
        half = len(rest) // 2
        return Split(rest[:half], rest[::-1][:half], held, dataset)
    people = np.asarray(identity)
    if people.shape != (n_total,):
        raise LowdiffError(f"{dataset}: identities of shape {people.shape} for {n_total:,} samples; give one for each")
    part = _part_of_each_person(people, seed, held_out, dataset)
    mine, other = order[part[order] == 0], order[::-1][part[order[::-1]] == 1]
    half = min(len(mine), len(other))
    return Split(mine[:half], other[:half], order[part[order] == 2], dataset)


def _part_of_each_person(people: np.ndarray, seed: int, held_out: int, dataset: str) -> np.ndarray:
    """For each sample the part that its person goes to: 0 is A, 1 is B, 2 held out."""
    _, person, counts = np.unique(people, return_inverse=True, return_counts=True)
    if len(counts) < 2 + (held_out > 0):
        raise LowdiffError(
            f"{dataset}: {len(counts)} people cannot be divided into parts with nobody in common; "
            f"at least {2 + (held_out > 0)} are needed"
        )
    part = np.empty(len(counts), int)
    todo, total = deque(_shuffled(len(counts), seed)), 0
    while held_out and len(todo) > 2:
        if total and total + counts[todo[-1]] > held_out:
            break
        total += counts[todo[-1]]
        part[todo.pop()] = 2
    filled = [0, 0]
    while todo:  # the smaller side takes the next person, A from the front, B from the end
        side = int(filled[1] < filled[0])
        someone = todo.pop() if side else todo.popleft()
        part[someone] = side
        filled[side] += counts[someone]
    return part[person]


def _shuffled(n: int, seed: int) -> np.ndarray:
    """A permutation of n from the raw output of the bit generator, which numpy promises never to change."""
    return np.argsort(np.random.PCG64(seed).random_raw(n), kind="stable")
