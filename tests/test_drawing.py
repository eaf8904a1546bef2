"""A figure carries its numbers: they are what is drawn, and what a reader can take home."""

import hashlib
import html
import io
import json
import re
import zipfile
from xml.etree import ElementTree

import nbformat
import numpy as np
import pandas as pd
import pytest

from lowdiff_lib import figures
from lowdiff_lib.book import cite, downloads
from lowdiff_lib.book.chapters import Chapter
from lowdiff_lib.figures import drawing
from lowdiff_lib.tables import Measured


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Gains of two data sets, three repetitions and four noise levels."""
    rows = [
        {"dataset": name, "dim": 2, "arm": "none", "n_train": 0, "step": 0, "objective": "none", "who": "exact"}
        | {"repetition": k, "sigma": sigma, "metric": "psnr_gain", "value": sigma + 0.1 * k + 0.01}
        for name in ("uniform", "spiral")
        for k in range(3)
        for sigma in (0.01, 0.1, 1.0, 10.0)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def figure(table) -> drawing.Figure:
    return figures.possible_gain(table)


def test_a_figure_brings_its_table_along(figure, table):
    about = figure._repr_mimebundle_()[drawing.DATA]
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(about["csv"])), table, rtol=1e-5)


def test_a_curve_may_have_an_apostrophe_in_its_name():
    """It stands in an attribute that has single quotes."""
    crossed = figures.crossed(
        Measured.in_data("face_blindness", "told", "told-plain", "blind-weighted", "blind").where(n_train=1000)
    )
    said = [json.loads(html.unescape(each)) for each in re.findall(r"data-curve='([^']*)'", crossed.svg)]
    assert "told σ, the paper's training" in {curve["row"] for curve in said}


def test_a_curve_says_the_mean_and_the_range_at_the_place_where_it_is_drawn(figure, table):
    curves = [json.loads(said.replace("&amp;", "&")) for said in re.findall(r"data-curve='([^']*)'", figure.svg)]
    drawn = {curve["row"]: curve for curve in curves if "points" in curve}
    assert set(drawn) == {"uniform", "spiral"}
    groups = table[table.dataset == "spiral"].groupby("sigma")["value"]
    expected = groups.agg(["mean", "min", "max", "count"]).reset_index().to_numpy()
    np.testing.assert_allclose(drawn["spiral"]["points"], expected, rtol=1e-3)
    # The path is in the file in the same units as the places that a page points at.
    pattern = r"<g class=\"lowdiff-curve\" data-curve='[^']*\"spiral\"[^']*points[^']*'.*?</g>"
    group = re.search(pattern, figure.svg, re.DOTALL)
    path = re.findall(r"([\d.]+) ([\d.]+)", re.search(r'<path d="([^"]+)"', group[0])[1])
    np.testing.assert_allclose(np.array(path, float), drawn["spiral"]["at"], atol=0.2)


def test_no_two_figures_use_one_name_in_their_drawings(table):
    first, second = figures.possible_gain(table), figures.possible_gain(table)
    second.svg = second.svg.replace(drawing.tag("possible-gain"), drawing.tag("other"))
    names = [set(re.findall(r'\bid="([^"]+)"', each.svg)) for each in (first, second)]
    assert names[0]
    assert not names[0] & names[1]


def test_staging_moves_the_numbers_to_files_and_says_where_they_are_from(figure, monkeypatch, tmp_path):
    monkeypatch.setenv("LOWDIFF_ROOT", str(tmp_path))
    (tmp_path / "_config.yml").write_text("repository: {url: ''}")
    cells = ["from lowdiff_lib import figures\ngain = mixtures.possible_gain()", "figures.possible_gain(gain)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    data = {"text/html": figure._repr_html_(), **figure._repr_mimebundle_()}
    notebook.cells[1].outputs = [nbformat.v4.new_output("execute_result", data)]
    chapter = Chapter("mixtures", tmp_path / "chapters" / "mixtures.md", notebook)
    files = dict(downloads.take(notebook, chapter, "quick"))
    kinds = ("csv", "bib")
    whole = "files/figures/mixtures/mixtures.zip"
    assert set(files) == {whole, *(f"files/figures/mixtures/possible-gain.{kind}" for kind in kinds)}
    with zipfile.ZipFile(io.BytesIO(files[whole])) as archive:
        alone = archive.read("mixtures/possible-gain.svg").decode()
    assert "currentColor" in alone
    assert "var(" not in alone, "not every program knows the colours of the style sheet"
    ElementTree.fromstring(alone.partition("\n")[2])
    shown = notebook.cells[1].outputs[0]["data"]
    assert set(shown) == {"text/html"}
    shown |= figure._repr_mimebundle_()
    shown[drawing.DATA]["name"] = "field-../../my photos"  # a name can lead nowhere else
    files = dict(downloads.take(notebook, chapter, "quick"))
    assert set(files) == {whole, *(f"files/figures/mixtures/field-my-photos.{kind}" for kind in kinds)}
    for part in ("chapters/mixtures.md, code cell 2", "Data, SVG, source, cite", "quick"):
        assert part in shown["text/html"]


def test_a_figure_can_be_cited_and_taken_along_with_all_of_its_page(monkeypatch, tmp_path):
    monkeypatch.setenv("LOWDIFF_ROOT", str(tmp_path))
    (tmp_path / "_config.yml").write_text("repository: {url: 'https://here.example/lowdiff'}")
    (tmp_path / "CITATION.cff").write_text("title: A book\nauthors: [{name: its authors}]\nlicense: MIT")
    heading = nbformat.v4.new_markdown_cell("# How much\n\nText")
    chapter = Chapter("much", tmp_path / "much.md", nbformat.v4.new_notebook(cells=[heading]))
    about = {"csv": "a,b\n1,2\n", "commit": "0123abc", "date": "2026-11-27T05:00:00+00:00"}
    entry = cite.bibtex(chapter, "gain", about)
    assert entry.startswith("@misc{lowdiff-much-gain,\n  title = {How much: figure gain},\n  author = {{its authors}},")
    for part in ("2026", "Commit 0123abc", hashlib.sha256(b"a,b\n1,2\n").hexdigest(), "Licence: MIT", "here.example"):
        assert part in entry
    packed = cite.pack(chapter, {"gain.csv": b"a,b\n1,2\n", "gain.bib": entry.encode()})
    assert packed == cite.pack(chapter, {"gain.bib": entry.encode(), "gain.csv": b"a,b\n1,2\n"})
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["much/README.md", "much/gain.bib", "much/gain.csv"]
        assert archive.read("much/gain.csv") == b"a,b\n1,2\n"
        readme = archive.read("much/README.md").decode()
    assert "# How much" in readme
    assert "Licence: MIT" in readme
    assert "- gain.csv" in readme
