"""Where trajectories part."""

import pandas as pd


def trajectory_branching(table: pd.DataFrame) -> str:
    """At which noise level trajectories of A and B are a tenth of the data's spread apart, and where they end."""
    lines = []
    for (dataset, n_train), mine in table.groupby(["dataset", "n_train"], sort=False):
        parts = []
        for pair, name in (("A-B", "A and B"), ("A-twin", "A and its twin")):
            curve = mine[mine.who == pair].groupby("sigma")["value"].mean()
            apart = curve[curve > 0.1]
            where = f"part above σ = {apart.index.max():.2g}" if len(apart) else "never part"
            parts.append(f"{name} {where} and end {curve.iloc[0]:.2f} apart")
        lines.append(f"- {dataset}, N = {n_train:,}: {'; '.join(parts)}.")
    return "\n".join(lines)
