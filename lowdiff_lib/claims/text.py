"""The ledger in words: for a terminal, one screen of a hundred columns; some of it for another page; all as JSON."""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict

from lowdiff_lib.base import words
from lowdiff_lib.claims import notes, summary
from lowdiff_lib.claims.claim import CHECK, CONTROL, NEIGHBOUR, PAPER, QUESTIONS, Claim
from lowdiff_lib.claims.ledger import Ledger, Row, Verdict
from lowdiff_lib.claims.rule import ABSENT, CANNOT, FAILS, HOLDS, UNDECIDED

WIDTH = 100
SEEN = 0.005  # share of photographs in common from which on it is said
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
        if rows[0].claim.kind != CHECK:
            lines += [f"# {title}", *(_line(row, found, wide) for row in rows)]
    lines += ["", "   ".join(f"{sign} {word}" for word, sign in SIGNS.items())]
    lines += [f"From left to right N = {', '.join(f'{n:,}' for n in found.sizes)}. Indented: our controls."]
    lines += ["Our own checks, and all with σ, effect, interval and reason: lowdiff claims --json", ""]
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


def of_claims(found: Ledger, *names: str) -> str:
    """Some claims with what was measured of them, for a page that shows what they rest on; Markdown."""
    parts = []
    for row in (each for name in names for each in found.rows if each.claim.name == name):
        claim = row.claim
        parts.append(f"*{claim.statement}* ({claim.source}; {claim.decided_by}): **{summary.in_words(row)}**.")
        found_of = [each for each in row.verdicts.items() if each[1].effect is not None]
        cells = ((name, f"{n:,}", v.word, numbers(claim, v)) for (name, n), v in found_of)
        parts.append(words.table("", ("data", "N", "so", "by what was measured"), cells))
    return "\n\n".join(filter(None, parts))


def as_json(found: Ledger) -> str:
    """Every claim with all that is said of it, and its verdicts; and what is said of all of them together."""
    rows = [
        {
            **_about(row.claim), "in_words": summary.in_words(row),
            "verdicts": [{"data": name, "n_train": n, **asdict(v)} for (name, n), v in row.verdicts.items()],
        }
        for row in found.rows
    ]  # fmt: skip
    whole = {"claims": rows, "together": notes.multiplicity(found), "limits": notes.limits(found)}
    return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)


def _about(claim: Claim) -> dict:
    words = ("name", "statement", "kind", "source", "quote", "under", "statistic", "why", "headline", "note")
    about = {name: getattr(claim, name) for name in words}
    about |= {"question": QUESTIONS[claim.question], "holds_if": asdict(claim.test)}
    return about | dict(zip(("half", "twice"), claim.others or (None, None), strict=True))


def numbers(claim: Claim, verdict: Verdict) -> str:
    """What a verdict rests on: the effect and its interval, why it is that word, other thresholds, longer training."""
    parts = [_measured(claim, verdict), verdict.reason, _sensitivity(verdict), _lasting(claim, verdict)]
    return "; ".join(filter(None, parts))


def _measured(claim: Claim, verdict: Verdict) -> str:
    """Effect, interval, how many repetitions, at which noise."""
    if verdict.effect is None:
        return ""
    ratio = claim.test.log
    at = "" if verdict.sigma is None else f" at σ = {verdict.sigma:g}"
    if verdict.low is None or verdict.high is None:
        return f"{_number(verdict.effect, ratio)}{at}"
    ends = f"[{_number(verdict.low, ratio)}, {_number(verdict.high, ratio)}]"
    least = "at most " if verdict.at_most else ""
    shared = f" that share {verdict.shared:.0%} of their photographs" if verdict.shared >= SEEN else ""
    return f"{least}{_number(verdict.effect, ratio)} {ends}{at}, {len(verdict.values)} repetitions{shared}"


def _sensitivity(verdict: Verdict) -> str:
    """Whether another threshold would change the word."""
    said = {"half": verdict.at_half, "twice": verdict.at_twice}
    other = [f"with {name} the threshold {word}" for name, word in said.items() if word and word != verdict.word]
    return ", ".join(other) if verdict.word in (HOLDS, FAILS, UNDECIDED) else ""


def _lasting(claim: Claim, verdict: Verdict) -> str:
    if not verdict.decided or not claim.lasts:
        return ""
    if verdict.longer is None or verdict.times is None:
        return "no longer training to compare with"
    return f"{_number(verdict.longer, claim.test.log)} after {verdict.times:g} times the training"


def _number(value: float, ratio: bool) -> str:
    """Two or three digits behind the point; of a ratio more of what is small, so that it is not 0."""
    if abs(value) >= 1000 or (ratio and value < 0.0005):
        return words.number(value)
    return f"{round(value, 3) + 0.0:.3f}" if abs(value) < 0.1 else f"{value:.2f}"
