"""Samples of face models: what counts as a copy, how alike two faces are, and what figures and sentences say of it."""

import dataclasses
import itertools
import json
import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import torch
from test_figures import fills

from lowdiff_lib import figures, findings
from lowdiff_lib.experiments.faces import FaceBench
from lowdiff_lib.experiments.studies import denoising_faces, memorisation
from lowdiff_lib.experiments.studies.face_trajectories import pure_noise
from lowdiff_lib.figures import style
from lowdiff_lib.findings.memorisation import ALIKE
from lowdiff_lib.measures import metrics
from lowdiff_lib.models.reference import IdealDenoiser
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import COLUMNS, tidy


@pytest.fixture
def table(store) -> pd.DataFrame:
    return memorisation.study.measured("smoke", ["faces"]).own


@pytest.fixture
def bench(store) -> FaceBench:
    """That of ten training faces. Its models are trained where `table` is asked for, too."""
    return FaceBench(memorisation.study.plan("smoke", datasets=["faces"]).cases[0])


def value(table: pd.DataFrame, n_train: int, metric: str, who: str) -> float:
    (found,) = table[(table.n_train == n_train) & (table.metric == metric) & (table.who == who)].value
    return found


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


# ---- the table ----


def test_the_table_has_each_metric_with_its_pairs_and_percentiles(table):
    assert list(table.columns) == COLUMNS
    assert not table.duplicated([name for name in COLUMNS if name != "value"]).any()
    pairs = table.groupby("metric").who.unique().map(set).to_dict()
    expected = {"memorised": {"A", "held-out"}}
    for suffix, end in itertools.product(("", "_centred"), ("", "_p10", "_p90")):
        expected |= {
            f"nearest_training_cosine{suffix}{end}": {"A", "held-out"},
            f"nearest_other_cosine{suffix}{end}": {"A"},
            f"sample_cosine{suffix}{end}": {"A-B", "A-twin", "wiener", "unrelated"},
        }
    assert pairs == expected
    assert set(table[table.who.isin(["held-out", "wiener", "unrelated"])].objective) == {"none"}
    assert table.value.abs().max() <= 1 + 1e-9
    for metric in ("nearest_training_cosine", "sample_cosine_centred"):
        low, high = (table[table.metric == metric + end].value.to_numpy() for end in ("_p10", "_p90"))
        assert (low <= high).all()


def test_any_two_faces_have_a_high_raw_cosine_and_none_without_the_mean_face(table):
    """Which is why both are reported."""
    assert value(table, 160, "sample_cosine", "unrelated") > 0.9
    assert value(table, 160, "sample_cosine_centred", "unrelated") == pytest.approx(0, abs=0.05)


def test_a_held_out_photograph_is_no_copy(table):
    assert value(table, 160, "memorised", "held-out") == 0
    assert value(table, 10, "memorised", "held-out") < 0.05


def test_it_looks_at_the_runs_of_the_faces_chapter_and_trains_none(table, capfd):
    mine, theirs = (each.study.plan("smoke", datasets=["faces"]) for each in (memorisation, denoising_faces))
    assert mine.specs == theirs.specs
    capfd.readouterr()
    assert memorisation.study.measured("smoke", ["faces"]).own.equals(table)
    assert "networks" not in capfd.readouterr().err


def test_the_value_is_that_of_the_models_in_the_store(table, bench):
    """Kadkhodaie's cosines, written out with numpy."""
    start = pure_noise(bench.spec, memorisation.SAMPLES, bench.repetition)
    made = {side: memorisation.sample(bench.model(side), bench.spec, start) for side in ("A", "B")}
    ours, other = (made[side].flatten(1).numpy() for side in ("A", "B"))
    train = bench.seen().flatten(1).numpy()

    def cosine(x, y) -> float:
        return x @ y / np.sqrt((x @ x) * (y @ y))

    same = np.mean([cosine(x, y) for x, y in zip(ours, other, strict=True)])
    near = np.mean([max(cosine(x, y) for y in train) for x in ours])
    assert value(table, 10, "sample_cosine", "A-B") == pytest.approx(same, abs=1e-5)
    assert value(table, 10, "nearest_training_cosine", "A") == pytest.approx(near, abs=1e-5)


# ---- what it is made of ----


