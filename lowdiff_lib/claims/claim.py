"""What a claim is: a sentence with its source, and a number of a table that decides it, at some places."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import pandas as pd

PAPER = "the paper"  # Pavlova and Wei, arXiv:2506.07841
PARENT = "its scientific parent"  # Kadkhodaie, Guth, Simoncelli and Mallat, arXiv:2310.02557
LI = "Li, Shen, Hsieh and He, arXiv:2509.24912"
CONTROL = "our control"


@dataclass(frozen=True)
class Place:
    """Where a claim is tested: a study and arms of it, the data sets it needs (none: whichever is there), the figure.

    each: on every data set of the table by itself, those that have the metric `having`; the figure's name may hold
    {dataset}.
    """

    study: str
    chapter: str = ""
    figure: str = ""
    datasets: tuple[str, ...] = ()
    arms: tuple[str, ...] = ("told",)
    each: bool = False
    having: str = ""

    def on_each(self, tables: Iterable[pd.DataFrame]) -> "list[Place]":
        """This place on every data set of some tables, low dimensions first; itself if it is not on each, or none."""
        found: dict[str, int] = {}
        for table in tables if self.each else ():
            able = table[table.metric == self.having] if self.having else table
            found |= dict(zip(able.dataset, able.dim, strict=True))
        names = sorted(found, key=lambda name: (found[name], name))
        one = [replace(self, datasets=(name,), figure=self.figure.format(dataset=name)) for name in names]
        return one or [self]


@dataclass(frozen=True)
class Claim:
    """A sentence, and what decides it: its effect is above the threshold, or below it.

    effect: from the place's table, restricted to its data sets, to one number for each repetition; None while nobody
    has written it. with_twice: `effect` also gets the table with twice the training.
    """

    name: str
    statement: str
    source: str
    places: tuple[Place, ...]
    statistic: str = ""
    above: bool = True
    threshold: float = 0.0
    why: str = ""
    effect: Callable[..., pd.Series] | None = None
    with_twice: bool = False

    @property
    def test(self) -> str:
        """What decides it, in words."""
        if self.effect is None:
            return "What decides it is still to be written"
        return f"Holds if {'above' if self.above else 'below'} {self.threshold:g} ({self.why}): {self.statistic}"


MIXTURES = (Place("training_set_size", "training-set-size", "size-{dataset}", each=True),)
FACES = (Place("denoising_faces", "denoising-faces", "face-curves"),)
SHAPES = (
    Place("training_set_size", "training-set-size", "size-sharpcov", ("uniform", "sharpcov")),
    Place("training_set_size", "training-set-size", "size-hd-sharpcov", ("hd-uniform", "hd-sharpcov")),
)
TRAJECTORIES = (Place("trajectories", "trajectories", "trajectories-{dataset}", each=True),)
ATTRACTORS = (Place("attractors", "attractors", "attractors-spiral", each=True),)
OBJECTIVES = (Place("training_set_size", "objectives", arms=("told", "ncsn", "ssm"), each=True),)
NEAR = (Place("near_the_manifold", "near-the-manifold", "memory-spiral", each=True),)
THIN = (replace(NEAR[0], having="score_error_normal"),)
LOOSE = "what rounding otherwise in training may move a cosine by"
