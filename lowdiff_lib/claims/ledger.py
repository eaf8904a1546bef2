"""From claims and tables to verdicts, and how they are shown: as text, as JSON, and as a table in the book."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from lowdiff_lib.claims.claim import Claim, Place
from lowdiff_lib.claims.effects import NotTested
from lowdiff_lib.claims.statements import CLAIMS
from lowdiff_lib.tables.tidy import COLUMNS, beside

HOLDS, FAILS, OPEN = "holds", "does not hold", "not tested at this scale"
ABSENT = "no table"
DRAWS = 4000
# 97.5 % quantiles of Student's t for 1, 2, ... degrees of freedom; the normal distribution's follows them closely.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
NORMAL = 1.96

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Verdict:
    """What some tables say about a claim: the word, the effect with a 95 % interval, and why it is not tested if so."""

    word: str
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    repetitions: int = 0
    reason: str = ""

    @property
    def numbers(self) -> str:
        if self.effect is None:
            return ""
        shown = [f"{round(value, 2) + 0.0:.2f}" for value in (self.effect, self.low, self.high) if value is not None]
        return shown[0] + (f" [{', '.join(shown[1:])}]" if shown[1:] else "")


@dataclass(frozen=True)
class Entry:
    """A claim at one place, as the published tables have it and as a re-run on this machine has it."""

    claim: Claim
    place: Place
    data: str  # the data sets, in words
    published: Verdict
    rerun: Verdict
    drawn: bool  # whether the chapter, run here, has the figure

    @property
    def tested(self) -> bool:
        """Whether any table has a number to say about it."""
        return self.published.effect is not None or self.rerun.effect is not None


def entries(published: Tables, rerun: Tables, claims: Sequence[Claim] = CLAIMS) -> list[Entry]:
    """The ledger: every claim at every place where it is to be tested. Tables are by study, with all their arms."""
    return [
        Entry(
            claim,
            place,
            _data(place, published, rerun),
            judge(claim, place, published),
            judge(claim, place, rerun),
            place.study in rerun and set(place.datasets) <= set(rerun[place.study].dataset),
        )
        for claim in claims
        for anywhere in claim.places
        for place in anywhere.on_each(_of(anywhere, each) for each in (published, rerun))
    ]


def judge(claim: Claim, place: Place, tables: Tables) -> Verdict:
    """Whether a claim holds: its whole interval lies on the claim's side of the threshold, or on the other."""
    places = [place, replace(place, arms=("twice",))][: 1 + claim.with_twice]
    whole = [_of_arms(each, tables) for each in places]
    empty = [each for each, table in zip(places, whole, strict=True) if table.empty]
    if empty:
        missing = [f"{each.study} ({', '.join(each.arms)})" for each in empty]
        return Verdict(OPEN, reason=f"{ABSENT} {' and '.join(missing)}")
    if claim.effect is None:
        return Verdict(OPEN, reason="its statistic is still to be written")
    mine = [_of_data(each, table) for each, table in zip(places, whole, strict=True)]
    absent = [name for name in place.datasets if any(name not in set(table.dataset) for table in mine)]
    if absent:
        return Verdict(OPEN, reason="not in the table")
    try:
        effects = claim.effect(*mine).to_numpy(dtype=float)
    except NotTested as lacks:
        return Verdict(OPEN, reason=str(lacks))
    if not len(effects) or not np.isfinite(effects).all():
        return Verdict(OPEN, reason="the effect is not a finite number")
    effect = float(effects.mean())
    if len(effects) < 2:
        return Verdict(OPEN, effect, repetitions=1, reason="one repetition gives no interval")
    low, high = interval(effects)
    sides = (low > claim.threshold, high < claim.threshold)
    word = OPEN if not any(sides) else HOLDS if sides[0] == claim.above else FAILS
    reason = "" if any(sides) else f"undecided, as {claim.threshold:g} is inside the interval"
    return Verdict(word, effect, low, high, len(effects), reason)


