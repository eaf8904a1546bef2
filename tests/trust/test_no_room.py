"""A disk that is full or locked: a sentence says so, nothing half done stays, and with room it goes on."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("namespace")]


@pytest.mark.parametrize(("stages", "tries"), [(("measuring", "publishing"), 20), (("training",), 3)])
def test_results_need_room_and_say_so(script, record_fault, stages, tries):
    """`lowdiff publish`, which trains, measures and publishes what is not there."""
    asked = [(what, stage, n) for what, n in (("full", tries), ("locked", 1)) for stage in stages]
    tallies = script("storing", *(f"{what}:{stage}:{n}" for what, stage, n in asked), small_disk=True)
    for what, stage, _ in asked:
        with record_fault("full disk" if what == "full" else "read-only disk", stage) as tally:
            tally.add(tallies[f"{what}:{stage}"])


@pytest.mark.parametrize(("what", "tries"), [("full", 10), ("locked", 1)])
def test_so_does_a_book(toy, script, record_fault, what, tries):
    with record_fault("full disk" if what == "full" else "read-only disk", "building") as tally:
        tally.add(script("building", what, tries, library=toy.root, small_disk=True)[what])
