"""Every page of the book in a real browser, from disk and from a server: quiet, offline, readable, complete.

One visit serves several checks, since loading takes the time: a page is loaded once from disk and once from
the server, and then seen in both themes and at both widths.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import nbformat
import pytest
from browsing import pages

from lowdiff_lib import __version__

pytestmark = pytest.mark.browser

CHAPTERS = sorted((Path(__file__).resolve().parents[2] / "chapters").glob("*.md"))
FRONT_DOOR = "index.html"  # leads on to the landing page at once
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}

# Where the page is wider than the window, and by what element; and formulas that begin where no one can scroll to.
TOO_WIDE = """() => {
  const {clientWidth, scrollWidth} = document.documentElement;
  const left = e => e.getBoundingClientRect().left;
  const cut = [...document.querySelectorAll("div.math mjx-container")].filter(e => left(e) < left(e.parentElement) - 1);
  if (cut.length) return cut.map(e => e.parentElement.outerHTML.slice(0, 120));
  if (scrollWidth <= clientWidth) return [];
  const over = e => e.getBoundingClientRect().right > clientWidth + 1;
  const wide = [...document.querySelectorAll("main *")].filter(over);
  return [`${scrollWidth} > ${clientWidth}`, ...wide.slice(0, 3).map(e => e.outerHTML.slice(0, 120))];
}"""

# Contrast (WCAG 2) of what is read with what is behind it, for prose, captions and the text in figures.
FAINT = """() => {
  const light = rgb => rgb.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
                          .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const behind = e => { for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor); if ((c[3] ?? 1) > .5) return c.slice(0, 3); }
    return [255, 255, 255]; };
  const faint = [], read = "p, li, dd, figcaption, th, td, summary, svg text";
  for (const e of document.querySelectorAll(`article :is(${read})`)) {
    if (!e.textContent.trim() || !e.getClientRects().length) continue;
    const style = getComputedStyle(e), colour = e.closest("svg") ? style.fill : style.color;
    if (!colour.startsWith("rgb")) continue;
    const [a, b] = [light(parse(colour).slice(0, 3)), light(behind(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) faint.push(ratio.toFixed(2) + " " + e.outerHTML.slice(0, 120));
  }
  return faint.slice(0, 3);
}"""

# axe-core, as packaged for Python. Its second look is with the rules that another theme or width can break.
AXE = Path(find_spec("axe_playwright_python").submodule_search_locations[0], "axe.min.js")
LOOKS = {
    ("light", "desktop"): [],  # all rules
    ("dark", "phone"): ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"],
}
BARRIERS = """async rules => {
  const options = {resultTypes: ["violations"], preload: false, ...(rules.length ? {runOnly: rules} : {})};
  const found = await axe.run(document, options);
  const grave = found.violations.filter(v => ["serious", "critical"].includes(v.impact));
  return grave.map(v => `${v.id}: ` + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | "));
}"""

# Figures without a drawing, and panels of a drawing that take up no room.
UNDRAWN = """() => [...document.querySelectorAll("article .lowdiff-figure")].flatMap(figure => {
  figure.closest("details")?.setAttribute("open", "");
  const svg = figure.querySelector(".lowdiff-plot svg");
  const parts = svg ? [svg, ...svg.querySelectorAll(".lowdiff-axes")] : [null];
  const seen = part => part && Math.min(part.getBoundingClientRect().width, part.getBoundingClientRect().height) >= 1;
  return parts.filter(part => !seen(part)).map(() => figure.id);
})"""

LINKS = """() => [...document.querySelectorAll("a[href]")].map(a => a.getAttribute("href"))"""
ANCHORS = """() => [...document.querySelectorAll("[id]")].map(e => e.id)"""
FORMULAS = """() => [document.querySelectorAll("span.math, div.math").length,
                     document.querySelectorAll("mjx-container").length]"""


@dataclass
class Visit:
    """What one page did and was."""

    outside: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    wide: dict[str, list[str]] = field(default_factory=dict)
    faint: dict[str, list[str]] = field(default_factory=dict)
    undrawn: dict[str, list[str]] = field(default_factory=dict)
    formulas: tuple[int, int] = (0, 0)
    barriers: dict[str, list[str]] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)


def visit(visitor, address: str, page_path: str) -> Visit:
    seen = Visit()
    page = visitor.new_page()
    page.set_viewport_size(SIZES["desktop"])
    page.on("request", lambda r: None if r.url.startswith((address, "data:")) else seen.outside.append(r.url))
    page.on("console", lambda m: seen.console.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.console.append(str(error)))
    page.on("requestfailed", lambda r: seen.console.append(f"{r.url}: {r.failure}"))
    page.goto(f"{address}/{page_path}", wait_until="load")
    page.evaluate("() => window.MathJax?.startup?.promise")
    seen.formulas = tuple(page.evaluate(FORMULAS))
    seen.links, seen.anchors = page.evaluate(LINKS), set(page.evaluate(ANCHORS))
    for theme in ("light", "dark") if address.startswith("file:") else ():  # from the server the look is the same
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        for name, size in SIZES.items():
            page.set_viewport_size(size)
            seen.wide[f"{theme}, {name}"] = page.evaluate(TOO_WIDE)
            seen.undrawn[f"{theme}, {name}"] = page.evaluate(UNDRAWN)
            if (theme, name) in LOOKS:
                page.evaluate(AXE.read_text())
                seen.barriers[f"{theme}, {name}"] = page.evaluate(BARRIERS, LOOKS[theme, name])
        seen.faint[theme] = page.evaluate(FAINT)
    page.close()
    return seen


@pytest.fixture(scope="module", params=["file", "http"])
def visits(request, chromium, book, addresses) -> Iterator[dict[str, Visit]]:
    visitor = chromium.new_context(color_scheme="light")
    yield {page: visit(visitor, addresses[request.param], page) for page in pages(book) if page != FRONT_DOOR}
    visitor.close()


def of_each(visits: dict[str, Visit], what: str) -> dict[str, object]:
    """Pages for which something is not empty."""
    return {page: getattr(seen, what) for page, seen in visits.items() if getattr(seen, what)}


def test_every_chapter_has_a_page(visits):
    chapters = {f"chapters/{path.stem}.html" for path in CHAPTERS}
    assert chapters | {"chapters/index.html", "search.html"} <= set(visits)


def test_no_page_asks_another_machine_for_anything(visits):
    assert not of_each(visits, "outside")


def test_no_page_complains_in_the_console(visits):
    assert not of_each(visits, "console")


def test_no_page_scrolls_sideways(visits):
    assert not {p: seen.wide for p, seen in visits.items() if any(seen.wide.values())}


def test_every_figure_is_drawn_in_all_its_panels(visits):
    assert not {p: seen.undrawn for p, seen in visits.items() if any(seen.undrawn.values())}


def test_text_stands_out_in_both_themes(visits):
    assert not {p: seen.faint for p, seen in visits.items() if any(seen.faint.values())}


def test_nobody_is_kept_out(visits):
    """axe-core finds nothing serious or critical, in both themes and at both widths."""
    assert not {p: seen.barriers for p, seen in visits.items() if any(seen.barriers.values())}


def test_formulas_are_set(visits):
    assert {p: seen.formulas for p, seen in visits.items() if seen.formulas[0] > seen.formulas[1]} == {}
    assert sum(seen.formulas[1] for seen in visits.values()) > 0


def test_every_link_inside_the_book_leads_somewhere(book, visits):
    broken = []
    for page, seen in visits.items():
        for link in seen.links:
            target, anchor = urldefrag(urljoin(f"http://book/{page}", link))
            if not target.startswith("http://book/"):
                continue
            path = unquote(target.removeprefix("http://book/"))
            known = "=" in anchor or path not in visits or anchor in visits[path].anchors  # with "=" it is a state
            if not (book / path).is_file() or (anchor and not known):
                broken.append((page, link))
    assert not broken


def test_the_book_is_light(book):
    size = sum(path.stat().st_size for path in book.rglob("*") if path.is_file())
    assert size <= 30e6, f"{size / 1e6:.1f} MB"
    heavy = {p: (book / p).stat().st_size for p in pages(book) if (book / p).stat().st_size > 1.5e6}
    assert not heavy


def test_every_chapter_can_be_taken_home_as_a_notebook_and_says_how_to_run_it(book, visits):
    for chapter in CHAPTERS:
        page = f"chapters/{chapter.stem}.html"
        (link,) = {link for link in visits[page].links if link.endswith(".ipynb")}
        notebook = nbformat.read(book / "chapters" / link, as_version=4)
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert code, page
        assert not any(cell.outputs for cell in code), "they are on the page, and would be there twice"
        text = re.sub("<[^>]+>", "", (book / page).read_text())
        assert f"lowdiff run {chapter.stem} " in text


def test_every_page_says_what_it_was_made_with(book):
    for page in pages(book):
        if page != FRONT_DOOR:
            text = re.sub("<[^>]+>", "", (book / page).read_text())
            assert re.search(rf"lowdiff {re.escape(__version__)}( · commit \w{{7}}|\s)", text), page
            assert "· profile" not in text.rpartition(f"lowdiff {__version__}")[2], page


def test_the_book_says_how_to_cite_it_and_what_the_next_page_asks(book):
    text = re.sub("<[^>]+>", "", (book / "chapters" / "index.html").read_text())
    assert "@software{lowdiff," in text
    assert f"version = {{{__version__}}}" in text
    assert "What do two models do with the very same noisy point" in text  # the explorer, which is next


@pytest.mark.parametrize("where", ["file", "http"])
def test_the_front_door_leads_to_the_landing_page(chromium, addresses, where):
    page = chromium.new_page()
    page.goto(f"{addresses[where]}/{FRONT_DOOR}")
    page.wait_for_url("**/chapters/index.html")
    page.close()


@pytest.mark.parametrize("where", ["file", "http"])
def test_search_finds_a_word_of_the_glossary(chromium, addresses, where):
    page = chromium.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{addresses[where]}/search.html?q=twin")
    page.wait_for_selector("#search-results li a")
    found = page.eval_on_selector_all("#search-results li a", "links => links.map(a => a.href)")
    assert any("book/glossary.html" in link for link in found)
    page.wait_for_timeout(300)
    assert not errors
    page.close()


def test_dark_is_dark_and_light_is_light(chromium, addresses):
    for theme, is_dark in (("light", False), ("dark", True)):
        page = chromium.new_page(color_scheme=theme)
        page.goto(f"{addresses['file']}/chapters/index.html")
        shade = page.evaluate("() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert (sum(shade) < 3 * 128) == is_dark
        page.close()


def test_code_is_folded_and_opens_by_keyboard(chromium, addresses):
    page = chromium.new_page()
    page.goto(f"{addresses['file']}/chapters/mixtures.html")
    fold = page.locator("details.hide").first
    assert fold.get_attribute("open") is None
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.get_attribute("open") is not None
    page.close()


def test_paper_is_light_whatever_the_screen_is(chromium, addresses):
    page = chromium.new_page(color_scheme="dark")
    page.goto(f"{addresses['file']}/chapters/index.html")
    theme = "() => document.documentElement.dataset.theme"
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(theme) == "light"
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(theme) == "dark"
    page.close()


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_first_picture_of_the_first_page_is_seen_at_once(chromium, addresses, size):
    page = chromium.new_page(viewport=size)
    page.goto(f"{addresses['file']}/chapters/index.html")
    plots = page.locator("article .lowdiff-plot svg")
    assert plots.count() >= 5
    assert all(plots.nth(number).is_visible() for number in range(plots.count()))
    box = plots.first.bounding_box()
    assert box["height"] > 100
    assert box["y"] < size["height"] - 100
    page.close()


def test_question_answer_and_picture_come_before_all_else(chromium, addresses):
    """The first picture of each chapter begins above 900 pixels, and no code stands between question and answer.

    The picture of the explorer is the live one; the figure below it is for those without scripts, and on paper.
    """
    page = chromium.new_page(viewport=SIZES["desktop"])
    for chapter in CHAPTERS:
        page.goto(f"{addresses['file']}/chapters/{chapter.stem}.html")
        pictures = page.locator("article :is(.lowdiff-figure, .lowdiff-live)")
        if pictures.count():
            assert pictures.first.bounding_box()["y"] < SIZES["desktop"]["height"], chapter.stem
        answer = page.locator("article .tag_finding").first
        if page.locator("article .tag_finding").count():
            above = page.locator("article details.hide").first
            assert not above.count() or answer.bounding_box()["y"] < above.bounding_box()["y"], chapter.stem
    page.close()


WORDS_FOR_AUTHORS = r"goals are met|call chain|-dirty|no data set and N in common|is published for this chapter yet"


def test_no_page_has_words_that_are_for_its_authors(book):
    for page in pages(book):
        text = re.sub("<[^>]+>", "", (book / page).read_text())
        assert not re.search(WORDS_FOR_AUTHORS, text), page
