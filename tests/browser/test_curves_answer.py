"""A figure of curves on a page: it answers for what is shown, to a key, a pointer and a finger, wide and narrow."""

import itertools
import re
from pathlib import Path

import pytest

from lowdiff_lib.figures.curves import Line, Panel, curves, pairs
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import tidy

pytestmark = pytest.mark.browser

STATIC = Path(__file__).resolve().parents[2] / "book" / "_static"
SIZES, SIGMAS = (1, 10, 100, 1000, 4916), (0.01, 0.1, 1.0)
LEVEL = {"A-B": 0.3, "A-twin": 0.7}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def table(sizes, more: float = 0.0):
    """A cosine that rises with sigma and falls with N, and a gain that is ten times that."""
    about = {"dataset": "celeba", "dim": 400, "arm": "told", "step": 8, "objective": "denoiser", "repetition": 0}
    return tidy(
        about
        | {"n_train": n, "sigma": sigma, "who": who, "metric": metric}
        | {"value": (LEVEL[who] + sigma / 10 - n / 1e5 + more) * (10 if metric == "gain" else 1)}
        for n, sigma, who, metric in itertools.product(sizes, SIGMAS, LEVEL, ("cosine", "gain"))
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    """A page with one figure of two panels, which compares what is published with a run of two sizes."""
    both = Measured("toy", table((10, 100), 0.05), table(SIZES), "quick").first
    return page_of(both, tmp_path_factory.mktemp("page"))


def page_of(both: Measured, folder: Path) -> str:
    """The address of a page with one figure of two tables."""
    panels = [
        Panel(both.where(metric="gain"), [Line({"who": "A-B"}, "gain")], "gain (dB)", "gain"),
        Panel(both.where(metric="cosine"), pairs("cosine"), "cosine", "cosine"),
    ]
    figure = curves("toy", panels, "A caption.", "What is drawn.")._repr_html_()
    page = folder / "page.html"
    page.write_text(
        '<!doctype html><html data-theme="light"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{(STATIC / 'lowdiff.css').read_text()}</style><body><article class='bd-article'>{figure}</article>"
        f"<script>{(STATIC / 'curves.js').read_text()}</script></body></html>"
    )
    return page.as_uri()


@pytest.fixture
def open_page(chromium, address):
    """Opens the page for a visitor with the given equipment. Any error of the script fails the test."""
    contexts, errors = [], []

    def open_one(hash_: str = "", **equipment):
        contexts.append(chromium.new_context(reduced_motion="reduce", **equipment))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address + hash_)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not errors


def pressed(page) -> list[str]:
    return page.locator(".lowdiff-tools button[aria-pressed=true]").all_text_contents()


def place(page, row: str, column: str, k: int = 1) -> tuple[float, float]:
    """Where a point of a published line is on the screen."""
    return page.evaluate(
        """([row, column, k]) => {
      const g = [...document.querySelectorAll(".lowdiff-curve:not([display])")].find(g => {
        const c = JSON.parse(g.dataset.curve);
        return c.row === row && c.column === column && c.at;
      });
      g.scrollIntoView({block: "center"});
      const [x, y] = JSON.parse(g.dataset.curve).at[k], p = new DOMPoint(x, y).matrixTransform(g.getScreenCTM());
      return [p.x, p.y];
    }""",
        [row, column, k],
    )


def test_few_some_and_many_are_shown_and_every_published_size_has_a_button_in_order(open_page):
    page = open_page()
    assert page.locator(".lowdiff-tools button").all_text_contents() == [f"N = {n:,}" for n in SIZES]
    assert pressed(page) == ["N = 10", "N = 100", "N = 4,916"]
    shown = page.locator(".lowdiff-curve").evaluate_all(
        """all => [...new Set(all.filter(g => getComputedStyle(g).display !== "none")
          .map(g => JSON.parse(g.dataset.curve).row))]"""
    )
    assert sorted(shown) == sorted(pressed(page))


