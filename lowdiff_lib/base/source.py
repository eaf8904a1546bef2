"""Python source, read and not run: the definitions of a module and the names that they use.

`fingerprint` follows these names from one module to the next.
"""

import ast
import re
from collections.abc import Sequence

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SHELL = re.compile(r"\s*[%!]")  # IPython's own syntax, which Python's parser refuses


class Module:
    """One parsed source file: its definitions, where its imported names come from, its effect statements."""

    def __init__(self, name: str, tree: ast.Module, is_package: bool = False):
        self.name, self.is_package, self.tree = name, is_package, tree
        self.definitions: dict[str, list[ast.stmt]] = {}
        self.imports: dict[str, str] = {}
        self.effects: list[ast.stmt] = []
        for statement in tree.body:
            self._add(statement)
        for nodes in list(self.definitions.values()):
            self.effects += [node for node in nodes if self._registers(node)]

    def _add(self, statement: ast.stmt) -> None:
        if isinstance(statement, _IMPORTS):
            self.imports |= self.imported(statement)
        elif isinstance(statement, _DEFINITIONS):
            self.definitions.setdefault(statement.name, []).append(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and not _changes_something(statement):
            for name in _stored(statement):
                self.definitions.setdefault(name, []).append(statement)
        elif not (isinstance(statement, ast.If) and _is_for_checkers_or_scripts(statement.test)):
            self.effects.append(statement)
            for inner in ast.walk(statement):
                if isinstance(inner, _IMPORTS):
                    self.imports |= self.imported(inner)
            for name in _stored(statement):
                self.definitions.setdefault(name, []).append(statement)

    def _registers(self, node: ast.stmt) -> bool:
        """Whether a decorator of this package sees the definition, and so may put it in a registry."""
        roots = [_root(decorator) for decorator in getattr(node, "decorator_list", [])]
        top = self.name.partition(".")[0]
        return any(r in self.definitions or self.imports.get(r, "").partition(".")[0] == top for r in roots)

    def imported(self, node: ast.stmt) -> dict[str, str]:
        """What an import binds: local name -> dotted path."""
        if isinstance(node, ast.Import):
            named = {alias.asname: alias.name for alias in node.names if alias.asname}
            tops = {alias.name.partition(".")[0] for alias in node.names if not alias.asname}
            return named | {top: top for top in tops}
        assert isinstance(node, ast.ImportFrom)
        base = [node.module] if node.module else []
        if node.level:
            parts = self.name.split(".")
            base = parts[: len(parts) - node.level + self.is_package] + base
        return {alias.asname or alias.name: ".".join([*base, alias.name]) for alias in node.names}


def _stored(node: ast.AST) -> set[str]:
    """Names that a statement binds where it stands, so not those inside functions and comprehensions."""
    if isinstance(node, _DEFINITIONS):
        return {node.name}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    inner = () if isinstance(node, _COMPREHENSIONS) else ast.iter_child_nodes(node)
    return set().union(*map(_stored, inner))


def _changes_something(statement: ast.Assign | ast.AnnAssign) -> bool:
    """Whether an assignment goes into an object (`a.b = c`, `a[b] = c`) rather than to a new name."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    parts = [part for target in targets for part in ast.walk(target)]
    return any(isinstance(part, ast.Attribute | ast.Subscript) for part in parts)


def _is_for_checkers_or_scripts(test: ast.expr) -> bool:
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING", "__name__ == '__main__'"}


def _root(node: ast.AST) -> str:
    """The name that a chain such as `a.b(c).d` starts with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


class Strip(ast.NodeTransformer):
    """Removes docstrings (any string that stands alone), the annotations of functions, and what errors say."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        alone = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if alone else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        if isinstance(node.exc, ast.Call):
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


class Names(ast.NodeVisitor):
    """Collects, as dotted paths, the names that code takes from its module: definitions and imports."""

    def __init__(self, module: Module):
        self.module = module
        self.paths: set[str] = set()
        self.imported: set[str] = set()  # what imports name, used or not
        # Names of the functions around, from the outside in: what each imports, "" for a variable.
        self.scopes: list[dict[str, str]] = []

    def _path(self, name: str) -> str:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        if name in self.module.definitions:
            return f"{self.module.name}.{name}"
        return self.module.imports.get(name, "")

    def visit_Name(self, node: ast.Name) -> None:
        if path := self._path(node.id):
            self.paths.add(path)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain, base = [node.attr], node.value
        while isinstance(base, ast.Attribute):
            chain, base = [base.attr, *chain], base.value
        if isinstance(base, ast.Name):
            if path := self._path(base.id):
                self.paths.add(".".join([path, *chain]))
        else:
            self.visit(base)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and re.fullmatch(r"\w+(\.\w+)*:\w+", node.value):
            self.paths.add(node.value.replace(":", "."))

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        self.imported |= set(self.module.imported(node).values())

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        arguments = node.args
        for outer in [*getattr(node, "decorator_list", []), *arguments.defaults, *arguments.kw_defaults]:
            if outer:
                self.visit(outer)
        body = node.body if isinstance(node.body, list) else [node.body]
        self._inside({inner.arg for inner in ast.walk(arguments) if isinstance(inner, ast.arg)}, body)

    visit_AsyncFunctionDef = visit_FunctionDef
    visit_Lambda = visit_FunctionDef

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        targets = set().union(*(_stored(generator.target) for generator in node.generators))
        self._inside(targets, list(ast.iter_child_nodes(node)))

    visit_SetComp = visit_ListComp
    visit_DictComp = visit_ListComp
    visit_GeneratorExp = visit_ListComp

    def _inside(self, variables: set[str], body: Sequence[ast.AST]) -> None:
        scope = dict.fromkeys(variables.union(*map(_stored, body)), "")
        for inner in (inner for statement in body for inner in ast.walk(statement)):
            if isinstance(inner, _IMPORTS):
                scope |= self.module.imported(inner)
            elif isinstance(inner, ast.Global):
                for name in inner.names:
                    scope.pop(name, None)
        self.scopes.append(scope)
        for statement in body:
            self.visit(statement)
        self.scopes.pop()