def test_cosines_are_of_each_with_each():
    x, y = randn(3, 1, 4, 4), randn(5, 1, 4, 4, seed=1)
    found = metrics.cosines(x, y)
    assert found.shape == (3, 5)
    assert float(found[1, 2]) == pytest.approx(float(torch.cosine_similarity(x[1].flatten(), y[2].flatten(), 0)))
    torch.testing.assert_close(metrics.cosines(x, 7 * x).diag(), torch.ones(3, dtype=torch.float64))
    assert torch.equal(metrics.cosines(torch.zeros_like(x), y), torch.zeros(3, 5, dtype=torch.float64))


def test_a_training_face_is_most_like_itself_in_whichever_part_it_is():
    train, middle = randn(5000, 1, 3, 3).float(), torch.full((1, 3, 3), 0.3, dtype=torch.float64)
    wanted = [2, 4095, 4096, 4999]
    largest, index = memorisation.most_alike(train[wanted].double(), train, middle)
    assert index.tolist() == wanted
    torch.testing.assert_close(largest, torch.ones(4, dtype=torch.float64))


def test_what_counts_as_a_copy(bench):
    """A training face with a little noise; not another face, and not a picture half-way between two."""
    train, held_out = bench.seen(), bench.held_out()
    noisy = train + 0.02 * randn(*train.shape)
    assert metrics.copies(noisy, train, held_out).all()
    assert not metrics.copies(held_out, train, held_out).any()
    assert not metrics.copies((train[:1] + train[1:2]) / 2, train, held_out).any()


def test_with_one_training_face_a_copy_is_much_nearer_to_it_than_held_out_faces_are(bench):
    train, held_out = bench.seen(count=1), bench.held_out()
    assert metrics.copies(train + 0.02 * randn(*train.shape), train, held_out).all()
    assert metrics.copies(held_out, train, held_out).double().mean() < 0.05


def test_the_memoriser_memorises(bench):
    """The ideal denoiser makes nothing but copies: the far end of the axis."""
    train, held_out = bench.seen(), bench.held_out()
    made = memorisation.sample(IdealDenoiser(train), bench.spec, pure_noise(bench.spec, 16, 0))
    assert metrics.copies(made, train, held_out).all()
    assert float(memorisation.most_alike(made, train, held_out.mean(0))[0].min()) > ALIKE


# ---- what figures and sentences say of a table whose numbers are known ----

LIKE = {  # n_train: nearest training, nearest other, A-B, share of copies
    1: (0.99, 0.1, 0.2, 1.0),
    10: (0.8, 0.3, 0.5, 0.25),
    160: (0.4, 0.4, 0.9, 0.0),
}


def known(like: dict[int, tuple[float, ...]] = LIKE) -> Measured:
    """Centred cosines as in `like`; raw ones are nearer to 1 by a factor of ten."""
    rows = []
    common = {"dataset": "faces", "dim": 400, "arm": "told", "step": 50, "objective": "denoiser", "sigma": 0.005}
    for (n_train, (near, other, same, share)), seed in itertools.product(like.items(), (0, 1)):
        measured = {("nearest_training_cosine", "A"): near, ("nearest_training_cosine", "held-out"): 0.4}
        measured |= {("nearest_other_cosine", "A"): other, ("sample_cosine", "A-B"): same}
        measured |= {("sample_cosine", pair): v for pair, v in (("A-twin", 0.95), ("wiener", 0.7), ("unrelated", 0.0))}
        found: dict[tuple[str, str], float] = {}
        for end, step in (("", 0), ("_p10", -0.05), ("_p90", 0.05)):
            found |= {(f"{metric}_centred{end}", pair): v + step for (metric, pair), v in measured.items()}
            found |= {(metric + end, pair): 1 - (1 - v) / 10 + step for (metric, pair), v in measured.items()}
        found |= {("memorised", "A"): share, ("memorised", "held-out"): 0.02}
        rows += [
            common | {"n_train": n_train, "repetition": seed, "metric": metric, "who": pair, "value": v}
            for (metric, pair), v in found.items()
        ]
    return Measured("memorisation", tidy(rows), None, "quick")


def gains(short: float, arm: str = "told") -> Measured:
    """Gains on training faces; A is `short` of the ideal denoiser, by 5 dB more at little noise."""
    common = {"dataset": "faces", "dim": 400, "arm": arm, "step": 50, "objective": "denoiser", "repetition": 0}
    common |= {"metric": "psnr_gain_train"}
    rows = tidy(
        common | {"n_train": n, "sigma": sigma, "who": pair, "value": 30.0 - lacks * (pair == "A")}
        for n in LIKE
        for sigma, lacks in ((0.1, short + 5), (1.0, short))
        for pair in ("A", "ideal", "wiener")
    )
    return Measured("denoising_faces", rows, None, "quick")


