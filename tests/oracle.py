"""Which functions of the library ran: an oracle for what the fingerprint follows.

    python oracle.py FILE chapter NAME         the code cells of a chapter at profile smoke, with what they train
    python oracle.py FILE training SPEC ...    runs, each given as RunSpec(...), trained and kept

Writes to FILE, as JSON, the functions that ran for each thing asked: module:definition, or module:Class.member.
"""

import ast
import functools
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import CodeType

import jupytext

import lowdiff_lib
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import stacks

PACKAGE = Path(lowdiff_lib.__file__).resolve().parent


@functools.cache
def places(file: str) -> list[tuple[int, int, str]]:
    """First line, last line and name of each definition of a module, members of classes last."""
    path = Path(file)
    module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    found, members = [], []
    for node in ast.parse(path.read_text()).body:
        for inner in [node, *(node.body if isinstance(node, ast.ClassDef) else [])]:
            first = min([inner.lineno, *(each.lineno for each in getattr(inner, "decorator_list", []))])
            target = inner.targets[0] if isinstance(inner, ast.Assign) else inner
            name = getattr(target, "name", getattr(target, "id", "<module>"))
            full = f"{module}:{name}" if inner is node else f"{module}:{node.name}.{name}"  # type: ignore[attr-defined]
            (found if inner is node else members).append((first, inner.end_lineno or first, full))
    return found + members


def name_of(code: CodeType) -> str:
    """The smallest definition around some code."""
    around = [name for first, last, name in places(code.co_filename) if first <= code.co_firstlineno <= last]
    return around[-1]


def ran(action: Callable[[], object]) -> set[str]:
    """The functions of the library that run while something is done, in any thread. What runs as a module is
    imported, bodies of classes too, is no function of it."""
    seen: set[CodeType] = set()

    def note(frame, event: str, _: object) -> None:
        seen.add(frame.f_code)  # each call, and nothing within it

    threading.settrace(note)
    sys.settrace(note)
    try:
        action()
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
    ours = [code for code in seen if Path(code.co_filename).is_relative_to(PACKAGE)]
    as_imported = {"<module>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
    return {name_of(code) for code in ours if code.co_flags & 0x2 and code.co_qualname not in as_imported}


def chapter(name: str) -> set[str]:
    from IPython.core.interactiveshell import InteractiveShell

    text = (
        (PACKAGE.parent / "chapters" / f"{name}.md").read_text().replace('profile = "published"', 'profile = "smoke"')
    )
    cells = [cell.source for cell in jupytext.reads(text, fmt="md:myst").cells if cell.cell_type == "code"]
    shell = InteractiveShell.instance()

    def run() -> None:
        for cell in cells:
            shell.run_cell(cell).raise_error()

    return ran(run)


def training(text: str) -> set[str]:
    spec = eval(text, {"RunSpec": RunSpec})
    return ran(lambda: stacks.train([spec], stacks.key([spec])))


if __name__ == "__main__":  # not in the processes that train for a chapter
    file, what, *asked = sys.argv[1:]
    found = {each: sorted({"chapter": chapter, "training": training}[what](each)) for each in asked}
    Path(file).write_text(json.dumps(found))
