"""The names that code takes from its module: what it depends on, as dotted paths."""

import ast
import contextlib
import re
from collections.abc import Iterable, Sequence

from lowdiff_lib.base.source import IMPORTS, Imports, Module, merge, stored


class Names(ast.NodeVisitor):
    """Collects, as dotted paths, the names that code takes from its module: definitions and imports."""

    def __init__(self, module: Module):
        self.module = module
        self.paths: set[str] = set()
        self.hinted: set[str] = set()  # what annotations name: reached, but no part of the code
        self.imported: set[str] = set()  # what imports name, used or not
        # Names of the functions around, from the outside in: what each imports, nothing for a variable.
        self.scopes: list[Imports] = []
        self._in_hint = False

    def _paths(self, name: str) -> list[str]:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        if name in self.module.definitions:
            return [f"{self.module.name}.{name}"]
        for_checkers = self.module.for_checkers if self._in_hint else {}
        return [*self.module.imports.get(name, []), *for_checkers.get(name, [])]

    def _add(self, paths: Iterable[str]) -> None:
        (self.hinted if self._in_hint else self.paths).update(paths)

    def visit_Name(self, node: ast.Name) -> None:
        self._add(self._paths(node.id))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        chain, base = [node.attr], node.value
        while isinstance(base, ast.Attribute):
            chain, base = [base.attr, *chain], base.value
        if isinstance(base, ast.Name):
            self._add(".".join([path, *chain]) for path in self._paths(base.id))
        else:
            self.visit(base)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and re.fullmatch(r"\w+(\.\w+)*:\w+(\.\w+)?", node.value):
            self._add([node.value.replace(":", ".")])
        elif isinstance(node.value, str) and self._in_hint:
            with contextlib.suppress(SyntaxError):
                self.visit(ast.parse(node.value, mode="eval").body)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._hint(node.annotation)
        self.generic_visit(node)

    def _hint(self, annotation: ast.expr) -> None:
        self._in_hint = True
        self.visit(annotation)
        self._in_hint = False

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        self.imported |= {path for paths in self.module.imported(node).values() for path in paths}

    visit_ImportFrom = visit_Import

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        arguments = node.args
        for outer in [*getattr(node, "decorator_list", []), *arguments.defaults, *arguments.kw_defaults]:
            if outer:
                self.visit(outer)
        for hint in getattr(node, "hints", []):
            self._hint(hint)
        body = node.body if isinstance(node.body, list) else [node.body]
        self._inside({inner.arg for inner in ast.walk(arguments) if isinstance(inner, ast.arg)}, body)

    visit_AsyncFunctionDef = visit_FunctionDef
    visit_Lambda = visit_FunctionDef

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        targets = set().union(*(stored(generator.target) for generator in node.generators))
        self._inside(targets, list(ast.iter_child_nodes(node)))

    visit_SetComp = visit_ListComp
    visit_DictComp = visit_ListComp
    visit_GeneratorExp = visit_ListComp

    def _inside(self, variables: set[str], body: Sequence[ast.AST]) -> None:
        scope: Imports = {name: [] for name in variables.union(*map(stored, body))}
        for inner in (inner for statement in body for inner in ast.walk(statement)):
            if isinstance(inner, IMPORTS):
                merge(scope, self.module.imported(inner))
            elif isinstance(inner, ast.Global):
                for name in inner.names:
                    scope.pop(name, None)
        self.scopes.append(scope)
        for statement in body:
            self.visit(statement)
        self.scopes.pop()
