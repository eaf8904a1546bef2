"""From claims and tables to verdicts, and how they are shown: as text, as JSON, and as a table in the book."""

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from lowdiff_lib.claims.effects import NotTested
from lowdiff_lib.claims.statements import CLAIMS, Claim, Place
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
    mine = [_of(each, tables) for each in places]
    missing = [f"{each.study} ({', '.join(each.arms)})" for each in places if _of_arms(each, tables).empty]
    if missing:
        return Verdict(OPEN, reason=f"{ABSENT} {' and '.join(missing)}")
    if claim.effect is None:
        return Verdict(OPEN, reason="its statistic is still to be written")
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
    for claim, mine in _by_claim(ledger):
        lines += ["", f"{claim.statement} ({claim.source})", f"  {claim.test}"]
        for places, first in _alike(mine):
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
            f"- By {label}, of {len(ledger)} tests of {len(list(_by_claim(ledger)))} claims **{count[HOLDS]} hold**, "
            f"{count[FAILS]} do not hold, and {count[OPEN]} are not tested at this scale."
        )
    return "\n".join(lines)


class Page:
    """The ledger as a notebook shows it: a table by claim, with a small plot of both intervals and links."""

    def __init__(self, ledger: Sequence[Entry], profile: str):
        self.ledger, self.profile = ledger, profile

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col">{text}</th>'
            for text in ("data", "published", f"re-run, {html.escape(self.profile)}", "effect and threshold")
        )
        tested = [entry for entry in self.ledger if entry.tested]
        rows = "\n".join(row for claim, mine in _by_claim(tested) for row in _rows(claim, mine))
        table = f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"
        return f'<div class="lowdiff-ledger">{table if tested else ""}{_untested(self.ledger)}</div>'


def _untested(ledger: Sequence[Entry]) -> str:
    """What no table can decide, folded away: the sentence, the data, and what lacks."""
    items = []
    for claim, mine in _by_claim([entry for entry in ledger if not entry.tested]):
        for places, first in _alike(mine):
            lacks = " and ".join(dict.fromkeys((first.published.reason, first.rerun.reason)))
            where = ", ".join(entry.data for entry in places)
            items.append(f"<li>{html.escape(claim.statement)} <small>{html.escape(f'{where}: {lacks}')}</small></li>")
    if not items:
        return ""
    summary = f"<summary>{len(items)} more tests that no table here decides</summary>"
    return f"<details>{summary}<ul>{''.join(items)}</ul></details>"


def _rows(claim: Claim, mine: Sequence[Entry]) -> Iterator[str]:
    said = f"{html.escape(claim.statement)} <small>From {html.escape(claim.source)}. {html.escape(claim.test)}.</small>"
    yield f'<tr class="claim" id="claim-{claim.name}"><th scope="rowgroup" colspan="4">{said}</th></tr>'
    shown = [v for entry in mine for v in (entry.published, entry.rerun) if v.effect is not None]
    span = [claim.threshold, *(v.effect for v in shown if v.effect is not None)]
    pad = 0.15 * (max(span) - min(span)) or 1.0
    for places, first in _alike(mine):
        cells = "".join(_cell(verdict) for verdict in (first.published, first.rerun))
        plot = _plot(first, claim.threshold, min(span) - pad, max(span) + pad)
        yield f'<tr><th scope="row">{", ".join(map(_linked, places))}</th>{cells}<td>{plot}</td></tr>'


def _linked(entry: Entry) -> str:
    text, place = html.escape(entry.data), entry.place
    anchor = f"#fig-{place.figure}" if entry.drawn and place.figure else ""
    return f'<a href="{place.chapter}.html{anchor}">{text}</a>' if place.chapter else text


def _cell(verdict: Verdict) -> str:
    more = html.escape("; ".join(filter(None, (verdict.numbers, verdict.reason))))
    kind = {HOLDS: "holds", FAILS: "fails", OPEN: "open"}[verdict.word]
    return f'<td><span class="verdict {kind}">{verdict.word}</span> <small>{more}</small></td>'


def _plot(entry: Entry, threshold: float, left: float, right: float) -> str:
    """Both intervals on one axis, published above and strong, re-run below and light; the threshold is dashed."""

    def x(value: float) -> str:
        return f"{100 * min(1.0, max(0.0, (value - left) / (right - left))):.1f}"

    marks, words = [], [f"threshold {threshold:g}"]
    for y, opacity, name, v in ((7, 1, "published", entry.published), (15, 0.55, "re-run", entry.rerun)):
        if v.effect is None:
            continue
        words.append(f"{name} {v.numbers}")
        line = "" if v.low is None or v.high is None else f'<path d="M{x(v.low)} {y}H{x(v.high)}"/>'
        dot = f'<circle cx="{x(v.effect)}" cy="{y}" r="2.5" fill="currentColor"/>'
        marks.append(f'<g opacity="{opacity}" stroke="currentColor" stroke-width="1.5">{line}{dot}</g>')
    if not marks:
        return ""
    at = f'<path d="M{x(threshold)} 1V21" stroke="currentColor" stroke-dasharray="2 2"/>'
    label = html.escape(", ".join(words), quote=True)
    return (
        f'<svg viewBox="-4 0 108 22" width="108" height="22" role="img" aria-label="{label}">{at}{"".join(marks)}</svg>'
    )


def _by_claim(ledger: Sequence[Entry]) -> Iterator[tuple[Claim, list[Entry]]]:
    for claim in dict.fromkeys(entry.claim for entry in ledger):
        yield claim, [entry for entry in ledger if entry.claim is claim]


def _alike(mine: Sequence[Entry]) -> Iterator[tuple[list[Entry], Entry]]:
    """Entries of one claim about which the same is said, as one; and the first of them."""
    groups: dict[tuple[Verdict, Verdict], list[Entry]] = {}
    for entry in mine:
        groups.setdefault((entry.published, entry.rerun), []).append(entry)
    for group in groups.values():
        yield group, group[0]


def _of(place: Place, tables: Tables) -> pd.DataFrame:
    """What the tables have of a place: of its arms and data sets."""
    mine = _of_arms(place, tables)
    there = mine[mine.dataset.isin(place.datasets)] if place.datasets else mine
    return there if there.arm.nunique() == len(place.arms) else there.iloc[:0]


def _of_arms(place: Place, tables: Tables) -> pd.DataFrame:
    """What they have of its arms, on whichever data; of several arms, where all but the first were run."""
    table = tables.get(place.study, pd.DataFrame(columns=COLUMNS))
    usual, *others = (table[table.arm == arm] for arm in place.arms)
    return beside(pd.concat(others), usual) if others else usual


def _data(place: Place, *sources: Tables) -> str:
    """The data sets of a place in words: its own, or those that its tables have."""
    there = [name for tables in sources for name in _of(place, tables).dataset.unique()]
    return " and ".join(place.datasets or dict.fromkeys(there)) or place.study.replace("_", " ")
