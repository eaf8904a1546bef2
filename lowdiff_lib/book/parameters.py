"""What a reader may change in a chapter: its `parameters` cell, read and checked before anything runs.

The cell holds one literal per line. The comment on the line is the help, and may state a limit:

    lr = 1e-3                # learning rate, above 0 and at most 1
    sizes = [10, 100]        # training-set sizes n_train, each at least 1
    mixture = "spiral"       # one of: uniform, sharpcov, spiral

`limits` has the words that state one; what seems to be one in other words is an error. A limit on a list holds for
each of its items. The literal gives the type, so a cell never gets text where it had a number; a list that may be empty
says what it is a list of:

    sizes: list[int] = []    # training-set sizes, each at least 1; empty for those of the profile
"""

import ast
import io
import math
import re
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lowdiff_lib.base.checks import nearest
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.book import limits

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_LISTS = {bool: "true or false", int: "whole numbers", float: "numbers", str: "texts"}
_EXAMPLES = {bool: True, int: 10, float: 0.1, str: "a"}
_WRONG = (TypeError, ValueError, KeyError, OverflowError)  # how a value fails to be of a type
_WORDS = {"true": True, "yes": True, "false": False, "no": False}


class ParameterError(LowdiffError):
    """A parameter is unknown, or its value is of the wrong type or not allowed; one line for each."""


@dataclass(frozen=True)
class Parameter:
    """One line of a `parameters` cell. `type` is the type of the items where the value is a list (`many`)."""

    name: str
    default: Any
    type: type
    many: bool
    help: str
    choices: tuple[Any, ...]
    range: tuple[tuple[str, float], ...]  # such as (("above", 0.0), ("at most", 1.0))

    @property
    def kind(self) -> str:
        """The type in words."""
        return f"a list of {_LISTS[self.type]}" if self.many else _KINDS[self.type]

    def read(self, value: Any) -> Any:
        """`value`, or what it means if it is text, in this parameter's type. Raises ParameterError."""
        if not self.many:
            return self._read_one(value)
        items = _items(value) if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or (self.default and not items):
            such = f"such as {self.default or [(*self.choices, _EXAMPLES[self.type])[0]]}"
            raise ParameterError(f"{self.name}: {value!r} is not {self.kind}, {such}{self._as_list(value)}")
        return [self._read_one(item) for item in items]

    def _as_list(self, value: Any) -> str:
        """For one item where a list is wanted: how to write the list."""
        try:
            return f"; give {[self._read_one(value)]}".replace("'", '"') if value != "[]" else ""
        except ParameterError:
            return ""

    def _read_one(self, value: Any) -> Any:
        try:
            item = _typed(value, self.type)
        except _WRONG:
            text = f"{value!r} is not {_KINDS[self.type]}, such as {self.default or _EXAMPLES[self.type]}"
            raise ParameterError(f"{self.name}: {text}") from None
        if self.choices and item not in self.choices:
            allowed = ", ".join(map(str, self.choices))
            hint = _hint(str(item), map(str, self.choices))
            raise ParameterError(f"{self.name}: {item!r} is not one of {allowed}{hint}")
        for word, limit in self.range:
            if not limits.HOLDS[word](item, limit):
                raise ParameterError(f"{self.name}: {item!r} is too {_side(word)}; it must be {word} {limit:g}")
        return item


def parse(source: str, where: str = "parameters cell", first_line: int = 1) -> list[Parameter]:
    """The parameters in the source of a `parameters` cell that starts at line `first_line` of file `where`.

    Raises LowdiffError, naming the line, for all but `name = literal`, and for a default outside its limits.
    """
    try:
        statements = ast.parse(source).body
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, tokenize.TokenError) as error:
        line = first_line - 1 + (getattr(error, "lineno", None) or 1)
        raise LowdiffError(f"{where}, line {line}: not Python: {error}") from None
    comments = {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}
    found: dict[str, Parameter] = {}
    for statement in statements:
        lines = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
        text = " ".join(comments[line].lstrip("# ").rstrip() for line in lines if line in comments)
        try:
            parameter = _parameter(statement, text)
            if parameter.name in found:
                raise LowdiffError(f"{parameter.name} is set twice")
            parameter.read(parameter.default)
        except LowdiffError as error:
            raise LowdiffError(f"{where}, line {first_line - 1 + statement.lineno}: {error}") from None
        found[parameter.name] = parameter
    return list(found.values())


