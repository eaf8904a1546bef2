"""A figure is a drawing that reads in light and dark, a caption that stands alone, and a description from its data."""

import dataclasses
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from lowdiff_lib import figures, findings
from lowdiff_lib.experiments.studies import mixtures
from lowdiff_lib.figures import drawing, style
from lowdiff_lib.figures.canvas import new_canvas
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured, authors, published_pictures
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
        figures.size_errors(of_mixtures, "spiral"),
        figures.budget_curves(budgets, {"told": "once", "twice": "twice"}, "residual_cosine", "A-B cosine", "budget"),
        figures.face_curves(of_faces),
        figures.face_gains(of_faces),
        figures.face_pictures(pictures, 160),
        figures.face_pictures(pictures, 1),
    ]
    return {figure.name: figure for figure in every}


@pytest.fixture(
    params=[
        *("mixtures", "field-spiral", "possible-gain", "size-spiral", "errors-spiral", "budget"),
        *("face-curves", "face-gains", "faces-160", "faces-1"),
    ]
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
    words = (caption.text or "").strip() if figure.live else "".join(caption.itertext())
    assert words == figure.caption
    assert [child.get("class") for child in caption] == ["lowdiff-try"] * bool(figure.live)


def test_it_scales_with_the_page_and_is_described(figure):
    svg = ElementTree.fromstring(figure.svg)
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == figure.alt
    assert len(figure.alt) > 20
    assert svg.get("width") is svg.get("height") is None
    left, top, width, height = map(float, svg.get("viewBox").split())
    assert left == top == 0
    assert 300 < width < 600
    assert 100 < height < 600


def fills(element: ElementTree.Element, inherited: str = "black") -> Iterator[tuple[str, str]]:
    """Each text below an element with the colour it has; black is what nobody chose."""
    own = re.search(r"(?:^|;) ?fill: ?([^;]+)", element.get("style", ""))
    colour = own[1] if own else inherited
    if element.text and element.text.strip() and element.tag in (f"{SVG}text", f"{SVG}tspan"):
        yield element.text, colour
    for child in element:
        yield from fills(child, colour)


def test_every_text_has_the_colour_of_the_page(figure):
    texts = dict(fills(ElementTree.fromstring(figure.svg)))
    assert texts
    assert {text: colour for text, colour in texts.items() if colour != "currentColor"} == {}


def test_its_colours_are_those_of_the_book(figure):
    """A named one has a shade for a light page and one for a dark page; black or white would be seen on one alone."""
    assert style.INK not in figure.svg
    named = re.findall(r"var\(--ld-(\w+), (#[0-9a-f]{6})\)", figure.svg)
    assert all(style.LIGHT[name] == colour for name, colour in named)
    for element in ElementTree.fromstring(re.sub(r"var\([^)]*\)", "named", figure.svg)).iter():
        looks = dict(re.findall(r"([\w-]+): ([^;]+)", element.get("style", "")))
        for paint in ("fill", "stroke"):
            if float(looks.get(f"{paint}-opacity", 1)) > 0 and float(looks.get("opacity", 1)) > 0:
                assert not HEX.findall(looks.get(paint, ""))


def luminance(colour: str) -> float:
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(c * w for c, w in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(theme: str, name: str) -> float:
    """Of a shade with the page behind it."""
    page = {"light": "#ffffff", "dark": "#14181c"}[theme]
    low, high = sorted((luminance(page), luminance(getattr(style.SHADES[name], theme))))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_stands_out_and_more_samples_stand_out_more(theme):
    assert {name: contrast(theme, name) for name in style.SHADES if contrast(theme, name) < 2} == {}
    ramp = [contrast(theme, f"n{n}") for n in style.SIZE]
    assert all(1.25 * less < more for less, more in itertools.pairwise(ramp)), ramp


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_style_sheet_has_the_same_colours(theme):
    sheet = Path(__file__).parent.parent.joinpath("book/_static/lowdiff.css").read_text()
    assert style.sheet(theme) in re.sub(r"\s+", " ", sheet)


def sentences(caption: str) -> int:
    return len(re.findall(r"[.!?](?=\s|$)", caption))


def test_a_caption_has_three_sentences_at_most(figure):
    assert 1 <= sentences(figure.caption) <= 3


def test_its_names_are_its_own_and_each_is_there_once(figure):
    """Several figures stand on one page, and what they refer to must be theirs."""
    svg = ElementTree.fromstring(figure.svg)
    ids = [element.get("id") for element in svg.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(name.startswith(drawing.tag(figure.name)) for name in ids)
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', figure.svg))
    assert {first or second for first, second in used} <= set(ids)


def test_it_asks_no_other_machine_for_anything(figure):
    links = re.findall(r'(?:href|src)="([^"]*)"', figure._repr_html_())
    assert all(link.startswith(("#", "data:image/png;base64,", "explorer.html#")) for link in links)
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
    for words in ("spiral", "different samples", "same samples, twice", "N", "lowest to highest of 2 repetitions"):
        assert words in figure.caption
    assert "sigma 0.01" in figure.alt
    assert "N = 1,000, 0.35 for different data and 0.75 for the same" in figure.alt


def test_faces_say_the_numbers_at_low_noise(drawn):
    for words in ("solid", "dashed", "due to the data"):
        assert words in drawn["face-curves"].caption.lower()
    assert "0.35 for different faces and 0.75 for the same" in drawn["face-curves"].alt
    for words in ("new faces", "trained on", "ideal", "linear filter", "Below 0"):
        assert words in drawn["face-gains"].caption
    assert "sigma 0.01" in drawn["face-gains"].alt
    assert "N = 1,000, 0.55 dB" in drawn["face-gains"].alt


def test_one_wild_model_moves_neither_the_line_nor_the_sentence():
    errors = measured("spiral", {"relative_score_error": ("A", "B")}).own
    usual = pd.concat([errors, errors.assign(objective="ssm", value=2 * errors.value)], ignore_index=True)
    wild = usual.copy()
    wild.loc[wild.value.idxmax(), "value"] = 1e6
    said = "| ssm | 1,000 | 2.00 | spiral | 2.00 | spiral |"
    for table in (usual, wild):
        of_both = Measured("toy", table, None, "smoke")
        assert said in findings.objective_effect(of_both, 0.01)
        assert "spiral denoiser 0.55, spiral ssm 1.1" in figures.objective_sizes(of_both, 0.01).alt


def test_one_repetition_has_no_band_and_says_so(of_mixtures, drawn):
    one = figures.size_curves(of_mixtures.where(repetition=0), "spiral")
    assert "one repetition, so no band" in one.caption
    assert "fill-opacity:0.13" not in one.svg
    assert "fill-opacity:0.13" in drawn["size-spiral"].svg


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
    assert len(content["csv"].splitlines()) == 1 + (of_mixtures.own.metric == "residual_cosine").sum()


def test_a_size_has_its_colour_whatever_else_is_drawn():
    assert style.size_look(100) == style.SIZE[100]
    assert style.size_look(160) == style.SIZE[100]
    assert style.size_look(99_325) == style.SIZE[100_000]
    assert len({colour for colour, _ in style.SIZE.values()}) == len(style.SIZE)


# ---- every figure that is published ----

ALL = Measured.in_data
BOTH = ("told", "blind")
PUBLISHED = {  # what draws it
    "mixtures": lambda: figures.size_curves(ALL("training_set_size", "told"), "spiral"),
    "errors": lambda: figures.size_errors(ALL("training_set_size", "told"), "hd-sharpcov"),
    "geometry": lambda: figures.agreement_by_geometry(ALL("training_set_size", "told")),
    "geometry errors": lambda: figures.error_by_geometry(ALL("training_set_size", "told"), 0.02),
    "objectives": lambda: figures.objective_curves(ALL("training_set_size", "told", "ncsn", "ssm"), "spiral", 1000),
    "objectives by size": lambda: figures.objective_sizes(ALL("training_set_size", "told", "ncsn", "ssm"), 0.02),
    "faces": lambda: figures.face_curves(ALL("denoising_faces", "told")),
    "gains": lambda: figures.face_gains(ALL("denoising_faces", "told")),
    "resolutions": lambda: figures.face_resolutions(ALL("denoising_faces", "told", "finer")),
    "precisions": lambda: figures.face_precisions(ALL("denoising_faces", "bfloat16")),
    "blind faces": lambda: figures.face_blindness(ALL("face_blindness", *BOTH)),
    "blind points": lambda: figures.mixture_blindness(ALL("parting", *BOTH).where(dataset="spiral")),
    "authors": lambda: figures.authors_networks(authors.networks()),
    "starts": lambda: figures.face_starts(ALL("face_starts", *BOTH), authors.agreement()),
    "starts, by the flow": lambda: figures.face_starts(ALL("face_starts_flow", *BOTH)),
    "paths": lambda: figures.trajectory_curves(ALL("trajectories", "told"), "spiral"),
    "face paths": lambda: figures.face_trajectory_curves(ALL("face_trajectories", "told")),
    "late branch": lambda: figures.late_branch_curves(ALL("face_trajectories", "told")),
    "a path": lambda: figures.published_path(published_pictures("face_trajectory")),
    "samples": lambda: figures.published_samples(published_pictures("face_samples")),
    "likeness": lambda: figures.sample_cosines(ALL("memorisation", "told")),
    "copies": lambda: figures.memorised_share(ALL("memorisation", "told")),
    "by heart": lambda: figures.memoriser_gain(ALL("denoising_faces", "told"), ALL("denoising_faces", "fourfold")),
    "rest": lambda: figures.attractor_shares(ALL("attractors", "told"), "spiral"),
    "basins": lambda: figures.basins(ALL("attractors", "told"), "spiral"),
    "slopes": lambda: figures.slopes(ALL("attractors", "told"), "sharpcov"),
    "returning": lambda: figures.returning_shares(ALL("face_attractors", "told"), 64),
    "survival": lambda: figures.face_survival(ALL("face_attractors", "told")),
    "directions": lambda: figures.error_by_direction(ALL("near_the_manifold", "told"), "hd-sharpcov"),
    "agreement": lambda: figures.agreement_by_direction(ALL("near_the_manifold", "told"), "hd-sharpcov"),
    "memory": lambda: figures.between_truth_and_memory(ALL("near_the_manifold", "told"), "spiral"),
    "distance": lambda: figures.distance_to_manifold(ALL("near_the_manifold", "told"), "sharpcov"),
    "robustness": lambda: figures.robustness_curves(ALL("denoising_faces", "told"), ALL("robustness", "told")),
    "overlap": lambda: figures.eigenvector_agreement(ALL("robustness", "told"), 5),
    "spectrum": lambda: figures.spectrum_curves(ALL("robustness", "told")),
    "dimension": lambda: figures.dimension_curves(ALL("robustness", "told")),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_what_is_published_can_be_drawn_and_speaks_the_language_of_the_book(name):
    figure = PUBLISHED[name]()
    assert 1 <= sentences(figure.caption) <= 3, figure.caption
    assert re.search(r"\d", figure.alt)
    assert figure.compare is None, "there is no re-run"
    assert "lowdiff-other" not in figure.svg
    named = {colour for _, colour in re.findall(r"var\(--ld-(\w+), (#[0-9a-f]{6})\)", figure.svg)}
    assert named <= set(style.LIGHT.values())


def test_of_data_that_were_trained_for_one_time_there_is_no_figure_of_time():
    assert figures.in_time(ALL("parting", "told", "blind").where(dataset="uniform"), 0.01) is None
