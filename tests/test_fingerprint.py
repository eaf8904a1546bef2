"""A result depends on the code that can change it, and on nothing else."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.base.fingerprint import code_dependencies, code_hash, dependencies, fingerprint

SOURCES = {
    "__init__.py": '"""A small package."""\n',
    "noise.py": '''"""Noise."""

import math

LEVELS = [0.1, 1.0]


def scale(sigma):
    """Return the scale."""
    return math.sqrt(1 + sigma**2)  # data have unit variance


def unused(sigma):
    return sigma
''',
    "models/__init__.py": "from .mlp import Network\n",
    "models/mlp.py": """import math

from .. import noise


class Network:
    width: int = 8

    def forward(self, y, sigma):
        return y * noise.scale(sigma)

    def describe(self):
        return "a network"
""",
    "training.py": """from typing import TYPE_CHECKING

import lowdiff_toy.models as zoo
from lowdiff_toy.noise import LEVELS

if TYPE_CHECKING:
    from lowdiff_toy import figures


def loss(y):
    return abs(y)


def train(steps):
    network = zoo.Network()
    return [loss(network.forward(step, level)) for step in range(steps) for level in LEVELS]


def evaluate(loss):
    from lowdiff_toy import metrics

    return metrics.psnr(loss)
""",
    "metrics.py": "def psnr(error):\n    return -error\n",
    "figures.py": "def curve(table):\n    return table\n",
    "registry.py": """SETS = {}


def register(function):
    SETS[function.__name__] = function
    return function


def make(name):
    return SETS[name]()
""",
    "sets.py": """from lowdiff_toy import registry


@registry.register
def spiral():
    return 10


def count():
    return 1
