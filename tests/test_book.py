"""Building the toy book: what runs again and what does not, and what happens when something is wrong.

Real papermill, real kernels, real jupyter-book.
"""

import json
import re
import resource
import signal
import time

import numpy as np
import pytest
from PIL import Image
from toy import Toy

from lowdiff_lib.book import executed


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Toy:
    toy = Toy(tmp_path_factory.mktemp("built"))
    assert re.search(
        r"(first|second): done in .+; (about .+ left|longer than expected)", toy.lowdiff("build")
    )  # a first build tells it, too
    return toy


@pytest.fixture
def book(built: Toy):
    """A built book; what a test does to its sources is undone afterwards."""
    yield built
    built.mend()


def ran(said: str) -> set[str]:
    """The chapters that were executed."""
    return {name for name in ("first", "second") if f"{name}: done in" in said}


PAGE = "_build/html/chapters/first.html"


def test_the_page_shows_what_the_cells_printed(book):
    assert "sizes [1, 10] doubled 22 lr 0.001 quick" in book.read(PAGE)
    assert book.path("_build/html/index.html").is_file()
    assert "injected" not in book.read("_build/book-src/chapters/first.ipynb")


def test_nothing_changed_nothing_runs(book):
    before = book.path(PAGE).stat().st_mtime_ns
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = book.lowdiff("build")
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime < 3  # whatever else the machine does
    assert said == f"The book: {book.path('_build/html/index.html')}\n"
    assert book.path(PAGE).stat().st_mtime_ns == before


def test_a_sentence_and_a_comment_change_the_page_and_run_nothing(book):
    book.edit("chapters/first.md", "Some prose.", "Some better prose.")
    book.edit("chapters/first.md", "print(", "# what there is\nprint(")
    said = book.lowdiff("build")
    assert ran(said) == set()
    assert "Some better prose." in book.read(PAGE)
    assert "# what there is" in book.read(PAGE)
    assert "sizes [1, 10] doubled 22" in book.read(PAGE)


def test_a_new_title_is_in_the_contents_of_every_page(book):
    book.edit("chapters/first.md", "# The first chapter", "# A better title")
    book.lowdiff("build")
    assert "A better title" in book.read("_build/html/book/about.html")


def test_a_cell_that_raises_stops_the_build_and_leaves_the_page(book):
    book.lowdiff("build")
    before = book.path(PAGE).read_bytes()
    book.edit("chapters/first.md", 'print("sizes"', 'x = 1\nx / 0\nprint("sizes"')
    said = book.lowdiff("build", code=1)
    line = book.read("chapters/first.md").splitlines().index("x / 0") + 1
    assert f"chapters/first.md, line {line} (code cell 2 of 2): ZeroDivisionError: division by zero" in said
    assert "----> 4 x / 0" in said
    kept = book.path("_build/executed/first/failed.ipynb")
    assert str(kept) in said
    assert "ZeroDivisionError" in kept.read_text()
    assert book.path(PAGE).read_bytes() == before


@pytest.mark.parametrize("asked", [[], ["--force"]], ids=["a process of its own", "a copy"])
def test_a_killed_process_is_reported_with_what_it_did(book, asked):
    slow = "import os, signal, time\nprint('step 1', flush=True); time.sleep(0.5)\n"
    death = "os.kill(os.getpid(), signal.SIGKILL)\n"
    book.edit("chapters/second.md", 'print("tables"', f'{slow}{death}print("tables"')
    said = book.lowdiff("build", *asked, code=1)
    assert "chapters/second.md, line" in said
    assert "process is gone" in said
    assert "ran out of memory" in said
    assert "from lowdiff_lib import toy" in said
    assert "It last printed: step 1" in said


@pytest.mark.parametrize("asked", [[], ["--force"]], ids=["a process of its own", "a copy"])
def test_a_process_that_crashes_is_not_said_to_lack_memory(book, asked):
    book.edit("chapters/second.md", 'print("tables"', 'import os\nos.kill(os.getpid(), 11)\nprint("tables"')
    said = book.lowdiff("build", *asked, code=1)
    assert "It died of SIGSEGV." in said
    assert "memory" not in said


def test_a_page_with_a_warning_fails_until_it_is_mended(book):
    book.edit("chapters/first.md", "Some prose.", "Some {ref}`nowhere`.")
    line = book.read("chapters/first.md").splitlines().index("Some {ref}`nowhere`.") + 1
    for _ in range(2):
        said = book.lowdiff("build", code=1)
        assert f"chapters/first.md:{line}: WARNING: undefined label: 'nowhere'" in said