def test_the_slider_says_the_values_of_what_is_shown(open_page):
    page = open_page()
    page.locator("input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("output").text_content() == "0.1"
    assert page.locator("tbody th").all_text_contents() == ["N = 10", "N = 100", "N = 4,916"]
    columns = [text.split("n =")[0] for text in page.locator("thead th").all_text_contents()]
    first = page.locator("tbody tr").first.locator("td")
    for column, value in {"gain": 3.1, "cosine, different data": 0.31, "cosine, same data, twice": 0.71}.items():
        assert float(first.nth(columns.index(column)).text_content()) == pytest.approx(value, abs=0.002)


def test_a_button_answers_to_a_key_and_a_link_holds_what_is_shown(open_page):
    page = open_page()
    page.locator("button").first.focus()
    page.keyboard.press("Enter")
    page.locator("button", has_text="N = 100").first.press("Enter")
    assert pressed(page) == ["N = 1", "N = 10", "N = 4,916"]
    page.locator("input[type=range]").press("End")
    link = page.evaluate("location.hash")
    again = open_page(link)
    assert pressed(again) == pressed(page)
    assert again.locator("output").text_content() == "1"
    assert again.locator(".lowdiff-values").is_visible()


def test_a_link_keeps_what_other_parts_of_the_page_have_in_it(open_page):
    page = open_page("#data=spiral&sigma=0.3")
    page.locator("button").first.press("Enter")
    assert page.evaluate("location.hash").startswith("#data=spiral&sigma=0.3&fig-toy=")


def test_pointing_at_a_line_says_its_value_and_it_stays(open_page):
    page = open_page()
    page.mouse.move(*place(page, "N = 10", "cosine, different data"))
    said = page.locator(".lowdiff-note").text_content()
    assert re.fullmatch(r"N = 10, cosine, different data, σ = 0\.1: 0\.310", said)
    page.mouse.move(0, 0)
    assert not page.locator(".lowdiff-note").is_visible()
    assert page.locator(".lowdiff-reading").text_content() == said


def test_what_is_hidden_does_not_answer(open_page):
    page = open_page()
    at = place(page, "N = 1", "gain", 0)
    page.mouse.move(*at)
    assert page.locator(".lowdiff-note").text_content().startswith("N = 10, ")


def test_the_value_stays_when_the_finger_lifts(open_page):
    page = open_page(**PHONE)
    page.touchscreen.tap(*place(page, "N = 4,916", "cosine, same data, twice"))
    assert page.locator(".lowdiff-reading").text_content() == "N = 4,916, cosine, same data, twice, σ = 0.1: 0.661"
    assert page.locator(".lowdiff-reading").is_visible()


def test_on_a_phone_panels_stand_one_below_the_other_and_nothing_is_cut(open_page):
    page = open_page(**PHONE)
    first, second = (box.bounding_box() for box in page.locator(".lowdiff-axes > g:first-child").all())
    assert second["y"] > first["y"] + first["height"]
    for box in (first, second):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["width"] > 200
    plot = page.locator(".lowdiff-plot")
    assert plot.evaluate("e => e.scrollWidth <= e.clientWidth")
    words = page.locator(".lowdiff-legend text").evaluate_all("all => all.map(e => e.getBoundingClientRect().right)")
    assert max(words) <= 390
    page.set_viewport_size({"width": 1000, "height": 800})
    page.wait_for_function("!document.querySelector('.lowdiff-stacked')")
    first, second = (box.bounding_box() for box in page.locator(".lowdiff-axes > g:first-child").all())
    assert second["x"] > first["x"] + first["width"]


def test_my_run_is_shown_when_asked_for_with_how_far_it_is_off(open_page):
    for equipment in ({}, {"java_script_enabled": False}):
        page = open_page(**equipment)
        mine = page.locator(".lowdiff-curve[display=none]")
        assert mine.count()
        assert not mine.first.is_visible()
        switch = page.get_by_label("Compare with my run")
        assert not switch.is_checked()
        switch.check()
        assert mine.first.is_visible()
        assert "cosine differs by 0.05 (median)" in page.locator(".lowdiff-compare span").text_content()
    page = open_page()
    page.get_by_label("Compare with my run").check()
    page.locator("input[type=range]").press("ArrowRight")
    assert "(other 0.360)" in page.locator("tbody").text_content()
    again = open_page(page.evaluate("location.hash"))
    assert again.get_by_label("Compare with my run").is_checked()
    assert again.locator("tbody").text_content() == page.locator("tbody").text_content()


def test_sizes_that_only_the_other_table_has_are_there_when_it_is_asked_for(chromium, tmp_path):
    errors: list[str] = []
    page = chromium.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(page_of(Measured("toy", table((10, 100)), table(SIZES, 0.05), "quick"), tmp_path))
    buttons = page.locator(".lowdiff-tools button:visible")
    assert buttons.all_text_contents() == ["N = 10", "N = 100"]
    page.locator(".lowdiff-compare input").check()
    assert buttons.all_text_contents() == [f"N = {n:,}" for n in SIZES]
    buttons.last.press("Enter")
    page.locator("input[type=range]").press("ArrowRight")
    rows = page.locator("tbody tr")
    assert rows.locator("th").all_text_contents() == ["N = 10", "N = 100", "N = 4,916"]
    assert rows.last.locator("td").first.text_content().strip().startswith("(other ")
    page.locator(".lowdiff-compare input").uncheck()
    assert rows.locator("th").all_text_contents() == ["N = 10", "N = 100"]
    assert not errors
    page.close()


def test_without_a_script_all_that_is_published_is_there(open_page):
    page = open_page(java_script_enabled=False)
    published = page.locator(".lowdiff-curve:not([display])")
    assert published.count() == 3 * len(SIZES)
    assert all(published.nth(n).is_visible() for n in range(published.count()))
