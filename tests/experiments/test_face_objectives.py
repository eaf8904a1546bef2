"""Three objectives on the same faces: arms of one study, which says of each what it says of one."""

import dataclasses
import re
from collections import Counter

import pandas as pd
import pytest

from lowdiff_lib import figures, findings
from lowdiff_lib.experiments.studies import denoising_faces
from lowdiff_lib.specs import OBJECTIVES
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.levels import learned
from lowdiff_lib.tables.tidy import COLUMNS, tidy

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def measured() -> Measured:
    return denoising_faces.study.measured("smoke", ["faces"], [10], 1, arms=("told", "ncsn", "ssm"))


def test_only_the_objective_differs_and_references_are_there_once(measured):
    table = measured.own
    assert not table.duplicated([name for name in COLUMNS if name not in ("arm", "value")]).any()
    assert set(table.objective) == {*OBJECTIVES, "none"}
    rows = table[table.objective != "none"].groupby("objective").size()
    assert rows.nunique() == 1
    alone = denoising_faces.study.measured("smoke", ["faces"], [10], 1).own
    keys = COLUMNS[:-1]
    both = table[table.objective.isin(["denoiser", "none"])].merge(alone, on=keys, suffixes=("", "_alone"))
    assert len(both) == len(alone)
    assert (both.value == both.value_alone).all()


def test_the_figure_compares_objectives(measured):
    table = measured.own
    moved = table.assign(value=table.value + 0.5)
    figure = figures.objective_curves(dataclasses.replace(measured, own=moved, published=table), "faces", 10)
    assert "gain over doing nothing" in figure.svg
    assert "a colour for each objective" in figure.caption
    lines = Counter(
        (row, other) for row, other in re.findall(r'"row":"([^"]+)","column":"[^"]+"(,"other":1)?', figure.svg)
    )
    three = 3  # quality, different data, same data twice; of each what is published, and hidden this machine's
    assert lines == {(objective, other): three for objective in OBJECTIVES for other in ("", ',"other":1')}
    drawn = table[table.metric.isin(["psnr_gain_held_out", "residual_cosine"]) & table.objective.isin([*OBJECTIVES])]
    assert sorted(figure.table.value) == sorted(drawn.value), "what is published"
    words, apart = figure.compare
    assert words == "Compare with my run"
    for axis in ("gain over doing nothing (dB)", "cosine of the two residuals"):
        assert f"{axis} differs by 0.5 (median), 0.5 at most" in apart


# ---- whether they learned anything ----

LINEAR = {0.01: -1.0, 0.1: 2.0}  # dB that the linear filter gains


def toy(**gains: tuple[float, float]) -> Measured:
    """Held-out gains at both noise levels by arm, beside the linear filter."""
    about = {"dataset": "celeba", "dim": 4, "step": 8, "repetition": 0, "n_train": 10, "metric": "psnr_gain_held_out"}
    rows = [
        about | {"arm": "told", "objective": "none", "who": "wiener", "sigma": sigma, "value": value}
        for sigma, value in LINEAR.items()
    ]
    for name, values in gains.items():
        arm, objective = name.replace("_", "-"), {"told": "denoiser"}.get(name, name.partition("_")[0])
        mine = about | {"arm": arm, "objective": objective, "who": "A"}
        rows += [mine | {"sigma": sigma, "value": value} for sigma, value in zip(LINEAR, values, strict=True)]
    return Measured("denoising_faces", tidy(rows), None, "smoke")


@pytest.mark.parametrize(
    ("gain", "at"),
    [
        ((0.5, 2.5), [0.01, 0.1]),
        ((0.5, 2.02), [0.01]),  # hardly better than the linear filter
        ((0.03, 2.5), [0.1]),  # hardly better than doing nothing
        ((-0.5, 1.9), []),  # better than the filter alone, then than doing nothing alone
    ],
    ids=str,
)
def test_a_network_learned_something_where_it_beats_doing_nothing_and_the_linear_filter(gain, at):
    found = learned(toy(ncsn_published=gain).shown)
    assert found[found.learned].sigma.tolist() == at
    said = findings.objectives_learned(toy(ncsn_published=gain))
    assert ("**did not train**" in said) == (not at)
    assert "| NCSN, the paper's network | 10 |" in said


def test_of_an_objective_that_did_not_train_no_gain_is_given():
    trained = findings.gain_by_objective(toy(told=(0.6, 3.0), ncsn=(0.7, 2.9), ssm=(0.2, 2.6)))
    assert "| 10 | +0.60 | +0.70 | +0.20 | 0.50, at σ = 0.01 |" in trained
    assert "did not train" not in trained
    failed = findings.gain_by_objective(toy(told=(0.6, 3.0), ncsn=(0.7, 2.9), ssm=(0.01, 1.0)))
    assert "| 10 | +0.60 | +0.70 | **did not train** | 0.10, at σ = 0.1 |" in failed
    none = findings.gain_by_objective(toy(told=(0.0, 1.0), ncsn=(0.0, 1.0)))
    assert none.count("did not train") == 2
    assert none.endswith("| – |")


def test_the_figure_says_whose_networks_it_shows():
    drawn = [
        figures.objective_curves(each, "celeba", 10) for each in (with_cosine("ncsn"), with_cosine("ncsn_published"))
    ]
    theirs = "each with the network that the paper gives it"
    assert theirs not in drawn[0].caption
    assert theirs in drawn[1].caption
    assert drawn[0].name != drawn[1].name  # they stand on one page


def with_cosine(arm: str) -> Measured:
    """Gains, and a cosine of A and B."""
    gains = toy(told=(0.6, 3.0), **{arm: (0.5, 2.5)})
    cosine = gains.own[gains.own.who == "A"].assign(metric="residual_cosine", who="A-B", value=0.5)
    return dataclasses.replace(gains, own=pd.concat([gains.own, cosine]))


@pytest.mark.parametrize("arm", ["told", "ncsn", "ssm", "ncsn-published", "ssm-published"])
def test_they_are_judged_where_they_were_trained(arm, monkeypatch):
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    spec = denoising_faces.study.plan("full", arm, ["faces"]).specs[0]
    assert spec.sigma_min <= min(denoising_faces.SIGMAS) < max(denoising_faces.SIGMAS) <= spec.sigma_max


@pytest.mark.parametrize(("profile", "width"), [("smoke", 4), ("full", 16), ("paper", 64)])
def test_the_papers_sliced_score_matching_is_half_as_wide_but_in_the_papers_own_width(profile, width):
    specs = denoising_faces.study.plan(profile, "ssm-published", ["faces"], [10], 1).specs
    assert {spec.width for spec in specs} == {width}