def test_what_made_jupyter_book_crash_is_said_and_its_log_is_kept(book):
    book.edit("_config.yml", "recursive_update: true", "recursive_update: true, local_extensions: {bad: book/_ext}")
    crash = 'def crash(app, name, source):\n    raise KeyError("the cause of it all")\n'
    book.write("book/_ext/bad.py", f'{crash}def setup(app):\n    app.connect("source-read", crash)\n')
    said = book.lowdiff("build", code=1)
    assert "book/_ext/bad.py, line 2:\nKeyError: 'the cause of it all'" in said
    assert "in invoke" not in said
    log = book.path("_build/jupyter-book.log")
    assert str(log) in said
    assert "Traceback" in log.read_text()
    book.path("book/_ext/bad.py").unlink()
    book.mend()
    book.lowdiff("build")
    assert not log.exists()


def test_a_page_that_is_missing_is_an_error(book):
    book.path("book/about.md").unlink()
    assert "_toc.yml lists book/about, but" in book.lowdiff("build", code=2)
    book.mend()
    book.path("chapters/second.md").unlink()
    assert "there is no" in book.lowdiff("build", code=2)


def test_a_parameter_that_is_not_allowed_stops_everything_before_it_starts(book):
    said = book.lowdiff("build", "--profile", "quikc", code=2)
    assert "did you mean quick" in said
    assert "running" not in said


def test_two_builds_at_once_do_the_work_once(book):
    book.edit("chapters/first.md", "print(", "import time; time.sleep(1)\nprint(")
    both = [book.start("build"), book.start("build")]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("first: done in" in complained for _, complained in said) == 1
    assert "sizes [1, 10] doubled 22" in book.read(PAGE)


@pytest.mark.slow
def test_a_changed_page_list_removes_the_old_page(book):
    book.edit("_toc.yml", "  - chapters:\n      - file: book/about\n", "")
    book.lowdiff("build")
    assert not book.path("_build/html/book/about.html").exists()
    assert book.lowdiff("build").startswith("The book: ")


@pytest.fixture
def toy(tmp_path) -> Toy:
    return Toy(tmp_path)


def test_a_chapter_runs_again_when_what_it_depends_on_changes_and_not_otherwise(toy):
    def state() -> dict[str, str]:
        rows = [line.split(None, 2) for line in toy.lowdiff("status").splitlines()[1:3]]
        return {row[0]: " ".join(row[2].split()) for row in rows}

    assert state() == {"first": "stale has not run yet", "second": "stale has not run yet"}
    toy.lowdiff("run", "first")
    toy.lowdiff("run", "second")
    assert {words.split()[0] for words in state().values()} == {"fresh"}
    assert all(re.search(r" [1-9]\d+ MB$", words) for words in state().values())

    toy.edit("lowdiff_lib/toy.py", "return 2 * x", "return x + x  # the same")
    assert "code of lowdiff_lib.toy:double changed" in state()["first"]
    assert state()["second"].startswith("fresh")
    assert ran(toy.lowdiff("run", "first")) == {"first"}

    toy.write("data/other.csv", "b\n2\n")
    assert state()["first"].startswith("fresh")
    assert "data other.csv changed" in state()["second"]

    toy.edit("chapters/first.md", 'print("sizes"', 'print("The sizes"')
    assert "code cell 2 changed" in state()["first"]
    toy.edit("chapters/first.md", "lr = 1e-3 ", "lr = 1e-4 ")
    assert "parameter lr changed" in state()["first"]


def test_a_run_has_the_values_it_was_given_in_their_types(toy):
    values = ["-p", "sizes", "[2, 3e0]", "-p", "lr", "1e-4", "--profile", "smoke"]
    said = toy.lowdiff("run", "first", *values, "--output", str(toy.path("out.ipynb")))
    assert ran(said) == {"first"}
    notebook = json.loads(toy.read("out.ipynb"))
    printed = ["".join(out["text"]) for cell in notebook["cells"] for out in cell.get("outputs", [])]
    assert printed == ["sizes [2, 3] doubled 10 lr 0.0001 smoke\n"]
    assert "/tmp" not in toy.read("out.ipynb")
    assert ran(toy.lowdiff("run", "first", *values)) == set()
    assert ran(toy.lowdiff("run", "first", *values, "--force")) == {"first"}
    assert "sizes=[2, 3], lr=0.0001" in toy.lowdiff("status")


def test_an_interrupted_run_stops_its_process_and_leaves_no_litter(toy):
    toy.edit("chapters/first.md", "print(", "open('started', 'w').close()\nimport time; time.sleep(60)\nprint(")
    process = toy.start("run", "first")
    while not toy.path("started").exists():
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, complained = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "stopped" in complained
    assert "Traceback" not in complained
    assert [path.name for path in toy.path("_build/executed/first").glob("*.ipynb")] == []


