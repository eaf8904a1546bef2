"""Three objectives on the same faces: arms of one study, which says of each what it says of one."""

import dataclasses

import pandas as pd
import pytest

from lowdiff_lib import figures, findings
from lowdiff_lib.experiments.studies import denoising_faces
from lowdiff_lib.specs import OBJECTIVES
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import COLUMNS

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


def test_the_figure_and_the_sentence_compare_objectives(measured):
    table = measured.own
    figure = figures.objective_curves(dataclasses.replace(measured, published=table), "faces", 10)
    assert "identity" in figure.svg
    assert "Strong: published" in figure.caption
    more = pd.concat([table, table.assign(n_train=99, value=2 * table.value)])
    low = table[(table.sigma == table.sigma.min()) & (table.metric == "psnr_gain_held_out") & (table.who == "A")]
    gain = low[low.objective == "ssm"].value.mean()
    said = findings.gain_by_objective(dataclasses.replace(measured, own=more))
    assert f"N = 10 faces a side: denoiser {low[low.objective == 'denoiser'].value.mean():+.2f} dB" in said
    assert f"ssm {2 * gain:+.2f} dB" in said.split("N = 99")[1]
