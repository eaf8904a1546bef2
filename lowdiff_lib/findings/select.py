"""Parts of a table that sentences speak of."""

import pandas as pd


def largest(table: pd.DataFrame) -> pd.DataFrame:
    return table[table.n_train == table.groupby("dataset").n_train.transform("max")]


def mean_at(table: pd.DataFrame, **where) -> float:
    for column, value in where.items():
        table = table[table[column] == value]
    return float(table.value.mean())