@pytest.mark.slow
def test_a_damaged_notebook_is_run_again_and_not_shown(toy):
    toy.lowdiff("run", "first")
    notebook = toy.path("_build/executed/first/default.ipynb")
    notebook.write_text(notebook.read_text().replace("doubled 22", "doubled 23"))
    assert ran(toy.lowdiff("run", "first")) == {"first"}
    assert "doubled 22" in notebook.read_text()


def test_what_a_reader_runs_is_never_a_page_of_the_book(toy):
    toy.lowdiff("run", "first", "-p", "sizes", "[5, 7]")
    toy.lowdiff("build", "second")
    assert "has not been run on this machine" in toy.read(PAGE)
    toy.lowdiff("build", "first", "--profile", "smoke")
    toy.lowdiff("run", "first", "--force", "-p", "sizes", "[5, 7]")
    toy.lowdiff("build", "second")
    assert "sizes [1, 10] doubled 22 lr 0.001 smoke" in toy.read(PAGE)


@pytest.mark.slow
def test_a_page_shows_what_was_built_last_whatever_ran_since(toy):
    toy.lowdiff("build", "first", "--profile", "smoke")
    for values in (["-p", "lr", "0.5"], []):
        toy.lowdiff("run", "first", "--force", *values)
    toy.lowdiff("build", "second")
    assert "sizes [1, 10] doubled 22 lr 0.001 smoke" in toy.read(PAGE)
    toy.lowdiff("build")
    assert "sizes [1, 10] doubled 22 lr 0.001 quick" in toy.read(PAGE)
    said = toy.lowdiff("build", "--profile", "smoke", "first")
    assert ran(said) == set()  # what ran before is shown again
    toy.lowdiff("build", "second")
    assert "sizes [1, 10] doubled 22 lr 0.001 smoke" in toy.read(PAGE)


def test_no_page_names_a_folder_of_the_user(toy, tmp_path):
    photographs = tmp_path / "At home" / "private"
    photographs.mkdir(parents=True)
    for number, pixels in enumerate(np.random.default_rng(0).integers(0, 255, (6, 30, 30), dtype=np.uint8)):
        Image.fromarray(pixels).save(photographs / f"{number}.png")
    (photographs / "broken.png").write_text("no picture")
    toy.environment["LOWDIFF_CELEBA"] = str(photographs)
    code = "from lowdiff_lib.datasets import faces\nfrom lowdiff_lib.datasets.photographs import cache\n"
    code += 'cache._PATIENCE = 0\nprint(faces.load_faces("celeba", 8).describe())\n'
    toy.edit("chapters/second.md", 'print("tables"', f'{code}print("tables"')
    toy.lowdiff("build")
    assert "from: private" in toy.read("_build/html/chapters/second.html")
    assert "1 of 7 left out" not in toy.read("_build/html/chapters/second.html")  # a warning, which has the whole path
    pages = [path for path in toy.path("_build/html").rglob("*") if path.is_file()]
    assert not [path for path in pages if str(tmp_path).encode() in path.read_bytes()]


def test_a_folder_is_looked_up_where_the_user_is_and_must_be_of_use(toy, tmp_path):
    toy.edit("chapters/first.md", "lr = 1e-3 ", 'source = "auto"  # faces, celeba, or a folder\nlr = 1e-3 ')
    toy.edit("chapters/first.md", "repr(lr)", "source")
    (tmp_path / "elsewhere" / "Our Photos").mkdir(parents=True)
    for number, pixels in enumerate(np.random.default_rng(0).integers(0, 255, (60, 30, 30), dtype=np.uint8)):
        Image.fromarray(pixels).save(tmp_path / "elsewhere" / "Our Photos" / f"{number}.png")
    asked = ("run", "first", "-p", "source", "Our Photos", "--output", "mine.ipynb")
    assert "no faces at 'Our Photos'" in toy.lowdiff(*asked, code=2)
    toy.folder = tmp_path / "elsewhere"
    toy.lowdiff(*asked)
    mine = (toy.folder / "mine.ipynb").read_text()
    assert f"lr {tmp_path / 'elsewhere' / 'Our Photos'} quick" in mine  # looked up there, and
    assert "source = 'Our Photos'" in mine  # told by its name
    (kept,) = toy.path("_build/executed/first").glob("source-*.ipynb")
    assert kept.name.startswith("source-Our-Photos-")


def test_what_changed_of_the_tables_is_said_without_hashes():
    def basis(*names: str) -> dict:
        return {"cells": [], "tables": dict.fromkeys(names, "")}

    old, new = "attractors-told-0123456789abcdef", "attractors-told-fedcba9876543210"
    assert executed.differences(basis(old), basis(new)) == ["table attractors-told changed"]
