"""The networks that run in the page are the library's: their moves, where they take a point, and how fast."""

import itertools
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from lowdiff_lib.book import downloads
from lowdiff_lib.datasets.mixtures import mixture, mixture_samples
from lowdiff_lib.datasets.samples import training_samples
from lowdiff_lib.experiments.studies import explorer
from lowdiff_lib.figures.drawing import DATA
from lowdiff_lib.figures.explorer import Explorer
from lowdiff_lib.figures.portraits import Portraits
from lowdiff_lib.measures.samplers import fixed_points, noise_schedule, probability_flow
from lowdiff_lib.models import weights
from lowdiff_lib.models.reference import IdealDenoiser

pytestmark = pytest.mark.browser

STATIC = Path(__file__).resolve().parents[2] / "book" / "_static"
SCRIPTS = (
    "networks",
    "truth",
    "explorer-state",
    "explorer-say",
    "explorer-draw",
    "explorer-form",
    "explorer-guess",
    "explorer-faces",
    "explorer",
)
POINTS = 1000
TOGETHER = 4  # points that the page works out at once
CLOSE = 1e-3  # of the residual
NETWORKS = [
    (name, arm, n, who)
    for name in ("spiral", "uniform", "sharpcov")
    for arm, sizes in explorer.sizes(name).items()
    for n in sizes
    for who in ("A", "B", "twin")
]


def portraits() -> pd.DataFrame:
    """A table as `explorer.portraits` has it, of pictures that show nothing."""
    random = np.random.default_rng(0)
    clean = random.random((2, 8, 8))
    rows = []
    for arm, n, sigma, face in itertools.product(explorer.ARMS, (1, 10, 160), explorer.FACE_SIGMAS, range(2)):
        for what in ("clean", "noisy", "A", "B"):
            about = {"arm": arm, "n_train": n, "sigma": sigma, "face": face, "what": what}
            image = clean[face] if what == "clean" else random.random((8, 8))
            rows.append(about | {"left": random.random(), "apart": random.random(), "image": image})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    """A page with nothing but the explorer, as its chapter has it, and what it loads; from disk."""
    html = tmp_path_factory.mktemp("html")
    shown = Explorer(explorer.scenes(), explorer.field("spiral", 100, points=50), explorer.SIGMA)
    faces = Portraits(portraits())
    for about in (shown._repr_mimebundle_()[DATA], faces._repr_mimebundle_()[DATA]):
        for name, content in downloads._scripts(about):
            path = html / Path(name).relative_to(downloads.FOLDER)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    scripts = "".join(f'<script defer src="{(STATIC / f"{name}.js").as_uri()}"></script>' for name in SCRIPTS)
    style = f'<link rel="stylesheet" href="{(STATIC / "lowdiff.css").as_uri()}">'
    page = f'<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8">{style}{scripts}</head>'
    (html / "chapters").mkdir()
    (html / "chapters" / "explorer.html").write_text(
        f'{page}<body class="bd-article">{shown._repr_html_()}{faces._repr_html_()}</body></html>'
    )
    return (html / "chapters" / "explorer.html").as_uri()


READY = "() => document.querySelector('.lowdiff-says')?.textContent.includes('best move')"


@pytest.fixture(scope="module")
def visit(chromium, address):
    """Opens the explorer in a state, for a visitor with the given equipment."""
    contexts = []

    def open_one(state: str = "", **equipment):
        look = {"reduced_motion": "reduce", "viewport": {"width": 900, "height": 1300}}
        contexts.append(chromium.new_context(**look | equipment))
        contexts[-1].set_default_timeout(120_000)  # beside others, a page may take its time
        page = contexts[-1].new_page()
        page.goto(address + state)
        page.wait_for_function(READY)
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def page(visit):
    """One page for what does not change it."""
    return visit()


