"""At which noise level models stop agreeing, by the shape of the data."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import band, legend, new_canvas, outer_labels, panels, seeds
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables.levels import AGREEMENT, agreement_levels
from lowdiff_lib.tables.tidy import score_errors

SAYS = {"A-B": "A and B: other data", "A-twin": "A and twin: same data"}


def agreement_by_geometry(table: pd.DataFrame, published: pd.DataFrame | None = None) -> Figure:
    """The noise level down to which models agree against n_train, a panel for each data set; published ones strong."""
    shown = {"published": published, "re-run": table} if published is not None else {"re-run": table}
    levels = pd.concat(
        [agreement_levels(each).assign(source=source) for source, each in shown.items() if each is not None]
    )
    canvas, axes = panels(levels.dataset)
    for dataset, ax in axes.items():
        for source in shown:
            mine = levels[(levels.dataset == dataset) & (levels.source == source)]
            _panel(ax, mine, dataset, faint=source == "re-run" and published is not None)
        ax.set(xscale="log", yscale="log")
        ax.xaxis.set_minor_locator(NullLocator())
        outer_labels(ax, "samples a side, N", "agree down to σ")
    _key(next(iter(axes.values())))
    legend(canvas, list(axes.values()), 3)
    lowest = min(each.sigma.min() for each in shown.values() if each is not None)
    caption = (
        f"The noise level (data units) down to which two models agree, that is, their residual cosine stays above "
        f"{AGREEMENT:g} on the way down from much noise. Solid: A and B, trained on disjoint samples. Dashed: A and "
        "its twin, "
        "same samples, other seed. Dotted: strangers, ideal denoisers of one sample each: where any two would stop. "
        "The lower, "
        "the better; the gap between solid and dashed is due to the data, what is left below the dashed line to the "
        f"optimiser. Open symbols: they agree at every level down to {lowest:g}, the lowest that was measured; "
        f"{seeds(table)}."
    )
    if published is not None:
        caption += " Strong: published; light: this re-run."
    of = levels[(levels.source == next(iter(shown))) & (levels.who == "A-B")]
    ends = of.groupby(["dataset", "n_train"])["value"].mean()
    says = [
        f"{name} {ends[name].iloc[0]:.2g} with N = {ends[name].index[0]:,} and {ends[name].iloc[-1]:.2g} with N = "
        f"{ends[name].index[-1]:,}"
        for name in axes
        if name in ends
    ]
    alt = f"Levels down to which A and B agree: {'; '.join(says)}."
    return Figure("geometry", canvas, caption, alt, levels)


def _panel(ax: Axes, levels: pd.DataFrame, dataset: str, faint: bool) -> None:
    color, _ = style.dataset_look(dataset)
    alpha = 0.4 if faint else 1.0
    for pair, line in style.PAIR.items():
        mine = (
            levels[levels.who == pair]
            .groupby("n_train")
            .agg(mean=("value", "mean"), low=("value", "min"), high=("value", "max"), never=("never", "all"))
        )
        if mine.empty:
            continue
        ax.plot(mine.index, mine["mean"], color=color, ls=line, alpha=alpha)
        ax.fill_between(mine.index, mine.low, mine.high, color=color, alpha=0.18 * alpha, lw=0)
        for never, points in mine.groupby("never"):
            face = "none" if never else color
            ax.plot(points.index, points["mean"], "o", ms=4.5, mec=color, mfc=face, alpha=alpha)
    strangers = levels[levels.who == "strangers"]
    if len(strangers):
        ax.axhline(strangers.value.mean(), color=style.INK, ls=":", lw=1.1, alpha=alpha)


def _key(ax: Axes) -> None:
    for pair, line in style.PAIR.items():
        ax.plot([], [], color=style.INK, ls=line, label=SAYS[pair])
    ax.plot([], [], color=style.INK, ls=":", lw=1.1, label="strangers")


def error_by_geometry(table: pd.DataFrame, sigma: float) -> Figure:
    """Relative score error at one sigma against n_train, one colour for each data set."""
    mine = score_errors(table, sigma)
    canvas, axes = new_canvas(1, 1, 3.6)
    ax = axes[0, 0]
    for dataset, one in mine.groupby("dataset", sort=False):
        color, marker = style.dataset_look(str(dataset))
        band(ax, one, "n_train", color, marker, label=str(dataset))
    ax.axhline(1, color=style.INK, lw=0.8)
    ax.set(xscale="log", yscale="log", xlabel="samples a side, N", ylabel="relative score error")
    ax.annotate("identity", (mine.n_train.max(), 1), ha="right", va="bottom", fontsize=8, color=style.INK)
    legend(canvas, [ax], 3)
    caption = (
        f"Relative score error E|s - s*|² / E|s*|² at σ = {sigma:g}, against the number of samples a side; mean of A "
        "and B, "
        f"{seeds(mine)}. Below 1 a model beats doing nothing."
    )
    ends = mine[mine.n_train == mine.n_train.max()].groupby("dataset")["value"].mean()
    alt = f"At N = {mine.n_train.max():,}: " + ", ".join(f"{name} {value:.2g}" for name, value in ends.items())
    return Figure("geometry-error", canvas, caption, alt, mine)
