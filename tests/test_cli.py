"""The command line: quick to answer, and clear about what it does not accept."""

import http.client
import resource
import signal
import subprocess
import sys

import pytest
from toy import Toy


@pytest.fixture
def toy(tmp_path) -> Toy:
    return Toy(tmp_path)


def fastest(action, tries: int = 3) -> float:
    """Seconds that processes work in the fastest of some tries: what the code needs, whatever else the machine does."""

    def worked() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def once() -> float:
        before = worked()
        action()
        return worked() - before

    return min(once() for _ in range(tries))


def test_help_comes_in_half_a_second_and_does_not_load_torch(toy):
    assert "build" in toy.lowdiff("--help")
    assert fastest(lambda: toy.lowdiff("--help")) < 0.5
    code = "import sys, lowdiff_lib.cli, lowdiff_lib.book, lowdiff_lib.book.status; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env=toy.environment, cwd=toy.root)


def test_a_mistyped_value_is_refused_in_a_second_before_anything_runs(toy):
    asked = ("run", "first", "-p", "sizes", "[1, 10]", "-p", "lr", "1e-4", "-p", "mixture", "spirl")
    assert "did you mean spiral" in toy.lowdiff(*asked, code=2)
    assert fastest(lambda: toy.lowdiff(*asked, code=2)) < 1
    assert not toy.path("_build").exists()


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (["run", "frist"], "did you mean first"),
        (["run", "first", "-p", "size", "[1]"], "did you mean sizes"),
        (["run", "first", "-p", "lr", "-1e-4"], "must be above 0"),
        (
            ["run", "first", "--profile", "smoke", "-p", "profile", "quick"],
            "asked to be 'quick' and 'smoke'; ask for one",
        ),
        (["run", "first", "-p", "lr", "0.1", "-p", "lr", "0.2"], "asked to be '0.1' and '0.2'"),
        (["run", "second", "--profile", "smoke"], "has no parameter 'profile'"),
        (["run", "first", "--output", "page.html"], "let it end in .ipynb"),
        (["run"], "name a chapter"),
        (["build", "thrid"], "there is no"),
        (["serve"], "make it with: lowdiff build"),
        (["new", "My Chapter"], "lower case"),
        (["new", "first"], "exists"),
        (["publsh"], "invalid choice"),
    ],
)
def test_what_cannot_be_done_exits_with_2_and_says_what_can(toy, asked, answer):
    assert answer in toy.lowdiff(*asked, code=2)


def test_the_help_of_a_chapter_lists_its_parameters(toy):
    said = toy.lowdiff("run", "first", "--help")
    assert "sizes      [1, 10]  a list of whole numbers: each at least 1" in said
    assert "text: one of: uniform, sharpcov, spiral" in said


def test_outside_of_a_project_it_says_where_it_looked(toy):
    toy.path("_toc.yml").unlink()
    assert "_toc.yml is missing" in toy.lowdiff("status", code=2)


def test_a_new_chapter_is_in_the_contents_and_runs_as_it_is(toy):
    toy.edit("_toc.yml", "book/about\n", "book/about\n      - file: chapters/speed\n")  # about the book, too
    contents = toy.read("_toc.yml")
    toy.lowdiff("new", "my-question", "--title", "What is asked: a test")
    line = "      - file: chapters/second\n"
    assert toy.read("_toc.yml") == contents.replace(line, f"{line}      - file: chapters/my-question\n")
    assert "# What is asked: a test" in toy.read("chapters/my-question.md")
    assert "my-question: done" in toy.lowdiff("run", "my-question", "-p", "n_points", "10")
    before = toy.read("chapters/my-question.md")
    jupytext = [sys.executable, "-m", "jupytext", "--quiet", "--sync", "chapters/my-question.md"]
    subprocess.run(jupytext, check=True, cwd=toy.root)
    assert toy.read("chapters/my-question.md") == before  # a header of another form would be changed


def test_the_book_is_served_to_this_machine_only(toy):
    toy.write("_build/html/index.html", "<p>the book</p>")
    process = toy.start("serve", "--port", "0")
    try:
        line = process.stdout.readline()
        assert "http://127.0.0.1:" in line
        connection = http.client.HTTPConnection("127.0.0.1", int(line.split(":")[-1].split("/")[0]), timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"<p>the book</p>"
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 0
