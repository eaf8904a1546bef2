"""The three objectives on the same axes."""

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import about_published, curve, legend, new_canvas, noise_axis, overlay, seeds
from lowdiff_lib.figures.drawing import Figure


def objective_curves(table: pd.DataFrame, dataset: str, n_train: int, published: pd.DataFrame | None = None) -> Figure:
    """Score error (left) and residual cosine, A-B and twin (right), a colour for each objective; over them `published`.

    Nothing is drawn over a data set or n_train that is not published.
    """
    table = _models(table, dataset, n_train)
    if published is not None and (published := _models(published, dataset, n_train)).empty:
        published = None
    canvas, (axes,) = new_canvas(1, 2, 3.8)
    for objective, (color, marker) in style.OBJECTIVE.items():
        mine = table[table.objective == objective]
        error = mine[(mine.metric == "relative_score_error") & mine.pair.isin(["A", "B"])]
        curve(axes[0], error, color, marker, label=objective, row=objective, column="score error")
        for pair, line in style.PAIR.items():
            cosine = mine[(mine.metric == "residual_cosine") & (mine.pair == pair)]
            curve(axes[1], cosine, color, marker, line, row=objective, column=f"cosine, {pair}")
    if published is not None:
        error = published[(published.metric == "relative_score_error") & published.pair.isin(["A", "B"])]
        overlay(axes[0], error.assign(pair="A, B"), {"A, B": "-"}, "objective")
        overlay(axes[1], published[published.metric == "residual_cosine"], style.PAIR, "objective")
    axes[0].axhline(1, color=style.INK, lw=0.8)
    axes[0].annotate("identity", (table.sigma.max(), 1), ha="right", va="bottom", fontsize=8, color=style.INK)
    axes[0].set(yscale="log", ylabel="relative score error")
    axes[1].set(ylabel="residual cosine", title="A-B: solid; twin: dashed")
    for ax in axes:
        noise_axis(ax)
    legend(canvas, axes, 3)
    caption = (
        f"{dataset}, N = {n_train:,}. Left: relative score error of models trained with each objective, on held-out "
        "points. Right: residual cosine of A and B, trained on disjoint samples (solid), and of A and its twin "
        f"(dashed). Same networks, same data, same steps; one colour for each objective; {seeds(table)}."
        f"{about_published(published, table)}"
    )
    low = table[(table.sigma == table.sigma.min()) & (table.metric == "relative_score_error")]
    alt = f"Relative score error at sigma {table.sigma.min():g}: " + ", ".join(
        f"{objective} {value:.3g}" for objective, value in low.groupby("objective")["value"].mean().items()
    )
    return Figure(f"objectives-{dataset}-{n_train}", canvas, caption, alt, table)


def _models(table: pd.DataFrame, dataset: str, n_train: int) -> pd.DataFrame:
    """The rows of trained models on one data set at one n_train."""
    return table[(table.dataset == dataset) & (table.n_train == n_train) & table.objective.isin(list(style.OBJECTIVE))]
