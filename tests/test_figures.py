"""A figure is a drawing that reads in light and dark, a caption that stands alone, and a description from its data."""

import dataclasses
import itertools
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from lowdiff_lib import figures, findings
from lowdiff_lib.experiments.studies import mixtures
from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import new_canvas
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import COLUMNS, tidy

SVG = "{http://www.w3.org/2000/svg}"
SIGMAS = (0.01, 0.1, 1.0)
HEX = re.compile(r"#[0-9a-fA-F]{3,8}\b")


def measured(dataset: str, metrics: dict[str, tuple[str, ...]], sizes=(10, 1000), repetitions=(0, 1)) -> Measured:
    """A table with the values of those named. A-B is at 0.3 + repetition / 10 everywhere, the twin at 0.7 + that."""
    level = {"A-B": 0.3, "A-twin": 0.7}
    common = {"dataset": dataset, "dim": 2, "arm": "told", "step": 8, "objective": "denoiser"}
    table = tidy(
        common
        | {
            "metric": m,
            "who": who,
            "n_train": n,
            "repetition": k,
            "sigma": sigma,
            "value": level.get(who, 0.5) + k / 10,
        }
        for m, whose in metrics.items()
        for who, n, k, sigma in itertools.product(whose, sizes, repetitions, SIGMAS)
    )
    return Measured("toy", table, None, "smoke")


@pytest.fixture(scope="module")
def of_mixtures() -> Measured:
    whose = {"relative_score_error": ("A", "B", "ideal", "wiener"), "residual_cosine": ("A-B", "A-twin")}
    return measured("spiral", whose)


@pytest.fixture(scope="module")
def of_faces() -> Measured:
    of_one = ("A", "ideal", "wiener")
    whose = {"psnr_gain_train": of_one, "psnr_gain_held_out": of_one, "residual_cosine": ("A-B", "A-twin")}
    return measured("faces", whose)


@pytest.fixture(scope="module")
def pictures() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "n_train": n,
            "sigma": sigma,
            "what": what,
            "image": rng.uniform(size=(6, 6)) * (0.5 if what == "difference" else 1),
        }
        for n in (1, 160)
        for sigma in (0.05, 0.5)
        for what in ("clean", "noisy", "A", "B", "difference")
    )


@pytest.fixture(scope="module")
def drawn(of_mixtures, of_faces, pictures) -> dict[str, Figure]:
    """Every figure of the book that needs no training."""
    once = of_mixtures.own
    twice = once[once.repetition == 0].assign(value=0.4, arm="twice")
    budgets = dataclasses.replace(of_mixtures, own=pd.concat([once, twice]))
    every = [
        figures.mixture_samples(mixtures.samples(40)),
        figures.score_field(mixtures.field(sigmas=(0.3, 1.0), points=24)),
        figures.possible_gain(mixtures.possible_gain(64, 2)),
        figures.size_curves(of_mixtures, "spiral"),
        figures.budget_curves(budgets, {"told": "once", "twice": "twice"}, "residual_cosine", "A-B cosine", "budget"),
        figures.face_curves(of_faces),
        figures.face_pictures(pictures, 160),
        figures.face_pictures(pictures, 1),
    ]
    return {figure.name: figure for figure in every}


@pytest.fixture(
    params=["mixtures", "field-spiral", "possible-gain", "size-spiral", "budget", "face-curves", "faces-160", "faces-1"]
)
def figure(request, drawn) -> Figure:
    return drawn[request.param]


def test_it_is_a_figure_with_a_drawing_and_a_caption(figure):
    root = ElementTree.fromstring(figure._repr_html_())
    assert root.tag == "figure"
    assert root.get("class") == "lowdiff-figure"
    assert root.get("id") == f"fig-{figure.name}"
    plot, caption = root
    assert plot.get("class") == "lowdiff-plot"
    assert [child.tag for child in plot] == [f"{SVG}svg"]
    assert caption.tag == "figcaption"
    assert "".join(caption.itertext()) == figure.caption


def test_it_scales_with_the_page_and_is_described(figure):
    svg = ElementTree.fromstring(figure.svg)
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == figure.alt
    assert len(figure.alt) > 20
    assert svg.get("width") is svg.get("height") is None
    left, top, width, height = map(float, svg.get("viewBox").split())
    assert left == top == 0
    assert 400 < width < 600
    assert 100 < height < 600


def fills(element: ElementTree.Element, inherited: str = "black") -> Iterator[tuple[str, str]]:
    """Each text below an element with the colour it has; black is what nobody chose."""
    own = re.search(r"(?:^|; )fill: ([^;]+)", element.get("style", ""))
    colour = own[1] if own else inherited
    if element.text and element.text.strip() and element.tag in (f"{SVG}text", f"{SVG}tspan"):
        yield element.text, colour
    for child in element:
        yield from fills(child, colour)


def test_every_text_has_the_colour_of_the_page(figure):
    texts = dict(fills(ElementTree.fromstring(figure.svg)))
    assert texts
    assert {text: colour for text, colour in texts.items() if colour != "currentColor"} == {}


