"""What an iterated denoiser comes to rest at."""

import numpy as np
import pandas as pd

from lowdiff_lib.figures.canvas import legend, new_canvas
from lowdiff_lib.figures.drawing import Figure


def attractor_shares(table: pd.DataFrame, dataset: str) -> Figure:
    """What perturbed held-out points come to rest at: training points, modes or neither, against n_train."""
    table = table[(table.dataset == dataset) & (table.pair == "held-out")]
    sigmas, sizes = sorted(table.sigma.unique()), sorted(table.n_train.unique())
    canvas, (axes,) = new_canvas(1, len(sigmas), 3.5, sharey=True)
    shares = {"rests_at_training_point": ("a training point", "#d55e00"), "rests_at_mode": ("a mode", "#0072b2")}
    for ax, sigma in zip(axes, sigmas, strict=True):
        base = np.zeros(len(sizes))
        for metric, (label, color) in shares.items():
            mine = table[(table.sigma == sigma) & (table.metric == metric)]
            height = mine.groupby("n_train")["value"].mean().reindex(sizes).to_numpy()
            ax.bar(range(len(sizes)), height, bottom=base, color=color, width=0.7, label=label)
            base += height
        ax.bar(range(len(sizes)), 1 - base, bottom=base, color="#8c8c8c", width=0.7, alpha=0.35, label="neither")
        ax.set_title(f"σ = {sigma:g}")
        ax.set_xticks(range(len(sizes)), [f"{n:,}" for n in sizes])
        ax.set_xlabel("N")
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("share of starting points")
    legend(canvas, axes, 3)
    caption = (
        f"{dataset}. Held-out points, perturbed by noise of level σ and then denoised by A at "
        "that level again and again: where they come to rest. A mode: within σ / 2 of a point where the exact "
        "denoiser rests. A training point: else, if its distance is below a third of that to the second nearest "
        f"(by chance this happens to {3.0 ** -table.dim.iloc[0]:.2g} of random points). Mean "
        f"over {table.seed.nunique()} seed{'s' if table.seed.nunique() > 1 else ''}."
    )
    first = (
        table[(table.n_train == sizes[0]) & (table.metric == "rests_at_training_point")].groupby("sigma").value.mean()
    )
    alt = f"With N = {sizes[0]:,} the share that rests at a training point is " + ", ".join(
        f"{value:.0%} at sigma {sigma:g}" for sigma, value in first.items()
    )
    return Figure(f"attractors-{dataset}", canvas, caption, alt, table)
