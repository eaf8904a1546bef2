"""The chapters as notebooks for Colab, which has no project: their first cell brings the library, there and only there.

python -m lowdiff_lib.book.colab FOLDER ADDRESS     ADDRESS is the repository's, with @COMMIT if a commit is meant

The deployment puts the folder on the branch `notebooks`, where the buttons of the pages look for it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

from lowdiff_lib.base.storage import write_if_changed
from lowdiff_lib.book.chapters import all_chapters

FIRST = """# Colab lacks the library; elsewhere this does nothing.
import sys

if "google.colab" in sys.modules:
    %pip install --quiet git+{address}
"""


def write(folder: Path, address: str) -> Iterator[Path]:
    """Write every chapter as FOLDER/NAME.ipynb, without outputs, and yield its path."""
    for chapter in all_chapters():
        notebook = nbformat.from_dict(chapter.notebook)
        first = nbformat.v4.new_code_cell(FIRST.format(address=address), id="colab")
        notebook.cells = [first, *notebook.cells]
        path = folder / f"{chapter.name}.ipynb"
        write_if_changed(path, f"{nbformat.writes(notebook)}\n".encode())
        yield path


if __name__ == "__main__":
    for written in write(Path(sys.argv[1]), sys.argv[2]):
        print(written)
