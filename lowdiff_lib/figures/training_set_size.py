"""Score error and agreement against the noise level, one colour per training-set size."""

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import about_published, curve, legend, new_canvas, noise_axis, overlay, seeds
from lowdiff_lib.figures.drawing import Figure


def size_curves(table: pd.DataFrame, dataset: str, published: pd.DataFrame | None = None) -> Figure:
    """Score error (left) and residual cosine, A-B and twin (right), one colour per n_train; over them `published`."""
    table = table[table.dataset == dataset]
    canvas, (axes,) = new_canvas(1, 2, 3.9)
    error, cosine = table[table.metric == "relative_score_error"], table[table.metric == "residual_cosine"]
    largest = table.n_train.max()
    for n_train in sorted(table.n_train.unique()):
        color, marker = style.size_look(n_train)
        of_models = error[(error.n_train == n_train) & error.who.isin(["A", "B"])]
        size = f"N = {n_train:,}"
        curve(axes[0], of_models, color, marker, label=size, row=size, column="score error")
        for pair, line in style.PAIR.items():
            mine = cosine[(cosine.n_train == n_train) & (cosine.who == pair)]
            curve(axes[1], mine, color, marker, line, row=size, column=f"cosine, {pair}")
    strangers = cosine[(cosine.n_train == largest) & (cosine.who == "strangers")]
    curve(axes[1], strangers, style.INK, line=":", label="strangers", row="strangers", column="cosine")
    for name, line in style.REFERENCE.items():
        mine = error[(error.n_train == largest) & (error.who == name)]
        curve(axes[0], mine, style.INK, line=line, label=f"{name}, N = {largest:,}", row=name, column="score error")
    if published is not None:
        mine = published[published.dataset == dataset]
        of_models = mine[(mine.metric == "relative_score_error") & mine.who.isin(["A", "B"])]
        overlay(axes[0], of_models.assign(who="A"), {"A": "-"})
        overlay(axes[1], mine[mine.metric == "residual_cosine"], style.PAIR)
    axes[0].axhline(1, color=style.INK, lw=0.8)
    axes[0].annotate("identity", (table.sigma.max(), 1), ha="right", va="bottom", fontsize=8, color=style.INK)
    axes[0].set(yscale="log", ylabel="relative score error", ylim=(None, 1e3))
    axes[1].set(ylabel="residual cosine")
    for pair, line in style.PAIR.items():
        axes[1].plot(
            [],
            [],
            color=style.INK,
            ls=line,
            label={"A-B": "A-B: other data", "A-twin": "twin: same data"}[pair],
        )
    for ax in axes:
        noise_axis(ax)
    legend(canvas, axes, 4)
    caption = (
        f"{dataset}. Left: squared error of the learned score over the size of the exact score, "
        "E|s - s*|² / E|s*|², on held-out "
        "points; below 1 a model beats the identity. Right: cosine between the residuals of two "
        "models, A and B trained on "
        "disjoint samples (solid), A and its twin trained on the same samples with another seed "
        "(dashed); what separates "
        "the two lines of a colour is due to the data. Strangers (dotted): two ideal denoisers that know one sample "
        "each; "
        f"a cosine below theirs is none. One colour per training-set size N; {seeds(table)}."
        f"{about_published(published, table)}"
    )
    lowest = cosine[(cosine.sigma == cosine.sigma.min()) & (cosine.n_train == largest)].groupby("who")["value"].mean()
    alt = (
        f"Two panels against sigma for {dataset}. At the smallest sigma and N = {largest:,} the residual cosine is "
        f"{lowest['A-B']:.2f} for A-B and {lowest['A-twin']:.2f} for the twin."
    )
    return Figure(f"size-{dataset}", canvas, caption, alt, table)
