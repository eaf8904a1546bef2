"""Where two models end that start from one photograph with noise, beside the authors' own numbers."""

import pandas as pd
from matplotlib.axes import Axes

from lowdiff_lib.figures import style
from lowdiff_lib.figures.blindness import WORDS
from lowdiff_lib.figures.canvas import legend, new_canvas, pixels, stacked, titled
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured

SAMPLERS = {  # by study
    "face_starts": "the paper's sampler",
    "face_starts_flow": "the probability flow (down to σ = 0.01: with less at the start it has next to nothing to do)",
}
LEAST = 0.75  # of a cosine that is drawn
THEIRS = (
    "Thin: the authors' own numbers, for larger pictures and networks; that their level is that of the start is our "
    "reading. "
)
STAR = 100_000  # faces, from which on the authors' own numbers have other marks


def face_starts(measured: Measured, authors: pd.DataFrame | None = None) -> Figure:
    """Cosine of the outputs of A and B (solid), of A and its twin (dashed) against the noise at the start, by n_train.

    authors: their own tables of it, `authors.agreement`, if it is by their sampler.
    """
    measured = measured.first
    table = measured.shown[measured.shown.metric == "output_cosine"]
    arms = [arm for arm in ("blind", "told") if arm in set(table.arm)]
    canvas, (axes,) = new_canvas(1, len(arms), 4.2, sharey=True)
    for ax, arm in zip(axes, arms, strict=True):
        for n_train, mine in table[(table.arm == arm) & table.who.isin(list(style.PAIR))].groupby("n_train"):
            color, marker = style.size_look(n_train)
            for pair, line in style.PAIR.items():
                means = mine[mine.who == pair].groupby("sigma")["value"].mean()
                label = f"N = {n_train:,}" if pair == "A-B" else None
                ax.plot(means, color=color, marker=marker if label else "", ls=line, label=label)
        linear = table[(table.arm == "told") & (table.who == "wiener pair")]
        linear = linear[linear.n_train == linear.n_train.max()].groupby("sigma")["value"].mean()
        if len(linear):
            ax.plot(linear, color=style.INK, ls=style.REFERENCE["wiener"], lw=1.2, label="linear filters")
        if arm == "blind" and authors is not None:
            _draw_theirs(ax, authors)
        ax.set_xscale("symlog", linthresh=0.01)
        ax.set_xticks([0, 0.01, 0.1, 1], ["0", "0.01", "0.1", "1"])
        ax.set(xlabel="noise at the start, σ")
        titled(ax, WORDS[arm])
    for pair, line in style.PAIR.items():
        axes[0].plot([], [], color=style.INK, ls=line, label=style.PAIR_WORDS[pair])
    axes[0].set_ylabel("cosine of the two outputs")
    axes[0].set_ylim(min(LEAST, axes[0].get_ylim()[0]), 1.01)  # by either sampler, as far as it goes
    stacked(axes)
    legend(canvas, axes)
    away = measured.shown[(measured.shown.metric == "ran_away") & (measured.shown.who == "A")]
    worst = away.groupby(["arm", "n_train"])["value"].max()
    ran = "; ".join(f"{WORDS[arm]}, N = {n:,}: {share:.0%}" for (arm, n), share in worst.items() if share > 0)
    caption = (
        f"How alike two pictures of {pixels(table)} are that two models end at, from one photograph with noise of "
        f"level σ (0: the photograph itself), by {SAMPLERS[measured.study]}. {'' if authors is None else THEIRS}Left "
        f"out, since the sampler ran away: {ran or 'none'}."
    )
    low = table[(table.sigma == 0) & (table.who == "A-B")].groupby(["arm", "n_train"])["value"].mean()
    says = "; ".join(f"{WORDS[arm]}, N = {n:,}: {value:.2f}" for (arm, n), value in low.items())
    name = measured.study.replace("_", "-")
    return Figure(name, canvas, caption, f"Cosine of A and B from the photograph itself: {says}.", table)


def _draw_theirs(ax: Axes, authors: pd.DataFrame) -> None:
    """The authors' tables, of networks that are not told the noise level; two of them have one n_train."""
    labelled = set()
    for (_, n_train), theirs in authors.groupby(["table", "n_train"], sort=False):
        marker, line = ("*", "--") if n_train >= STAR else ("x", "-")
        label = None if n_train in labelled else f"the authors, N = {n_train:,}"
        labelled.add(n_train)
        ax.plot(theirs.sigma_start, theirs.cosine, color=style.INK, marker=marker, ls=line, lw=0.6, label=label)
