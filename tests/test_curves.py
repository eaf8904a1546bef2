"""Curves are drawn by one engine: what it draws of a toy table, in which order, what it hides, and what it marks."""

import dataclasses
import itertools
import json
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest

from lowdiff_lib.figures import style
from lowdiff_lib.figures.curves import OBJECTIVE, Line, Panel, Rule, curves, few_some_many, pairs
from lowdiff_lib.figures.shade import extrapolated, spans, worse_than_nothing
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import tidy

SIGMAS = (0.01, 0.1, 1.0)
WHO = {words: who for who, words in style.PAIR_WORDS.items()}
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
    return {(one["row"], one["column"]): one for one in says if "points" in one and not one.get("other")}


def others(svg: str) -> list[dict]:
    """What the hidden lines of the other table say."""
    groups = re.findall(r"""<g class="lowdiff-curve" display="none" data-curve='([^']*)'""", svg)
    return [json.loads(unescape(said)) for said in groups]


def bands(svg: str) -> int:
    """How many areas between a lowest and a highest curve there are; they say no values of their own."""
    return svg.count("fill-opacity:0.13")


def texts(svg: str) -> list[str]:
    return [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


def test_each_line_is_drawn_once_for_each_colour_and_says_its_values(alone):
    lines = drawn(draw(alone))
    assert set(lines) == {(f"N = {n}", f"cosine, {words}") for n in (10, 100) for words in WHO}
    for (_, column), line in lines.items():
        middle = VALUE[WHO[column.removeprefix("cosine, ")]] + np.array(SIGMAS) / 10
        expected = np.stack([SIGMAS, middle, middle - 0.05, middle + 0.05, [2, 2, 2]], axis=1)
        np.testing.assert_allclose(line["points"], expected, rtol=1e-3)


def test_the_colour_is_that_of_the_size_and_the_dashes_are_those_of_who(alone):
    lines = drawn(draw(alone))
    for (row, column), line in lines.items():
        assert f"stroke:{style.css(style.size_look(int(row[4:]))[0])}" in line["style"]
        assert ("stroke-dasharray" in line["style"]) == (column == "cosine, same data, twice")


def test_another_column_may_have_the_colours(alone):
    ssm = alone.own.assign(objective="ssm", value=alone.own.value + 0.01)
    two = dataclasses.replace(alone, own=pd.concat([alone.own, ssm])).where(n_train=10)
    panel = Panel(two, pairs("cosine"), "cosine")
    lines = drawn(curves("toy", [panel], "A caption.", "What is drawn.", colour=OBJECTIVE).svg)
    assert {row for row, _ in lines} == {"denoiser", "ssm"}
    assert f"stroke:{style.css(style.OBJECTIVE['ssm'][0])}" in lines["ssm", "cosine, different data"]["style"]


def test_what_is_published_is_drawn_and_my_run_is_hidden_until_asked_for(both):
    """The fixture's run has a size that is not published; without it nothing is the reader's own."""
    usual = dataclasses.replace(both, own=both.own[both.own.n_train == 10]).first
    figure = curves("toy", [Panel(usual, pairs("cosine"), "cosine")], "A caption.", "What is drawn.")
    assert {row for row, _ in drawn(figure.svg)} == {"N = 10", "N = 1,000"}
    assert {(one["row"], one["other"]) for one in others(figure.svg)} == {("N = 10", 1)}
    words, apart = figure.compare
    assert words == "Compare with my run"
    assert apart == "Half as strong: cosine differs by 0.01 (median), 0.01 at most."
    assert 'type="checkbox"' in figure._repr_html_()


def test_what_a_reader_ran_that_is_not_published_is_drawn_first(both):
    figure = curves("toy", [Panel(both.first, pairs("cosine"), "cosine")], "A caption.", "What is drawn.")
    assert {row for row, _ in drawn(figure.svg)} == {"N = 10", "N = 100"}
    assert figure.compare[0] == "Compare with what is published"


def test_no_axis_has_two_data_sets(both):
    elsewhere = dataclasses.replace(both, published=both.published.assign(dataset="uniform"))
    for measured in (elsewhere, dataclasses.replace(elsewhere, published_leads=True)):
        figure = curves("toy", [Panel(measured, pairs("cosine"), "cosine")], "A caption.", "What is drawn.")
        assert not others(figure.svg)
        assert figure.compare is None


def test_the_other_table_moves_no_axis(both):
    wild = dataclasses.replace(both, published=both.published.assign(value=50.0))
    places = [line["at"] for line in drawn(draw(wild)).values()]
    assert places == [line["at"] for line in drawn(draw(dataclasses.replace(both, published=None))).values()]


def test_bands_are_those_of_what_is_drawn(both):
    assert bands(draw(both)) == bands(draw(dataclasses.replace(both, published=None))) == 4


def test_few_some_and_many_are_shown_and_the_rest_is_a_button_away():
    assert few_some_many([1, 10, 100, 1000, 4916]) == [10, 100, 4916]
    assert few_some_many([1, 10, 100, 1000, 10_000, 100_000]) == [10, 1000, 100_000]
    assert few_some_many([1, 10, 100]) == [1, 10, 100]
    many = Measured("toy", table(1, 10, 100, 1000), None, "smoke")
    rest = {row for (row, _), line in drawn(draw(many)).items() if line.get("rest")}
    assert rest == {"N = 1"}


def test_what_is_cut_off_is_marked_with_its_value(alone):
    cut = draw(alone, limits=(0.5, None))
    assert "0.3" in texts(cut)
    silent = """data-curve='{"row":"N = 10","column":"cosine, different data"}'"""
    whole = draw(alone, limits=(0.1, None)).count(silent)  # its band
    assert cut.count(silent) == whole + 2, "triangle and value are shown and hidden with their line"


def test_grey_is_where_models_are_worse_than_doing_nothing():
    """Between two levels by log-linear interpolation: 0 is halfway between -1 at 0.01 and 1 at 0.1."""
    gains = table(10).assign(who="A", metric="psnr_gain_held_out")
    gains = gains.assign(value=gains.sigma.map({0.01: -1.0, 0.1: 1.0, 1.0: 2.0}))
    ((low, high),) = worse_than_nothing(Measured("toy", gains, None, "smoke"))
    assert low == pytest.approx(0.01)
    assert high == pytest.approx(0.01 * 10**0.5)
    errors = gains.assign(metric="relative_score_error", value=np.exp(-gains.value))
    np.testing.assert_allclose(worse_than_nothing(Measured("toy", errors, None, "smoke")), [(low, high)])
    assert not worse_than_nothing(Measured("toy", gains.assign(value=0.5), None, "smoke"))


def test_grey_may_begin_again():
    assert spans(pd.DataFrame({"sigma": [1, 10, 100, 1000], "value": [-1, 1, 1, -1]})) == [
        (pytest.approx(1), pytest.approx(10**0.5)),
        (pytest.approx(10**2.5), pytest.approx(1000)),
    ]


def test_hatch_is_where_coverage_is_published_and_low(monkeypatch):
    coverage = table(10, repetitions=1).assign(metric="coverage", who="training set")
    coverage = coverage.assign(value=coverage.sigma.map({0.01: 0.0, 0.1: 1.0, 1.0: 1.0}))
    monkeypatch.setattr("lowdiff_lib.figures.shade.find", lambda study, arm: coverage)
    assert extrapolated("spiral", [10, 100]) == {10: [(pytest.approx(0.01), pytest.approx(0.01 * 10**0.5))], 100: []}
    assert extrapolated("uniform", [10]) == {10: []}
    monkeypatch.setattr("lowdiff_lib.figures.shade.find", lambda study, arm: None)
    assert extrapolated("spiral", [10]) == {10: []}


def test_the_legend_has_sizes_in_their_order_and_then_references(both):
    exact = Line({"who": "exact"}, "cosine", ":", "exact, {}", ink=True)
    found = [text for text in texts(draw(both, *pairs("cosine"), exact)) if text[0].isalpha()]
    assert found[-5:] == ["N = 10", "N = 100", "exact, N = 100", "different data", "same data, twice"]


def test_a_reference_is_drawn_in_the_colour_of_text_of_the_largest_size_alone(alone):
    own = alone.own.assign(value=alone.own.value.where(alone.own.n_train == 100, 99.0))
    exact = Line({"who": "exact"}, "cosine", ":", "exact, {}", ink=True)
    (line,) = drawn(draw(dataclasses.replace(alone, own=own), exact)).values()
    assert (line["row"], line["column"]) == ("exact, N = 100", "cosine")
    assert "stroke:currentColor" in line["style"]
    np.testing.assert_allclose([point[1] for point in line["points"]], 0.9 + np.array(SIGMAS) / 10, rtol=1e-3)


def test_a_level_that_means_something_is_named_where_it_is(alone):
    assert "identity" in texts(draw(alone, rule=Rule(0.5, "identity")))
    assert "identity" not in texts(draw(alone))


def test_panels_with_one_axis_share_its_limits_and_say_it_once(alone):
    high = alone.map(lambda one: one.assign(value=one.value + 5))
    panels = [Panel(one, pairs(says), "cosine") for one, says in ((alone, "low"), (high, "high"))]
    svg = curves("toy", panels, "A caption.", "What is drawn.").svg
    lines = drawn(svg)
    low, up = (lines["N = 10", f"{says}, different data"]["at"] for says in ("low", "high"))
    assert all(first[1] > second[1] + 100 for first, second in zip(low, up, strict=True)), "5 is far above"
    assert texts(svg).count("cosine") == 1
    apart = [dataclasses.replace(panels[0]), dataclasses.replace(panels[1], axis="another")]
    lines = drawn(curves("toy", apart, "A caption.", "What is drawn.").svg)
    low, up = (lines["N = 10", f"{says}, different data"]["at"] for says in ("low", "high"))
    np.testing.assert_allclose([at[1] for at in low], [at[1] for at in up], atol=1.0)


def test_noise_falls_to_the_right_if_asked_for(alone):
    panel = Panel(alone, pairs("cosine"), "cosine")
    for down in (False, True):
        lines = drawn(curves("toy", [panel], "A caption.", "What is drawn.", down=down).svg)
        at = lines["N = 10", "cosine, different data"]["at"]
        assert (at[0][0] > at[-1][0]) == down


def test_the_table_to_take_home_has_what_the_panels_show_once(both):
    panels = [Panel(both, pairs(says), "cosine") for says in ("left", "right")]
    pd.testing.assert_frame_equal(curves("toy", panels, "A caption.", "What is drawn.").table, both.own)
