"""Quantities in words, small tables of them, and words for terminals that lack letters."""

import codecs
import math
import re
import signal
import sys
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"([-+−]?\d([^,;]|,\d)*)?$")  # one, with what it is of
_SPELT = {"σ": "sigma", "²": "^2", "√": "sqrt ", "·": "-", "×": "x", "–": "-", "’": "'"}


def speak_plainly() -> None:
    """Where a terminal has no Greek and no accents, letters are spelt out; nothing that is printed is an error."""

    def spell(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        letters = error.object[error.start : error.end]
        return "".join(_SPELT.get(letter, "?") for letter in letters), error.end

    codecs.register_error("lowdiff", spell)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not in a notebook
            stream.reconfigure(errors="lowdiff")


def death(code: int | None) -> str:
    """What the exit code of a process says of its end, in words; nothing if it was killed, or if there is none."""
    if code in (None, 0, -9, -15):  # not told, or told by others
        return ""
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def duration(seconds: float) -> str:
    """Seconds in words: 4 s, 2 min 5 s, 1 h 3 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s" if whole else "under 1 s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def listed(words: Iterable[str]) -> str:
    """Words as a list of a sentence: a; a and b; a, b and c."""
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def number(value: float) -> str:
    """Two digits, none of them a power of ten; from a million on in words."""
    if abs(value) >= 1e6:
        return f"{float(f'{value / 1e6:.2g}'):,g} million"
    decimals = max(0, 1 - math.floor(math.log10(abs(value)))) if value else 0
    said = f"{float(f'{value:.2g}'):,.{decimals}f}"
    return said.rstrip("0").rstrip(".") if decimals else said


def table(lead: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A small table in Markdown below a line that says what it is of; nothing if there are no rows.

    A column of numbers stands to the right.
    """
    cells = [list(row) for row in rows]
    if not cells:
        return ""
    rule = ["--:" if all(_NUMBER.match(cell) for cell in column) else "---" for column in zip(*cells, strict=True)]
    lines = [f"| {' | '.join(line)} |" for line in (head, rule, *cells)]
    return "\n".join([lead, "", *lines] if lead else lines)


def folded(text: str, title: str = "The numbers") -> str:
    """Markdown that a reader has to open, below its title; nothing if there is none."""
    return f'<details class="lowdiff-folded"><summary>{title}</summary>\n\n{text}\n\n</details>' if text else ""