def test_no_line_or_area_is_black_or_white(figure):
    """Neither would be seen on one of the two pages."""
    assert style.INK not in figure.svg
    seen = set()
    for element in ElementTree.fromstring(figure.svg).iter():
        looks = dict(re.findall(r"([\w-]+): ([^;]+)", element.get("style", "")))
        for paint in ("fill", "stroke"):
            if float(looks.get(f"{paint}-opacity", 1)) > 0 and float(looks.get("opacity", 1)) > 0:
                seen |= set(HEX.findall(looks.get(paint, "")))
    for colour in seen:
        lightness = sum(int(colour[1 + 2 * k : 3 + 2 * k], 16) * w for k, w in enumerate((0.3, 0.59, 0.11)))
        assert 70 < lightness < 200, f"{colour} is close to the page, light or dark"


def test_its_names_are_its_own_and_each_is_there_once(figure):
    """Several figures stand on one page, and what they refer to must be theirs."""
    svg = ElementTree.fromstring(figure.svg)
    ids = [element.get("id") for element in svg.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(name.startswith(f"{figure.name}-") for name in ids)
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', figure.svg))
    assert {first or second for first, second in used} <= set(ids)


def test_it_asks_no_other_machine_for_anything(figure):
    links = re.findall(r'(?:href|src)="([^"]*)"', figure._repr_html_())
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)
    assert "<script" not in figure._repr_html_()


def test_it_is_drawn_the_same_each_time(drawn, of_mixtures):
    assert figures.size_curves(of_mixtures, "spiral")._repr_html_() == drawn["size-spiral"]._repr_html_()


def test_a_caption_is_text_and_not_markup():
    canvas, _ = new_canvas(1, 1, 2.0)
    made = Figure("x", canvas, "a < b & c", 'say "a < b"')
    root = ElementTree.fromstring(made._repr_html_())
    assert root[1].text == "a < b & c"
    assert root[0][0].get("aria-label") == 'say "a < b"'


# ---- what captions and descriptions say ----


def test_size_curves_say_what_tells_data_from_optimiser(drawn):
    figure = drawn["size-spiral"]
    for words in ("spiral", "disjoint", "twin", "another seed", "N", "lowest to highest of 2 seeds"):
        assert words in figure.caption
    assert "sigma and N = 1,000 the residual cosine is 0.35 for A-B and 0.75 for the twin" in figure.alt


def test_face_curves_say_what_is_dashed_and_the_numbers_at_low_noise(drawn):
    figure = drawn["face-curves"]
    for words in ("held-out", "training", "twin", "Ideal", "Wiener", "0 dB"):
        assert words in figure.caption
    for words in ("sigma 0.01", "N = 1,000", "0.55 dB", "0.35 for A-B", "0.75 for the twin"):
        assert words in figure.alt


def test_one_wild_model_moves_neither_the_line_nor_the_sentence():
    errors = measured("spiral", {"relative_score_error": ("A", "B")}).own
    usual = pd.concat([errors, errors.assign(objective="ssm", value=2 * errors.value)], ignore_index=True)
    wild = usual.copy()
    wild.loc[wild.value.idxmax(), "value"] = 1e6
    said = "With N = 1,000 that of ssm is 2.00 (spiral) times the denoiser's."
    for table in (usual, wild):
        of_both = Measured("toy", table, None, "smoke")
        assert said in findings.objective_effect(of_both, 0.01)
        assert "spiral denoiser 0.55, spiral ssm 1.1" in figures.objective_sizes(of_both, 0.01).alt


def test_one_seed_has_no_band_and_says_so(of_mixtures, drawn):
    one = figures.size_curves(of_mixtures.where(repetition=0), "spiral")
    assert "one seed, so no band" in one.caption
    assert "fill-opacity: 0.18" not in one.svg
    assert "fill-opacity: 0.18" in drawn["size-spiral"].svg


def test_pictures_say_how_much_they_are_amplified(drawn, pictures):
    texts = [text.text for text in ElementTree.fromstring(drawn["faces-160"].svg).iter(f"{SVG}text")]
    for title in ("clean", "noisy", "denoised by A", "denoised by B", "A - B, amplified"):
        assert title in texts
    shown = pictures[(pictures.n_train == 160) & (pictures.what == "difference")]
    for image in shown.image:
        assert f"x {0.5 / np.abs(image).max():.3g}" in texts
    assert "sigma 0.05" in drawn["faces-160"].alt
    assert "1 training face a side" in drawn["faces-1"].caption


def test_what_is_drawn_can_be_taken_away_as_a_table(drawn, of_mixtures):
    bundle = drawn["size-spiral"]._repr_mimebundle_()
    (content,) = bundle.values()
    assert content["name"] == "size-spiral"
    assert content["csv"].splitlines()[0] == ",".join(COLUMNS)
    assert len(content["csv"].splitlines()) == 1 + len(of_mixtures.own)


def test_a_size_has_its_colour_whatever_else_is_drawn():
    assert style.size_look(100) == style.SIZE[100]
    assert style.size_look(160) == style.SIZE[100]
    assert style.size_look(99_325) == style.SIZE[100_000]
    assert len({colour for colour, _ in style.SIZE.values()}) == len(style.SIZE)
