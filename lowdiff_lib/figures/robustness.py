"""How far an answer depends on the input and on the training set: in units of the noise, and as the Jacobian has it."""

import numpy as np
import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.apart import apart, asked_for, switch
from lowdiff_lib.figures.canvas import counted, legend, new_canvas, seeds, size_axis, stacked, titled
from lowdiff_lib.figures.curves import Line, Panel, Rule, curves, pairs
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.images import pixel_table, show
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import spread

LINEAR = "linear filter"
RESPONSE = "change of the answer / input"


def robustness_curves(faces: Measured, jacobians: Measured) -> Figure:
    """Difference of A and B in units of the noise (left); change of A's answer for a change of its input (right).

    faces: what `denoising_faces` measures. jacobians: what `robustness` does.
    """
    between = faces.first.where(metric="disagreement_over_noise")
    ways = {"stretch_disagreement": "along the difference of A and B", "stretch_random": "in a random direction"}
    stretch = jacobians.first.where(metric=list(ways))
    noise = Rule(1, "as much as the noise")
    panels = [Panel(between, pairs("difference"), "difference of two models / noise", rule=noise, limits=(0, None))]
    panels += [
        Panel(stretch.where(metric=metric), [Line({}, f"response {words}")], RESPONSE, words, Rule(1), limits=(0, None))
        for metric, words in ways.items()
    ]
    caption = (
        "Left: how far the answers of two models are apart on new faces, trained on different faces (solid) or twice "
        "on the same (dashed): at 1 by as much as there was noise to remove. Middle and right: how much of a small "
        f"change of the input is left in A's answer; below 1 it is damped ({seeds(between.shown)})."
    )
    worst = between.where(who="A-B").means("n_train", "sigma")
    values = "; ".join(f"N = {n:,}: {worst[n].max():.2f} at sigma {worst[n].idxmax():g}" for n in between.sizes)
    alt = f"Largest difference of A and B in units of the noise: {values}."
    return curves("robustness", panels, caption, alt)


def eigenvector_agreement(jacobians: Measured, leading: int) -> Figure:
    """Overlap of the leading eigenvectors of A and B, and of A and its twin, against n_train."""
    measured = jacobians.first.where(metric="subspace_overlap")
    table = measured.shown
    chance = leading / table.dim.iloc[0]
    canvas, (axes,) = new_canvas(1, len(measured.sigmas), 3.3, sharey=True)
    for ax, sigma in zip(axes, measured.sigmas, strict=True):
        places = size_axis(ax, [table], "N")
        for shown, other in ((table, False), (measured.other, True)):
            for side, who in ((-1, "A-B"), (1, "A-twin")):
                found = spread(shown[(shown.sigma == sigma) & (shown.who == who)], ["n_train"])
                found = found[found.n_train.isin(places)]
                if found.empty:
                    continue
                at, ends = (
                    found.n_train.map(places) + side * 0.19,
                    [found["mean"] - found.low, found.high - found["mean"]],
                )
                color = style.PAIR_COLOUR["A-B"] if who == "A-B" else style.QUIET
                if other:
                    asked_for(ax.hlines(found["mean"], at - 0.19, at + 0.19, color=style.INK, lw=2))
                else:
                    whiskers = {"yerr": ends, "error_kw": {"ecolor": style.INK, "lw": 1}}
                    ax.bar(at, found["mean"], 0.34, color=color, label=style.PAIR_WORDS[who], **whiskers)
        ax.axhline(chance, color=style.INK, lw=0.8, ls=":", label="two subspaces at random")
        ax.set(ylim=(0, 1))
        titled(ax, f"σ = {sigma:g}")
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("overlap")
    stacked(axes)
    legend(canvas, axes)
    caption = (
        f"Do two models keep the same {leading} patterns of the noise, the leading eigenvectors of their Jacobians at "
        "a noisy new face? Overlap: the mean squared cosine between the two subspaces, 1 if they are the same, "
        f"{chance:.2g} for two at random. Whiskers: lowest to highest of {counted(table)}."
    )
    most = measured.sizes[-1]
    means = measured.where(n_train=most).means("sigma", "who")
    alt = f"Overlap with N = {most:,}: " + "; ".join(
        f"sigma {s:g}, {who} {value:.2f}" for (s, who), value in means.items()
    )
    compare = switch([apart(measured, "overlap", "sigma")])
    return Figure("eigenvector-overlap", canvas, caption, alt, table, compare)


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
        titled(ax, f"{column}" if column else "noisy", 9)
    caption = (
        f"A noisy face that no model has seen, and the {columns[-1]} leading eigenvectors of the Jacobian of "
        f"{' and of '.join(sides)} there (of its symmetric part), red above 0 and blue below; their sign means "
        "nothing. Below each its eigenvalue: 1 keeps this pattern as it is, 0 removes it."
    )
    values = "; ".join(
        f"{row.side}, N = {row.n_train:,}, sigma {row.sigma:g}: {row.eigenvalue:.2f}"
        for row in table[table.order == 1].itertuples()
    )
    alt = f"Eigenvectors as pictures. Leading eigenvalues: {values}."
    return Figure(name, canvas, caption, alt, pixel_table(table, ["n_train", "side", "sigma", "order", "eigenvalue"]))


def spectrum_curves(jacobians: Measured) -> Figure:
    """Eigenvalues against their index, a panel per sigma, a colour per n_train."""
    measured = jacobians.first.map(_by_order)
    lines = [Line({"who": "A"}), Line({"who": "wiener"}, line=style.REFERENCE["wiener"], name=LINEAR, ink=True)]
    panels = [
        Panel(measured.where(sigma=sigma), lines, "eigenvalue", f"σ = {sigma:g}", Rule(0)) for sigma in measured.sigmas
    ]
    table = measured.shown
    caption = (
        "How much A keeps of each pattern of the noise: eigenvalues of its Jacobian (of the symmetric part) at a "
        "noisy new face, the largest first. 1 keeps the pattern, 0 removes it; below 0 it overshoots, which the "
        f"exact denoiser never does ({seeds(table)})."
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
    measured = jacobians.first.where(metric=[held_out, train, "asymmetry"])
    kinds = {held_out: "new faces", train: "training faces"}
    panels = [
        Panel(
            measured.where(metric=metric),
            [Line({"who": "A"}, words), Line({"who": "wiener"}, words, ":", LINEAR, ink=True)],
            "patterns that are kept",
            words,
        )
        for metric, words in kinds.items()
    ]
    asymmetry = Line({"who": "A"}, "asymmetry")
    panels.append(
        Panel(measured.where(metric="asymmetry"), [asymmetry], "|J - J'| / |J|", "asymmetry", limits=(0, None))
    )
    table, low = measured.shown, measured.sigmas[0]
    caption = (
        f"How many of {table.dim.iloc[0]} patterns of the noise A keeps (trace of its Jacobian), at noisy new faces "
        "and at noisy training faces. Right: how far the Jacobian is from symmetric; 0 for every exact denoiser, 1.4 "
        f"for a matrix of random numbers ({seeds(table)})."
    )
    at = measured.where(sigma=low, who="A").means("n_train", "metric")
    values = "; ".join(
        f"N = {n:,}: held-out {at[n, held_out]:.0f}, training {at[n, train]:.0f}" for n in measured.sizes
    )
    alt = f"Effective dimension at sigma {low:g}: {values}."
    return curves("face-dimension", panels, caption, alt)
