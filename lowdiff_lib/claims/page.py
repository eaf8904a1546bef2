"""The ledger as a notebook shows it: a row of dots for each claim, a tab for each n_train, a click for the numbers."""

import html
from collections.abc import Iterator
from typing import Any

from lowdiff_lib.claims import summary
from lowdiff_lib.claims.claim import CHECK, PAPER, Claim
from lowdiff_lib.claims.ledger import Ledger, Row, Verdict
from lowdiff_lib.claims.rule import ABSENT, CANNOT, FAILS, HOLDS, UNDECIDED, WORDS
from lowdiff_lib.claims.text import numbers, sections
from lowdiff_lib.tables import live
from lowdiff_lib.tables.tidy import called

DOTS = {HOLDS: "●", FAILS: "✕", UNDECIDED: "○", CANNOT: "–", ABSENT: "·"}
KINDS = {HOLDS: "holds", FAILS: "fails", UNDECIDED: "open", CANNOT: "cannot", ABSENT: "absent"}
SEEN = {  # what the explorer is to show of a study
    **dict.fromkeys(("parting", "training_set_size", "near_the_manifold"), "field"),
    **{"trajectories": "follow", "attractors": "again", "perturbed": "again"},
}
PARTLY = "◐"  # a row that holds here and not there


class Page:
    """The ledger as HTML. linked: rows have anchors, which one table of a page may have."""

    def __init__(self, found: Ledger, linked: bool = True):
        self.ledger, self.linked = found, linked

    def _repr_html_(self) -> str:
        found, name = self.ledger, "published" if self.linked else "mine"
        if not found.sizes:
            return "<p>Nothing was measured, so there is nothing to say.</p>"
        first = opening(found)
        tabs, panels = [], []
        for n in found.sizes:
            checked = " checked" if n == first else ""
            radio = f'<input type="radio" name="lowdiff-{name}" id="{name}-{n}"{checked}>'
            tabs.append(f'{radio}<label for="{name}-{n}">{n:,}</label>')
            panels.append(f'<div class="lowdiff-panel">{"".join(self._panel(n, n == first))}</div>')
        choose = '<span class="lowdiff-tabs">Training samples N</span>'
        columns = f'style="--columns: {len(found.datasets)}"'
        return f'<div class="lowdiff-ledger" {columns}>{_legend()}{choose}{"".join(tabs)}{"".join(panels)}</div>'

    def _panel(self, n: int, first: bool) -> Iterator[str]:
        names = "".join(f"<span><i>{html.escape(called([name]))}</i></span>" for name in self.ledger.datasets)
        yield f'<div class="lowdiff-names" aria-hidden="true"><b></b>{names}<b></b></div>'
        for title, rows in sections(self.ledger):
            body = "".join(self._row(row, n, first) for row in rows)
            if rows[0].claim.kind == CHECK:
                yield f'<details class="lowdiff-checks"><summary>{html.escape(title)}</summary>{body}</details>'
            else:
                yield f'<p class="lowdiff-asked">{html.escape(title)}</p>{body}'

    def _row(self, row: Row, n: int, first: bool) -> str:
        claim = row.claim
        at = {name: row.at(name, n) for name in self.ledger.datasets}
        dots = "".join(_dot(name, verdict) for name, (_, verdict) in at.items())
        anchor = f' id="claim-{claim.name}"' if first and self.linked else ""
        kind = " control" if claim.under else ""
        said = f"<small>{html.escape(claim.quote or 'our reading')}</small>" if claim.kind == PAPER else ""
        what = f'<span class="lowdiff-what">{html.escape(claim.statement)}{said}</span>'
        word = f'<span class="lowdiff-word {_kind(row)}">{html.escape(summary.brief(row))}</span>'
        each = "".join(_numbers(claim, name, size, verdict) for name, (size, verdict) in at.items())
        whole = f"<p>Over all data and N: <b>{html.escape(summary.in_words(row))}</b>.</p>"
        more = f'<div class="lowdiff-more">{whole}{_about(claim)}{f"<ul>{each}</ul>" if each else ""}</div>'
        return f'<details class="lowdiff-claim{kind}"{anchor}><summary>{what}{dots}{word}</summary>{more}</details>'


def strip(found: Ledger, page: str = "chapters/claims.html") -> str:
    """The paper's sentences with a dot each, and their row in words, for another page. page: that of claims."""
    rows = [row for row in found.rows if row.claim.kind == PAPER]
    dots = []
    for row in rows:
        said, words = html.escape(row.claim.statement), html.escape(summary.in_words(row), quote=True)
        dot = f'<span class="lowdiff-dot {_kind(row)}" role="img" aria-label="{words}:">{_sign(row)}</span>'
        link = f'href="{page}#claim-{row.claim.name}" title="{words}"'
        dots.append(f"<li>{dot} <a {link}>{said}</a></li>")
    return f'<ul class="lowdiff-strip">{"".join(dots)}</ul>'


def opening(found: Ledger) -> int:
    """The n_train that a reader sees first: where most is decided of the paper's sentences and our controls of them."""

    def decided(n: int) -> int:
        rows = [row for row in found.rows if row.claim.kind != CHECK]
        return sum(row.at(name, n)[1].decided for row in rows for name in found.datasets)

    return max(found.sizes, key=decided)


def _kind(row: Row) -> str:
    return KINDS.get(summary.of_row(row), "partly")


def _sign(row: Row) -> str:
    return DOTS.get(summary.of_row(row), PARTLY)


def _legend() -> str:
    signs = "".join(f"<span>{_mark(word)} {word}</span>" for word in WORDS)
    return f'<p class="lowdiff-legend">{signs}</p>'


def _mark(word: str) -> str:
    return f'<span class="lowdiff-dot {KINDS[word]}" aria-hidden="true">{DOTS[word]}</span>'


def _dot(name: str, verdict: Verdict) -> str:
    said = html.escape(f"{called([name])}: {verdict.word}", quote=True)
    kind = KINDS[verdict.word]
    return f'<span class="lowdiff-dot {kind}" role="img" aria-label="{said}" title="{said}">{DOTS[verdict.word]}</span>'


def _about(claim: Claim) -> str:
    """Whose sentence it is, what decides it, and what else one should know."""
    rule = "All data sets together (Holm). " if claim.headline else ""
    said = (
        f"{html.escape(claim.source)}.",
        f"{html.escape(_capital(claim.decided_by))}.",
        f"{rule}{html.escape(claim.note)}",
    )
    return "".join(f"<p>{each}</p>" for each in said if each.strip())


def _numbers(claim: Claim, name: str, n_train: int, verdict: Verdict) -> str:
    if verdict.word == ABSENT:
        return ""
    figure = html.escape(f"#fig-{verdict.figure}", quote=True) if verdict.figure else ""
    links = [f'<a href="{verdict.chapter}.html{figure}">figure</a>'] if verdict.chapter else []
    links += [live.link(name, n_train, words="try it", **seen)] if (seen := _seen(verdict)) else []
    said, more = html.escape(numbers(claim, verdict)), " ".join(links)
    return f"<li>{_mark(verdict.word)} <b>{html.escape(called([name]))}</b>, N = {n_train:,}: {said}. {more}</li>"


def _seen(verdict: Verdict) -> dict[str, Any]:
    """The rest of the state of the explorer that shows what was measured; nothing if it has none.

    It has no other arms, and a single noise level, unless points are followed through all of them.
    """
    show = SEEN.get(verdict.study) if verdict.arm in live.ARMS else None
    if show == "follow":
        return {"show": show}
    return {"show": show, "sigma": verdict.sigma} if show and verdict.sigma is not None else {}


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
