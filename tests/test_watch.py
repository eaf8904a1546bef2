"""`lowdiff serve --watch`: the pages follow their texts, and nothing stays behind."""

import os
import signal
import threading
import time

import psutil
import pytest
from toy import Toy

from lowdiff_lib.book import watch

pytestmark = pytest.mark.skipif(not watch.POSSIBLE, reason="a process cannot be copied here")


class Watched:
    """The toy book, served and watched; `said` is what the process complains of, line by line."""

    def __init__(self, toy: Toy):
        self.toy, self.said = toy, []
        self.process = toy.start("serve", "--watch", "--port", "0")
        threading.Thread(target=lambda: self.said.extend(iter(self.process.stderr.readline, "")), daemon=True).start()
        assert "http://127.0.0.1:" in self.process.stdout.readline()

    def until(self, so, seconds: float = 60) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not so():
            assert time.monotonic() < end, self.said
            time.sleep(0.1)

    def shows(self, page: str, words: str):
        """Whether a page has the words."""
        return lambda: self.toy.path(page).is_file() and words in self.toy.read(page)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    found = Watched(Toy(tmp_path_factory.mktemp("toy")))
    (watcher,) = psutil.Process(found.process.pid).children()
    yield found
    found.process.send_signal(signal.SIGINT)
    assert found.process.wait(30) == 0
    watcher.wait(30)


@pytest.fixture
def toy(watched):
    yield watched.toy
    watched.toy.mend()


def test_a_sentence_is_on_its_page_soon(watched, toy):
    toy.edit("chapters/first.md", "Some prose.", "Some other prose.")
    watched.until(watched.shows("_build/html/chapters/first.html", "Some other prose."))


def test_a_page_with_a_warning_is_named_and_what_follows_is_built(watched, toy):
    toy.edit("book/about.md", "Nothing.", "See {ref}`nowhere`.")
    watched.until(lambda: any("WARNING: undefined label: 'nowhere'" in line for line in watched.said))
    toy.edit("book/about.md", "See {ref}`nowhere`.", "All is well.")
    watched.until(watched.shows("_build/html/book/about.html", "All is well."))


def test_a_folder_may_come_and_go(watched, toy):
    toy.write("book/more/notes.md", "# Notes\n")
    toy.path("book/more/notes.md").unlink()
    toy.path("book/more").rmdir()
    toy.edit("book/about.md", "Nothing.", "Still here.")
    watched.until(watched.shows("_build/html/book/about.html", "Still here."))


def test_what_the_library_says_today_is_shown(watched, toy):
    toy.edit("lowdiff_lib/toy.py", "return 2 * x", "return 3 * x")
    watched.until(watched.shows("_build/html/chapters/first.html", "doubled 33"))
    toy.edit("chapters/first.md", "Some prose.", "The end.")
    watched.until(watched.shows("_build/html/chapters/first.html", "The end."))


def test_ctrl_c_ends_all_of_it(tmp_path):
    found = Watched(Toy(tmp_path / "toy"))
    (watcher,) = psutil.Process(found.process.pid).children()
    found.toy.edit("lowdiff_lib/toy.py", "return 2 * x", "return 4 * x")
    found.until(lambda: watcher.children())
    for process in (watcher, *watcher.children(recursive=True), psutil.Process(found.process.pid)):
        os.kill(process.pid, signal.SIGINT)  # as a terminal does to all of them
    assert found.process.wait(30) == 0
    watcher.wait(30)
