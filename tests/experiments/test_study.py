"""A study is a few lines, an arm is one entry, and every name that is asked for or measured means something."""

import copy
import dataclasses
import inspect
import itertools
import math
from collections.abc import Iterator
from functools import partial
from xml.etree import ElementTree

import pytest
import torch

from lowdiff_lib import cli, tables
from lowdiff_lib.base import paths
from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments import arms, catalog, faces, mixtures
from lowdiff_lib.experiments.arms import Arm, times
from lowdiff_lib.experiments.grid import Grid, arm_of, cases_of
from lowdiff_lib.experiments.mixtures import GRID, MixtureBench
from lowdiff_lib.experiments.profiles import NAMES
from lowdiff_lib.experiments.studies import denoising_faces, training_set_size, trajectories
from lowdiff_lib.experiments.study import Metric, Study, Value
from lowdiff_lib.figures.curves import Line, Panel, curves
from lowdiff_lib.measures import metrics
from lowdiff_lib.publishing import readme
from lowdiff_lib.tables.tidy import COLUMNS

# ---- a study ----


def measure(bench: MixtureBench) -> Iterator[Value]:
    x, _ = bench.held_out(100)
    for sigma in (0.05, 0.5):
        y = x + sigma * bench.noise(x)
        for who, denoiser in {"A": bench.model("A"), "exact": bench.exact}.items():
            yield Value("residual_size", who, sigma, metrics.rms(denoiser.residual(y, sigma)))


METRICS = {"residual_size": Metric("root mean square of a residual", "data unit")}
study = Study("residual_sizes", "How large are residuals, beside the exact ones?", GRID, METRICS, measure)


def test_a_study_of_twelve_lines_is_swept_measured_published_and_drawn(store, tmp_path, monkeypatch):
    assert len(inspect.getsource(measure).splitlines()) + 2 <= 12
    monkeypatch.setitem(catalog.STUDIES, study.name, (f"{__name__}:study", arms.MIXTURES))  # its line of the catalog
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))

    assert cli.main(["sweep", "residual-sizes", "--profile", "smoke", "--workers", "1"]) == 0
    alone = study.measured("smoke")
    assert alone.published is None
    assert set(zip(alone.own.who, alone.own.objective, strict=True)) == {("A", "denoiser"), ("exact", "none")}
    assert len(alone.own) == 2 * 2 * 2  # sizes, noise levels, whose

    assert cli.main(["publish", "residual_sizes", "--profile", "smoke", "--allow-small"]) == 0
    assert (tmp_path / "tables" / "residual_sizes" / "told.csv").is_file()
    assert tables.published("residual_sizes").value.tolist() == pytest.approx(
        alone.own.sort_values(COLUMNS[:-1]).value.tolist(), rel=1e-5
    )

    measured = study.measured("smoke")
    lines = [Line({"who": "A"}, "size"), Line({"who": "exact"}, "size", ":", "exact", ink=True)]
    figure = curves("sizes", [Panel(measured, lines, "size", scale="log")], "Sizes of residuals.", "two curves")
    assert ElementTree.fromstring(figure._repr_html_()).tag == "figure"
    assert len(figure.table) == len(measured.published) == 8


# ---- an arm ----


@pytest.mark.parametrize("profile", ["smoke", "quick"])
@pytest.mark.parametrize(
    ("usual", "grid"), [(training_set_size.study, mixtures.GRID), (denoising_faces.study, faces.GRID)]
)
def test_an_arm_is_one_entry_of_a_grid(usual, grid, profile, store, monkeypatch):
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    grid = copy.copy(grid)
    grid.arms = {**grid.arms, "wide": Arm("wide", "twice the width", times("width", 2))}
    plan = dataclasses.replace(usual, grid=grid).plan(profile, "wide")
    told = usual.plan(profile).specs
    assert plan.specs == [dataclasses.replace(spec, width=2 * spec.width) for spec in told]
    assert set(plan.specs).isdisjoint(told)


@pytest.mark.parametrize("grid", [mixtures.GRID, faces.GRID], ids=lambda grid: grid.name)
def test_arms_have_names_meanings_and_one_that_is_usual(grid):
    assert next(iter(grid.arms)) == "told"
    for name, arm in grid.arms.items():
        assert arm.name == name
        assert arm.meaning
    trio = grid.cases("smoke", "told")[0].runs
    usual = [case.runs for case in cases_of(arm_of(grid, "told"), trio, 0)]
    assert usual == [trio]
    assert all(
        case.runs != trio for name, arm in grid.arms.items() if name != "told" for case in cases_of(arm, trio, 0)
    )


def test_claims_hear_of_a_mixture_that_was_measured_by_itself(store):
    """One that the profile does not have: somebody's own, say."""
    assert "uniform" not in mixtures.PROFILES["smoke"].datasets
    trajectories.study.measured("smoke", datasets=["uniform"])
    assert "uniform" in set(catalog.stored("smoke")["trajectories"].dataset)


# ---- a sampler ----


