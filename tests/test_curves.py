"""Curves are drawn by one engine: what it draws of a toy table, in which order, and what is strong and what light."""

import dataclasses
import itertools
import json
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest

from lowdiff_lib.figures import style
from lowdiff_lib.figures.curves import OBJECTIVE, Line, Panel, Rule, curves, pairs
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import tidy

SIGMAS = (0.01, 0.1, 1.0)
VALUE = {"A-B": 0.3, "A-twin": 0.7, "exact": 0.9}


def table(*sizes: int, repetitions: int = 2, more: float = 0.0) -> pd.DataFrame:
    """A cosine at VALUE + sigma / 10, half a tenth below it in one repetition and above it in the other."""
    about = {"dataset": "spiral", "dim": 2, "arm": "told", "step": 8, "objective": "denoiser", "metric": "cosine"}
    return tidy(
        about
        | {"who": who, "n_train": n, "repetition": k, "sigma": sigma}
        | {"value": VALUE[who] + sigma / 10 + more + (0.1 * k - 0.05) * (repetitions > 1)}
        for who, n, k, sigma in itertools.product(VALUE, sizes, range(repetitions), SIGMAS)
    )


@pytest.fixture
def alone() -> Measured:
    return Measured("toy", table(10, 100), None, "smoke")


@pytest.fixture
def both(alone) -> Measured:
    return dataclasses.replace(alone, published=table(10, 1000, more=0.01))


def draw(measured: Measured, *lines: Line, **look) -> str:
    """The SVG of one panel."""
    panel = Panel(measured, lines or pairs("cosine"), "cosine", **look)
    return curves("toy", [panel], "A caption.", "What is drawn.").svg


def drawn(svg: str) -> dict[tuple[str, str], dict]:
    """What each line says that a page can ask, by its row and column, with its style."""
    groups = re.findall(r"""data-curve='([^']*)'>\s*<path d="[^"]*"[^>]*?style="([^"]*)\"""", svg)
    says = [json.loads(unescape(said)) | {"style": look} for said, look in groups]
    return {(one["row"], one["column"]): one for one in says if "points" in one}


def bands(svg: str) -> int:
    """How many areas between a lowest and a highest curve there are; they say no values of their own."""
    return svg.count("fill-opacity: 0.18") + svg.count("fill-opacity: 0.072")


def texts(svg: str) -> list[str]:
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def test_each_line_is_drawn_once_for_each_colour_and_says_its_values(alone):
    lines = drawn(draw(alone))
    assert set(lines) == {(f"N = {n}", f"cosine, {who}") for n in (10, 100) for who in ("A-B", "A-twin")}
    for (_, column), line in lines.items():
        middle = VALUE[column.removeprefix("cosine, ")] + np.array(SIGMAS) / 10
        expected = np.stack([SIGMAS, middle, middle - 0.05, middle + 0.05, [2, 2, 2]], axis=1)
        np.testing.assert_allclose(line["points"], expected, rtol=1e-3)


def test_the_colour_is_that_of_the_size_and_the_dashes_are_those_of_who(alone):
    lines = drawn(draw(alone))
    for (row, column), line in lines.items():
        assert f"stroke: {style.size_look(int(row[4:]))[0]}" in line["style"]
        assert ("stroke-dasharray" in line["style"]) == (column == "cosine, A-twin")


def test_another_column_may_have_the_colours(alone):
    ssm = alone.own.assign(objective="ssm", value=alone.own.value + 0.01)
    two = dataclasses.replace(alone, own=pd.concat([alone.own, ssm])).where(n_train=10)
    panel = Panel(two, pairs("cosine"), "cosine")
    lines = drawn(curves("toy", [panel], "A caption.", "What is drawn.", colour=OBJECTIVE).svg)
    assert {row for row, _ in lines} == {"denoiser", "ssm"}
    assert f"stroke: {style.OBJECTIVE['ssm'][0]}" in lines["ssm", "cosine, A-B"]["style"]


