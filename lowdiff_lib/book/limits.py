"""The limits that a parameter's comment states, and those that nobody would understand.

    at least 1    above 0    at most 10    below 10    from 1 to 10    one of: a, b, c    one of the mixtures

`no less than`, `more than`, `no more than` and `less than` mean the same as the first four. Choices end with the
comment, at a semicolon, or with the sentence. `one of the mixtures`, or `flat mixtures`, which lie in the plane: those
that the library knows, whose source is read and not run, so that a new one can be chosen at once. What seems to be a
limit in other words is refused: it would hold for nothing.
"""

import ast
import re
from dataclasses import dataclass

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.fingerprint import PACKAGE

HOLDS = {
    "at least": lambda value, limit: value >= limit,
    "above": lambda value, limit: value > limit,
    "at most": lambda value, limit: value <= limit,
    "below": lambda value, limit: value < limit,
}
_SAME = {"no less than": "at least", "more than": "above", "no more than": "at most", "less than": "below"}
_UNDERSTOOD = "at least 1, above 0, at most 10, below 10, from 1 to 10, one of: a, b, c or one of the mixtures"

_NUMBER = r"([-+]?(?:\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)(?:e[-+]?\d+)?)(?![\w^*%/]|[.,]\d)"
_WORDS = "|".join(sorted([*HOLDS, *_SAME], key=len, reverse=True))
_LIMIT = re.compile(rf"(?<!not )\b({_WORDS}) {_NUMBER}", re.IGNORECASE)
_RANGE = re.compile(rf"\bfrom {_NUMBER} to {_NUMBER}", re.IGNORECASE)
_CHOICES = re.compile(r"\bone of:\s*(.+?)\s*(?:;|\.\s|\.?$)", re.IGNORECASE)
_NAMED = re.compile(r"\bone of the ((?:flat )?mixtures)\b", re.IGNORECASE)
_SOME = r"[:=]?\ ([-+]?\.?\d | (zero|one|two|three|four|five|six|seven|eight|nine|ten|a\ hundred|a\ thousand)\b)"
_SEEMS = re.compile(
    rf"""\bone\ of\b
    | \b(at\ least | at\ most | no\ \w+\ than)\b
    | \b({_WORDS.replace(" ", "[ ]")} | not\ \w+ | up\ to | (max|min)(imum)? | \w+er\ than){_SOME}
    | (^ | [,;(]\ * | \b(each|is|be)\ )(under | over | from | between | within){_SOME}
    | [<>\u2264\u2265]=?\ *[-+]?\.?\d
    | \d\ *(-|\.\.|\u2013|to\b)\ *\d""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Limits:
    """What a comment allows: choices as written, and bounds such as (("above", 0.0), ("at most", 1.0))."""

    choices: tuple[str, ...]
    bounds: tuple[tuple[str, float], ...]


def read(comment: str) -> Limits:
    """The limits in a comment. Raises LowdiffError for one that cannot be understood, with what could be."""
    comment = spelled(comment)
    choices = _CHOICES.search(comment)
    options = tuple(option for part in choices[1].split(",") if (option := part.strip())) if choices else ()
    rest = comment.replace(choices[0], "; ", 1) if choices else comment
    bounds = []
    for low, high in _RANGE.findall(rest):
        bounds += [("at least", _number(low)), ("at most", _number(high))]
    rest = _RANGE.sub(";", rest)
    for word, limit in _LIMIT.findall(rest):
        bounds.append((_SAME.get(word.lower(), word.lower()), _number(limit)))
    if seems := _SEEMS.search(_LIMIT.sub(";", rest)):
        raise LowdiffError(
            f"the comment seems to state a limit, `{seems[0]}`, that is not understood; write it as {_UNDERSTOOD}, "
            "or say it in other words if it is none"
        )
    if joined := [option for option in options if re.match(r"(or|and)\s|.+\s(or|and)\s", option)]:
        raise LowdiffError(f"the choice `{joined[0]}` is not understood; put commas alone between choices")
    return Limits(options, tuple(bounds))


def spelled(comment: str) -> str:
    """A comment with the names in place of `the mixtures`."""
    return _NAMED.sub(lambda found: f"one of: {', '.join(_mixtures(flat=found[1].lower() != 'mixtures'))};", comment)


def _mixtures(flat: bool) -> list[str]:
    """The names of the mixtures, or of those in the plane, from the source that lists their recipes and dimensions."""
    tree = ast.parse((PACKAGE / "datasets" / "mixtures.py").read_text(encoding="utf-8"))
    (recipes,) = (node.value for node in tree.body if isinstance(node, ast.Assign) and "_RECIPES" in _names(node))
    assert isinstance(recipes, ast.Dict)
    dims = {ast.literal_eval(k): ast.literal_eval(v.elts[1]) for k, v in zip(recipes.keys, recipes.values, strict=True)}  # type: ignore
    return [name for name, dim in dims.items() if dim == 2 or not flat]


def _names(node: ast.Assign) -> list[str]:
    return [ast.unparse(target) for target in node.targets]


def _number(text: str) -> float:
    return float(text.replace(",", ""))
