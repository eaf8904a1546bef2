"""What code a result depends on, as a hash.

A run, and an executed chapter, stay valid until code that can change their numbers changes. So the key of
a result holds the hash of the parsed definitions it reaches in this package, found by reading the source:
comments, docstrings, annotations of functions and layout don't count, and nothing is imported.

A definition is a function, a class (one unit, methods and all) or a module-level name. It reaches what it
names, directly, through attributes (`mixtures.mixture`), through imports at the top or inside a function, or
as a string "package.module:definition". Statements of a module that only have an effect (a call,
`REGISTRY[...] = ...`, a decorator of this package) belong to every definition of that module and of the
modules that import it. A module used as a value (`getattr(module, name)`) counts whole.

Out of reach: a method of an object that the code gets as an argument. Whoever builds the object names its
class.
"""

import ast
import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.source import Module, Names, Strip, dump, parse_cells, shell_lines

PACKAGE = Path(__file__).resolve().parents[1]
EFFECTS = "<module>"  # the name under which a module's effect statements are listed


def fingerprint(*targets: str, package: Path = PACKAGE) -> str:
    """Hash (16 hex digits) of the definitions that `targets` reach in `package`, themselves included.

    A target is "package.module:definition" or "package.module" (all of its definitions).
    Raises LookupError for a target that does not exist, LowdiffError for a source file that does not parse.
    """
    return _combined(dependencies(*targets, package=package))


def dependencies(*targets: str, package: Path = PACKAGE) -> dict[str, str]:
    """The definitions that `targets` reach, each with its own hash: what `fingerprint` is made of."""
    graph = _graph(package)
    return dict(graph.closure(key for target in targets for key in graph.find(target)))


def code_dependencies(source: str, package: Path = PACKAGE) -> dict[str, str]:
    """As `dependencies`, for code outside the package: the code cells of a chapter, joined."""
    return dict(_graph(package).closure_of_code(source))


def code_fingerprint(source: str, package: Path = PACKAGE) -> str:
    """Hash of what a chapter's code reaches in the package (not of the code itself: that is `code_hash`)."""
    return _combined(code_dependencies(source, package))


def code_hash(source: str) -> str:
    """Hash of code cells as parsed: comments and layout don't count, IPython's % and ! lines do."""
    return _digest("\n".join([dump(parse_cells(source)), *shell_lines(source)]))


def _combined(hashes: dict[str, str]) -> str:
    return _digest("\n".join(f"{key} {value}" for key, value in sorted(hashes.items())))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@functools.lru_cache(maxsize=2)
def _graph_of(package: Path, _stamps: tuple) -> "_Graph":
    return _Graph(package)


def _graph(package: Path) -> "_Graph":
    """The graph of the package as it is on disk now (read again when any file's time or size changes)."""
    files = sorted(package.rglob("*.py"))
    stamps = [(file, status.st_mtime_ns, status.st_size) for file in files for status in [file.stat()]]
    return _graph_of(package, tuple(stamps))


class _Graph:
    """Definitions of a package ("module:name") and which of them each one names."""

    def __init__(self, package: Path):
        self.package = package
        self.module = functools.cache(self._module)
        self.node = functools.cache(self._node)

    def _module(self, name: str) -> Module | None:
        """The module of that dotted name; None if the package has none."""
        top, *rest = name.split(".")
        if top != self.package.name:
            return None
        base = self.package.joinpath(*rest)
        is_package = (base / "__init__.py").is_file()
        path = base / "__init__.py" if is_package else base.with_suffix(".py")
        if not path.is_file():
            return None if not base.is_dir() else Module(name, ast.Module([], []), True)
        try:
            return Module(name, Strip().visit(ast.parse(path.read_bytes())), is_package)
        except SyntaxError as error:
            raise LowdiffError(f"{path}, line {error.lineno}: {error.msg}; mend it and run again") from None

    def find(self, target: str) -> list[str]:
        name, _, definition = target.partition(":")
        module = self.module(name)
        if module is None or (definition and definition not in module.definitions):
            raise LookupError(f"{target}: no such definition under {self.package}")
        return [f"{name}:{definition}"] if definition else self._whole(module)

    def _whole(self, module: Module) -> list[str]:
        return [f"{module.name}:{name}" for name in (EFFECTS, *module.definitions)]

    def resolve(self, dotted: str, seen: frozenset[str] = frozenset()) -> list[str]:
        """Definitions that a dotted path means: one, a whole module, or none (not of this package)."""
        top, *parts = dotted.split(".")
        module = self.module(top)
        if module is None or dotted in seen:
            return []
        for position, part in enumerate(parts):
            inner = self.module(f"{module.name}.{part}")
            if part in module.definitions:
                return [f"{module.name}:{part}"]
            if part in module.imports and module.imports[part] != f"{module.name}.{part}":
                path = ".".join([module.imports[part], *parts[position + 1 :]])
                return [f"{module.name}:{EFFECTS}", *self.resolve(path, seen | {dotted})]
            if inner is None:
                return self._whole(module)
            module = inner
        return self._whole(module)

    def _node(self, key: str) -> tuple[str, frozenset[str]]:
        """A definition's own hash and the keys that it names."""
        name, _, definition = key.partition(":")
        module = self.module(name)
        assert module is not None
        if definition != EFFECTS:
            own, named = self._hash(module, module.definitions[definition])
            return own, named | {f"{name}:{EFFECTS}"}
        own, named = self._hash(module, module.effects)
        return own if module.effects else "", named | self._effects_of(module.imports.values())

    def _hash(self, module: Module, nodes: list[ast.stmt]) -> tuple[str, frozenset[str]]:
        names = Names(module)
        for node in nodes:
            names.visit(node)
        reached = {path: self.resolve(path) for path in names.paths}
        foreign = sorted(path for path, keys in reached.items() if not keys)
        keys = frozenset(key for keys in reached.values() for key in keys) | self._effects_of(names.imported)
        return _digest("\n".join([*map(dump, nodes), *foreign])), keys

    def _effects_of(self, imported: Iterable[str]) -> frozenset[str]:
        """Importing a module runs its effect statements and those of the packages around it."""
        parts = [path.split(".") for path in imported]
        modules = {".".join(path[:end]) for path in parts for end in range(1, len(path) + 1)}
        return frozenset(f"{name}:{EFFECTS}" for name in modules if self.module(name) is not None)

    def closure(self, keys: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        todo = list(keys)
        while todo:
            key = todo.pop()
            if key not in found:
                found[key], named = self.node(key)
                todo += named
        return {key: own for key, own in sorted(found.items()) if own}

    def closure_of_code(self, source: str) -> dict[str, str]:
        module = Module("", parse_cells(source))
        _, named = self._hash(module, module.tree.body)
        return self.closure(named)
