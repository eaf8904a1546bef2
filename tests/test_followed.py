"""What is easily overlooked when code is followed: annotations, sentences of errors, imports with two branches."""

import shutil
import textwrap
from pathlib import Path

import jupytext
import pytest
from test_fingerprint import edit, written

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.fingerprint import PACKAGE, code_dependencies, dependencies

CLAIMS = PACKAGE.parent / "chapters" / "claims.md"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return written(tmp_path)


def reached(package: Path, *files: tuple[str, str], target: str = "lowdiff_toy.main:run") -> dict[str, str]:
    """What a target depends on, in a package with some more files."""
    for name, text in files:
        (package / name).write_text(text)
    return dependencies(target, package=package)


BALL = ("ball.py", "class Ball:\n    def volume(self):\n        return 4.19\n")
HINTS = [
    "from lowdiff_toy.ball import Ball\ndef run(thing: Ball):\n    return thing.volume()\n",
    "from lowdiff_toy.ball import Ball\ndef run(things: dict[str, Ball] | None = None):\n    return things\n",
    "from lowdiff_toy import ball\ndef run(*things: 'list[ball.Ball]'):\n    return things\n",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lowdiff_toy.ball import Ball\n"
    "def run(thing: 'Ball'):\n    return thing.volume()\n",
    "from lowdiff_toy.ball import Ball\ndef make() -> Ball: ...\ndef run():\n    return make().volume()\n",
    "from lowdiff_toy.ball import Ball\nclass Box:\n    inside: 'Ball'\ndef run(box: Box):\n    return box.inside\n",
]


@pytest.mark.parametrize("main", HINTS)
def test_the_methods_of_what_is_given_are_reached_by_its_annotation(package, main):
    before = reached(package, BALL, ("main.py", main))
    assert "lowdiff_toy.ball:Ball" in before
    edit(package, "ball.py", "4.19", "4.2")
    assert reached(package) != before


def test_an_annotation_is_followed_and_yet_no_part_of_the_code(package):
    plain = reached(package, ("main.py", "def run(thing):\n    return thing\n"))
    hinted = reached(package, ("main.py", "import torch\ndef run(thing: torch.Tensor) -> str:\n    return thing\n"))
    assert hinted == plain


SHOWN = "class Lacks(Exception):\n    shown = True\n\n\nclass Worse(Lacks):\n    pass\n"


@pytest.mark.parametrize(("kind", "counts"), [("ValueError", False), ("Lacks", True), ("Worse", True)])
def test_what_an_error_says_counts_where_a_page_prints_it(package, kind, counts):
    main = f"from lowdiff_toy.lacks import Lacks, Worse\ndef run():\n    raise {kind}('no table')\n"
    before = reached(package, ("lacks.py", SHOWN), ("main.py", main))
    edit(package, "main.py", "no table", "no tables")
    assert (reached(package) != before) == counts


def test_a_changed_sentence_of_what_is_not_tested_makes_the_page_of_claims_stale(tmp_path):
    library = tmp_path / "lowdiff_lib"
    shutil.copytree(PACKAGE, library, ignore=shutil.ignore_patterns("__pycache__"))
    cells = [cell.source for cell in jupytext.read(CLAIMS, fmt="md:myst").cells if cell.cell_type == "code"]
    before = code_dependencies("\n".join(cells), package=library)
    edit(library, "claims/effects.py", "so there is nothing to remove", "so nothing can be removed")
    after = code_dependencies("\n".join(cells), package=library)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"lowdiff_lib.claims.effects:gain"}


EITHER = [
    "try:\n    from lowdiff_toy.noise import scale\n"
    "except ImportError:\n    from lowdiff_toy.noise import unused as scale\n",
    "try:\n    from lowdiff_toy.noise import scale\nexcept ImportError:\n    def scale(x):\n        return unused(x)\n"
    "from lowdiff_toy.noise import unused\n",
]


@pytest.mark.parametrize("either", EITHER)
@pytest.mark.parametrize("inside", [False, True])
def test_both_branches_of_an_import_that_may_fail_are_reached(package, either, inside):
    """At the top of a module, or in a function."""
    body = textwrap.indent(either, "    ") if inside else ""
    found = reached(package, ("main.py", f"{'' if inside else either}\ndef run(x):\n{body}    return scale(x)\n"))
    assert {"lowdiff_toy.noise:scale", "lowdiff_toy.noise:unused"} <= found.keys()


def test_a_package_may_give_a_function_the_name_of_its_module(package):
    given = ("models/__init__.py", "from lowdiff_toy.models.ball import ball as ball\n")
    ball = ("models/ball.py", "def size():\n    return 4.19\n\n\ndef ball():\n    return size()\n")
    for main in (
        "from lowdiff_toy import models\ndef run():\n    return models.ball()\n",
        "from lowdiff_toy.models import ball\ndef run():\n    return ball()\n",
        "from lowdiff_toy.models.ball import ball\ndef run():\n    return ball()\n",
    ):
        found = reached(package, given, ball, ("main.py", main))
        assert {name for name in found if "ball" in name} == {
            "lowdiff_toy.models.ball:ball",
            "lowdiff_toy.models.ball:size",
        }


def test_a_star_import_is_refused_with_its_line(package):
    with pytest.raises(LowdiffError, match=r"main\.py, line 2: from lowdiff_toy\.noise import \* hides"):
        reached(package, ("main.py", "import math\nfrom lowdiff_toy.noise import *\ndef run():\n    return scale(1)\n"))
    with pytest.raises(LowdiffError, match=r"line 1: from \.noise import \*"):
        reached(package, ("main.py", "from .noise import *\ndef run():\n    return scale(1)\n"))
    with pytest.raises(LowdiffError, match="the code cells, line 1"):
        code_dependencies("from lowdiff_toy.noise import *", package=package)
    assert code_dependencies("from pylab import *", package=package) == {}


DISPATCH = """from functools import singledispatch
from lowdiff_toy.noise import scale


@singledispatch
def run(x):
    return x


@run.register
def _(x: int):
    return scale(x)
"""


def test_a_function_that_dispatches_by_annotation_depends_on_what_is_registered_and_for_what(package):
    before = reached(package, ("main.py", DISPATCH))
    assert "lowdiff_toy.noise:scale" in before
    edit(package, "main.py", "x: int", "x: float")
    assert reached(package) != before


def test_a_member_of_a_class_can_be_followed_alone_and_what_is_named_can_be_left_out(package):
    forward = dependencies("lowdiff_toy.models.mlp:Network.forward", package=package)
    assert set(forward) == {"lowdiff_toy.models.mlp:Network.forward", "lowdiff_toy.noise:scale"}
    edit(package, "models/mlp.py", "a network", "another network")
    assert dependencies("lowdiff_toy.models.mlp:Network.forward", package=package) == forward
    for left_out in ("lowdiff_toy.noise", "lowdiff_toy.noise:scale"):
        found = dependencies("lowdiff_toy.models.mlp:Network", package=package, without=[left_out])
        assert set(found) == {"lowdiff_toy.models.mlp:Network"}
    found = dependencies("lowdiff_toy.training:train", package=package, without=["lowdiff_toy.models"])
    assert set(found) == {"lowdiff_toy.training:train", "lowdiff_toy.training:loss", "lowdiff_toy.noise:LEVELS"}
    for wrong in ("lowdiff_toy.models.mlp:Network.forwards", "lowdiff_toy.nois"):
        with pytest.raises(LookupError, match=wrong):
            dependencies("lowdiff_toy.training:train", package=package, without=[wrong])
