"""What was measured of one data set with one number of training samples: what a claim is judged on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.tables import times
from lowdiff_lib.tables.facts import Facts

Tables = Mapping[str, pd.DataFrame]
Curve = dict[float, dict[int, float]]  # noise level, repetition: value
LONGER = {"told": ("eightfold", "fourfold", "twice")}  # arms beside those of `times`
OVER_TIME = ("parting", "face_blindness")  # the studies of training time
PLAIN = {  # what the shape of a data set is compared with: plainer data of as many dimensions
    "sharpcov": "uniform", "spiral": "uniform", "hd-sharpcov": "hd-uniform", "thin-manifold": "hd-sharpcov"
}  # fmt: skip
OF_PHOTOGRAPHS = ("denoising_faces", "memorisation", "robustness", "face_")  # how the names of their studies begin


class NotMeasured(LowdiffError):
    """The tables lack what a claim is about; the message says what."""

    shown = True


class CannotTell(LowdiffError):
    """What was measured cannot decide a claim; the message says why."""

    shown = True


class Shelf:
    """Tables by study, with all their arms, laid out so that one number is found at once; and facts of the data.

    pools: how many photographs a table's sides are drawn from, by its name, where that is known.
    """

    def __init__(self, tables: Tables, facts: Mapping[str, Facts], pools: Mapping[str, int] | None = None):
        self.facts, self.pools = facts, pools or {}
        self.once: dict[tuple[Callable, Cell], Any] = {}
        self.dims: dict[str, int] = {}
        self.photographs: set[str] = set()
        self.trainings: dict[tuple[str, str, str], set[tuple[int, int]]] = {}  # n_train and step by study, arm, data
        self._curves: dict[tuple, dict[tuple[str, str], Curve]] = {}
        for study, table in tables.items():
            self.dims |= dict(zip(table.dataset, table.dim, strict=True))
            if study.startswith(OF_PHOTOGRAPHS):
                self.photographs |= set(table.dataset)
            columns = ("arm", "dataset", "n_train", "step", "metric", "who", "sigma", "repetition", "value")
            for arm, data, n, step, metric, who, *row in zip(*(table[c].tolist() for c in columns), strict=True):
                sigma, repetition, value = row
                self.trainings.setdefault((study, arm, data), set()).add((n, step))
                place = self._curves.setdefault((study, arm, data, n, step), {})
                place.setdefault((metric, who), {}).setdefault(sigma, {})[repetition] = value

    @cached_property
    def datasets(self) -> list[str]:
        """Of all tables, low dimensions first, plain data before others; photographs last."""
        return sorted(self.dims, key=lambda name: (name in self.photographs, self.dims[name], name in PLAIN, name))

    def cells(self, study: str, arm: str, dataset: str) -> "list[Cell]":
        """What there is of an arm on a data set, few samples first; of several lengths of training each."""
        found = self.trainings.get((study, arm, dataset), ())
        return [Cell(self, study, arm, dataset, *training) for training in sorted(found)]

    def curves(self, cell: "Cell") -> dict[tuple[str, str], Curve]:
        return self._curves[cell.study, cell.arm, cell.dataset, cell.n_train, cell.step]


@dataclass(frozen=True)
class Cell:
    """One data set, n_train and length of training of an arm of a study, all its repetitions.

    only: the repetitions that count, if not all do. before: the n_train that it is compared with, if not the next
    smaller one.
    """

    shelf: Shelf
    study: str
    arm: str
    dataset: str
    n_train: int
    step: int
    only: frozenset[int] = frozenset()
    before: int = 0

    @cached_property
    def curves(self) -> dict[tuple[str, str], Curve]:
        """For each metric and who, values by noise level and repetition."""
        found = self.shelf.curves(self)
        return (
            {key: {s: _only(each, self.only) for s, each in c.items()} for key, c in found.items()}
            if self.only
            else found
        )

    def curve(self, metric: str, who: str) -> Curve:
        """Raises NotMeasured."""
        try:
            return self.curves[metric, who]
        except KeyError:
            raise NotMeasured(f"no {metric} of {who} in {self.study}, {self.arm}") from None

    def values(self, metric: str, who: str, sigma: float | None = None) -> pd.Series:
        """By repetition, at a noise level, or the mean over all of them. Raises NotMeasured."""
        curve = self.curve(metric, who)
        if sigma is None:
            return pd.DataFrame(curve).mean(axis=1).sort_index()
        if sigma not in curve:
            raise NotMeasured(f"no {metric} of {who} at σ = {sigma:g} in {self.study}, {self.arm}")
        return pd.Series(curve[sigma], dtype=float).sort_index()

    def mean_of(self, metric: str, *whos: str, sigma: float | None = None) -> pd.Series:
        """By repetition, the mean of those of several that were measured. Raises NotMeasured if none was."""
        there = [who for who in whos if (metric, who) in self.curves] or list(whos)
        first, *others = (self.values(metric, who, sigma) for who in there)
        return pd.concat([first, *others], axis=1).mean(axis=1) if others else first

    def sigmas(self, metric: str, who: str) -> list[float]:
        """At which levels it was measured, the lowest first. Raises NotMeasured."""
        return sorted(self.curve(metric, who))

    @property
    def facts(self) -> Facts:
        """Raises CannotTell if nothing is known of the data set."""
        if self.dataset not in self.shelf.facts:
            raise CannotTell(f"the spread of {self.dataset} is not known, so what little noise is there is not either")
        return self.shelf.facts[self.dataset]

    @property
    def trainings(self) -> "list[Cell]":
        """The same of each length of training, the shortest first; of an arm of training time those of its kind."""
        arms = times.others(times.kind(self.arm)) if _of_time(self.arm) else [self.arm]
        return sorted(self._of_any_time(*arms), key=lambda cell: cell.step)

    @property
    def sizes(self) -> list[int]:
        """Each n_train of the data set in this arm."""
        return sorted({cell.n_train for cell in self.shelf.cells(self.study, self.arm, self.dataset)})

    @property
    def previous(self) -> "Cell":
        """The same with the next smaller n_train, of two samples at least. Raises CannotTell."""
        found = self.shelf.cells(self.study, self.arm, self.dataset)
        smaller = [cell for cell in found if cell.n_train < self.n_train and self.before in (0, cell.n_train)]
        if not smaller:
            raise CannotTell("nothing was measured with fewer samples")
        if smaller[-1].n_train == 1:
            raise CannotTell(
                "the step from one sample is no step from few to more: with one there is nothing to average"
            )
        return replace(smaller[-1], only=self.only)

    @property
    def three(self) -> "list[Cell]":
        """The same with the next but one smaller n_train, with the next, and itself. Raises CannotTell."""
        return [self.previous.previous, self.previous, self]

    @property
    def shared(self) -> float:
        """The share of A's samples that A of another repetition has, too: photographs are drawn from one pool.

        Where nobody says how large that is, it is at least both sides at the largest n_train. Samples of mixtures are
        drawn anew.
        """
        if self.dataset not in self.shelf.photographs:
            return 0.0
        return self.n_train / self.shelf.pools.get(f"{self.study}/{self.arm}", 2 * self.sizes[-1])

    def once(self, compute: "Callable[[Cell], Any]") -> Any:
        """What a function says of it, computed at the first call."""
        if (compute, self) not in self.shelf.once:
            self.shelf.once[compute, self] = compute(self)
        return self.shelf.once[compute, self]

    def of(self, study: str = "", arm: str = "", dataset: str = "") -> "Cell | None":
        """What there is of another study, arm or data set at this n_train; of several trainings the shortest."""
        found = self.shelf.cells(study or self.study, arm or self.arm, dataset or self.dataset)
        same = [cell for cell in found if cell.n_train == self.n_train]
        return replace(same[0], only=self.only) if same else None

    def as_long(self, arm: str) -> "Cell | None":
        """What there is of another arm at this n_train, trained for as many steps.

        Of two, that which is of training time like this, or like this is not: the others may differ in precision.
        """
        found = [cell for cell in self._of_any_time(arm, *_longer(arm)) if cell.step == self.step]
        return min(found, key=lambda cell: _of_time(cell.arm) != _of_time(self.arm), default=None)

    def _of_any_time(self, *arms: str) -> "list[Cell]":
        """What there is of some arms at this n_train."""
        found = [cell for arm in arms for cell in self.shelf.cells(self.study, arm, self.dataset)]
        return [replace(cell, only=self.only) for cell in found if cell.n_train == self.n_train]

    @property
    def longer(self) -> "list[tuple[Cell, Cell]]":
        """The usual training, and a longer one that it is to be compared with; the longest first.

        Of its own study, or of one that has training time as an axis.
        """
        pairs: list[tuple[Cell, Cell]] = []
        for study in dict.fromkeys((self.study, *OVER_TIME)):
            if (usual := self.of(study=study)) is None:
                continue
            found = [cell for arm in _longer(self.arm) for cell in self.shelf.cells(study, arm, self.dataset)]
            mine = [cell for cell in found if cell.n_train == self.n_train]
            before = max((n for n in usual.sizes if n < self.n_train), default=0)
            for longer in (cell for cell in mine if cell.step > usual.step):
                alike = [cell for cell in mine if cell.step == usual.step]  # also in the rest, such as its precision
                pairs.append((alike[0] if alike else usual, replace(longer, before=before)))
        return sorted(pairs, key=lambda pair: pair[0].step / pair[1].step)

    @property
    def repetitions(self) -> frozenset[int]:
        return frozenset(r for curve in self.curves.values() for values in curve.values() for r in values)


def _longer(kind: str) -> list[str]:
    """The arms that train the networks of a kind for longer, and some of them for less."""
    return [*times.others(kind), *LONGER.get(kind, ())]


def _of_time(arm: str) -> bool:
    """Whether it is an arm of training time."""
    return times.kind(arm) != arm


def _only(values: dict[int, float], repetitions: frozenset[int]) -> dict[int, float]:
    return {r: value for r, value in values.items() if r in repetitions}
