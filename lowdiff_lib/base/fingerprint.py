"""What code a result depends on, as a hash.

A run, and an executed chapter, stay valid until code that can change their numbers changes. So what is known of
a result holds the hash of the parsed definitions it reaches in this package, found by reading the source:
comments, docstrings, annotations of functions and layout don't count, and nothing is imported.

A definition is a function, a class (one unit, methods and all) or a module-level name. It reaches what it
names, directly, through attributes (`mixtures.mixture`), through imports at the top or inside a function, or
as a string "package.module:definition". It also reaches the classes that annotations name, since it may call a
method of an object that it is given. Statements of a module that only have an effect (a call,
`REGISTRY[...] = ...`, a decorator of this package) belong to every definition of that module and of the
modules that import it. A module used as a value (`getattr(module, name)`) counts whole.

What an error says does not count: `raise X(...)` is `raise X`. Unless the text is a result: a class of errors with
`shown = True`, its own or inherited, is one whose sentences are printed on a page.

Refused: `from module import *`, which hides what is named. Out of reach: a method of an object that comes with
no annotation, or whose annotation names no class of its own (a protocol). Whoever builds the object names its class.
"""

import ast
import atexit
import contextlib
import functools
import hashlib
import json
import platform
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from lowdiff_lib.base import paths, storage
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.names import Names
from lowdiff_lib.base.source import Hush, Module, Strip, dump, parse_cells, shell_lines, stored

PACKAGE = Path(__file__).resolve().parents[1]
EFFECTS = "<module>"  # the name under which a module's effect statements are listed
Node = tuple[str, frozenset[str]]  # a definition's own hash, and the keys that it names


def fingerprint(*targets: str, without: Iterable[str] = (), package: Path = PACKAGE) -> str:
    """Hash (16 hex digits) of the definitions that `targets` reach in `package`, themselves included.

    A target is "package.module:definition", "package.module:Class.member" (of the class that one alone) or
    "package.module" (all of its definitions). without: definitions that are not followed, and modules or packages of
    which nothing is. Raises LookupError for a target, or something to do without, that does not exist; LowdiffError
    for a source file that does not parse.
    """
    return combined(dependencies(*targets, without=without, package=package))


def dependencies(*targets: str, without: Iterable[str] = (), package: Path = PACKAGE) -> dict[str, str]:
    """The definitions that `targets` reach, each with its own hash: what `fingerprint` is made of."""
    graph = _graph(package)
    return dict(graph.closure((key for target in targets for key in graph.find(target)), without))


def code_dependencies(source: str, without: Iterable[str] = (), package: Path = PACKAGE) -> dict[str, str]:
    """As `dependencies`, for code outside the package: the code cells of a chapter, joined."""
    return dict(_graph(package).closure_of_code(source, without))


def source_hash(package: Path = PACKAGE) -> str:
    """Hash of all source files of the package, as they are."""
    return _graph(package).kept.source


def find(target: str, package: Path = PACKAGE) -> list[str]:
    """The definitions that a target means. Raises LookupError if there are none."""
    return _graph(package).find(target)


def code_hash(source: str) -> str:
    """Hash of code cells as parsed: comments and layout don't count, IPython's % and ! lines do."""
    return _digest("\n".join([dump(parse_cells(source)), *shell_lines(source)]))


def combined(hashes: Mapping[str, str]) -> str:
    """One hash of what `dependencies` found."""
    return _digest("\n".join(f"{key} {value}" for key, value in sorted(hashes.items())))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sources(package: Path) -> list[Path]:
    return sorted(package.rglob("*.py"))


@functools.lru_cache(maxsize=2)
def _graph_of(package: Path, _stamps: tuple) -> "_Graph":
    return _Graph(package, _Kept(package))


def _graph(package: Path) -> "_Graph":
    """The graph of the package as it is on disk now (read again when any file's time or size changes)."""
    files = _sources(package)
    stamps = [(file, status.st_mtime_ns, status.st_size) for file in files for status in [file.stat()]]
    return _graph_of(package, tuple(stamps))


