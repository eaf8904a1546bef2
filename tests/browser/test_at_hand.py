"""What a reader does with a figure: look, point, hide, and take home; with a key, a mouse and a finger."""

import csv
import io
import re
from pathlib import Path

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
        source = re.search(r'<span class="lowdiff-source">(.*?)</span>', figure, re.S)[1]
        assert f"chapters/{Path(page).stem}.md, code cell" in source
        scaled = Path(page).stem not in {"mixtures", "speed", "explorer"}  # they train nothing, so no profile
        for part in ("profile smoke", "commit", "<code>") if scaled else ("commit", "<code>"):
            assert part in source, source


def test_every_figure_can_be_taken_home(book):
    for page, figure in figures(book):
        links = dict(re.findall(r'href="\.\./([^"]+)" download[^>]*>(SVG|CSV)<', figure))
        files = {kind: book / path for path, kind in links.items()}
        assert files["SVG"].read_text().startswith("<?xml"), page
        header, *rows = csv.reader(io.StringIO(files["CSV"].read_text()))
        assert rows
        assert {len(row) for row in rows} == {len(header)}


def test_a_curve_says_its_values_and_can_be_hidden(open_page, book):
    page = open_page(CURVES)
    figure = page.locator(".lowdiff-figure", has=page.locator(".lowdiff-tools")).first
    slider = figure.locator("input[type=range]")
    slider.focus()
    page.keyboard.press("ArrowRight")
    rows = csv.DictReader(
        io.StringIO((book / "chapters" / figure.locator("a:text('CSV')").get_attribute("href")).read_text())
    )
    table = [row for row in rows if row["metric"] == "residual_cosine" and row["who"] == "A-B"]
    sigma = sorted({float(row["sigma"]) for row in table})[1]
    n_train = min(int(row["n_train"]) for row in table)
    mine = [float(r["value"]) for r in table if float(r["sigma"]) == sigma and int(r["n_train"]) == n_train]
    columns = [text.split("n =")[0] for text in figure.locator("thead th").all_text_contents()]
    shown = figure.locator("tbody tr").first.locator("td").nth(columns.index("cosine, A-B")).text_content()
    assert float(shown.split()[0]) == pytest.approx(sum(mine) / len(mine), rel=0.01, abs=0.001)

    button = figure.locator("button").first
    label = button.text_content()
    assert label == f"N = {n_train:,}"
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "false"
    hidden = figure.locator(".lowdiff-curve").evaluate_all(
        "(all, row) => all.filter(g => JSON.parse(g.dataset.curve).row === row).map(g => g.style.display)", label
    )
    assert set(hidden) == {"none"}
    assert label not in figure.locator("tbody th").all_text_contents()


def test_pointing_at_a_curve_marks_the_point(open_page):
    page = open_page(CURVES)
    figure = page.locator(".lowdiff-figure", has=page.locator(".lowdiff-tools")).first
    svg = figure.locator(".lowdiff-plot svg")
    svg.scroll_into_view_if_needed()
    x, y = svg.evaluate("""svg => {
      const curves = [...svg.querySelectorAll(".lowdiff-curve")].map(g => JSON.parse(g.dataset.curve));
      const [x, y] = curves.find(c => c.column === "cosine, A-B" && c.at).at[2];
      const box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
      return [box.left + x * scale, box.top + y * scale];
    }""")
    page.mouse.move(x, y)
    assert re.search(r"N = .*cosine, A-B, σ = 0\.02:\d\.\d+", page.locator(".lowdiff-note:visible").text_content())
    assert svg.locator("> circle").get_attribute("visibility") == "visible"


def test_without_scripts_every_figure_is_there(open_page, book):
    for path in (CURVES, EXPLORER):
        page = open_page(path, java_script_enabled=False)
        plots = page.locator(".lowdiff-plot svg")
        assert plots.count() == sum(found == path for found, _ in figures(book))
        assert all(plots.nth(n).is_visible() for n in range(plots.count()))


def test_a_word_of_the_glossary_says_what_it_means(open_page):
    page = open_page("chapters/index.html")
    link = page.locator("a[href*='#term-twin']").first
    link.focus()
    note = page.locator(".lowdiff-note")
    assert note.is_visible()
    assert "seed" in note.text_content()
    page.keyboard.press("Escape")
    assert not note.is_visible()
