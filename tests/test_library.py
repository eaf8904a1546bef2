"""The library in a script of a reader: the six doors that its docstring names, and what things say of themselves."""

import re

import pytest
import torch

import lowdiff_lib
from lowdiff_lib import tables
from lowdiff_lib.base.errors import DataNotFound, LowdiffError
from lowdiff_lib.datasets.samples import faces
from lowdiff_lib.experiments import catalog
from lowdiff_lib.models.reference import IdealDenoiser
from lowdiff_lib.specs import RunSpec
from lowdiff_lib.training import runs
from lowdiff_lib.training.outlook import Outlook


@pytest.fixture
def used(store, monkeypatch) -> dict:
    """What there is after the lines of the docstring, at the scale of a test."""
    monkeypatch.delenv("LOWDIFF_DATA")
    lines = re.findall(
        r"^    ((?:from|table|measured|three|sweep|denoiser|network|truth)\b.*)$", lowdiff_lib.__doc__, re.M
    )
    found: dict = {}
    exec("\n".join(lines).replace('"quick"', '"smoke"').replace("100)", '100, "smoke")'), found)
    return found


def test_the_doors_that_the_docstring_names_are_open(used):
    assert list(used["table"].columns) == tables.COLUMNS
    assert len(used["measured"].shown) > 10
    assert used["three"]["A"] in [case.spec for case in catalog.study("trajectories").plan("smoke").cases]
    y = torch.randn(4, 2)
    for one in (used["denoiser"], used["network"], used["truth"], IdealDenoiser(y)):
        torch.testing.assert_close(one.score(y, 0.5), one.residual(y, 0.5) / 0.25)
    sigma = torch.tensor([0.1, 0.2, 0.3, 0.4])
    each = torch.cat([used["denoiser"].score(y[i : i + 1], float(sigma[i])) for i in range(4)])
    torch.testing.assert_close(used["denoiser"].score(y, sigma), each, rtol=1e-5, atol=1e-6)


def test_things_say_what_they_are(used):
    assert repr(used["denoiser"]).startswith("Denoiser of RunSpec(dataset='spiral', n_train=100")
    assert re.match(r"Measured: training_set_size; measured [\d,]+ rows \(profile smoke\)", repr(used["measured"]))
    study = catalog.study("training_set_size")
    assert repr(study) == f"Study training_set_size: {study.question}"
    assert repr(study.plan("smoke")) == "Plan training_set_size/told: 2 cases, 6 runs"
    assert repr(faces("faces", 20)) == "faces: 400 faces of 40 people at 20x20"
    assert repr(faces("faces", 20).split()) == "Split of faces: sides A and B of 160, 80 held out"
    assert repr(used["truth"]) == f"GaussianMixture spiral: {len(used['truth'].weights)} components in 2 dimensions"
    assert repr(IdealDenoiser(torch.zeros(7, 2))) == "IdealDenoiser of 7 samples [2]"


def test_the_usual_runs_of_faces_are_those_of_their_studies(store):
    plan = catalog.study("memorisation").plan("smoke", datasets=["faces"])
    assert catalog.usual("faces", 0, "smoke") == plan.cases[-1].runs


@pytest.mark.parametrize(
    ("dataset", "resolution", "answer"),
    [
        ("spirl", 0, "did you mean spiral?"),
        ("Faces", 20, "did you mean faces?"),
        ("faces", 0, "of photographs give the pixels along a side"),
        ("/no/such/folder", 20, "no faces at '/no/such/folder'"),
    ],
)
def test_a_data_set_that_there_is_not_is_refused_when_the_run_is_made(dataset, resolution, answer):
    with pytest.raises(LowdiffError, match=re.escape(answer)):
        RunSpec(dataset, 10, resolution=resolution)


def test_a_folder_of_portraits_is_a_data_set(tmp_path):
    assert RunSpec(str(tmp_path), 10, network="unet", resolution=20).dataset == str(tmp_path)
    with pytest.raises(DataNotFound):
        RunSpec(str(tmp_path / "elsewhere"), 10, network="unet", resolution=20)


def test_a_run_that_was_not_trained_is_said_to_be_missing(empty_store):
    with pytest.raises(LookupError, match="train it with sweep"):
        runs.load(RunSpec("spiral", 10))
    assert "0 there, 1 to train" in Outlook().describe([RunSpec("spiral", 10)])
