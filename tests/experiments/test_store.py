"""A table is measured once, is found whole or measured again, and changes its name with what decides it."""

import pytest

from lowdiff_lib.experiments.studies import training_set_size
from lowdiff_lib.experiments.study import Case, Plan
from lowdiff_lib.specs import RunSpec, trio

CALLS: list[int] = []
SPEC = RunSpec("spiral", 5, width=4, depth=1, steps=2, batch=2)


def rows(case):
    """What a measurement yields, without training: the runs of these cases are none."""
    CALLS.append(case.replicate)
    common = {"dataset": "spiral", "dim": 2, "n_train": 5, "objective": "denoiser", "metric": "one", "pair": "A"}
    for sigma in (0.1, 1 / 3):
        yield common | {"seed": case.replicate, "sigma": sigma, "value": sigma / 7}


def plan(*replicates: int) -> Plan:
    made = Plan(training_set_size.rows, [Case({}, replicate) for replicate in replicates])
    object.__setattr__(made, "rows", rows)
    made.__dict__["code"] = "0" * 16  # `rows` is not of the library
    return made


def test_a_table_is_measured_once(empty_store):
    CALLS.clear()
    first, again = plan(0, 1).measure(), plan(0, 1).measure()
    assert CALLS == [0, 1]
    assert first.equals(again)
    assert first.value.tolist() == [0.1 / 7, 1 / 21] * 2
    assert plan(0, 1).stored().equals(first)
    assert plan(0).stored() is None


def test_a_damaged_table_is_measured_again(empty_store):
    CALLS.clear()
    whole = plan(0).measure()
    file = plan(0).path
    for damage in (lambda content: content[:-3], lambda content: content.replace(b"0.1", b"0.2"), lambda content: b""):
        file.write_bytes(damage(file.read_bytes()))
        assert plan(0).stored() is None
        assert plan(0).measure().equals(whole)
    file.with_suffix(".json").unlink()
    assert plan(0).measure().equals(whole)
    assert CALLS == [0] * 5


def test_an_interrupted_measurement_leaves_no_table(empty_store):
    def fail(case):
        yield from rows(case)
        raise KeyboardInterrupt

    broken = plan(3)
    object.__setattr__(broken, "rows", fail)
    with pytest.raises(KeyboardInterrupt):
        broken.measure()
    assert not list(empty_store.rglob("*.csv"))


def test_the_name_changes_with_the_cases_and_their_runs():
    names = set()
    for spec in (SPEC, SPEC.twin(1)):
        for replicate in (0, 1):
            names.add(Plan(training_set_size.rows, [Case(trio(spec, 0) | {"A": spec}, replicate)]).path.name)
    assert len(names) == 4
    same = Plan(training_set_size.rows, [Case(trio(SPEC, 0) | {"A": SPEC}, 0)])
    assert same.path.name in names
    assert same.path.name.startswith("training_set_size-")