def test_what_is_published_is_strong_and_after_the_re_run_which_is_light(alone, both):
    assert "opacity: 0.4" not in "".join(line["style"] for line in drawn(draw(alone)).values())
    svg = draw(both)
    assert all("stroke-opacity: 0.4" in line["style"] for line in drawn(svg).values())
    strong = [(m.start(), m[1]) for m in re.finditer(r"fill: none; stroke: (#\w+); stroke-width", svg)]
    assert [colour for _, colour in strong[:2]] == [style.size_look(n)[0] for n in (10, 1000)]
    assert svg.rindex("data-curve") < strong[0][0]


def test_published_curves_have_no_bands_but_those_without_a_re_run_have(both):
    assert bands(draw(both)) == bands(draw(dataclasses.replace(both, published=None))) == 4
    published = draw(both.published_first)
    assert bands(published) == 4
    assert set(drawn(published)) == {(f"N = {n:,}", f"cosine, {who}") for n in (10, 1000) for who in style.PAIR}
    assert "opacity: 0.4" not in "".join(line["style"] for line in drawn(published).values())


def test_the_legend_has_sizes_in_their_order_and_then_references(both):
    exact = Line({"who": "exact"}, "cosine", ":", "exact, {}", ink=True)
    found = [text for text in texts(draw(both, *pairs("cosine"), exact)) if "N = " in text]
    assert found == ["N = 10", "N = 100", "N = 1,000", "exact, N = 100", "exact, N = 1,000"]


def test_a_reference_is_drawn_in_the_colour_of_text_of_the_largest_size_alone(alone):
    own = alone.own.assign(value=alone.own.value.where(alone.own.n_train == 100, 99.0))
    exact = Line({"who": "exact"}, "cosine", ":", "exact, {}", ink=True)
    (line,) = drawn(draw(dataclasses.replace(alone, own=own), exact)).values()
    assert (line["row"], line["column"]) == ("exact, N = 100", "cosine")
    assert "stroke: currentColor" in line["style"]
    np.testing.assert_allclose([point[1] for point in line["points"]], 0.9 + np.array(SIGMAS) / 10, rtol=1e-3)


def test_a_level_that_means_something_is_named_where_it_is(alone):
    assert "identity" in texts(draw(alone, rule=Rule(0.5, "identity")))
    assert "identity" not in texts(draw(alone))


def test_panels_with_one_axis_share_its_limits_and_say_it_once(alone):
    high = alone.map(lambda one: one.assign(value=one.value + 5))
    panels = [Panel(one, pairs(says), "cosine") for one, says in ((alone, "low"), (high, "high"))]
    svg = curves("toy", panels, "A caption.", "What is drawn.").svg
    lines = drawn(svg)
    low, up = (lines["N = 10", f"{says}, A-B"]["at"] for says in ("low", "high"))
    assert all(first[1] > second[1] + 100 for first, second in zip(low, up, strict=True)), "5 is far above"
    assert texts(svg).count("cosine") == 1
    apart = [dataclasses.replace(panels[0]), dataclasses.replace(panels[1], axis="another")]
    lines = drawn(curves("toy", apart, "A caption.", "What is drawn.").svg)
    low, up = (lines["N = 10", f"{says}, A-B"]["at"] for says in ("low", "high"))
    np.testing.assert_allclose([at[1] for at in low], [at[1] for at in up], atol=1.0)


def test_noise_falls_to_the_right_if_asked_for(alone):
    panel = Panel(alone, pairs("cosine"), "cosine")
    for down in (False, True):
        at = drawn(curves("toy", [panel], "A caption.", "What is drawn.", down=down).svg)["N = 10", "cosine, A-B"]["at"]
        assert (at[0][0] > at[-1][0]) == down


def test_the_table_to_take_home_has_what_the_panels_show_once(both):
    panels = [Panel(both, pairs(says), "cosine") for says in ("left", "right")]
    pd.testing.assert_frame_equal(curves("toy", panels, "A caption.", "What is drawn.").table, both.own)
