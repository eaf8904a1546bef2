"""What a reader does with a figure: look, point, hide, and take home; with a key, a mouse and a finger."""

import csv
import gzip
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browsing import pages

pytestmark = pytest.mark.browser

CURVES = "chapters/training-set-size.html"
EXPLORER = "chapters/explorer.html"


@pytest.fixture
def open_page(chromium, addresses):
    """Opens a page of the book from disk, for a visitor with the given equipment."""
    contexts = []

    def open_one(path: str, **equipment):
        contexts.append(chromium.new_context(reduced_motion="reduce", **equipment))
        contexts[-1].set_default_timeout(120_000)  # beside others, a page may take its time
        page = contexts[-1].new_page()
        page.goto(f"{addresses['file']}/{path}")
        return page

    yield open_one
    for context in contexts:
        context.close()


def figures(book: Path) -> list[tuple[str, str]]:
    """(page, html) of every figure."""
    found = [(page, (book / page).read_text()) for page in pages(book)]
    return [
        (page, figure)
        for page, text in found
        for figure in re.findall(r"<figure class=.lowdiff.*?</figure>", text, re.S)
    ]


def test_every_figure_says_what_it_shows_and_where_it_is_from(book):
    assert len(figures(book)) >= 9
    for page, figure in figures(book):
        alt = re.search(r'aria-label="([^"]*)"', figure)[1]
        assert re.search(r"\d", alt), f"{page}: a description from the data has numbers: {alt}"
        source = re.search(r'<details class="lowdiff-source">(.*?)</details>', figure, re.S)[1]
        assert f"chapters/{Path(page).stem}.md, code cell" in source
        scaled = Path(page).stem not in {
            "index",
            "mixtures",
            "provenance",
            "explorer",
        }  # they train nothing, so no profile
        for part in ("profile smoke", "commit") if scaled else ("commit",):
            assert part in source, source
        assert "<summary>Data, SVG, source, cite</summary>" in source


def test_every_figure_can_be_taken_home(book):
    for page, figure in figures(book):
        (numbers,) = re.findall(r'href="\.\./([^"]+)" download[^>]*>CSV<', figure)
        content = (book / numbers).read_bytes()
        text = (gzip.decompress(content) if numbers.endswith(".gz") else content).decode()
        header, *rows = csv.reader(io.StringIO(text))
        assert rows, page
        assert {len(row) for row in rows} == {len(header)}


def test_a_drawing_can_be_saved_as_it_is_shown(open_page):
    page = open_page(CURVES)
    figure = page.locator(".lowdiff-figure:has(.lowdiff-curve)").first
    hidden = figure.locator(".lowdiff-curve.lowdiff-off").count()
    figure.locator(".lowdiff-source summary").click()
    with page.expect_download() as saved:
        figure.locator(".lowdiff-source button").click()
    text = saved.value.path().read_text()
    assert saved.value.suggested_filename.endswith(".svg")
    assert "var(" not in text, "not every program knows the colours of the style sheet"
    drawing = ElementTree.fromstring(text)
    curves = [part for part in drawing.iter() if part.get("class") == "lowdiff-curve"]
    assert len(curves) == figure.locator(".lowdiff-curve:not([display=none])").count() - hidden


def test_without_scripts_every_figure_is_there(open_page, book):
    for path in (CURVES, EXPLORER):
        page = open_page(path, java_script_enabled=False)
        plots = page.locator(".lowdiff-plot svg")
        assert plots.count() == sum(found == path for found, _ in figures(book))
        assert all(plots.nth(n).is_visible() for n in range(plots.count()))


@pytest.mark.parametrize("where", ["file", "http"])
def test_the_explorer_brings_little_before_its_networks_and_its_icons_are_there(chromium, addresses, where):
    page, answers = chromium.new_page(), []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{addresses[where]}/{EXPLORER}")
    page.wait_for_function("[...document.fonts].some(f => f.family.includes('Awesome') && f.status === 'loaded')")
    if where == "http":  # sizes are known
        loaded = {answer.url: len(answer.body()) for answer in answers if "/weights/" not in answer.url}
        assert 0.2e6 < sum(loaded.values()) <= 1.5e6, loaded
    page.close()


FRAME = 16  # milliseconds that a frame with a moved point may take
MOVES = 20
READY = "() => document.querySelector('.lowdiff-says')?.textContent.includes('best move')"


def test_the_explorer_answers_a_drag_within_a_frame(open_page):
    """Script, style and layout, in time of the processor, which counts what the page takes and not what others do.

    What Chromium takes to paint is left out: there is no graphics card where tests run. In the book and not in a page
    of its own: the theme's rules with :has() once took three quarters of it.
    """
    page = open_page(f"{EXPLORER}#data=spiral&n=100&sigma=0.1")
    page.wait_for_function(READY)
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable", {"timeDomain": "threadTicks"})

    def taken() -> float:
        found = {each["name"]: each["value"] for each in client.send("Performance.getMetrics")["metrics"]}
        return 1000 * sum(found[f"{part}Duration"] for part in ("Script", "RecalcStyle", "Layout"))

    box = page.locator(".lowdiff-square .top").first.bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    before, said = taken(), set()
    for k in range(MOVES):
        page.mouse.move(box["x"] + 60 + 6 * k, box["y"] + 70 + 5 * k)
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))")
        said.add(page.locator(".lowdiff-says").first.text_content())
    assert (taken() - before) / MOVES <= FRAME
    assert len(said) == MOVES, "each place has an answer of its own"
    page.mouse.up()


def test_a_word_of_the_glossary_says_what_it_means(open_page):
    page = open_page("chapters/index.html")
    link = page.locator("a[href*='#term-twin']").first
    link.focus()
    note = page.locator(".lowdiff-note")
    assert note.is_visible()
    assert "seed" in note.text_content()
    page.keyboard.press("Escape")
    assert not note.is_visible()
