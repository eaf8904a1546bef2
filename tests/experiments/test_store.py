"""A table is measured once, is found whole or measured again, and changes its name with what decides it."""

import dataclasses
import importlib
import sys
import types

import pytest

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.experiments.arms import TOLD
from lowdiff_lib.experiments.grid import Case
from lowdiff_lib.experiments.mixtures import GRID
from lowdiff_lib.experiments.study import Metric, Plan, Study, Value
from lowdiff_lib.specs import RunSpec, trio
from lowdiff_lib.training import runs, stacks

CALLS: list[int] = []
SPEC = RunSpec("spiral", 5, width=4, depth=1, steps=2, batch=2)


def measure(bench):
    """What a measurement yields, without looking at a model."""
    CALLS.append(bench.repetition)
    for sigma in (0.1, 1 / 3):
        yield Value("one", "A", sigma, sigma / 7)


STUDY = Study("small", "What is a seventh?", GRID, {"one": Metric("a seventh of sigma")}, measure)


def plan(*repetitions: int, study: Study = STUDY) -> Plan:
    """With its run, which takes no time, trained in this process."""
    made = Plan(study, "told", [Case(TOLD, {"A": SPEC}, repetition) for repetition in repetitions])
    for job in stacks.grouped(stacks.missing(made.specs)):
        stacks.train(job, runs.stack_key(job))
    return made


def test_a_table_is_measured_once(empty_store):
    CALLS.clear()
    first, again = plan(0, 1).table(), plan(0, 1).table()
    assert CALLS == [0, 1]
    assert first.equals(again)
    assert first.value.tolist() == [0.1 / 7, 1 / 21] * 2
    assert first.repetition.tolist() == [0, 0, 1, 1]
    assert plan(0, 1).stored().equals(first)
    assert plan(0).stored() is None


def test_a_damaged_table_is_measured_again(empty_store):
    CALLS.clear()
    whole = plan(0).table()
    file = plan(0).path
    for damage in (lambda content: content[:-3], lambda content: content.replace(b"0.1", b"0.2"), lambda content: b""):
        file.write_bytes(damage(file.read_bytes()))
        assert plan(0).stored() is None
        assert plan(0).table().equals(whole)
    file.with_suffix(".json").unlink()
    assert plan(0).table().equals(whole)
    assert CALLS == [0] * 5


def test_an_interrupted_measurement_leaves_no_table(empty_store):
    def fail(bench):
        yield from measure(bench)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan(3, study=dataclasses.replace(STUDY, measure=fail)).table()
    assert not list(empty_store.rglob("*.csv"))


def test_a_metric_that_the_study_does_not_name_leaves_no_table(empty_store):
    with pytest.raises(KeyError, match="one"):
        plan(0, study=dataclasses.replace(STUDY, metrics={"other": Metric("something else")})).table()
    assert not list(empty_store.rglob("*.csv"))


def test_the_name_changes_with_the_cases_and_their_runs():
    names = set()
    for spec in (SPEC, SPEC.twin(1)):
        for repetition in (0, 1):
            names.add(Plan(STUDY, "told", [Case(TOLD, trio(spec, 0) | {"A": spec}, repetition)]).path.name)
    assert len(names) == 4
    same = Plan(STUDY, "told", [Case(TOLD, trio(SPEC, 0) | {"A": SPEC}, 0)])
    assert same.path.name in names
    assert same.path.name.startswith("small-told-")


def test_a_table_is_of_the_code_that_measures(empty_store, monkeypatch, tmp_path):
    """Of a study that is not of the library, all of its file counts, and what that reaches in the library."""
    file = tmp_path / "mine.py"
    monkeypatch.syspath_prepend(tmp_path)
    text = (
        "from lowdiff_lib.measures import metrics\nfrom lowdiff_lib.experiments.study import Value\n\n"
        "def helper():\n    return 1.0\n\n"
        "def measure(bench):\n    yield Value('one', 'A', 0.1, metrics.rms(bench.train()) * helper())\n"
    )

    def code() -> str:
        file.write_text(text)
        monkeypatch.delitem(sys.modules, "mine", raising=False)
        importlib.invalidate_caches()
        return plan(0, study=dataclasses.replace(STUDY, measure=importlib.import_module("mine").measure)).code

    before = code()
    assert code() == before != plan(0).code
    text = "# a comment\n" + text
    assert code() == before
    text = text.replace("1.0", "2.0")
    assert code() != before


def test_a_measurement_that_is_in_no_file_is_refused(monkeypatch):
    names = {"__name__": "typed_in"}
    exec("def measure(bench):\n    yield from ()", names)
    monkeypatch.setitem(sys.modules, "typed_in", types.ModuleType("typed_in"))
    with pytest.raises(LowdiffError, match=r"typed_in is in no file, .* put measure into a module"):
        plan(study=dataclasses.replace(STUDY, measure=names["measure"])).table()
