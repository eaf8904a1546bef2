"""Networks that are told the noise level beside networks that are not: what they gain, and how far two are apart."""

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import legend, new_canvas, pixels, plain_ticks, seeds, stacked, titled
from lowdiff_lib.figures.curves import ACROSS, Colour, Line, Panel, Rule, curves, few_some_many, pairs
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.figures.shade import shade_beyond
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.causes import APART as APART_METRIC
from lowdiff_lib.tables.tidy import GAINS

WORDS = {"told": "told σ, low noise weighed more", "blind": "not told σ, as in the paper"}
ARM = Colour("arm", style.ARM.__getitem__, WORDS.__getitem__, list(WORDS))
CROSSED_WORDS = {
    "told": "told σ",
    "told-plain": "told σ, the paper's training",
    "blind-weighted": "not told, our training",
    "blind": "not told, the paper's training",
}
CROSSED = Colour("arm", style.ARM.__getitem__, CROSSED_WORDS.__getitem__, list(CROSSED_WORDS))
GAIN, APART = "gain over doing nothing (dB)", "difference / noise"
NOTHING = Rule(0, worse="below")
NEAR = 3.0  # dB: a factor of two in squared error
LARGEST = 1.0  # the highest noise level that networks on mixtures were trained for that are not told it


def face_blindness(measured: Measured) -> Figure:
    """Gain on new faces (left), and how far A is from B and from its twin (right), a row for each n_train."""
    gain = [_reference("wiener", "gain", "linear filter")]
    apart = [
        Line(
            {"who": "wiener pair"},
            "difference, linear filters",
            style.REFERENCE["wiener"],
            "two linear filters",
            ink=True,
        )
    ]
    caption = (
        f"Left: what a network takes away of the noise on new faces of {pixels(measured.first.shown)}; below 0 it adds "
        "error. Right: how far the answers of two networks are apart, trained on different faces (solid) or twice on "
        f"the same (dashed), in units of the noise: at 1 by as much as there was noise ({seeds(measured.first.shown)})."
    )
    return _rows("face-blindness", measured.first.arm(*WORDS), "psnr_gain_held_out", gain, apart, caption)


def crossed(measured: Measured) -> Figure:
    """Gain of A, and how far it is from B; told or not, by either training: a column for each n_train."""
    found = measured.first.arm(*CROSSED_WORDS).common.map(lambda table: table[table.sigma <= LARGEST])
    found = found.where(metric=[*GAINS, APART_METRIC], who=["A", "A-B"], n_train=few_some_many(found.sizes))
    gains, differences = found.where(metric=GAINS), found.where(metric=APART_METRIC)
    panels = [
        Panel(mine, [Line({"who": "A"}, "gain")], GAIN, f"N = {mine.sizes[0]:,}", NOTHING)
        for mine in gains.each("n_train")
    ]
    panels += [
        Panel(
            mine,
            [Line({"who": "A-B"}, "difference")],
            f"{APART}, A and B",
            f"N = {mine.sizes[0]:,}",
            Rule(1),
            scale="log",
        )
        for mine in differences.each("n_train")
    ]
    caption = (
        "Above: what a network takes away of the noise. Below: how far two that saw different data are apart. Strong: "
        "told σ by our training, not told by the paper's, which gives low noise less weight; pale: each with the "
        f"other's training ({seeds(found.shown)})."
    )
    low = differences.where(sigma=found.sigmas[0]).means("n_train", "arm")
    says = "; ".join(f"N = {n:,}, {CROSSED_WORDS[arm]} {value:.2g}" for (n, arm), value in low.items())
    alt = f"At sigma {found.sigmas[0]:g} A and B differ by, in units of the noise: {says}."
    columns = len(panels) // 2
    return curves(f"crossed-{found.datasets[0]}", panels, caption, alt, colour=CROSSED, in_a_row=columns)