def validate(parameters: Iterable[Parameter], values: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """`values` (text or Python values, by name) in their parameters' types; `owner` is who has them.

    Raises ParameterError with one line for each unknown name and each value that is not allowed.
    """
    known = {parameter.name: parameter for parameter in parameters}
    typed, wrong = {}, []
    for name, value in values.items():
        try:
            if name not in known:
                hint = _hint(name, known) or _hint_by_value(value, known.values()) or "."
                has = ", ".join(known) or "none"
                raise ParameterError(f"{owner} has no parameter {name!r}{hint} It has: {has}")
            typed[name] = known[name].read(value)
        except ParameterError as error:
            wrong.append(str(error))
    if wrong:
        raise ParameterError("\n".join(wrong))
    return typed


def _hint(word: str, known: Iterable[str]) -> str:
    match = nearest(word, known)
    return f"; did you mean {match}?" if match else ""


def _hint_by_value(value: Any, known: Iterable[Parameter]) -> str:
    """For an unknown name: the parameter that such a value may have been meant for."""
    for parameter in known:
        if match := nearest(str(value), [choice for choice in parameter.choices if isinstance(choice, str)]):
            return f"; did you mean {match}, a value of {parameter.name}?"
    return ""


def _side(word: str) -> str:
    return "large" if word in ("at most", "below") else "small"


def _parameter(statement: ast.stmt, text: str) -> Parameter:
    name, value, stated = _parts(statement)
    try:
        default = ast.literal_eval(value)
    except ValueError:
        code = f"{name} = {ast.unparse(value)}"
        raise LowdiffError(f"{code} is computed; write a value, or compute it in the next cell") from None
    many = isinstance(default, list)
    types = {type(item) for item in default} if many else {type(default)}
    kind = float if types == {int, float} else next(iter(types)) if len(types) == 1 else None
    if stated:
        kind = {f"list[{k.__name__}]" if many else k.__name__: k for k in _KINDS}.get(stated)
    if kind not in _KINDS:
        hint = f"; say what it is a list of: `{name}: list[int] = []`" if default == [] else ""
        kinds = "a number, a text, True, False or a list of one of these"
        raise LowdiffError(f"{name} = {default!r} must be {kinds}{hint}")
    stated_limits = limits.read(text)
    if stated_limits.bounds and kind in {str, bool}:
        raise LowdiffError(f"{name} is {_KINDS[kind]}, so that `{' '.join(text.split())}` cannot limit it by a number")
    try:
        allowed = tuple(_typed(option, kind) for option in stated_limits.choices)
    except _WRONG:
        options = ", ".join(stated_limits.choices)
        raise LowdiffError(f"{name}: the choices {options} are not all {_LISTS[kind]}") from None
    return Parameter(name, default, kind, many, limits.spelled(text).rstrip(";"), allowed, stated_limits.bounds)


def _parts(statement: ast.stmt) -> tuple[str, ast.expr, str]:
    """Name, value and stated type ("" if none) of a line of the cell."""
    if isinstance(statement, ast.AnnAssign):
        targets, stated = [statement.target], ast.unparse(statement.annotation)
    else:
        targets, stated = getattr(statement, "targets", []), ""
    value = getattr(statement, "value", None)
    if len(targets) != 1 or not isinstance(targets[0], ast.Name) or value is None:
        raise LowdiffError("a parameters cell holds only lines like `name = value`; move this to another cell")
    return targets[0].id, value, stated


def _items(text: str) -> Any:
    """The list that a text means: Python's notation, where quotes around words may be missing."""
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        inner = re.fullmatch(r"\s*\[(.*)\]\s*", text, re.DOTALL)
        return inner[1].split(",") if inner else None


def _typed(value: Any, kind: type) -> Any:
    """`value` as a `kind`, from text or from a number that loses nothing; an error otherwise."""
    if kind is str or isinstance(value, str):
        return _from_text(value, kind)
    if isinstance(value, bool) is not (kind is bool) or not math.isfinite(value) or kind(value) != value:
        raise TypeError
    return kind(value)


def _from_text(text: Any, kind: type) -> Any:
    if not isinstance(text, str):
        raise TypeError
    text = text.strip()
    if kind is str:
        quoted = re.fullmatch(r"(['\"])(.*)\1", text)
        return quoted[2] if quoted else text
    if kind is bool:
        return _WORDS[text.lower()]
    if kind is int and re.fullmatch(r"[-+]?[\d_]+", text):
        return int(text)
    return _typed(float(text), kind)
