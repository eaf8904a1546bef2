"""Along and across the data, and between the truth and the memoriser."""

import pandas as pd


def error_by_direction(table: pd.DataFrame) -> str:
    """Relative score error across and along the data at the smallest sigma and the largest n_train, by data set."""
    low = table[(table.sigma == table.sigma.min()) & (table.n_train == table.n_train.max())]
    lines = []
    for dataset, mine in low.groupby("dataset", sort=False):
        of_models = mine[mine.who.isin(["A", "B"])].groupby("metric")["value"].mean()
        if "score_error_normal" not in of_models:
            continue
        size = mine[mine.who == "exact"].groupby("metric")["value"].mean()
        parts = []
        for kind, name in (("_normal", "across the data"), ("_tangential", "along them")):
            share = of_models[f"score_error{kind}"] / size[f"score_size{kind}"]
            parts.append(f"{share:.0%} of the exact score {name} (size {size[f'score_size{kind}']:.2g})")
        lines.append(
            f"- **{dataset}**, N = {mine.n_train.iloc[0]:,}, σ = {mine.sigma.iloc[0]:g}: the error of the learned "
            "score is "
            f"{' and '.join(parts)}."
        )
    return "\n".join(lines) or "No data set of this table has directions across the data."


def between_truth_and_memory(table: pd.DataFrame, dataset: str) -> str:
    """Up to which n_train A is nearer to the memoriser than to the truth, at a middle and at the smallest sigma."""
    index = table[(table.metric == "memorisation_index") & (table.dataset == dataset)]
    parts = []
    sigmas = sorted(index.sigma.unique())
    for sigma in (sigmas[len(sigmas) // 2], sigmas[0]):
        means = index[index.sigma == sigma].groupby("n_train")["value"].mean()
        near = means[means > 0.5]
        what = f"up to N = {near.index.max():,}" if len(near) else "at no N"
        parts.append(f"at σ = {sigma:g} {what}")
    return f"On {dataset}, A is nearer to the memoriser of its samples than to the truth {' and '.join(parts)}."
