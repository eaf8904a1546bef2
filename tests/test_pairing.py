"""The text of a chapter and its .ipynb say the same after a sync, and no edit is ever lost."""

import json

import pytest
from toy import FIRST, Toy

TEXT, PAIR = "chapters/first.md", "notebooks/first.ipynb"


@pytest.fixture
def toy(tmp_path, monkeypatch) -> Toy:
    toy = Toy(tmp_path)
    monkeypatch.setenv("LOWDIFF_ROOT", str(tmp_path))
    toy.sync()
    return toy


def test_the_pair_is_made_and_a_second_sync_does_nothing(toy):
    assert "Some prose." in toy.read(PAIR)
    assert toy.sync() == []
    assert toy.read(TEXT) == FIRST


def test_an_edit_of_the_text_reaches_the_notebook_and_keeps_its_outputs(toy):
    notebook = json.loads(toy.read(PAIR))
    output = {"output_type": "stream", "name": "stdout", "text": ["kept\n"]}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    code[-1]["outputs"] = [output]
    toy.write(PAIR, json.dumps(notebook))
    assert toy.sync() == []  # to run a notebook is not to edit it
    toy.edit(TEXT, "Some prose.", "Better prose.")
    assert [line.split("/")[-1] for line in toy.sync()] == ["first.ipynb"]
    assert "Better prose." in toy.read(PAIR)
    assert "kept" in toy.read(PAIR)


def test_an_edit_of_the_notebook_changes_only_these_words_of_the_text(toy):
    toy.edit(PAIR, "Some prose.", "Better prose.")
    assert [line.split("/")[-1] for line in toy.sync()] == ["first.md"]
    assert toy.read(TEXT) == FIRST.replace("Some prose.", "Better prose.")


def test_edits_on_both_sides_are_a_clash_and_both_stay(toy):
    toy.edit(TEXT, "Some prose.", "My prose.")
    toy.edit(PAIR, "Some prose.", "Your prose.")
    text, pair = toy.read(TEXT), toy.read(PAIR)
    said = toy.lowdiff("sync", code=1)
    assert "were both edited" in said
    assert (toy.read(TEXT), toy.read(PAIR)) == (text, pair)
    toy.path(PAIR).unlink()  # as the message says, to go on with the text
    toy.sync()
    assert "My prose." in toy.read(PAIR)


def test_the_same_edit_on_both_sides_is_no_clash(toy):
    toy.edit(TEXT, "Some prose.", "Better prose.")
    toy.edit(PAIR, "Some prose.", "Better prose.")
    assert toy.sync() == []


def test_what_papermill_leaves_is_not_an_edit(toy):
    notebook = json.loads(toy.read(PAIR))
    notebook["metadata"]["papermill"] = {"duration": 1}
    injected = {"cell_type": "code", "id": "x", "metadata": {"tags": ["injected-parameters"]}}
    notebook["cells"].insert(2, injected | {"source": "lr = 1", "outputs": [], "execution_count": None})
    for cell in notebook["cells"]:
        cell["metadata"].setdefault("tags", [])
    toy.write(PAIR, json.dumps(notebook))
    toy.write("notebooks/result.ipynb", json.dumps(notebook))
    assert toy.sync() == []
    assert toy.read(TEXT) == FIRST
    assert not toy.path("chapters/result.md").exists()


def test_a_chapter_begun_as_a_notebook_gets_its_text(toy):
    toy.write("notebooks/third.ipynb", toy.read(PAIR))
    toy.sync()
    assert "Some prose." in toy.read("chapters/third.md")


def test_a_chapter_that_was_deleted_does_not_come_back(toy):
    toy.path(TEXT).unlink()
    assert "is gone" in toy.lowdiff("sync", code=1)
    assert not toy.path(TEXT).exists()
