"""A table holds one measured value a row."""

import pandas as pd
import pytest

from lowdiff_lib.tables import all_published, manifest, published
from lowdiff_lib.tables.tidy import COLUMNS, spread, tidy


def row(**values) -> dict:
    defaults = dict.fromkeys(COLUMNS, "x") | {"n_train": 10, "repetition": 0, "sigma": 0.1, "value": 1.0}
    return defaults | values


def test_a_table_has_the_columns_of_every_table_in_their_order():
    table = tidy(iter([row(value=2.0) | {"more": 1}, dict(reversed(row().items()))]))
    assert list(table.columns) == COLUMNS
    assert table.value.tolist() == [2.0, 1.0]
    assert table.index.tolist() == [0, 1]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_an_error(column):
    incomplete = row()
    del incomplete[column]
    with pytest.raises(KeyError, match=column):
        tidy([incomplete])


def test_a_table_comes_back_from_a_file_as_it_was(tmp_path):
    table = tidy([row(sigma=0.005, value=1 / 3), row(sigma=1e-12, value=-2.5e-17)])
    table.to_csv(tmp_path / "table.csv", index=False)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "table.csv"), table, rtol=1e-14)


def test_spread_is_the_mean_and_the_range_over_seeds():
    table = tidy([row(seed=s, sigma=sigma, value=s + sigma) for s in range(3) for sigma in (1.0, 0.1)])
    expected = pd.DataFrame(
        {"sigma": [0.1, 1.0], "mean": [1.1, 2.0], "low": [0.1, 1.0], "high": [2.1, 3.0], "n": [3, 3]}
    )
    pd.testing.assert_frame_equal(spread(table, ["sigma"]), expected)


def test_the_denoisers_rows_stand_under_those_of_the_other_objectives(tmp_path, monkeypatch):
    """Each is published once; who reads about objectives finds both, on the grid of the others."""
    monkeypatch.setenv("LOWDIFF_DATA", str(tmp_path))
    whole = tidy(
        row(dataset="spiral", n_train=n, seed=seed, objective="denoiser") for n in (10, 100) for seed in (0, 1)
    )
    others = tidy(row(dataset="spiral", n_train=100, objective=objective) for objective in ("ncsn", "ssm"))
    manifest.put("objectives", others.to_csv(index=False).encode(), {})
    assert published("objectives").equals(others)
    manifest.put("training_set_size", whole.to_csv(index=False).encode(), {})
    found = published("objectives")
    assert found[["n_train", "repetition", "objective"]].to_numpy().tolist() == [
        [100, 0, "ncsn"],
        [100, 0, "ssm"],
        [100, 0, "denoiser"],
    ]
    assert all_published()["objectives"].equals(found)
    assert published("training_set_size").equals(whole)
