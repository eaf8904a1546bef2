"""With the repository's address in the one place that asks for it, buttons lead to what is there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

URL = "https://github.com/someone/lowdiff"


@pytest.mark.slow
def test_buttons_lead_to_the_text_of_a_chapter_and_to_its_notebook_elsewhere(book: Path, tmp_path):
    source = tmp_path / "book-src"
    shutil.copytree(book.parent / "book-src", source)
    config = (source / "_config.yml").read_text()
    assert 'url: ""' in config
    (source / "_config.yml").write_text(config.replace('url: ""', f'url: "{URL}"'))
    start = "from jupyter_book.cli.main import main; main()"
    build = [sys.executable, "-c", start, "build", str(source), "--path-output", str(tmp_path), "-q"]
    subprocess.run(build, check=True, capture_output=True, cwd=Path(__file__).resolve().parents[2])
    html = tmp_path / "_build" / "html"
    links = set(re.findall('href="(https?:[^"]+)"', (html / "chapters" / "explorer.html").read_text()))
    assert {URL, f"{URL}/edit/main/chapters/explorer.md"} <= links
    assert "https://mybinder.org/v2/gh/someone/lowdiff/main?urlpath=lab/tree/notebooks/explorer.ipynb" in links
    assert "https://colab.research.google.com/github/someone/lowdiff/blob/notebooks/explorer.ipynb" in links
    prose = (html / "book" / "glossary.html").read_text()
    assert f"{URL}/edit/main/book/glossary.md" in prose


def test_without_the_address_no_page_has_a_button_that_needs_it(book: Path):
    for page in (book / "chapters").glob("*.html"):
        assert not re.search("mybinder|colab.research|/edit/|/issues/new", page.read_text()), page.name
