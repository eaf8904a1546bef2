"""How far a model's answer depends on its input and on its training set: in units of the noise."""

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import (
    about_published,
    bar_looks,
    curve,
    legend,
    new_canvas,
    noise_axis,
    overlay,
    seeds,
    size_axis,
    versions,
)
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables.tidy import spread

WAYS = {"stretch_disagreement": "-", "stretch_random": ":"}


def robustness_curves(
    faces: pd.DataFrame,
    jacobians: pd.DataFrame,
    published_faces: pd.DataFrame | None = None,
    published_jacobians: pd.DataFrame | None = None,
) -> Figure:
    """Difference of A and B in units of the noise (left); change of A's answer for a change of its input (right).

    Over them what is published.
    """
    apart = faces[faces.metric == "disagreement_over_noise"]
    stretch = jacobians[jacobians.metric.isin(list(WAYS))]
    canvas, (axes,) = new_canvas(1, 2, 3.9)
    for n_train in sorted(apart.n_train.unique()):
        color, marker = style.size_look(n_train)
        size = f"N = {n_train:,}"
        for pair, line in style.PAIR.items():
            mine = apart[(apart.n_train == n_train) & (apart.who == pair)]
            named = size if pair == "A-B" else ""
            curve(axes[0], mine, color, marker, line, named, row=size, column=f"difference, {pair}")
        for way, line in WAYS.items():
            mine = stretch[(stretch.n_train == n_train) & (stretch.metric == way)]
            curve(axes[1], mine, color, marker, line, row=size, column=f"response, {way.removeprefix('stretch_')}")
    if published_faces is not None:
        overlay(axes[0], published_faces[published_faces.metric == "disagreement_over_noise"], style.PAIR)
    if published_jacobians is not None:
        overlay(axes[1], published_jacobians.assign(who=published_jacobians.metric), WAYS)
    axes[0].axhline(1, color=style.INK, lw=0.8)
    axes[0].annotate("the noise", (apart.sigma.max(), 1), ha="right", va="bottom", fontsize=8, color=style.INK)
    axes[0].set(ylabel="difference of the answers / noise", ylim=(0, None))
    axes[0].set_title("A-B: solid; twin: dashed")
    axes[1].axhline(1, color=style.INK, lw=0.8)
    axes[1].set(ylabel="change of the answer / of the input", ylim=(0, None))
    axes[1].set_title("along A - B: solid; at random: dotted", fontsize=9)
    for ax in axes:
        noise_axis(ax)
    legend(canvas, axes, 5)
    caption = (
        "Left: root mean square difference of the answers of A and B (solid), and of A and its twin (dashed), on noisy "
        "held-out faces, over that of the noise: above 1, two models differ by more than what they were to remove. "
        "Right: how much of a small change of the input appears in the answer of A, for a change in a random direction "
        "(dotted) and for one along the difference of A and B (solid); below 1 changes are damped. One colour per "
        f"training-set size N; {seeds(apart)}.{about_published(published_faces, apart)}"
    )
    worst = apart[apart.who == "A-B"].groupby(["n_train", "sigma"])["value"].mean()
    values = "; ".join(
        f"N = {n:,}: {worst[n].max():.2f} at sigma {worst[n].idxmax():g}" for n in sorted(apart.n_train.unique())
    )
    alt = f"Largest difference of A and B in units of the noise: {values}."
    return Figure("robustness", canvas, caption, alt, pd.concat([apart, stretch], ignore_index=True))


def eigenvector_agreement(jacobians: pd.DataFrame, leading: int, published: pd.DataFrame | None = None) -> Figure:
    """Overlap of the leading eigenvectors of A and B, and of A and its twin, against n_train; also as `published`."""
    tables = [one[one.metric == "subspace_overlap"] for one in versions(jacobians, published)]
    table = tables[0]
    sigmas = sorted(table.sigma.unique())
    chance = leading / table.dim.iloc[0]
    canvas, (axes,) = new_canvas(1, len(sigmas), 3.3, sharey=True)
    for ax, sigma in zip(axes, sigmas, strict=True):
        places = size_axis(ax, tables, "N")
        for one, look in zip(tables, bar_looks(len(tables)), strict=True):
            for side, pair, color in ((-1, "A-B", style.SIDE["B"]), (1, "A-twin", "#8c8c8c")):
                found = spread(one[(one.sigma == sigma) & (one.who == pair)], ["n_train"])
                ax.bar(
                    found.n_train.map(places) + look["offset"] + side * look["width"] / 4,
                    found["mean"],
                    look["width"] / 2.2,
                    color=color,
                    alpha=look["alpha"],
                    yerr=[found["mean"] - found.low, found.high - found["mean"]],
                    error_kw={"ecolor": style.INK, "lw": 1},
                    label=pair if one is tables[-1] else None,
                )
        ax.axhline(chance, color=style.INK, lw=0.8, ls=":", label="two subspaces at random")
        ax.set(title=f"σ = {sigma:g}", ylim=(0, 1))
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("overlap")
    legend(canvas, axes, 3)
    caption = (
        f"Overlap of the {leading} leading eigenvectors of A's Jacobian at a noisy held-out face with those of B, "
        "trained on other faces, and with those of A's twin, trained on the same: the mean squared cosine between the "
        f"two subspaces, 1 if they are the same, {chance:.2g} for two at random (dotted). Whiskers: lowest to highest "
        f"of {table.repetition.nunique()} seed{'s' if table.repetition.nunique() > 1 else ''}.{about_published(published, table)}"
    )
    largest = table.n_train.max()
    means = table[table.n_train == largest].groupby(["sigma", "who"])["value"].mean()
    alt = f"Overlap with N = {largest:,}: " + "; ".join(
        f"sigma {s:g}, {pair} {value:.2f}" for (s, pair), value in means.items()
    )
    return Figure("eigenvector-overlap", canvas, caption, alt, table)
