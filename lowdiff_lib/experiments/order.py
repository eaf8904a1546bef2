"""What to train first if there are only so many hours, and what is then left, in words."""

from collections.abc import Collection, Iterator, Sequence

from lowdiff_lib.base.words import listed
from lowdiff_lib.datasets.samples import shown
from lowdiff_lib.experiments.grid import Case
from lowdiff_lib.experiments.study import Plan
from lowdiff_lib.specs import RunSpec

MOST = 12  # lines


def by_value(plans: Sequence[Plan]) -> list[Case]:
    """The cases in the order of their value: one repetition of everything before a second one, the usual arm first.

    A figure has its curves after the first repetition; more of them make its intervals.
    """
    return sorted((case for plan in plans for case in plan.cases), key=lambda case: case.repetition)


def what_is_left(cases: Sequence[Case], missing: Collection[RunSpec]) -> Iterator[str]:
    """What there is no time for: a line for each arm, data set and n_train, as many as a reader may want to see."""
    found: dict[str, dict[int, None]] = {}
    for case in cases:
        if not set(missing).isdisjoint(case.runs.values()):
            name = f"{case.arm.name}, {shown(case.spec.dataset)}, n_train {case.spec.n_train:,}"
            found.setdefault(name, {})[case.repetition + 1] = None
    if found:
        yield "For these there is no time:"
    for name, repetitions in [*found.items()][:MOST]:
        word = "repetitions" if len(repetitions) > 1 else "repetition"
        yield f"  {name}: {word} {listed(map(str, repetitions))}"
    if len(found) > MOST:
        yield f"  and {len(found) - MOST} more such lines"
