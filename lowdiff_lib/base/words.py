"""Quantities in words, and words for terminals that lack letters."""

import codecs
import signal
import sys
from collections.abc import Iterable

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