def interval(effects: np.ndarray) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over repetitions, the same at every call.

    The bootstrap of few values is too narrow; it is widened by what Student's t asks for (Hesterberg 2015, "What
    teachers should know about the bootstrap", on narrowness bias).
    """
    n = len(effects)
    draws = effects[np.random.default_rng(0).integers(0, n, (DRAWS, n))].mean(1)
    t = STUDENT[n - 2] if n - 2 < len(STUDENT) else NORMAL + 2.5 / (n - 1)
    wider = t / NORMAL * (n / (n - 1)) ** 0.5
    low, high = (np.percentile(draws, [2.5, 97.5]) - effects.mean()) * wider + effects.mean()
    return float(low), float(high)


def as_json(ledger: Sequence[Entry]) -> str:
    rows = [
        {
            **{name: getattr(e.claim, name) for name in ("name", "statement", "source")},
            "data": e.data,
            "study": e.place.study, "chapter": e.place.chapter, "figure": e.place.figure,
            **{name: getattr(e.claim, name) for name in ("statistic", "threshold", "why")},
            "holds_if": "above" if e.claim.above else "below",
            "published": asdict(e.published), "rerun": asdict(e.rerun),
        }
        for e in ledger
    ]  # fmt: skip
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False)


def as_text(ledger: Sequence[Entry], profile: str) -> str:
    """The ledger for a terminal."""
    lines = []
    for claim, mine in by_claim(ledger):
        lines += ["", f"{claim.statement} ({claim.source})", f"  {claim.test}"]
        for places, first in alike(mine):
            for label, verdict in (("published", first.published), (profile, first.rerun)):
                said = "; ".join(filter(None, (verdict.word, verdict.numbers, verdict.reason)))
                lines.append(f"    {', '.join(entry.data for entry in places)}, {label}: {said}")
    return "\n".join([*lines, "", *(summary(ledger, profile).replace("**", "").splitlines())])


def summary(ledger: Sequence[Entry], profile: str) -> str:
    """How many claims hold, as a sentence for the published tables and one for the re-run."""
    lines = []
    for label, verdicts in (
        ("the published tables", [entry.published for entry in ledger]),
        (f"the tables of profile {profile} on this machine", [entry.rerun for entry in ledger]),
    ):
        if all(verdict.reason.startswith(ABSENT) for verdict in verdicts):
            lines.append(f"- Nothing is said by {label}: there are none yet.")
            continue
        count = {word: sum(verdict.word == word for verdict in verdicts) for word in (HOLDS, FAILS, OPEN)}
        lines.append(
            f"- By {label}, of {len(ledger)} tests of {len(list(by_claim(ledger)))} claims **{count[HOLDS]} hold**, "
            f"{count[FAILS]} do not hold, and {count[OPEN]} are not tested at this scale."
        )
    return "\n".join(lines)


def by_claim(ledger: Sequence[Entry]) -> Iterator[tuple[Claim, list[Entry]]]:
    for claim in dict.fromkeys(entry.claim for entry in ledger):
        yield claim, [entry for entry in ledger if entry.claim is claim]


def alike(mine: Sequence[Entry]) -> Iterator[tuple[list[Entry], Entry]]:
    """Entries of one claim about which the same is said, as one; and the first of them."""
    groups: dict[tuple[Verdict, Verdict], list[Entry]] = {}
    for entry in mine:
        groups.setdefault((entry.published, entry.rerun), []).append(entry)
    for group in groups.values():
        yield group, group[0]


def _of(place: Place, tables: Tables) -> pd.DataFrame:
    """What the tables have of a place: of its arms and data sets."""
    return _of_data(place, _of_arms(place, tables))


def _of_data(place: Place, table: pd.DataFrame) -> pd.DataFrame:
    """Of the rows of its arms those of its data sets, if every arm has some."""
    there = table[table.dataset.isin(place.datasets)] if place.datasets else table
    return there if there.arm.nunique() == len(place.arms) else there.iloc[:0]


def _of_arms(place: Place, tables: Tables) -> pd.DataFrame:
    """What they have of its arms, on whichever data; of several arms, where all but the first were run."""
    table = tables.get(place.study, pd.DataFrame(columns=COLUMNS))
    usual, *others = (table[table.arm == arm] for arm in place.arms)
    return beside(pd.concat(others), usual) if others else usual


def _data(place: Place, *sources: Tables) -> str:
    """The data sets of a place in words: its own, or those that its tables have."""
    there = place.datasets or [name for tables in sources for name in _of(place, tables).dataset.unique()]
    return " and ".join(dict.fromkeys(there)) or place.study.replace("_", " ")
