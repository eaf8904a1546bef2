"""Python source, read and not run: the definitions of a module.

`names` finds what they name, and `fingerprint` follows that from one module to the next.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

Imports = dict[str, list[str]]  # local name -> the dotted paths that it may mean

IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FOR_CHECKERS = {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SHELL = re.compile(r"\s*[%!]")  # IPython's own syntax, which Python's parser refuses


class Module:
    """One parsed source file: its definitions, where its imported names come from, its effect statements."""

    def __init__(self, name: str, tree: ast.Module, is_package: bool = False):
        self.name, self.is_package, self.tree = name, is_package, tree
        self.definitions: dict[str, list[ast.stmt]] = {}
        self.imports: Imports = {}
        self.for_checkers: Imports = {}  # those under TYPE_CHECKING, which only annotations use
        self.effects: list[ast.stmt] = []
        for statement in tree.body:
            self._add(statement)
        for nodes in list(self.definitions.values()):
            self.effects += [node for node in nodes if self._registers(node)]

    def _add(self, statement: ast.stmt) -> None:
        if isinstance(statement, IMPORTS):
            merge(self.imports, self.imported(statement))
        elif isinstance(statement, _DEFINITIONS):
            self.definitions.setdefault(statement.name, []).append(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and not _changes_something(statement):
            for name in stored(statement):
                self.definitions.setdefault(name, []).append(statement)
        elif isinstance(statement, ast.If) and ast.unparse(statement.test) in _FOR_CHECKERS:
            merge(self.for_checkers, *self._all_imported(statement))
        elif not (isinstance(statement, ast.If) and ast.unparse(statement.test) == "__name__ == '__main__'"):
            self.effects.append(statement)
            merge(self.imports, *self._all_imported(statement))
            for name in stored(statement):
                self.definitions.setdefault(name, []).append(statement)

    def _registers(self, node: ast.stmt) -> bool:
        """Whether a decorator of this package sees the definition, and so may put it in a registry."""
        roots = [_root(decorator) for decorator in getattr(node, "decorator_list", [])]
        top = self.name.partition(".")[0]
        ours = {name for name, found in self.imports.items() if any(path.partition(".")[0] == top for path in found)}
        return any(root in self.definitions or root in ours for root in roots)

    def _all_imported(self, statement: ast.stmt) -> Iterator[Imports]:
        yield from (self.imported(inner) for inner in ast.walk(statement) if isinstance(inner, IMPORTS))

    def imported(self, node: ast.stmt) -> Imports:
        """What an import binds: local name -> dotted path."""
        if isinstance(node, ast.Import):
            named = {alias.asname: [alias.name] for alias in node.names if alias.asname}
            tops = {alias.name.partition(".")[0] for alias in node.names if not alias.asname}
            return named | {top: [top] for top in tops}
        assert isinstance(node, ast.ImportFrom)
        base = [node.module] if node.module else []
        if node.level:
            parts = self.name.split(".")
            base = parts[: len(parts) - node.level + self.is_package] + base
        return {alias.asname or alias.name: [".".join([*base, alias.name])] for alias in node.names}


def merge(into: Imports, *others: Mapping[str, list[str]]) -> None:
    """Add bindings. A name may have two: `try: import a as x`, then `except ImportError: import b as x`."""
    for other in others:
        for name, found in other.items():
            into[name] = [*dict.fromkeys([*into.get(name, []), *found])]


def stored(node: ast.AST) -> set[str]:
    """Names that a statement binds where it stands, so not those inside functions and comprehensions."""
    if isinstance(node, _DEFINITIONS):
        return {node.name}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    inner = () if isinstance(node, _COMPREHENSIONS) else ast.iter_child_nodes(node)
    return set().union(*map(stored, inner))


def _changes_something(statement: ast.Assign | ast.AnnAssign) -> bool:
    """Whether an assignment goes into an object (`a.b = c`, `a[b] = c`) rather than to a new name."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    parts = [part for target in targets for part in ast.walk(target)]
    return any(isinstance(part, ast.Attribute | ast.Subscript) for part in parts)


def _root(node: ast.AST) -> str:
    """The name that a chain such as `a.b(c).d` starts with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


class Strip(ast.NodeTransformer):
    """Removes docstrings (any string that stands alone), and puts the annotations of functions aside, in `hints`.

    Those that choose what runs stay: `functools.singledispatch` reads them where `@function.register` stands.
    """

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        alone = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if alone else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        arguments = [inner for inner in ast.walk(node.args) if isinstance(inner, ast.arg)]
        hints = [hint for hint in (node.returns, *(each.annotation for each in arguments)) if hint]
        node.hints = hints  # type: ignore[union-attr]
        node.returns = None
        if not any(isinstance(each, ast.Attribute) and each.attr == "register" for each in node.decorator_list):
            for argument in arguments:
                argument.annotation = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef


class Hush(ast.NodeTransformer):
    """Removes what errors say, but for those of which `is_shown`: their text is part of a result.

    is_shown: asked of what is called in `raise X(...)`.
    """

    def __init__(self, is_shown: Callable[[ast.expr], bool]):
        self.is_shown = is_shown

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if isinstance(node.exc, ast.Call) and not self.is_shown(node.exc.func):
            node.exc = node.exc.func
        return self.generic_visit(node)


def parse_cells(source: str) -> ast.Module:
    """Code cells without IPython's own syntax. Code that does not parse cannot run: it stands for itself."""
    plain = [re.sub(r"\S.*", "pass", line) if _SHELL.match(line) else line for line in source.splitlines()]
    for text in (source, "\n".join(plain)):
        try:
            body = ast.parse(text).body
        except SyntaxError:
            continue
        # A string alone on a cell's last line is shown by the notebook, so it counts.
        return ast.Module([node if isinstance(node, ast.Expr) else Strip().visit(node) for node in body], [])
    return ast.Module([ast.Expr(ast.Constant(source))], [])


def shell_lines(source: str) -> list[str]:
    return [line for line in source.splitlines() if _SHELL.match(line)]


def dump(node: object) -> str:
    """The tree as text, the same in every version of Python (`ast.dump` is not)."""
    if isinstance(node, list):
        return f"[{','.join(map(dump, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = [(name, value) for name, value in ast.iter_fields(node) if value is not None and value != []]
    kept = (f"{name}={dump(value)}" for name, value in fields if name not in {"ctx", "kind", "type_comment"})
    return f"{type(node).__name__}({','.join(kept)})"
