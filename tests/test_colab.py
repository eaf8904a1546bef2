"""Chapters as notebooks for Colab: the first cell brings the library there, and nothing here."""

import subprocess
import sys

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from lowdiff_lib.book import colab
from lowdiff_lib.book.chapters import all_chapters

ADDRESS = "https://github.com/someone/lowdiff@0123abc"


def test_every_chapter_is_a_notebook_whose_first_cell_installs_on_colab_alone(tmp_path):
    written = list(colab.write(tmp_path, ADDRESS))
    assert sorted(path.stem for path in written) == sorted(chapter.name for chapter in all_chapters())
    for path in written:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        first, *rest = notebook.cells
        assert f"%pip install --quiet git+{ADDRESS}\n" in f"{first.source}\n"
        assert len(rest) >= 3
        exec(TransformerManager().transform_cell(first.source), {"get_ipython": pytest.fail})  # this is not Colab


def test_the_deployment_needs_little_to_write_them():
    """No package beyond those that it installs for it."""
    code = (
        "import lowdiff_lib.book.colab, sys; print([m for m in ('torch', 'pandas', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
