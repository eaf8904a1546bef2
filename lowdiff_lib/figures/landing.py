"""The small pictures of the first page, one for each question."""

from matplotlib.axes import Axes

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import new_canvas, plain_ticks
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.levels import agreement_levels

SMALL = (1.8, 2.6)  # inches, height and width; text below it
OTHER, SAME = style.PAIR_COLOUR["A-B"], style.PAIR_COLOUR["A-twin"]
RESTS = {
    "rests_at_training_point_held_out": ("at a training sample", style.SEEN, "s"),
    "rests_at_mode_held_out": ("at a mode of the truth", style.NEW, "o"),
}


def small_agreement(measured: Measured, dataset: str) -> Figure:
    """The noise level down to which two models agree, against n_train."""
    levels = agreement_levels(measured.where(dataset=dataset).shown)
    canvas, ((ax,),) = new_canvas(1, 1, *SMALL)
    for who, color, words in (("A-B", OTHER, "other data"), ("A-twin", SAME, "same data")):
        means = levels[levels.who == who].groupby("n_train")["value"].mean()
        ax.plot(means, color=color, ls=style.PAIR[who], marker="o")
        at = 1 if who == "A-B" else 2
        _label(ax, means.index[at], means.iloc[at], words, color, above=who == "A-B", left=who != "A-B")
    ax.set(xscale="log", yscale="log", xlabel="samples a side", ylabel="agree down to σ")
    plain_ticks(ax.xaxis)
    plain_ticks(ax.yaxis)
    means = levels[levels.who == "A-B"].groupby("n_train")["value"].mean()
    alt = f"On {dataset} A and B agree down to " + "; ".join(f"{v:.2g} with N = {n:,}" for n, v in means.items())
    return Figure("small-agreement", canvas, f"{dataset}: the lower, the closer to the data.", alt, levels)


def small_denoising(faces: Measured) -> Figure:
    """The share of the noise that a model removes against sigma, with few faces and with many, and a linear filter."""
    gain = faces.where(metric="psnr_gain_held_out").shown
    few, many = next(n for n in faces.sizes if n > 1), faces.sizes[-1]
    lines = {
        (many, "A"): (f"{many:,} faces", style.size_look(many)[0], "-"),
        (many, "wiener"): ("linear filter", style.INK, style.REFERENCE["wiener"]),
        (few, "A"): (f"{few:,} faces", style.size_look(few)[0], "-"),
    }
    canvas, ((ax,),) = new_canvas(1, 1, *SMALL)
    for (n_train, who), (words, color, line) in lines.items():
        mine = gain[(gain.n_train == n_train) & (gain.who == who)].groupby("sigma")["value"].mean()
        share = 100 * (1 - 10 ** (-mine / 10))
        ax.plot(share, color=color, ls=line, lw=1.2 if who == "wiener" else 1.8, label=words)
    ax.axhline(0, color=style.INK, lw=0.8)
    ax.axhspan(-60, 0, **style.SHADE)
    ax.set(xscale="log", ylim=(-60, 105), xlabel="noise level σ", ylabel="noise removed (%)")
    plain_ticks(ax.xaxis)
    ax.legend(fontsize=8, loc="lower left", frameon=False, labelcolor=style.INK)
    low = gain[(gain.sigma == gain.sigma.min()) & (gain.who == "A")].groupby("n_train")["value"].mean()
    alt = f"PSNR gain at sigma {gain.sigma.min():g}: " + "; ".join(f"N = {n:,}: {v:.2f} dB" for n, v in low.items())
    return Figure("small-denoising", canvas, "Faces; below 0 it gets worse.", alt, gain)


def small_attractors(measured: Measured, dataset: str) -> Figure:
    """The share of points that come to rest at a training sample, and at a mode, against n_train."""
    mine = measured.where(dataset=dataset, sigma=measured.sigmas[0], metric=list(RESTS)).shown
    canvas, ((ax,),) = new_canvas(1, 1, *SMALL)
    for metric, (words, color, marker) in RESTS.items():
        means = mine[mine.metric == metric].groupby("n_train")["value"].mean()
        ax.plot(means, color=color, marker=marker)
        most = means.idxmax()
        _label(ax, most, means[most], words, style.INK, left=most > means.index[len(means) // 2])
    ax.set(xscale="log", ylim=(-0.04, 1.1), xlabel="samples a side", ylabel="share that rests")
    plain_ticks(ax.xaxis)
    says = mine.groupby(["metric", "n_train"])["value"].mean()
    alt = f"On {dataset}: " + "; ".join(f"{RESTS[m][0]}, N = {n:,}: {v:.0%}" for (m, n), v in says.items())
    return Figure("small-attractors", canvas, f"{dataset}, denoised again and again.", alt, mine)


def small_score(measured: Measured) -> Figure:
    """The error of the score against sigma at the largest n_train, a line for each mixture."""
    mine = measured.where(metric="relative_score_error", who=["A", "B"], n_train=measured.sizes[-1])
    mine = mine.map(lambda table: table[table.sigma <= 1]).shown
    canvas, ((ax,),) = new_canvas(1, 1, *SMALL)
    for _, of in mine.groupby("dataset", sort=False):
        ax.plot(of.groupby("sigma")["value"].mean(), color=style.USUAL, lw=1.2)
    ax.axhline(1, color=style.INK, lw=0.8, ls="--")
    ax.text(1, 1.1, "no score at all", ha="right", va="bottom", fontsize=8, color=style.INK)
    ax.set(xscale="log", yscale="log", xlabel="noise level σ", ylabel="error of the score")
    plain_ticks(ax.xaxis)
    plain_ticks(ax.yaxis)
    low = mine[mine.sigma == mine.sigma.min()].groupby("dataset")["value"].mean()
    alt = f"Relative error at sigma {mine.sigma.min():g}: " + "; ".join(f"{d} {v:.2g}" for d, v in low.items())
    return Figure("small-score", canvas, f"A line a mixture, N = {measured.sizes[-1]:,}.", alt, mine)


def _label(ax: Axes, x: float, y: float, words: str, color: str, above: bool = True, left: bool = False) -> None:
    place = {
        "ha": "right" if left else "left",
        "xytext": (-3 if left else 3, 4 if above else -5),
        "textcoords": "offset points",
        "va": "bottom" if above else "top",
    }
    ax.annotate(words, (x, y), color=color, fontsize=8, **place)  # type: ignore[arg-type]