class _Graph:
    """Definitions of a package ("module:name") and which of them each one names."""

    def __init__(self, package: Path, kept: "_Kept"):
        self.package, self.kept = package, kept
        self.module = functools.cache(self._module)

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
            tree = ast.parse(path.read_bytes())
        except SyntaxError as error:
            raise LowdiffError(f"{path}, line {error.lineno}: {error.msg}; mend it and run again") from None
        self._refuse_stars(tree, str(path))
        return Module(name, Strip().visit(tree), is_package)

    def _refuse_stars(self, tree: ast.Module, place: str) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                origin = f"{'.' * node.level}{node.module or ''}"
                if node.level or origin.partition(".")[0] == self.package.name:
                    raise LowdiffError(
                        f"{place}, line {node.lineno}: from {origin} import * hides what is used, and so what depends "
                        "on it; name it"
                    )

    def find(self, target: str) -> list[str]:
        name, _, definition = target.partition(":")
        module = self.module(name)
        if module is None or (definition and not self._nodes(module, definition)):
            raise LookupError(f"{target}: no such definition under {self.package}")
        return [target] if definition else self._whole(module)

    def _nodes(self, module: Module, definition: str) -> list[ast.stmt]:
        """The statements that make a definition, or a member of a class; none if there is no such thing."""
        name, _, member = definition.partition(".")
        nodes = module.definitions.get(name, [])
        if not member:
            return nodes
        inside = [inner for node in nodes if isinstance(node, ast.ClassDef) for inner in node.body]
        return [inner for inner in inside if member in stored(inner)]

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
            elsewhere = [path for path in module.imports.get(part, []) if path != f"{module.name}.{part}"]
            inside = [path for path in elsewhere if path.startswith(f"{module.name}.{part}.")]
            if inner and inside and position + 1 < len(parts):  # a module that a name of its own hides: a.f is a.f.f
                elsewhere = []
            if elsewhere:
                paths = [".".join([path, *parts[position + 1 :]]) for path in elsewhere]
                found = [key for path in paths for key in self.resolve(path, seen | {dotted})]
                return [f"{module.name}:{EFFECTS}", *found]
            if inner is None:
                return self._whole(module)
            module = inner
        return self._whole(module)

    def node(self, key: str) -> Node:
        """A definition's own hash and the keys that it names."""
        return self.kept.node(key, lambda: self._node(key))

    def _node(self, key: str) -> Node:
        name, _, definition = key.partition(":")
        module = self.module(name)
        assert module is not None
        if definition != EFFECTS:
            own, named = self._hash(module, self._nodes(module, definition))
            either = module.imports.get(definition, [])  # as in `try: from a import f`, `except ImportError: def f()`
            return own, named.union({f"{name}:{EFFECTS}"}, *map(self.resolve, either))
        own, named = self._hash(module, module.effects)
        imported = [path for paths in module.imports.values() for path in paths]
        return own if module.effects else "", named | self._effects_of(imported)

    def _hash(self, module: Module, nodes: list[ast.stmt]) -> Node:
        quiet = Hush(lambda raised: self._is_shown(module, raised))
        nodes = [quiet.visit(node) for node in nodes]
        names = Names(module)
        for node in nodes:
            names.visit(node)
        reached = {path: self.resolve(path) for path in names.paths}
        foreign = sorted(path for path, keys in reached.items() if not keys)
        reached |= {path: self.resolve(path) for path in names.hinted}
        keys = frozenset(key for keys in reached.values() for key in keys) | self._effects_of(names.imported)
        return _digest("\n".join([*map(dump, nodes), *foreign])), keys

    def _is_shown(self, module: Module, expression: ast.expr) -> bool:
        """Whether an expression names a class of errors whose text is part of a result."""
        names = Names(module)
        names.visit(expression)
        for key in (key for path in names.paths for key in self.resolve(path)):
            name, _, definition = key.partition(":")
            owner = self.module(name)
            assert owner is not None
            for node in owner.definitions.get(definition, []):
                if isinstance(node, ast.ClassDef) and (
                    any(ast.unparse(inner) == "shown = True" for inner in node.body)
                    or any(self._is_shown(owner, base) for base in node.bases)
                ):
                    return True
        return False

    def _effects_of(self, imported: Iterable[str]) -> frozenset[str]:
        """Importing a module runs its effect statements and those of the packages around it."""
        parts = [path.split(".") for path in imported]
        modules = {".".join(path[:end]) for path in parts for end in range(1, len(path) + 1)}
        return frozenset(f"{name}:{EFFECTS}" for name in modules if self.module(name) is not None)

    def closure(self, keys: Iterable[str], without: Iterable[str] = ()) -> dict[str, str]:
        cut, rooms = set(), []
        for each in without:
            if ":" in each:
                cut |= set(self.find(each))
            else:
                self.find(each)
                rooms.append(f"{each}.")
        found: dict[str, str] = {}
        todo = list(keys)
        while todo:
            key = todo.pop()
            inside = f"{key.partition(':')[0]}."
            if key not in found and key not in cut and not any(map(inside.startswith, rooms)):
                found[key], named = self.node(key)
                todo += named
        return {key: own for key, own in sorted(found.items()) if own}

    def closure_of_code(self, source: str, without: Iterable[str]) -> dict[str, str]:
        key = f"<code {_digest(source)}>"
        _, named = self.kept.node(key, lambda: self._node_of_code(source))
        return self.closure(named, without)

    def _node_of_code(self, source: str) -> Node:
        tree = parse_cells(source)
        self._refuse_stars(tree, "the code cells")
        module = Module("", tree)
        return self._hash(module, module.tree.body)


class _Kept:
    """Nodes that this process or one before it worked out, in the project's `_build`; to read source takes seconds.

    They hold for the very bytes of all source files and for one Python: on any other they are forgotten. Of other
    packages, and without a project, none are kept; where nothing can be written it goes without.
    """

    def __init__(self, package: Path):
        content = "".join(f"{file.relative_to(package)} {storage.sha256(file)}\n" for file in _sources(package))
        self.source = _digest(f"{platform.python_version()} {content}")
        ours = package == PACKAGE and paths.in_project()
        self._path = paths.build() / "definitions.json" if ours else None
        self._nodes = self._read(self._path) if self._path else {}
        self._known = len(self._nodes)
        if self._path:
            atexit.register(self._write, self._path)

    def node(self, key: str, work_out: Callable[[], Node]) -> Node:
        if key not in self._nodes:
            self._nodes[key] = work_out()
        return self._nodes[key]

    def _read(self, path: Path) -> dict[str, Node]:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            record = storage.unseal(path.read_bytes())
            if record["source"] == self.source:
                keys = record["keys"]
                named = [frozenset(keys[index] for index in indices) for indices in record["named"]]
                return dict(zip(keys, zip(record["own"], named, strict=False), strict=False))
        return {}

    def _write(self, path: Path) -> None:
        if len(self._nodes) == self._known:
            return
        nodes = self._read(path) | self._nodes
        keys = [*nodes, *sorted({key for _, named in nodes.values() for key in named} - nodes.keys())]
        index = {key: position for position, key in enumerate(keys)}
        record = {
            "source": self.source,
            "keys": keys,
            "own": [own for own, _ in nodes.values()],
            "named": [sorted(index[key] for key in named) for _, named in nodes.values()],
        }
        with contextlib.suppress(OSError):
            storage.write_if_changed(path, json.dumps(storage.seal(record)).encode())
