"""A book of two chapters with a copy of the library, to break and mend in tests. It does not need torch."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent.parent / "lowdiff_lib"
HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""
FIRST = (
    HEADER
    + """
# The first chapter

Some prose.

```{code-cell} ipython3
:tags: [parameters]

profile = "quick"     # one of: smoke, quick
sizes = [1, 10]       # each at least 1
lr = 1e-3             # above 0
mixture = "spiral"    # one of: uniform, sharpcov, spiral
```

```{code-cell} ipython3
from lowdiff_lib import toy

print("sizes", sizes, "doubled", toy.double(sum(sizes)), "lr", repr(lr), profile)
```
"""
)
SECOND = (
    HEADER
    + """
# The second chapter

```{code-cell} ipython3
from lowdiff_lib import toy

print("tables", toy.tables())
```
"""
)
FILES = {
    "_toc.yml": """# the order of the book
format: jb-book
root: book/index
parts:
  - caption: Questions   # and answers
    chapters:
      - file: chapters/first
      - file: chapters/second
  - chapters:
      - file: book/about
""",
    "_config.yml": """title: Toy
only_build_toc_files: true
execute: {execute_notebooks: "off"}
sphinx: {recursive_update: true}
""",
    "jupytext.toml": (LIBRARY.parent / "jupytext.toml").read_text(encoding="utf-8"),
    "book/index.md": "# Toy book\n\nSee {doc}`../chapters/first`.\n",
    "book/about.md": "# About\n\nNothing.\n",
    "chapters/first.md": FIRST,
    "chapters/second.md": SECOND,
    "data/table.csv": "a\n1\n",
    "lowdiff_lib/toy.py": """
from lowdiff_lib.base import paths

def double(x):
    return 2 * x

def tables():
    return sorted(path.name for path in paths.data().glob("*.csv"))
""",
}


class Toy:
    """The toy project in a folder; `lowdiff` runs its command line in a process, as a user would."""

    def __init__(self, root: Path):
        self.root = self.folder = root  # where the project is, and where its user is
        shutil.copytree(LIBRARY, root / "lowdiff_lib")  # as it is compiled, too: what is edited is compiled again
        for name, text in FILES.items():
            self.write(name, text)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LOWDIFF_")}
        self.environment = environment | {"PYTHONPATH": str(root)}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "lowdiff_lib.cli", *arguments],
            cwd=self.folder, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def lowdiff(self, *arguments: str, code: int = 0) -> str:
        """Everything the command says; it must end with exit code `code`."""
        process = self.start(*arguments)
        said, complained = process.communicate()
        assert process.returncode == code, complained
        assert "Traceback (most recent call last)" not in complained or code == 1
        return said + complained

    def path(self, name: str) -> Path:
        return self.root / name

    def read(self, name: str) -> str:
        return self.path(name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        assert old in self.read(name)
        self.write(name, self.read(name).replace(old, new))

    def mend(self) -> None:
        """Put everything back that a test may have changed."""
        for name, text in FILES.items():
            if not self.path(name).is_file() or self.read(name) != text:
                self.write(name, text)

    def sync(self) -> list[str]:
        """Bring texts and notebooks together, in this process; LOWDIFF_ROOT must be the toy's folder."""
        from lowdiff_lib.book.pairing import sync

        return list(sync())
