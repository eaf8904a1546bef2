"""How far a model's answer depends on its input and on its training set: in units of the noise."""

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import curve, legend, new_canvas, noise_axis, seeds
from lowdiff_lib.figures.drawing import Figure


def robustness_curves(faces: pd.DataFrame, jacobians: pd.DataFrame) -> Figure:
    """Difference of A and B in units of the noise (left); change of A's answer for a change of its input (right)."""
    apart = faces[faces.metric == "disagreement_over_noise"]
    stretch = jacobians[jacobians.metric.isin(["stretch_random", "stretch_disagreement"])]
    canvas, (axes,) = new_canvas(1, 2, 3.9)
    for n_train in sorted(apart.n_train.unique()):
        color, marker = style.size_look(n_train)
        size = f"N = {n_train:,}"
        for pair, line in style.PAIR.items():
            mine = apart[(apart.n_train == n_train) & (apart.pair == pair)]
            named = size if pair == "A-B" else ""
            curve(axes[0], mine, color, marker, line, named, row=size, column=f"difference, {pair}")
        for way, line in {"random": ":", "disagreement": "-"}.items():
            mine = stretch[(stretch.n_train == n_train) & (stretch.metric == f"stretch_{way}")]
            curve(axes[1], mine, color, marker, line, row=size, column=f"response, {way}")
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
        f"training-set size N; {seeds(apart)}."
    )
    worst = apart[apart.pair == "A-B"].groupby(["n_train", "sigma"])["value"].mean()
    values = "; ".join(
        f"N = {n:,}: {worst[n].max():.2f} at sigma {worst[n].idxmax():g}" for n in sorted(apart.n_train.unique())
    )
    alt = f"Largest difference of A and B in units of the noise: {values}."
    return Figure("robustness", canvas, caption, alt, pd.concat([apart, stretch], ignore_index=True))


def eigenvector_agreement(jacobians: pd.DataFrame, leading: int) -> Figure:
    """Overlap of the leading eigenvectors of A and B, and of A and its twin, against n_train."""
    table = jacobians[jacobians.metric == "subspace_overlap"]
    sigmas, sizes = sorted(table.sigma.unique()), sorted(table.n_train.unique())
    chance = leading / table.dim.iloc[0]
    canvas, (axes,) = new_canvas(1, len(sigmas), 3.3, sharey=True)
    for ax, sigma in zip(axes, sigmas, strict=True):
        for offset, pair in ((-0.2, "A-B"), (0.2, "twin")):
            values = table[(table.sigma == sigma) & (table.pair == pair)].groupby("n_train")["value"]
            mean = values.mean().reindex(sizes)
            spans = [mean - values.min().reindex(sizes), values.max().reindex(sizes) - mean]
            places = [k + offset for k in range(len(sizes))]
            color = style.SIDE["B"] if pair == "A-B" else "#8c8c8c"
            ax.bar(places, mean, 0.38, color=color, label=pair, yerr=spans, error_kw={"ecolor": style.INK, "lw": 1})
        ax.axhline(chance, color=style.INK, lw=0.8, ls=":", label="two subspaces at random")
        ax.set_xticks(range(len(sizes)), [f"{n:,}" for n in sizes])
        ax.set(xlabel="N", title=f"σ = {sigma:g}", ylim=(0, 1))
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("overlap")
    legend(canvas, axes, 3)
    caption = (
        f"Overlap of the {leading} leading eigenvectors of A's Jacobian at a noisy held-out face with those of B, "
        "trained on other faces, and with those of A's twin, trained on the same: the mean squared cosine between the "
        f"two subspaces, 1 if they are the same, {chance:.2g} for two at random (dotted). Whiskers: lowest to highest "
        f"of {table.seed.nunique()} seed{'s' if table.seed.nunique() > 1 else ''}."
    )
    means = table[table.n_train == sizes[-1]].groupby(["sigma", "pair"])["value"].mean()
    alt = f"Overlap with N = {sizes[-1]:,}: " + "; ".join(
        f"sigma {s:g}, {pair} {value:.2f}" for (s, pair), value in means.items()
    )
    return Figure("eigenvector-overlap", canvas, caption, alt, table)
