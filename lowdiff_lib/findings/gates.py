"""Twice the training, and the published table."""

import pandas as pd

from lowdiff_lib.findings.select import largest
from lowdiff_lib.tables.tidy import spread


def budget_gate(once: pd.DataFrame, twice: pd.DataFrame) -> str:
    """The third gate: how far twice the training moves the residual cosine of A and B at the largest N."""
    lines = []
    for dataset, mine in largest(twice).groupby("dataset", sort=False):
        n_train = mine.n_train.max()
        curves = []
        for table in (once, mine):
            keep = (table.dataset == dataset) & (table.n_train == n_train) & table.who.isin(["A-B"])
            keep &= (table.metric == "residual_cosine") & table.repetition.isin(mine.repetition.unique())
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


def against_published(
    table: pd.DataFrame,
    published: pd.DataFrame | None,
    metric: str = "residual_cosine",
    pair: str = "A-B",
    name: str = "Residual cosines of A and B",
) -> str:
    """How far a re-run is from the published table of its experiment, by one metric of one pair, in words `name`."""
    if published is None:
        return "*No table is published for this chapter yet: the curves are those of this machine alone.*"
    keys = ["dataset", "objective", "n_train", "sigma"]
    means = [
        one[(one.metric == metric) & (one.who == pair)].groupby(keys)["value"].mean() for one in (table, published)
    ]
    apart = (means[0] - means[1]).abs().dropna()
    if apart.empty:
        return "*The published table and this re-run have no data set and N in common.*"
    dataset, _, n_train, sigma = apart.idxmax()
    return (
        f"{name} in this re-run are {apart.median():.2f} from the published ones in the median "
        f"and {apart.max():.2f} at most ({dataset}, N = {n_train:,}, σ = {sigma:g}), over {len(apart)} places "
        "that both have."
    )


def error_by_budget(tables: dict[str, pd.DataFrame]) -> str:
    """Relative score error at a few noise levels under several budgets, largest n_train; a list by data set."""
    if len(tables) < 2:
        return "*Not published: there is one budget only.*"
    lines = []
    for budget, table in tables.items():
        error = largest(table)
        error = error[(error.metric == "relative_score_error") & error.who.isin(["A", "B"]) & (error.repetition == 0)]
        for dataset, mine in error.groupby("dataset", sort=False):
            at = mine.groupby("sigma")["value"].mean()
            values = ", ".join(f"{at[sigma]:.2g} at σ = {sigma:g}" for sigma in (0.03, 0.1, 0.3) if sigma in at)
            lines.append((str(dataset), f"{budget}: {values}"))
    by_dataset = {name: [text for other, text in lines if other == name] for name, _ in lines}
    return "\n".join(f"- {name}. {'; '.join(texts)}." for name, texts in by_dataset.items())
