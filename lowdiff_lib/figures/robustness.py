"""How far an answer depends on the input and on the training set: in units of the noise, and as the Jacobian has it."""

import numpy as np
import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import about_published, bar_looks, counted, legend, new_canvas, seeds, size_axis
from lowdiff_lib.figures.curves import Line, Panel, Rule, curves, pairs
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import pixel_table, show
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import spread

WIENER = "Wiener, {}"


def robustness_curves(faces: Measured, jacobians: Measured) -> Figure:
    """Difference of A and B in units of the noise (left); change of A's answer for a change of its input (right).

    faces: what `denoising_faces` measures. jacobians: what `robustness` does.
    """
    apart = faces.where(metric="disagreement_over_noise")
    ways = {"stretch_disagreement": ("response, disagreement", "-"), "stretch_random": ("response, random", ":")}
    stretch = jacobians.where(metric=list(ways))
    panels = [
        Panel(
            apart,
            pairs("difference"),
            "difference of the answers / noise",
            "A-B: solid; twin: dashed",
            Rule(1, "the noise"),
            limits=(0, None),
        ),
        Panel(
            stretch,
            [Line({"metric": metric}, says, line) for metric, (says, line) in ways.items()],
            "change of the answer / of the input",
            "along A - B: solid; at random: dotted",
            Rule(1),
            limits=(0, None),
        ),
    ]
    caption = (
        "Left: root mean square difference of the answers of A and B (solid), and of A and its twin (dashed), on noisy "
        "held-out faces, over that of the noise: above 1, two models differ by more than what they were to remove. "
        "Right: how much of a small change of the input appears in the answer of A, for a change in a random direction "
        "(dotted) and for one along the difference of A and B (solid); below 1 changes are damped. One colour per "
        f"training-set size N; {seeds(apart.shown)}.{about_published(apart)}"
    )
    worst = apart.where(who="A-B").means("n_train", "sigma")
    values = "; ".join(f"N = {n:,}: {worst[n].max():.2f} at sigma {worst[n].idxmax():g}" for n in apart.sizes)
    alt = f"Largest difference of A and B in units of the noise: {values}."
    return curves("robustness", panels, caption, alt)


def eigenvector_agreement(jacobians: Measured, leading: int) -> Figure:
    """Overlap of the leading eigenvectors of A and B, and of A and its twin, against n_train."""
    measured = jacobians.where(metric="subspace_overlap")
    table, layers = measured.shown, measured.layers
    chance = leading / table.dim.iloc[0]
    canvas, (axes,) = new_canvas(1, len(measured.sigmas), 3.3, sharey=True)
    for ax, sigma in zip(axes, measured.sigmas, strict=True):
        places = size_axis(ax, layers, "N")
        for layer, look in zip(layers, bar_looks(len(layers)), strict=True):
            for side, who, color in ((-1, "A-B", style.SIDE["B"]), (1, "A-twin", "#8c8c8c")):
                found = spread(layer[(layer.sigma == sigma) & (layer.who == who)], ["n_train"])
                at = found.n_train.map(places) + look["offset"] + side * look["width"] / 4
                named = {"color": color, "alpha": look["alpha"]} | ({"label": who} if layer is layers[-1] else {})
                ends = [found["mean"] - found.low, found.high - found["mean"]]
                whiskers = {"yerr": ends, "error_kw": {"ecolor": style.INK, "lw": 1}}
                ax.bar(at, found["mean"], look["width"] / 2.2, **named, **whiskers)
        ax.axhline(chance, color=style.INK, lw=0.8, ls=":", label="two subspaces at random")
        ax.set(title=f"σ = {sigma:g}", ylim=(0, 1))
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("overlap")
    legend(canvas, axes)
    caption = (
        f"Overlap of the {leading} leading eigenvectors of A's Jacobian at a noisy held-out face with those of B, "
        "trained on other faces, and with those of A's twin, trained on the same: the mean squared cosine between the "
        f"two subspaces, 1 if they are the same, {chance:.2g} for two at random (dotted). Whiskers: lowest to highest "
        f"of {counted(table)}.{about_published(measured)}"
    )
    most = measured.sizes[-1]
    means = measured.where(n_train=most).means("sigma", "who")
    alt = f"Overlap with N = {most:,}: " + "; ".join(
        f"sigma {s:g}, {who} {value:.2f}" for (s, who), value in means.items()
    )
    return Figure("eigenvector-overlap", canvas, caption, alt, table)


