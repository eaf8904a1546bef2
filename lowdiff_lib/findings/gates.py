"""Twice the training, and the published table."""

import pandas as pd

from lowdiff_lib.findings.select import largest
from lowdiff_lib.tables import spread


def budget_gate(once: pd.DataFrame, twice: pd.DataFrame) -> str:
    """The third gate: how far twice the training moves the residual cosine of A and B at the largest N."""
    lines = []
    for dataset, mine in largest(twice).groupby("dataset", sort=False):
        n_train = mine.n_train.max()
        curves = []
        for table in (once, mine):
            keep = (table.dataset == dataset) & (table.n_train == n_train) & table.pair.isin(["A-B"])
            keep &= (table.metric == "residual_cosine") & table.seed.isin(mine.seed.unique())
            curves.append(spread(table[keep], ["sigma"]).set_index("sigma")["mean"])
        change = (curves[1] - curves[0]).rename("change")
        sigma = change.abs().idxmax()
        settled = change.abs()[change.abs() < 0.05].index
        lines.append(
            f"- {dataset}, N = {n_train:,}: twice the steps move the A-B residual cosine by at "
            f"most {change.abs().max():.2f} "
            f"(at σ = {sigma:g}, from {curves[0][sigma]:.2f} to {curves[1][sigma]:.2f}), and by less than 0.05 at "
            f"{len(settled)} of {len(change)} noise levels."
        )
    return "\n".join(lines)


def against_published(table: pd.DataFrame, published: pd.DataFrame | None) -> str:
    """How far a re-run is from the published table of its experiment, by the residual cosine of A and B."""
    if published is None:
        return "*No table is published for this chapter yet: the curves are those of this machine alone.*"
    keys = ["dataset", "n_train", "sigma"]
    means = [
        one[(one.metric == "residual_cosine") & (one.pair == "A-B")].groupby(keys)["value"].mean()
        for one in (table, published)
    ]
    apart = (means[0] - means[1]).abs().dropna()
    if apart.empty:
        return "*The published table and this re-run have no data set and N in common.*"
    dataset, n_train, sigma = apart.idxmax()
    return (
        f"Residual cosines of A and B in this re-run are {apart.median():.2f} from the published ones in the median "
        f"and {apart.max():.2f} at most ({dataset}, N = {n_train:,}, σ = {sigma:g}), over {len(apart)} places "
        "that both have."
    )
