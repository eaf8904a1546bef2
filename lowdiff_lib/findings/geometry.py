"""At which noise level models stop agreeing, by the shape of the data."""

import pandas as pd

from lowdiff_lib.tables.levels import agreement_levels
from lowdiff_lib.tables.tidy import score_errors


def agreement_by_geometry(table: pd.DataFrame) -> str:
    """Down to which noise A and B agree with few and with many samples, beside the twin; a list by data set."""
    levels = agreement_levels(table)
    lines = []
    for dataset, mine in levels.groupby("dataset", sort=False):
        parts = []
        for n_train in (mine.n_train.min(), mine.n_train.max()):
            at = {pair: _down_to(mine[(mine.n_train == n_train) & (mine.who == pair)]) for pair in ("A-B", "A-twin")}
            parts.append(
                f"with N = {n_train:,} A and B agree down to σ = {at['A-B']}, A and its twin to {at['A-twin']}"
            )
        lines.append(f"- **{dataset}**: {'; '.join(parts)}.")
    return "\n".join(lines)


def _down_to(levels: pd.DataFrame) -> str:
    value = f"{levels.value.mean():.2g}"
    return f"{value} or less" if levels.never.all() else value


def error_by_geometry(table: pd.DataFrame, sigma: float) -> str:
    """The score error at one sigma and the largest n_train: lowest and highest over the data sets."""
    mine = score_errors(table, sigma)
    mine = mine[mine.n_train == mine.n_train.max()]
    means = mine.groupby("dataset")["value"].mean()
    if len(means) == 1:
        return f"At σ = {sigma:g} and N = {mine.n_train.max():,} the relative score error is {means.iloc[0]:.2g}."
    return (
        f"At σ = {sigma:g} and N = {mine.n_train.max():,} the relative score error runs from {means.min():.2g} "
        f"({means.idxmin()}) to {means.max():.2g} ({means.idxmax()})."
    )