def test_the_finding_tells_copies_from_new_faces():
    _, _, _, _, *lines, blank, last = findings.from_copies_to_new_faces(known()).splitlines()
    assert not blank
    assert [line.split(" | ")[0] for line in lines] == ["| 1", "| 10", "| 160"]
    assert lines[1] == "| 10 | 25 % | 2 % | 0.80 | 0.50 | 0.980 | 0.950 |"
    assert last.startswith("From N = 160 on")


def test_samples_that_stay_copies_are_said_to():
    stuck = {n: (0.99, 0.1, 0.2, 1.0) for n in LIKE}
    assert "Even at the largest N" in findings.from_copies_to_new_faces(known(stuck))


@pytest.mark.parametrize(
    ("short", "said"),
    [
        (0.5, "| 1 | 1 of 2 | 0.5 dB | **no** | 0.99 | yes |"),
        (-9, "| 1 | 2 of 2 | -9.0 dB | yes | 0.99 | yes |"),
    ],
)
def test_a_memoriser_is_one_as_a_denoiser_and_as_a_sampler_apart(short, said):
    *_, one, ten = findings.memoriser_check(known(), gains(short)).splitlines()
    assert one == said
    assert ten.endswith("| 0.80 | **no** |")


def test_without_few_faces_there_is_no_memoriser_to_check():
    many = known({160: LIKE[160]})
    assert findings.memoriser_check(many, gains(0)).startswith("*No N up to 10")


def test_longer_training_is_held_against_the_ideal_denoiser():
    usual, longer = gains(4), gains(0.5, "fourfold")
    both = dataclasses.replace(usual, own=pd.concat([usual.own, longer.own]))
    assert "| 1 | +3.5 to +3.5 dB | 1 of 2 | 0.5 dB |" in findings.longer_training(both)
    assert "not published" in findings.longer_training(usual)
    figure = figures.memoriser_gain(usual, longer)
    assert ">A, four times the steps<" in figure.svg
    curves = {
        each["column"]: each
        for each in map(json.loads, re.findall("data-curve='([^']+)'", figure.svg))
        if each["row"] == "A" and "points" in each
    }
    for n_train in LIKE:
        for says, short in (("", 4), (", longer", 0.5)):  # 5 dB more at little noise
            means = [mean for _, mean, *_ in curves[f"N = {n_train}{says}"]["points"]]
            assert means == [30 - short - 5, 30 - short]
    thin = re.findall(r"stroke-width:0.7\b", figure.svg)
    assert len(thin) >= len(LIKE)


def test_raw_cosines_are_put_in_their_place():
    said = findings.raw_cosines(known())
    for words in ("raw cosine of 0.90", "0.00 without the mean face", "most similar of 160", "raw cosine of 0.94"):
        assert words in said


SEEDS = "lowest to highest of 2 repetitions"
DRAWN = {
    "cosines": (
        lambda: figures.sample_cosines(known()),
        ("its training faces (amber)", "what another model makes of the same noise (purple)", SEEDS),
        "N = 160, 0.40 and 0.90",
    ),
    "share": (
        lambda: figures.memorised_share(known()),
        ("third", "new photographs", "mean of 2 repetitions"),
        "N = 10, 25% and 2%",
    ),
    "gain": (
        lambda: figures.memoriser_gain(gains(2), gains(2).arm("fourfold")),
        ("by heart", "100 dB"),
        "N = 10, 2.0 dB at sigma 1",
    ),
}


def test_colours_are_those_that_the_caption_names():
    figure = figures.sample_cosines(known())
    shades = dict(re.findall(r"(--ld-\w+), (#[0-9a-f]{6})\)", figure.svg))
    assert shades == {"--ld-amber": style.SEEN, "--ld-different": style.PAIR_COLOUR["A-B"]}


@pytest.mark.parametrize(("draw", "caption", "alt"), DRAWN.values(), ids=DRAWN)
def test_figures_say_what_is_drawn_and_read_on_light_and_dark_pages(draw, caption, alt):
    figure = draw()
    for words in caption:
        assert words in figure.caption
    assert alt in figure.alt
    texts = dict(fills(ElementTree.fromstring(figure.svg)))
    assert set(texts.values()) == {"currentColor"}