def test_a_sampler_is_a_function_that_a_study_is_handed(store):
    """Euler's method makes one error a step where Heun's makes a smaller one: other trajectories, another table."""
    handed = dataclasses.replace(trajectories.study, name="euler", measure=partial(trajectories.measure, sampler=euler))
    mine, usual = (each.plan("smoke", sizes=[100]) for each in (handed, trajectories.study))
    assert mine.code != usual.code
    keys = ["who", "sigma"]
    both = mine.table().merge(usual.table(), on=keys, suffixes=("", "_usual"))
    low = both[(both.sigma == both.sigma.min()) & (both.who == "A-exact")]
    assert low.value.item() != pytest.approx(low.value_usual.item(), rel=1e-6)
    assert low.value.item() == pytest.approx(low.value_usual.item(), rel=0.5)


def euler(denoiser, y, sigmas):
    states = [y]
    for here, there in itertools.pairwise(sigmas):
        states.append(states[-1] - math.log(there / here) * denoiser.residual(states[-1], here))
    return torch.stack(states)


# ---- names ----


def test_the_catalog_has_each_study_under_its_name_with_arms_of_its_grid():
    for name in catalog.STUDIES:
        each = catalog.study(name)
        assert each.name == name
        assert each.question.endswith("?")
        assert catalog.STUDIES[name][1] is each.grid.arms
        assert each.arms[0] == "told"
        assert set(each.arms) <= each.grid.arms.keys()


@pytest.mark.parametrize("grid", [mixtures.GRID, faces.GRID], ids=lambda grid: grid.name)
def test_every_grid_has_the_same_profiles(grid: Grid):
    assert tuple(grid.profiles) == NAMES


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (("training_set_sise", "smoke"), "no study 'training_set_sise' here; did you mean training_set_size"),
        (("objectives", "smoke"), "no study 'objectives' here"),
        (("training_set_size", "smok"), "no profile 'smok' here; did you mean smoke"),
        (("training_set_size", "smoke", ["told", "twise"]), "no arm of training_set_size 'twise' here; did you mean t"),
        (
            ("training_set_size", "smoke", ["finer"]),
            "There are: told, ",
        ),
        (("denoising_faces", "smoke", ["finner"]), "no arm of denoising_faces 'finner' here; did you mean finer"),
        (("attractors", "smoke", ["fourfold"]), "no arm of attractors 'fourfold' here; "),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_that_there_is(asked, answer):
    with pytest.raises(LowdiffError, match=answer):
        catalog.plans(*asked)


# ---- metrics ----


@pytest.mark.parametrize("name", catalog.STUDIES)
def test_a_study_measures_the_metrics_that_it_names_and_no_others(name, store, monkeypatch):
    monkeypatch.delenv("LOWDIFF_CELEBA", raising=False)
    each = catalog.study(name)
    wanted, found = each.metrics.keys() - {"jacobian"}, set()  # that one of round data, which `smoke` has none of
    thin: list[dict] = [{"datasets": ["sharpcov"], "sizes": [100]}] if each.grid is GRID else []  # some speak of these
    for arm, asked in itertools.product(each.arms, [{"sizes": [10]}, *thin]):
        if found < wanted:
            found |= set(each.measured("smoke", arms=[arm], **asked).own.metric)
    assert found == wanted
    assert all(metric.meaning for metric in each.metrics.values())


WHO = {"A", "B", "twin", "A-B", "A-twin", "A-exact", "A-ideal", "A-wiener", "exact", "ideal", "wiener", "identity"}
WHO |= {
    "held-out",
    "unrelated",
    "told A",
    "told twin",
    "told A-told twin",
    "A-told A",
    "best blind",
    "wiener pair",
    "B-twin",
    "training set",
    "linear theory",
}


def test_published_tables_have_known_studies_arms_metrics_and_names_of_whose_values(monkeypatch):
    monkeypatch.delenv("LOWDIFF_DATA", raising=False)
    found = tables.all_published()
    assert found
    for name, table in found.items():
        each = catalog.study(name)
        assert list(table.columns) == COLUMNS
        assert set(table.metric) == set(each.metrics)
        assert set(table.arm) <= set(each.arms)
        assert set(table.who) <= WHO


def test_the_list_of_metrics_in_the_data_folder_is_that_of_the_studies():
    text = (paths.root() / "data" / "README.md").read_text(encoding="utf-8")
    assert readme.with_list(text) == text, "run: python -m lowdiff_lib.publishing.readme"
    for name in catalog.STUDIES:
        for metric in catalog.study(name).metrics:
            assert f"| `{metric}` |" in text


def test_the_columns_in_the_data_folder_are_those_of_every_table():
    text = (paths.root() / "data" / "README.md").read_text(encoding="utf-8")
    described = [
        line.split("`")[1] for line in text.partition("| column |")[2].splitlines()[2:] if line.startswith("| `")
    ]
    assert described[: len(COLUMNS)] == COLUMNS
    for who in WHO - {"A-exact", "A-wiener"}:  # "and the like"
        assert f"`{who}`" in text
