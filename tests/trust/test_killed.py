"""`kill -9` at any moment: what was finished stays, the next call goes on, and the result has the same bits."""

import pytest

STAGES = ("training", "measuring", "publishing")


@pytest.mark.parametrize(("kills", "cuts"), [(3, 2), pytest.param(50, 20, marks=pytest.mark.slow)])
def test_a_killed_training_measurement_or_publication_loses_nothing(script, record_fault, kills, cuts):
    """Killed at a random moment, or by the kernel in the middle of a write, at some size of the file."""
    asked = {
        f"{what}:{stage}": (fault, stage)
        for what, fault in (("kill", "killed"), ("cut", "killed in the middle of a write"))
        for stage in STAGES
    }
    counts = {"kill": kills, "cut": cuts}
    tallies = script("storing", *(f"{one}:{counts[one.split(':')[0]]}" for one in asked))
    for one, names in asked.items():
        with record_fault(*names) as tally:
            tally.add(tallies[one])


@pytest.mark.parametrize("kills", [10, pytest.param(50, marks=pytest.mark.slow)])
def test_a_killed_staging_leaves_no_half_page(toy, script, record_fault, kills):
    with record_fault("killed", "staging") as tally:
        tally.add(script("building", "stage", kills, library=toy.root)["stage"])


@pytest.mark.slow
@pytest.mark.parametrize("kills", [50])
def test_a_killed_build_goes_on_and_makes_the_same_pages(toy, script, record_fault, kills):
    """Neither its kernel nor jupyter-book outlive it, and what it left in temporary folders is removed."""
    with record_fault("killed", "building") as tally:
        tally.add(script("building", "kill", kills, library=toy.root)["kill"])