def noisy(name: str, count: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Noisy held-out points [count, 2] at noise levels [count] from all that the page offers, TOGETHER of each."""
    random = torch.Generator().manual_seed(seed)
    sigma = 0.003 * (20 / 0.003) ** torch.rand(count // TOGETHER, dtype=torch.float64, generator=random)
    sigma = sigma.repeat_interleave(TOGETHER)
    x, _ = mixture_samples(name, "held-out", count)
    return x + sigma[:, None] * torch.randn(count, 2, dtype=torch.float64, generator=random), sigma


def of_page(page, denoiser: str, y: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """Residuals that the page works out; `denoiser` is a promise there."""
    work = f"""async ([y, sigma]) => {{ const denoiser = await {denoiser};
      return y.map((points, k) => [...denoiser.residuals(points, sigma[k])]); }}"""
    several = y.reshape(-1, 2 * TOGETHER).tolist(), sigma[::TOGETHER].tolist()
    return torch.tensor(page.evaluate(work, several), dtype=torch.float64).reshape(-1, 2)


def relative(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float(((found - wanted).norm(dim=1) / wanted.norm(dim=1)).max())


def test_every_network_of_the_page_is_that_of_the_library(page):
    off = {}
    for network in NETWORKS:  # on one page, which takes longer to open than a network to answer
        y, sigma = noisy(network[0], POINTS)
        found = of_page(page, f"lowdiff.network(...{json.dumps(network)})", y, sigma)
        off[network] = relative(found, weights.load(*network).residual(y, sigma))
    assert {network: far for network, far in off.items() if not far <= CLOSE} == {}
    assert len(off) == len(NETWORKS) > 50


@pytest.mark.parametrize("name", dict.fromkeys(name for name, *_ in NETWORKS))
def test_the_exact_and_the_ideal_denoiser_are_those_of_the_library(page, name):
    y, sigma = noisy(name, POINTS)
    exact = of_page(page, f"lowdiff.scenes.{name}.exact", y, sigma)
    assert relative(exact, mixture(name).residual(y, sigma)) <= CLOSE
    for n in (10, 1000):
        samples = f'lowdiff.samples("{name}", "A").then(x => new lowdiff.Ideal(x.subarray(0, {2 * n})))'
        found, ideal = of_page(page, samples, y, sigma), IdealDenoiser(training_samples(name, 0, "A", n, 0))
        assert relative(found, ideal.residual(y, sigma)) <= CLOSE


@pytest.mark.parametrize("arm", explorer.ARMS)
def test_trajectories_end_where_those_of_the_library_end(page, arm):
    """20 each under A, B and the exact score, down from much noise; also where denoising again comes to rest."""
    levels, x = noise_schedule(10, 0.005, 48), mixture_samples("spiral", "held-out", 20)[0]
    y = x + 10 * torch.randn(20, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    near = x + 0.3 * torch.randn(20, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    ours = {who: weights.load("spiral", arm, 1000, who) for who in "AB"} | {"exact": mixture("spiral")}
    for who, denoiser in ours.items():
        theirs = (
            "lowdiff.scenes.spiral.exact" if who == "exact" else f'lowdiff.network("spiral", "{arm}", 1000, "{who}")'
        )
        work = f"""async ([y, near, levels]) => {{ const denoiser = await {theirs}; return [
          y.map(each => lowdiff.follow(denoiser, each, levels).at(-1)),
          near.map(each => lowdiff.again(denoiser, each, 0.3).at(-1))]; }}"""
        ends, rests = (torch.tensor(each) for each in page.evaluate(work, [y.tolist(), near.tolist(), levels]))
        assert float((ends - probability_flow(denoiser, y, levels)[-1]).abs().max()) <= CLOSE * 3.5, who
        for start, rest in zip(near, rests, strict=True):  # one by one: each stops by itself
            assert float((rest - fixed_points(denoiser, start[None], 0.3)[0]).abs().max()) <= 0.01 * 0.3, who
    schedule = page.evaluate("lowdiff.schedule(10, 0.005, 48)")
    np.testing.assert_allclose(schedule, levels, rtol=1e-12)


def test_the_page_says_how_far_its_networks_are_from_the_library(page):
    said = page.locator(".lowdiff-frame").text_content()
    error = float(said.partition("agree with the library's to ")[2].split(" ")[0])
    assert 0 < error <= CLOSE


# ---- what a reader does ----

FIELD = 100  # milliseconds: 400 points under three networks


def said(page) -> str:
    return page.locator(".lowdiff-says").text_content()


def changed(page, do) -> str:
    """What is said after something was done that changes it."""
    before = said(page)
    do()
    page.wait_for_function("before => document.querySelector('.lowdiff-says').textContent !== before", arg=before)
    page.wait_for_function(READY)
    return said(page)


def test_it_opens_with_a_move_that_is_one(page):
    for text in ("Told σ: A and B", "Not told σ: A and B", "times the noise apart", "The best move is"):
        assert text in said(page)
    assert "hardly" not in said(page)


@pytest.fixture
def quiet() -> None:
    """Skips where others work on the machine: times would be theirs."""
    if os.getloadavg()[0] > (os.cpu_count() or 1):
        pytest.skip(f"the machine is busy (load {os.getloadavg()[0]:.1f}), so that times say nothing of the page")


def test_a_field_of_400_points_takes_a_tenth_of_a_second(page, quiet):
    """Each tenth of it counts with its fastest time: what others do on the machine is none of the page's work."""
    work = """async () => {
      const nets = await Promise.all(["A", "B", "twin"].map(who => lowdiff.network("spiral", "told", 100, who)));
      let total = 0;
      for (let part = 0; part < 10; part++) {
        const y = Float64Array.from({length: 80}, (_, k) => 3 * Math.sin(k + part)), took = [];
        for (let k = 0; k < 40; k++) { const began = performance.now();
          for (const net of nets) net.residuals(y, 0.1 + k / 100);
          took.push(performance.now() - began); }
        total += Math.min(...took);
      }
      return total; }"""
    assert page.evaluate(work) <= FIELD


def test_a_tap_places_the_point_and_a_finger_drags_it(visit):
    page = visit(has_touch=True, viewport={"width": 390, "height": 844})
    page.locator(".lowdiff-square .top").first.scroll_into_view_if_needed()
    box = page.locator(".lowdiff-square .top").first.bounding_box()
    changed(page, lambda: page.touchscreen.tap(box["x"] + 200, box["y"] + 100))
    handle = page.locator(".lowdiff-square .handle").first.bounding_box()
    assert abs(handle["x"] + handle["width"] / 2 - box["x"] - 200) < 2
    touch = page.locator(".lowdiff-square .handle").first.evaluate("e => getComputedStyle(e).touchAction")
    assert touch == "none", "a finger on the point drags it, and elsewhere the page scrolls"
    client = page.context.new_cdp_session(page)

    def drag(kind: str, x: float) -> None:
        points = [{"x": box["x"] + x, "y": box["y"] + 100}] if kind != "touchEnd" else []
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    drag("touchStart", 200)
    changed(page, lambda: drag("touchMove", 120))
    drag("touchEnd", 120)
    handle = page.locator(".lowdiff-square .handle").first.bounding_box()
    assert abs(handle["x"] + handle["width"] / 2 - box["x"] - 120) < 4


def test_every_choice_answers_to_keys(visit):
    page = visit()
    page.locator(".lowdiff-square .top").first.focus()
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight", "ArrowDown"):
        changed(page, lambda key=key: page.keyboard.press(key))
    for name in ("n", "sigma"):
        page.locator(f"input[name={name}]").focus()
        changed(page, lambda: page.keyboard.press("ArrowLeft"))
    changed(page, lambda: page.fill("input[name=x]", "1.25"))
    changed(page, lambda: page.select_option("select[name=other]", "twin"))
    assert "its twin" in said(page)
    for value, what in (("follow", "Followed down to σ = 0.005, A and its twin end"), ("again", "Denoised again")):
        page.locator(f"input[value={value}]").focus()
        page.keyboard.press("Space")
        page.wait_for_function("w => document.querySelector('.lowdiff-says').textContent.includes(w)", arg=what)
    for value in ("ideal", "samples", "density", "field"):
        page.locator(f"input[value={value}]").click()
        page.wait_for_function(READY)
    assert page.locator(".lowdiff-square canvas").first.is_visible()
    page.click("button[name=in]")
    page.wait_for_function("() => location.hash.includes('frame=')")


def test_the_address_has_the_state_and_a_link_brings_it_back(visit):
    page = visit("#data=spiral&n=1000&sigma=0.05&at=1.2,-0.5&other=twin&show=follow,samples&frame=1,0,2")
    assert page.locator("output[name=size]").text_content() == "1,000"
    assert page.locator("output[name=level]").text_content() == "0.05"
    assert page.input_value("input[name=x]") == "1.2"
    assert "its twin" in said(page)
    assert "4 data units wide" in page.locator(".lowdiff-frame").text_content()
    page.fill("input[name=y]", "0.25")
    page.wait_for_function("() => location.hash.includes('at=1.2,0.25')")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("button[name=link]")
    link = page.evaluate("navigator.clipboard.readText()")
    page.wait_for_timeout(300)
    again = visit(link.partition("explorer.html")[2])
    again.wait_for_timeout(300)
    page.wait_for_timeout(300)
    assert said(again) == said(page)
    page.evaluate("location.hash = '#data=spiral&n=10&sigma=1'")
    page.wait_for_function("() => document.querySelector('output[name=size]').textContent === '10'")


def test_the_second_square_has_the_networks_that_are_chosen(visit):
    few = explorer.sizes("spiral")["blind-weighted"]
    page = visit("#data=spiral&arm=blind-weighted&n=1&sigma=0.01")
    assert page.locator("output[name=size]").text_content() == str(few[0]), "the nearest N that both squares have"
    assert int(page.locator("input[name=n]").get_attribute("max")) == len(few) - 1
    assert page.locator(".lowdiff-square h3").all_text_contents() == ["Told σ", "Not told σ, our training"]
    assert "Not told σ, our training: A and B" in said(page)
    ours = changed(page, lambda: page.select_option("select[name=arm]", "blind"))
    assert "Not told σ: A and B" in ours
    assert "arm=blind&" in page.evaluate("new Promise(go => setTimeout(() => go(location.hash), 400))")
    changed(page, lambda: page.select_option("select[name=arm]", "told-plain"))
    assert "Not told σ" in changed(page, lambda: page.select_option("select[name=data]", "sharpcov"))
    assert page.input_value("select[name=arm]") == "blind", "there are no others of it"


def test_a_state_that_makes_no_sense_is_as_at_first(visit, page):
    assert said(visit("#data=nowhere&arm=every&n=-3&sigma=abc&at=1,2,3&other=C&show=everything&frame=0")) != ""
    assert said(visit("#n=70&at=,")) == said(page), "the nearest N that there is"


def test_a_teacher_hides_what_is_not_to_be_seen_yet(visit):
    page = visit("#data=spiral&hide=blind,curve,n,says")
    assert page.locator(".lowdiff-square:visible").count() == 1
    for part in ("[data-name=curve]", "label[data-name=n]", ".lowdiff-says"):
        assert not page.locator(part).is_visible()
    page.fill("input[name=y]", "0.25")
    page.wait_for_function("() => location.hash.includes('hide=blind,curve,n,says')")


def test_a_network_that_is_missing_is_said(chromium, address, tmp_path):
    page = chromium.new_page()
    alone = tmp_path / "chapters" / "explorer.html"
    alone.parent.mkdir()
    alone.write_text(Path(address.removeprefix("file://")).read_text())
    page.goto(alone.as_uri())
    page.wait_for_function("() => document.querySelector('.lowdiff-says')?.textContent.includes('cannot be shown')")
    assert "is not there" in said(page)
    page.close()


def test_without_scripts_the_picture_is_complete(visit, address, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("#fig-explorer svg").is_visible()
    assert "Not told σ" in page.locator("#fig-explorer").text_content()
    context.close()


def test_a_pair_of_networks_is_light(address):
    weights_of = Path(address.removeprefix("file://")).parents[1] / "weights" / "spiral"
    assert sum((weights_of / f"told-100-{who}.js").stat().st_size for who in "AB") <= 300_000


def test_a_reader_may_guess_before_the_curve_is_shown(visit):
    page = visit("#data=spiral&n=100")
    lines = page.locator(".lowdiff-agreement svg > g")
    assert lines.is_visible(), "it is complete for whoever does not care to guess"
    page.focus("button[name=begin]")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.querySelector('.lowdiff-agreement svg > g').getAttribute('visibility') === 'hidden'"
    )
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    page.click("button[name=look]")
    page.wait_for_function("() => document.querySelector('.lowdiff-guess p').textContent.includes('Your guess was')")
    answer = page.locator(".lowdiff-guess p").text_content()
    mine = explorer.scenes()[0].curves.query("n_train == 100 and who == 'A-B'")
    for arm, title in (("told", "Told σ"), ("blind", "Not told σ")):
        curve = mine[mine.arm == arm].sort_values("sigma")
        below = curve[curve.value < 0.9].sigma.max()
        above = curve[curve.sigma > below].sigma.min()
        assert below <= float(answer.partition(f"{title}, A and B: σ = ")[2].rstrip(".").split(";")[0]) <= above


def test_a_finger_can_guess(visit):
    page = visit("#data=spiral&n=100", has_touch=True, viewport={"width": 390, "height": 844})
    page.locator("button[name=begin]").tap()
    box = page.locator(".lowdiff-guess input").bounding_box()
    page.touchscreen.tap(box["x"] + 0.25 * box["width"], box["y"] + box["height"] / 2)
    page.wait_for_function("() => document.querySelector('.lowdiff-guess output').value < 0.1")
    guess = page.locator(".lowdiff-guess output").text_content()
    page.locator("button[name=look]").tap()
    page.wait_for_function("() => document.querySelector('.lowdiff-guess p').textContent.includes('Your guess was')")
    assert f"Your guess was σ = {guess}. " in page.locator(".lowdiff-guess p").text_content()


def test_faces_are_chosen_in_the_explorer_and_their_state_is_in_the_address(visit):
    page = visit("#data=spiral&n=100&sigma=0.1&face=2,10,0.5")
    faces = page.locator(".lowdiff-portraits .lowdiff-live")
    faces.locator("output[name=faces-level]").filter(has_text="0.5").wait_for()
    assert faces.locator("select").input_value() == "2"
    assert faces.locator("output[name=faces-size]").text_content() == "10"
    seen = "() => [...document.querySelectorAll('.lowdiff-faces canvas')].map(canvas => canvas.toDataURL())"
    page.wait_for_function(f"() => new Set(({seen})()).size === 6")  # clean, noisy, and four answers
    first, said = page.evaluate(seen), faces.locator(".lowdiff-left").text_content()
    faces.locator("input[name=faces-sigma]").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"before => ({seen})()[3] !== before", arg=first[3])
    assert page.evaluate(seen)[0] == first[0], "the face itself is the same"
    assert faces.locator(".lowdiff-left").text_content() != said
    page.wait_for_function("() => location.hash.includes('face=2,10,0.2')")
    page.evaluate("location.hash = '#data=spiral&hide=faces'")
    faces.wait_for(state="hidden")
