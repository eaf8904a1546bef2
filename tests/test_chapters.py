"""Parameters are read from the chapter itself and checked before anything runs."""

from pathlib import Path

import pytest

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.book import chapters
from lowdiff_lib.book.chapters import ParameterError
from lowdiff_lib.book.parameters import parse

TOC = """
format: jb-book
root: index
parts:
  - chapters:
      - file: chapters/second
      - file: chapters/first
"""
HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""
CHAPTER = (
    HEADER
    + """
# A chapter

```{code-cell} ipython3
import math
```

```{code-cell} ipython3
:tags: [parameters]

profile = "quick"            # one of: smoke, quick, full
mixture = "spiral"           # which data; one of: uniform, sharpcov, spiral
sizes = [10, 100]            # training-set sizes, each at least 1
lr = 1e-3                    # learning rate, above 0 and at most 1
seeds = 3                    # at least 1
twin = True                  # draw the twin
pairs = ["A-B"]              # one of: A-B, A-A'
shift = -0.5
```

```{code-cell} ipython3
:tags: [hide-input]
print(sizes)
```
"""
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("LOWDIFF_ROOT", str(tmp_path))
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_toc.yml").write_text(TOC)
    (tmp_path / "chapters" / "first.md").write_text(CHAPTER)
    (tmp_path / "chapters" / "second.md").write_text(HEADER + "\n# No code\n")
    return tmp_path


@pytest.fixture
def chapter(project: Path) -> chapters.Chapter:
    return chapters.load("first")


def test_chapters_come_in_the_order_of_the_table_of_contents(project):
    assert [chapter.name for chapter in chapters.all_chapters()] == ["second", "first"]


def test_a_chapter_may_be_named_by_its_file(project):
    assert chapters.load("chapters/first.md").name == "first"


def test_an_unknown_chapter_is_refused_with_the_nearest(project):
    with pytest.raises(LowdiffError, match="did you mean first"):
        chapters.load("frist")


def test_cells_know_their_lines(chapter):
    lines = chapter.path.read_text().splitlines()
    starts = [cell.source.splitlines()[0] for cell in chapter.notebook.cells]
    assert [lines[number - 1] for number in chapter.first_lines] == starts
    assert lines[chapter.code_line(1) - 1].startswith("profile = ")


def test_parameters_carry_type_help_choices_and_range(chapter):
    found = {parameter.name: parameter for parameter in chapter.parameters}
    assert list(found) == ["profile", "mixture", "sizes", "lr", "seeds", "twin", "pairs", "shift"]
    assert found["profile"].choices == ("smoke", "quick", "full")
    assert found["mixture"].help == "which data; one of: uniform, sharpcov, spiral"
    assert (found["sizes"].type, found["sizes"].many, found["sizes"].default) == (int, True, [10, 100])
    assert found["sizes"].range == (("at least", 1.0),)
    assert found["lr"].range == (("above", 0.0), ("at most", 1.0))
    assert found["shift"].default == -0.5
    assert chapters.load("second").parameters == []


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("sizes", "[1, 10]", [1, 10]),
        ("sizes", "[1e3,10_000]", [1000, 10_000]),
        ("sizes", (1, 2.0), [1, 2]),
        ("lr", "1e-4", 1e-4),
        ("lr", ".5", 0.5),
        ("lr", 1, 1.0),
        ("seeds", "1e1", 10),
        ("twin", "false", False),
        ("mixture", "uniform", "uniform"),
        ("mixture", "'uniform'", "uniform"),
        ("pairs", "[A-B, A-A']", ["A-B", "A-A'"]),
        ("pairs", '["A-B"]', ["A-B"]),
        ("shift", "-2", -2.0),
    ],
)
def test_values_get_the_type_of_the_default(chapter, name, given, value):
    result = chapters.validate(chapter, {name: given})[name]
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("mixture", "spirl", "did you mean spiral"),
        ("mixture", "xyz", "not one of uniform, sharpcov, spiral"),
        ("size", "[1]", "did you mean sizes"),
        ("qqq", "1", "It has: profile, mixture"),
        ("dataset", "spirl", "did you mean spiral, a value of mixture"),
        ("sizes", "10", r"not a list of whole numbers, such as \[10, 100\]; give \[10\]"),
        ("pairs", "A-B", r"not a list of texts, such as \['A-B'\]; give \[\"A-B\"\]"),
        ("sizes", "[]", "not a list of whole numbers"),
        ("sizes", "[10, 0]", "0 is too small; it must be at least 1"),
        ("sizes", "[1.5]", "not a whole number"),
        ("sizes", "[ten]", "not a whole number"),
        ("lr", "0", "must be above 0"),
        ("lr", "2", "too large; it must be at most 1"),
        ("lr", "nan", "not a number"),
        ("lr", "1e999", "not a number"),
        ("lr", True, "not a number"),
        ("seeds", True, "not a whole number"),
        ("seeds", None, "not a whole number"),
        ("twin", "perhaps", "not true or false"),
        ("twin", 1, "not true or false"),
        ("pairs", "[A-C]", "did you mean A-B"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(chapter, name, given, message):
    with pytest.raises(ParameterError, match=message) as error:
        chapters.validate(chapter, {name: given})
    assert error.value.exit_code == 2


def test_every_wrong_value_is_named_at_once(chapter):
    with pytest.raises(ParameterError) as error:
        chapters.validate(chapter, {"sizes": "[1, 10]", "lr": "-1", "mixture": "spirl"})
    assert [line.split(":")[0] for line in str(error.value).splitlines()] == ["lr", "mixture"]


def test_a_list_that_may_be_empty_states_its_type():
    (sizes,) = parse("sizes: list[int] = []  # each at least 1; empty for those of the profile")
    assert sizes.read("[]") == []
    assert sizes.read("[1e1]") == [10]
    with pytest.raises(ParameterError, match="must be at least 1"):
        sizes.read("[0]")
    with pytest.raises(ParameterError, match=r"not a list of whole numbers, such as \[10\]"):
        sizes.read("3")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("n = 2 * m", "line 5: n = 2 \\* m is computed"),
        ("import math", "line 5: a parameters cell holds only"),
        ("n = None", "line 5: n = None must be"),
        ("n = []", "say what it is a list of"),
        ("n: list[dict] = []", "line 5"),
        ("n: int = 'a'", "line 5: n: 'a' is not a whole number"),
        ("n: int", "line 5: a parameters cell holds only"),
        ("n = m = 2", "line 5"),
        ("n = 1  # one of: a, b", "line 5: n: the choices a, b are not all whole numbers"),
        ("n = [1, 'a']", "line 5"),
        ("n = 0  # at least 1", "line 5: n: 0 is too small"),
        ("kind = 'a'  # one of: b, c", "line 5: kind: 'a' is not one of b, c"),
        ("m = 2", "line 5: m is set twice"),
        (
            "n = 3  # not above 5",
            "line 5: .* a limit, `not above 5`, .* write it as at least 1",
        ),
        ("n = 3  # at least one", "line 5: .* `at least`"),
        ("n = 3  # up to 5", "line 5: .* `up to 5`"),
        ("n = 3  # between 1 and 5", "line 5: .* `between 1`"),
        ("n = 3  # a number, 1 to 5", "line 5: .* `1 to 5`"),
        ("n = 3  # 1-5", "line 5: .* `1-5`"),
        ("n = 3  # n < 5", "line 5: .* `< 5`"),
        ("n = 3  # at most 10_000", "line 5: .* `at most`"),
        ("n = 3  # at most 1.5.2", "line 5: .* `at most`"),
        ("n = 3  # smaller than 5", "line 5: .* `smaller than 5`"),
        ("kind = 'a'  # one of a, b", "line 5: .* `one of`"),
        ("kind = 'a'  # one of: a, b; one of: c, d", "line 5: .* `one of`"),
        ("kind = 'a'  # one of: a, b or c", "line 5: the choice `b or c` is not understood"),
        ("kind = 'a'  # at least 3", "line 5: kind is text, so that `at least 3` cannot limit it"),
        ("n = (", "line 5: not Python"),
    ],
)
def test_a_parameters_cell_holds_only_literals_within_their_limits(line, message):
    with pytest.raises(LowdiffError, match=message):
        parse(f"m = 1\n{line}", "chapters/first.md", first_line=4)


@pytest.mark.parametrize(
    ("comment", "good", "bad"),
    [
        ("below 5", 4, 5),
        ("less than 5", 4, 5),
        ("no more than 5", 5, 6),
        ("no less than 2", 2, 1),
        ("more than 2", 3, 2),
        ("from 1 to 5", 5, 6),
        ("From 1 to 5.", 1, 0),
        ("at least 1,000. The more, the better", 1000, 999),
        ("one of: 3, 4; the first is faster", 4, 5),
        ("one of: 3, 4. The first is faster.", 3, 5),
        ("counted from 0, averaged over 3 seeds, at most 10", 10, 11),
    ],
)
def test_limits_whose_meaning_is_plain_hold(comment, good, bad):
    (parameter,) = parse(f"n = {good}  # how many, {comment}")
    assert parameter.read(str(good)) == good
    with pytest.raises(ParameterError):
        parameter.read(str(bad))


def test_two_parameters_cells_are_refused(project):
    extra = "\n```{code-cell} ipython3\n:tags: [parameters]\nx = 1\n```\n"
    (project / "chapters" / "first.md").write_text(CHAPTER + extra)
    with pytest.raises(LowdiffError, match="several parameters cells"):
        _ = chapters.load("first").parameters
