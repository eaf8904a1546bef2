"""The ledger of claims as a notebook shows it."""

import html
from collections.abc import Iterator, Sequence

from lowdiff_lib.claims.claim import Claim
from lowdiff_lib.claims.ledger import FAILS, HOLDS, OPEN, Entry, Verdict, alike, by_claim


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
        rows = "\n".join(row for claim, mine in by_claim(tested) for row in _rows(claim, mine))
        table = f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"
        return f'<div class="lowdiff-ledger">{table if tested else ""}{_untested(self.ledger)}</div>'


def _untested(ledger: Sequence[Entry]) -> str:
    """What no table can decide, folded away: the sentence, the data, and what lacks."""
    items = []
    for claim, mine in by_claim([entry for entry in ledger if not entry.tested]):
        for places, first in alike(mine):
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
    for places, first in alike(mine):
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