""",
}


def written(folder: Path) -> Path:
    """The small package, in a folder."""
    for name, text in SOURCES.items():
        path = folder / "lowdiff_toy" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "lowdiff_toy"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return written(tmp_path)


def edit(package: Path, name: str, old: str, new: str) -> None:
    path = package / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


TARGETS = [
    "noise:LEVELS", "noise:scale", "noise:unused", "models.mlp:Network", "training:loss", "training:train",
    "training:evaluate", "metrics:psnr", "figures:curve", "registry:make", "sets:spiral", "sets:count",
]  # fmt: skip

SCALED = {"noise:scale", "models.mlp:Network", "training:train"}


def all_of(package: Path) -> dict[str, str]:
    return {target: fingerprint(f"lowdiff_toy.{target}", package=package) for target in TARGETS}


@pytest.mark.parametrize(
    ("name", "old", "new", "changed"),
    [
        ("noise.py", "1 + sigma", "2 + sigma", {*SCALED}),
        ("noise.py", "[0.1, 1.0]", "[0.1, 2.0]", {"noise:LEVELS", "training:train"}),
        ("noise.py", "return sigma\n", "return -sigma\n", {"noise:unused"}),
        ("models/mlp.py", "= 8", "= 9", {"models.mlp:Network", "training:train"}),
        ("training.py", "abs(y)", "y * y", {"training:loss", "training:train"}),
        ("metrics.py", "-error", "error", {"training:evaluate", "metrics:psnr"}),
        ("figures.py", "return table", "return 2 * table", {"figures:curve"}),
        ("registry.py", "return function\n", "return None\n", {"sets:spiral", "sets:count"}),
        ("sets.py", "return 10", "return 11", {"sets:spiral", "sets:count"}),
        ("registry.py", "SETS[name]()", "SETS[name]", {"registry:make"}),
        ("noise.py", "import math", "import cmath as math", {*SCALED}),
    ],
)  # fmt: skip
def test_one_changed_line_changes_exactly_what_reaches_it(package, name, old, new, changed):
    before = all_of(package)
    edit(package, name, old, new)
    after = all_of(package)
    assert {target for target in TARGETS if before[target] != after[target]} == changed


def test_comments_docstrings_layout_and_annotations_do_not_count(package):
    before = all_of(package)
    edit(package, "noise.py", "Return the scale.", "Return the scale of the input.")
    edit(package, "noise.py", "  # data have unit variance", "")
    edit(package, "noise.py", "def unused(sigma)", "\n\ndef unused(sigma: float) -> float")
    edit(package, "training.py", "return abs(y)", "return (\n        abs(y)\n    )")
    assert all_of(package) == before


def test_dependencies_name_what_is_reached_and_only_the_edited_one_changes(package):
    before = dependencies("lowdiff_toy.training:train", package=package)
    assert set(before) == {
        "lowdiff_toy.training:train", "lowdiff_toy.training:loss", "lowdiff_toy.models.mlp:Network",
        "lowdiff_toy.noise:LEVELS", "lowdiff_toy.noise:scale",
    }  # fmt: skip
    edit(package, "training.py", "abs(y)", "y * y")
    after = dependencies("lowdiff_toy.training:train", package=package)
    assert {name for name in after if after[name] != before[name]} == {"lowdiff_toy.training:loss"}


def test_a_module_used_as_a_value_counts_whole(package):
    code = "import lowdiff_toy.noise as levels\nprint(getattr(levels, name))"
    before = code_dependencies(code, package=package)
    edit(package, "noise.py", "return sigma\n", "return -sigma\n")
    assert code_dependencies(code, package=package) != before


def test_a_chapter_depends_on_what_its_cells_name(package):
    code = "%config x\nfrom lowdiff_toy import training\n\ndef go(n):\n    return training.train(n)\ngo(2)"
    before = code_dependencies(code, package=package)
    edit(package, "metrics.py", "-error", "error")
    edit(package, "figures.py", "return table", "return 2 * table")
    assert code_dependencies(code, package=package) == before
    edit(package, "noise.py", "1 + sigma", "2 + sigma")
    assert code_dependencies(code, package=package) != before


def test_a_name_written_as_a_string_is_reached(package):
    code = "run('lowdiff_toy.training:train')"
    before = code_dependencies(code, package=package)
    edit(package, "training.py", "abs(y)", "y * y")
    assert code_dependencies(code, package=package) != before


def test_of_cells_code_counts_and_comments_do_not():
    assert code_hash("x = 1  # one\n") == code_hash("x = (1)")
    assert code_hash("x = 1") != code_hash("x = 2")
    assert code_hash("%matplotlib inline\nx = 1") != code_hash("%matplotlib svg\nx = 1")
    assert code_hash("'shown'") != code_hash("'seen'")
    assert code_hash("x = (") != code_hash("x = [")


def test_an_unknown_target_and_a_broken_file_are_named(package):
    with pytest.raises(LookupError, match="training:tran"):
        fingerprint("lowdiff_toy.training:tran", package=package)
    with pytest.raises(LookupError, match="trainin"):
        fingerprint("lowdiff_toy.trainin", package=package)
    edit(package, "noise.py", "def scale(sigma):", "def scale(sigma:")
    with pytest.raises(LowdiffError, match=r"noise\.py, line 8"):
        fingerprint("lowdiff_toy.training:train", package=package)


def test_the_library_itself_is_read_in_a_moment_and_not_imported():
    code = (
        "import sys; from lowdiff_lib.base.fingerprint import fingerprint, PACKAGE\n"
        "files = [file.relative_to(PACKAGE.parent).with_suffix('') for file in PACKAGE.rglob('*.py')]\n"
        "fingerprint(*('.'.join(file.parts).removesuffix('.__init__') for file in files))\n"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    start = time.perf_counter()
    for _ in range(20):
        fingerprint("lowdiff_lib.base.fingerprint")
    assert time.perf_counter() - start < 2


def test_a_module_that_a_name_of_its_own_hides_is_followed(package):
    """As where a package has `from package.curve import curve`: afterwards `package.curve` is the function."""
    folder = package / "curve"
    folder.mkdir()
    (folder / "__init__.py").write_text("from lowdiff_toy.curve.curve import curve as curve\n")
    (folder / "curve.py").write_text("LIMIT = 3\n\n\ndef curve(x):\n    return min(x, LIMIT)\n")
    (package / "page.py").write_text("from lowdiff_toy import curve\n\n\ndef page(x):\n    return curve.curve(x)\n")
    found = dependencies("lowdiff_toy.page:page", package=package)
    assert {"lowdiff_toy.curve.curve:curve", "lowdiff_toy.curve.curve:LIMIT"} <= found.keys()
