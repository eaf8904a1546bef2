"""The ledger for a terminal, one screen of a hundred columns; and all of it as JSON."""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict

from lowdiff_lib.claims import summary
from lowdiff_lib.claims.claim import CHECK, CONTROL, NEIGHBOUR, PAPER, QUESTIONS, Claim
from lowdiff_lib.claims.ledger import Ledger, Row
from lowdiff_lib.claims.rule import ABSENT, CANNOT, FAILS, HOLDS, UNDECIDED

WIDTH = 100
SIGNS = {HOLDS: "+", FAILS: "x", UNDECIDED: "o", CANNOT: "-", ABSENT: "."}
SHORT = {
    summary.FEW: "few data only",
    summary.MANY: "many data only",
    summary.DEPENDS: "depends",
    CANNOT: "not testable",
}


def table(found: Ledger) -> str:
    """A line for each claim; for each data set a sign for each n_train, few samples first."""
    if not found.sizes:
        return "Nothing was measured, so there is nothing to say."
    wide = max(6, len(found.sizes))
    lines = [" " * 37 + " ".join(f"{name[:wide]:{wide}}" for name in found.datasets)]
    for title, rows in sections(found):
        lines += ["", title, *(_line(row, found, wide) for row in rows)]
    lines += ["", "   ".join(f"{sign} {word}" for word, sign in SIGNS.items())]
    lines += [f"From left to right N = {', '.join(f'{n:,}' for n in found.sizes)}. Indented: our controls."]
    lines += ["With σ, effect, interval and reason: lowdiff claims --json", ""]
    for sentence in summary.sentences(found).replace("*", "").splitlines():
        lines += textwrap.wrap(sentence, WIDTH, subsequent_indent="  ")
    return "\n".join(lines)


def sections(found: Ledger) -> Iterator[tuple[str, list[Row]]]:
    """The rows of the paper under its four questions, with our controls; those of its neighbours; our checks."""
    for number, question in QUESTIONS.items():
        mine = [row for row in found.rows if row.claim.question == number and row.claim.kind in (PAPER, CONTROL)]
        if mine:
            yield question, mine
    for title, kind in (("What its neighbours say", NEIGHBOUR), ("Our own checks", CHECK)):
        if mine := [row for row in found.rows if row.claim.kind == kind]:
            yield title, mine


def _line(row: Row, found: Ledger, wide: int) -> str:
    said = ("  " if row.claim.under else "") + row.claim.statement
    signs = ("".join(SIGNS[row.at(name, n)[1].word] for n in found.sizes) for name in found.datasets)
    word = summary.of_row(row)
    return f"{said:36.36} {' '.join(f'{each:{wide}}' for each in signs)} {SHORT.get(word, word)}"


def as_json(found: Ledger) -> str:
    """Every claim with all that is said of it, and its verdicts."""
    rows = [
        {
            **_about(row.claim), "in_words": summary.in_words(row),
            "verdicts": [{"data": name, "n_train": n, **asdict(v)} for (name, n), v in row.verdicts.items()],
        }
        for row in found.rows
    ]  # fmt: skip
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False)


def _about(claim: Claim) -> dict:
    words = ("name", "statement", "kind", "source", "quote", "under", "statistic", "why", "headline", "note")
    about = {name: getattr(claim, name) for name in words}
    return about | {"question": QUESTIONS[claim.question], "holds_if": asdict(claim.test)}