def eigenvector_pictures(vectors: pd.DataFrame, name: str) -> Figure:
    """A noisy face and the leading eigenvectors there, a row for each n_train, sigma and side."""
    table, sides = vectors.sort_values(["n_train", "sigma", "side", "order"]), sorted(vectors.side.unique())
    groups = list(table.groupby(["n_train", "sigma", "side"]))
    columns = sorted(table.order.unique())
    canvas, axes = new_canvas(len(groups), len(columns), 1.2 * len(groups))
    for row, ((n_train, sigma, side), mine) in zip(axes, groups, strict=True):
        for ax, picture in zip(row, mine.itertuples(), strict=True):
            if picture.order == 0:
                show(ax, picture.image)
            else:
                show(ax, picture.image * 0.5 / np.abs(picture.image).max(), signed=True)
                ax.set_xlabel(f"{picture.eigenvalue:.2f}", fontsize=8)
        who = f"{side}, " if len(sides) > 1 else ""
        row[0].set_ylabel(f"{who}N = {n_train:,}\nσ = {sigma:g}", fontsize=8)
    for ax, column in zip(axes[0], columns, strict=True):
        ax.set_title(f"{column}" if column else "noisy", fontsize=9)
    caption = (
        f"A noisy held-out face, and the {columns[-1]} leading eigenvectors of the Jacobian of "
        f"{' and of '.join(sides)} there (of its symmetric part), red above 0 and blue below, each with its "
        "eigenvalue: 1 keeps this pattern as it is, 0 removes it. Rows: training faces N, noise level σ. The sign of "
        "an eigenvector means nothing."
    )
    values = "; ".join(
        f"{row.side}, N = {row.n_train:,}, sigma {row.sigma:g}: {row.eigenvalue:.2f}"
        for row in table[table.order == 1].itertuples()
    )
    alt = f"Eigenvectors as pictures. Leading eigenvalues: {values}."
    return Figure(name, canvas, caption, alt, pixel_table(table, ["n_train", "side", "sigma", "order", "eigenvalue"]))


def spectrum_curves(jacobians: Measured) -> Figure:
    """Eigenvalues against their index, a panel per sigma, a colour per n_train."""
    measured = jacobians.map(_by_order)
    lines = [Line({"who": "A"}), Line({"who": "wiener"}, line=":", name=WIENER, ink=True)]
    panels = [
        Panel(measured.where(sigma=sigma), lines, "eigenvalue", f"σ = {sigma:g}", Rule(0)) for sigma in measured.sigmas
    ]
    table = measured.shown
    caption = (
        "Eigenvalues of the Jacobian of A (of its symmetric part) at a noisy held-out face, the largest first: 1 keeps "
        "the noise along an eigenvector, 0 removes it, below 0 it overshoots, which the exact denoiser never does. "
        f"Dotted: the Wiener denoiser of the largest training set. One colour per training-set size N; {seeds(table)}."
        f"{about_published(measured)}"
    )
    last = table.order.max()
    means = measured.where(who="A", order=last).means("n_train", "sigma")
    values = "; ".join(f"N = {n:,}, sigma {s:g}: {value:.2f}" for (n, s), value in means.items())
    alt = f"Falling curves. The last eigenvalue, number {last}: {values}."
    return curves("face-spectrum", panels, caption, alt, table.drop(columns="order"), across="order")


def _by_order(table: pd.DataFrame) -> pd.DataFrame:
    """The eigenvalues of a table, with the number of each."""
    table = table[table.metric.str.startswith("eigenvalue_")]
    return table.assign(order=table.metric.str.removeprefix("eigenvalue_").astype(int))


def dimension_curves(jacobians: Measured) -> Figure:
    """Trace of the Jacobian (left) and how far it is from symmetric (right), against sigma."""
    held_out, train = "effective_dimension_held_out", "effective_dimension_train"
    measured = jacobians.where(metric=[held_out, train, "asymmetry"])
    lines = [
        Line({"who": "A", "metric": held_out}, "dimension, held-out"),
        Line({"who": "A", "metric": train}, "dimension, training", style.PAIR["A-twin"]),
        Line({"who": "wiener", "metric": held_out}, "dimension, held-out", ":", WIENER, ink=True),
    ]
    asymmetry = Line({"who": "A", "metric": "asymmetry"}, "asymmetry")
    panels = [
        Panel(measured, lines, "effective dimension", "held-out: solid; training faces: dashed"),
        Panel(measured, [asymmetry], "|J - J'| / |J|", "asymmetry", limits=(0, None)),
    ]
    table, low = measured.shown, measured.sigmas[0]
    caption = (
        f"Left: trace of the Jacobian of A, out of {table.dim.iloc[0]} dimensions, at noisy held-out faces (solid) and "
        "at noisy training faces (dashed): how many directions of the noise are kept. Dotted: the Wiener denoiser. "
        "Right: how far the Jacobian is from symmetric, in the Frobenius norm; 0 for every exact denoiser, 1.4 for a "
        f"matrix of random numbers. One colour per training-set size N; {seeds(table)}.{about_published(measured)}"
    )
    at = measured.where(sigma=low, who="A").means("n_train", "metric")
    values = "; ".join(
        f"N = {n:,}: held-out {at[n, held_out]:.0f}, training {at[n, train]:.0f}" for n in measured.sizes
    )
    alt = f"Effective dimension at sigma {low:g}: {values}."
    return curves("face-dimension", panels, caption, alt)
