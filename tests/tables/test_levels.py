"""The level at which models stop agreeing, read off their curve."""

import pandas as pd
import pytest

from lowdiff_lib.tables.levels import AGREEMENT, agreement_level, agreement_levels

SIGMAS = [0.01, 0.1, 1.0, 10.0]


def curve(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"sigma": SIGMAS, "value": values})


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ([0.0, 0.0, AGREEMENT, 1.0], 1.0),  # exactly there
        ([0.0, 0.8, 1.0, 1.0], 10**-0.5),  # half-way between two levels, on a logarithmic scale
        ([0.0, AGREEMENT - 0.1, AGREEMENT + 0.3, 1.0], 10**-0.75),
        ([1.0, 0.8, 1.0, 1.0], 10**-0.5),  # where it first falls, coming from much noise
        ([0.95, 0.95, 0.95, 0.95], 0.01),  # always agree
        ([0.5, 0.5, 0.5, 0.5], 10.0),  # never agree
    ],
)
def test_the_level_is_where_the_cosine_first_falls_below_agreement(values, level):
    assert agreement_level(curve(values).sample(frac=1, random_state=0)) == pytest.approx(level)


def test_each_pair_and_repetition_has_its_own_level():
    rows = []
    for pair, values in (("A-B", [0.0, 0.8, 1.0, 1.0]), ("A-twin", [1.0, 1.0, 1.0, 1.0])):
        for repetition in (0, 1):
            key = {"dataset": "spiral", "arm": "told", "n_train": 10, "who": pair, "repetition": repetition}
            rows.append(curve(values).assign(**key, metric="residual_cosine"))
    table = pd.concat([*rows, rows[0].assign(metric="mean_cosine", value=0.0)])
    levels = agreement_levels(table).set_index(["who", "repetition"])
    assert len(levels) == 4
    assert levels.value["A-B", 0] == levels.value["A-B", 1] == pytest.approx(10**-0.5)
    assert list(levels.never) == [False, False, True, True]


def test_arms_have_levels_of_their_own():
    arms = [
        curve(values).assign(dataset="spiral", arm=arm, n_train=10, who="A-B", repetition=0, metric="residual_cosine")
        for arm, values in (("told", [0.0, 0.8, 1.0, 1.0]), ("ssm", [0.5, 0.5, 0.5, 0.5]))
    ]
    levels = agreement_levels(pd.concat(arms)).set_index("arm").value
    assert levels["told"] == pytest.approx(10**-0.5)
    assert levels["ssm"] == 10.0
