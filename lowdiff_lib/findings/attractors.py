"""What iterated points return to."""

import pandas as pd


def attractor_shares(table: pd.DataFrame) -> str:
    """What perturbed held-out points return to, for the smallest and largest n_train, at the smallest sigma."""
    held_out = table[table.metric.str.endswith("_held_out") & (table.sigma == table.sigma.min())]
    lines = []
    for dataset, mine in held_out.groupby("dataset", sort=False):
        for n_train in (mine.n_train.min(), mine.n_train.max()):
            at = mine[mine.n_train == n_train].groupby("metric")["value"].mean()
            lines.append(
                f"- {dataset}, N = {n_train:,}, σ = {mine.sigma.iloc[0]:g}: "
                f"{at['rests_at_training_point_held_out']:.0%} of perturbed held-out "
                f"points come to rest at a training point, {at['rests_at_mode_held_out']:.0%} at a mode of the true density."
            )
    return "\n".join(lines)


def basins(table: pd.DataFrame) -> str:
    """How large a perturbation held-out and training points survive, smallest and largest n_train, by data set."""
    radius = table[table.metric.str.startswith("basin_radius") & (table.sigma == table.sigma.min())]
    lines = []
    for dataset, mine in radius.groupby("dataset", sort=False):
        parts = []
        for n_train in (mine.n_train.min(), mine.n_train.max()):
            at = mine[mine.n_train == n_train].groupby("metric")["value"].mean()
            parts.append(
                f"with N = {n_train:,} half of the starts come back from {at['basin_radius_train']:.2g} σ around training points "
                "and from "
                f"{at['basin_radius_held_out']:.2g} σ around held-out ones"
            )
        lines.append(f"- {dataset}, σ = {mine.sigma.iloc[0]:g}: {'; '.join(parts)}.")
    return "\n".join(lines)