def mixture_blindness(measured: Measured) -> Figure:
    """The same on one mixture, for few, some and many samples, beside the best that is possible: told, and not told."""
    measured = measured.first
    measured = measured.where(n_train=few_some_many(measured.sizes)).map(lambda table: table[table.sigma <= LARGEST])
    gain = [
        _reference("exact", "gain", "best possible, told"),
        _reference("best blind", "gain", "best possible, not told"),
    ]
    caption = (
        f"{measured.datasets[0]}. Left: what a network takes away of the noise, beside the best possible, told the "
        "noise level and guessing it from the point; below 0 it adds error. Right: how far two "
        "networks are apart, trained on different samples (solid) or twice on the same (dashed), in units of the "
        f"noise ({seeds(measured.shown)})."
    )
    return _rows(f"blindness-{measured.datasets[0]}", measured, "psnr_gain", gain, [], caption)


def _reference(who: str, says: str, name: str) -> Line:
    return Line({"who": who}, f"{says}, {name}", style.REFERENCE[who], name, ink=True)


def _rows(name: str, measured: Measured, metric: str, gain: list[Line], apart: list[Line], caption: str) -> Figure:
    """Two panels for each n_train; what the lowest noise level shows, in words."""
    panels, says, measured = [], [], measured.common
    for mine in measured.each("n_train"):
        title = f"N = {mine.sizes[0]:,}"
        panels.append(Panel(mine.where(metric=metric), [Line({"who": "A"}, "gain"), *gain], GAIN, title, NOTHING))
        between = mine.where(metric="disagreement_over_noise")
        panels.append(Panel(between, [*pairs("difference"), *apart], APART, title, Rule(1), scale="log"))
        low = mine.sigmas[0]
        gains = mine.where(metric=metric, who="A", sigma=low).means("arm")
        says.append(f"{title}: " + ", ".join(f"{arm} {value + 0.0:+.2f} dB" for arm, value in gains.items()))
    alt = f"At sigma {measured.sigmas[0]:g} the gain of A is, with {'; '.join(says)}."
    return curves(name, panels, caption, alt, measured.shown, colour=ARM, in_a_row=2)


def authors_networks(table: pd.DataFrame) -> Figure:
    """The gain of the authors' own public networks against sigma, beside the best that is possible. See `authors`."""
    canvas, (axes,) = new_canvas(1, table.data.nunique(), 3.6, sharey=True)
    drawn = {
        "gain_told_db": (style.INK, style.REFERENCE["exact"], "", "best possible, told"),
        "gain_best_blind_db": (style.INK, style.REFERENCE["best blind"], "", "best possible, not told"),
        "gain_authors_db": (style.ARM["blind"][0], "", "D", "the authors' networks"),
    }
    for ax, (data, mine) in zip(axes, table.groupby("data", sort=False), strict=True):
        for column, (color, line, marker, label) in drawn.items():
            ax.plot(mine.sigma, mine[column], color=color, ls=line, marker=marker, label=label)
        ax.axhline(0, color=style.INK, lw=0.8)
        titled(ax, str(data))
        ax.set(xscale="log", xlabel=ACROSS["sigma"])
        plain_ticks(ax.xaxis)
    for ax in axes:
        shade_beyond(ax, 0, above=False)
    stacked(axes)
    axes[0].set_ylabel(GAIN)
    legend(canvas, axes)
    off = (table.gain_best_blind_db - table.gain_authors_db).max()
    near = ", nearly all that can be known without σ" if off < NEAR else ""
    caption = (
        "Two networks that the paper's authors have published, which are not told σ, measured on 4,000 of their own "
        "samples (points), beside the best possible for one who is told σ and for one who is not. They are at most "
        f"{off:.1f} dB below the latter{near}."
    )
    low = table[table.sigma == table.sigma.min()]
    says = "; ".join(
        f"{row.data} {row.gain_authors_db:.1f} dB, best blind {row.gain_best_blind_db:.1f}" for row in low.itertuples()
    )
    return Figure("authors-networks", canvas, caption, f"At sigma {table.sigma.min():g}: {says}.", table)
