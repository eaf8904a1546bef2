"""Links to the explorer in a state: figures and sentences ask for them, and pages keep those that it can show."""

import importlib.util
import json
import re
import types
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from docutils import nodes

from lowdiff_lib import figures, findings
from lowdiff_lib.tables import Measured, live

EXTENSION = Path(__file__).resolve().parents[2] / "book" / "_ext" / "lowdiff_book.py"
SHOWN = (
    '<div class="lowdiff-explorer">\n<script type="application/json">'
    '{"scenes":[{"name":"spiral","arms":{"told":{"sizes":[10,100]}}}]}'
)
KNOWN, UNKNOWN = live.link("spiral", 100, 0.05, show=("again", "samples")), live.link("uniform", 100)


def states(text: str) -> list[dict[str, list[str]]]:
    found = re.findall(r'href="explorer\.html#([^"]*)"', text)
    return [parse_qs(each.replace("&amp;", "&")) for each in found]


def test_a_link_has_the_state_in_its_address_and_says_it():
    assert states(KNOWN) == [{"data": ["spiral"], "n": ["100"], "sigma": ["0.05"], "show": ["again,samples"]}]
    assert ">Try it: spiral, N = 100, σ = 0.05</a>" in KNOWN


def test_a_figure_and_a_sentence_lead_to_what_they_show():
    measured = Measured.in_data("training_set_size", "told").where(dataset="spiral")
    (figure,) = states(figures.size_curves(measured, "spiral")._repr_html_())
    at = measured.where(metric="residual_cosine", who="A-B", n_train=int(figure["n"][0])).means("sigma")
    sigma = float(figure["sigma"][0])
    assert at[sigma] < 0.9 <= at[at.index > sigma].min(), "the noise level at which A and B have just parted"
    (sentence,) = states(findings.agreement_answer(measured))
    assert f"σ = {float(sentence['sigma'][0]):.2g} with {int(sentence['n'][0]):,}" in findings.agreement_answer(
        measured
    )


@pytest.fixture
def extension(tmp_path):
    """The extension of the book, and a book whose explorer has networks of spiral, N = 10 and 100."""
    spec = importlib.util.spec_from_file_location("lowdiff_book", EXTENSION)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "chapters").mkdir()
    cells = [{"outputs": [{"data": {"text/html": f"{SHOWN}</script>"}}]}]
    (tmp_path / "chapters" / "explorer.ipynb").write_text(json.dumps({"cells": cells}))
    env = types.SimpleNamespace(srcdir=str(tmp_path), note_dependency=lambda path: None)
    return module, types.SimpleNamespace(env=env)


def test_a_page_keeps_the_links_that_the_explorer_can_show(extension):
    module, app = extension
    prose = [nodes.raw("", part, format="html") for part in re.split(r"(?<=\">)|(?=</a>)", UNKNOWN)[::2]]
    opening, closing = prose
    page = nodes.paragraph("", "", opening, nodes.Text("Try it: uniform"), closing, nodes.Text("More."))
    shown = nodes.raw("", f"<p>one. {KNOWN} {UNKNOWN} {live.link('spiral', 1000)}</p>", format="html")
    document = nodes.section("", page, shown)
    module.leave_out_dead_states(app, document)
    assert page.astext() == "More."
    assert [raw.astext() for raw in document.findall(nodes.raw)] == [f"<p>one. {KNOWN}</p>"]
    Path(app.env.srcdir, "chapters", "explorer.ipynb").unlink()
    module.leave_out_dead_states(app, document)
    assert [raw.astext() for raw in document.findall(nodes.raw)] == ["<p>one.</p>"]
