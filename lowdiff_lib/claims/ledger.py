"""From claims and tables to verdicts: every claim on every data set at every n_train."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from lowdiff_lib.claims.beside import CLAIMS
from lowdiff_lib.claims.cell import CannotTell, Cell, NotMeasured, Shelf, Tables
from lowdiff_lib.claims.claim import Claim, Place
from lowdiff_lib.claims.effects import AtMost
from lowdiff_lib.claims.rule import (
    ABSENT,
    CANNOT,
    ERROR,
    FAILS,
    HOLDS,
    UNDECIDED,
    errors_of_holm,
    interval,
    probability,
)
from lowdiff_lib.tables.facts import Facts


@dataclass(frozen=True)
class Verdict:
    """What tables say about a claim on one data set at one n_train.

    sigma: the level that it was judged at. values: the effect in each repetition; at_most: it is no larger than this.
    error: with what probability each end of the interval is wrong. shared: what share of their samples repetitions may
    have in common. longer: the effect after the longest training, which has so many times the steps; None without one.
    at_half, at_twice: the word, if the threshold were that.
    """

    word: str
    reason: str = ""
    study: str = ""
    arm: str = ""
    sigma: float | None = None
    values: tuple[float, ...] = ()
    at_most: bool = False
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    error: float = ERROR
    shared: float = 0.0
    longer: float | None = None
    times: float | None = None
    at_half: str = ""
    at_twice: str = ""
    chapter: str = ""
    figure: str = ""

    @property
    def decided(self) -> bool:
        return self.word in (HOLDS, FAILS)


@dataclass(frozen=True)
class Row:
    """A claim with its verdicts by data set and n_train."""

    claim: Claim
    verdicts: Mapping[tuple[str, int], Verdict] = field(default_factory=dict)

    def at(self, dataset: str, n: int) -> tuple[int, Verdict]:
        """The verdict in the column of a decade n, and at which n_train: the largest one that is decided, if any is."""
        there = [size for name, size in self.verdicts if name == dataset and decade(size) == n]
        if not there:
            return n, Verdict(ABSENT)
        known = {size: self.verdicts[dataset, size] for size in there}
        best = max(there, key=lambda size: (known[size].decided, known[size].low is not None, size))
        return best, known[best]


@dataclass(frozen=True)
class Ledger:
    """All claims by one set of tables. sizes: the decades of n_train that there are."""

    rows: tuple[Row, ...]
    datasets: tuple[str, ...]

    @cached_property
    def sizes(self) -> list[int]:
        return sorted({decade(n) for row in self.rows for _, n in row.verdicts})

    @property
    def verdicts(self) -> Iterator[Verdict]:
        return (verdict for row in self.rows for verdict in row.verdicts.values())


def decade(n_train: int) -> int:
    """The power of ten that a number of samples is nearest to, by ratio: 4,916 stands beside 10,000."""
    return 10 ** round(np.log10(n_train))


def ledger(
    tables: Tables,
    facts: Mapping[str, Facts],
    claims: Sequence[Claim] = CLAIMS,
    pools: Mapping[str, int] | None = None,
) -> Ledger:
    """Every claim by some tables, by study with all their arms.

    facts: what is known of each data set. pools: how many photographs sides are drawn from, by the name of a table.
    """
    shelf = Shelf(tables, facts, pools)
    return Ledger(tuple(_row(claim, shelf) for claim in claims), tuple(shelf.datasets))


def _row(claim: Claim, shelf: Shelf) -> Row:
    found: dict[tuple[str, int], Verdict] = {}
    repetitions: dict[tuple[str, int], int] = {}  # of those that count
    for dataset in shelf.datasets:
        for place in claim.places:
            for cell in _usual(shelf.cells(place.study, place.arm, dataset)):
                key, verdict = (dataset, cell.n_train), _measured(claim, place, cell)
                there = 0 if verdict.word == ABSENT else len(cell.repetitions)
                if there > repetitions.get(key, -1):
                    found[key], repetitions[key] = verdict, there
    for n in {decade(n) for _, n in found}:
        family = [key for key, verdict in found.items() if decade(key[1]) == n and len(verdict.values) > 1]
        errors = [ERROR] * len(family)
        if claim.headline:
            errors = errors_of_holm([probability(found[k].values, claim.test, found[k].shared) for k in family])
        found |= {key: _decided(claim, found[key], error) for key, error in zip(family, errors, strict=True)}
    return Row(claim, dict(sorted(found.items(), key=lambda each: (shelf.datasets.index(each[0][0]), each[0][1]))))


def _usual(cells: list[Cell]) -> list[Cell]:
    """Of several lengths of training of the same, the shortest: the usual one."""
    first: dict[int, Cell] = {}
    for cell in cells:
        first.setdefault(cell.n_train, cell)
    return list(first.values())


def _measured(claim: Claim, place: Place, cell: Cell) -> Verdict:
    """What there is of it, still without a word; or why there is none."""
    chapter, figure = place.figure(cell.dataset)
    about = Verdict("", study=place.study, arm=place.arm, shared=cell.shared, chapter=chapter, figure=figure)
    sigma = None
    try:
        sigma = claim.at(cell)
        values, at_most = _values(claim, cell, sigma)
    except NotMeasured as lacks:
        return replace(about, word=ABSENT, reason=str(lacks), sigma=sigma)
    except CannotTell as why:
        return replace(about, word=CANNOT, reason=str(why), sigma=sigma)
    about = replace(about, sigma=sigma, values=tuple(values), at_most=at_most)
    if not np.isfinite(values).all() or (claim.test.log and min(values) <= 0):
        return replace(about, word=CANNOT, reason="the effect is not a finite number", values=())
    if len(values) < 2:
        return replace(about, word=CANNOT, reason="one repetition gives no interval", effect=float(values[0]))
    return _after_longer_training(claim, cell, about)


def _values(claim: Claim, cell: Cell, sigma: float | None) -> tuple[list[float], bool]:
    found = claim.effect(cell, sigma)
    series = found.values if isinstance(found, AtMost) else found
    if series.empty:
        raise NotMeasured("no repetition has all that it takes")
    return series.sort_index().astype(float).to_list(), isinstance(found, AtMost)


def _after_longer_training(claim: Claim, cell: Cell, about: Verdict) -> Verdict:
    """The verdict with the effect after the longest training that has all that it takes, if there is one.

    As it would be if that moved all repetitions as it moved those that it has.
    """
    for pair in cell.longer if claim.lasts else []:
        both = pair[0].repetitions & pair[1].repetitions
        usual_one, longest = (replace(each, only=both) for each in pair)
        try:
            each = [_values(claim, of, about.sigma)[0] for of in (usual_one, longest, cell)]
        except (NotMeasured, CannotTell):
            continue
        if claim.test.log and min(map(min, each)) <= 0:
            continue
        usual, longer, mean = (float(np.mean([claim.test.scaled(v) for v in values])) for values in each)
        times = longest.step / usual_one.step
        return replace(about, longer=claim.test.unscaled(mean + longer - usual), times=times)
    return about


def _decided(claim: Claim, found: Verdict, error: float) -> Verdict:
    """With its interval and its word."""
    test = claim.test
    effect, low, high = interval(found.values, test, error, found.shared)
    word, reason = test.word(low, high), ""
    if word == UNDECIDED:
        reason = "the interval has the threshold inside"
    if found.at_most and word == (FAILS if not test.above else HOLDS):
        word, reason = UNDECIDED, "the true effect is smaller than this, as the measured levels end there"
    if word in (HOLDS, FAILS) and found.longer is not None and found.times is not None:
        again = test.unscaled(2 * test.scaled(found.longer) - test.scaled(effect))
        if {test.word(value, value) for value in (found.longer, again)} != {word}:
            reason = f"{found.times:g} times the training moves it from {effect:.2g} to {found.longer:.2g}"
            word = CANNOT
    half, twice = (test.at(t).word(low, high) for t in claim.others) if claim.others else ("", "")
    about = replace(found, effect=effect, low=low, high=high, error=error)
    return replace(about, word=word, reason=reason, at_half=half, at_twice=twice)
