"""`lowdiff serve --watch`: the pages follow their texts, and nothing stays behind."""

import signal
import time

import psutil
import pytest
from toy import Toy

from lowdiff_lib.book import watch

pytestmark = pytest.mark.skipif(not watch.POSSIBLE, reason="a process cannot be copied here")


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """The toy book, served and watched, with what the process says."""
    toy = Toy(tmp_path_factory.mktemp("toy"))
    process = toy.start("serve", "--watch", "--port", "0")
    assert "http://127.0.0.1:" in process.stdout.readline()
    (watcher,) = psutil.Process(process.pid).children()
    yield toy, process
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 0
    watcher.wait(10)


def until(toy: Toy, page: str, words: str, seconds: float = 60) -> None:
    """Wait until a page has the words."""
    end = time.monotonic() + seconds
    while not toy.path(page).is_file() or words not in toy.read(page):
        assert time.monotonic() < end, f"no {words!r} in {page}"
        time.sleep(0.1)


def test_a_sentence_is_on_its_page_soon(watched):
    toy, _ = watched
    toy.edit("chapters/first.md", "Some prose.", "Some other prose.")
    until(toy, "_build/html/chapters/first.html", "Some other prose.")


def test_a_page_with_a_warning_is_named_and_what_follows_is_built(watched):
    toy, process = watched
    toy.edit("book/about.md", "Nothing.", "See {ref}`nowhere`.")
    lines = iter(process.stderr.readline, "")
    assert any("WARNING: undefined label: 'nowhere'" in line for line in lines)
    toy.edit("book/about.md", "See {ref}`nowhere`.", "All is well.")
    until(toy, "_build/html/book/about.html", "All is well.")


def test_what_the_library_says_today_is_shown(watched):
    toy, _ = watched
    toy.edit("lowdiff_lib/toy.py", "return 2 * x", "return 3 * x")
    until(toy, "_build/html/chapters/first.html", "doubled 33")
    toy.edit("chapters/first.md", "Some other prose.", "The end.")
    until(toy, "_build/html/chapters/first.html", "The end.")
