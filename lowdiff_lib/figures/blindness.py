"""Networks that are told the noise level beside networks that are not: what they gain, and how far two are apart."""

import pandas as pd

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import about_published, legend, new_canvas, seeds
from lowdiff_lib.figures.curves import ACROSS, Colour, Line, Panel, Rule, curves
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured

LOOKS = {"told": ("#0072b2", "o"), "blind": ("#d55e00", "s")}
WORDS = {"told": "told σ", "blind": "not told σ, as in the paper"}
ARM = Colour("arm", LOOKS.__getitem__, WORDS.__getitem__, list(LOOKS))
GAIN, APART = "gain over doing nothing (dB)", "difference of two models (in units of the noise)"
NOTHING = Rule(0)
NEAR = 3.0  # dB: a factor of two in squared error


def face_blindness(measured: Measured) -> Figure:
    """Gain on new faces (left), and how far A is from B and from its twin (right), a row for each n_train."""
    gain = [Line({"who": "A"}, "gain"), Line({"who": "wiener"}, "gain", ":", "linear filter", ink=True)]
    apart = [
        Line({"who": "A-B"}, "A and B"),
        Line({"who": "A-twin"}, "A and its twin", style.PAIR["A-twin"], ""),
        Line({"who": "wiener pair"}, "two linear filters", ":", "linear filter", ink=True),
    ]
    caption = (
        "Left: PSNR gain over leaving the picture as it is, on faces that no model has seen; below 0 a network adds "
        "error. Right: how far the answers of two networks are apart, A and B, trained on other faces (solid), and A "
        "and its twin, trained on the same (dashed), in units of the noise: at 1 they differ by as much as there was "
        f"noise. {seeds(measured.shown)[:1].upper()}{seeds(measured.shown)[1:]}.{about_published(measured)}"
    )
    return _rows("face-blindness", measured, "psnr_gain_held_out", gain, apart, caption)


def mixture_blindness(measured: Measured) -> Figure:
    """The same on one mixture, beside the best that is possible: told, and not told."""
    gain = [
        Line({"who": "A"}, "gain"),
        Line({"who": "exact"}, "gain", "-", "best possible, told σ", ink=True),
        Line({"who": "best blind"}, "gain", ":", "best possible, not told", ink=True),
    ]
    apart = [
        Line({"who": "A-B"}, "A and B"),
        Line({"who": "A-twin"}, "A and its twin", style.PAIR["A-twin"], ""),
    ]
    name = measured.datasets[0]
    caption = (
        f"{name}. Left: PSNR gain over leaving the point as it is, on held-out points, beside the best possible: of "
        "who is told the noise level, and of who has to guess it from the point. Right: how far two networks are "
        f"apart, A and B (solid), A and its twin (dashed). {seeds(measured.shown)[:1].upper()}"
        f"{seeds(measured.shown)[1:]}.{about_published(measured)}"
    )
    return _rows(f"blindness-{name}", measured, "psnr_gain", gain, apart, caption)


def _rows(name: str, measured: Measured, metric: str, gain: list[Line], apart: list[Line], caption: str) -> Figure:
    """Two panels for each n_train; what the lowest noise level shows, in words."""
    panels, says, measured = [], [], measured.common
    for mine in measured.each("n_train"):
        title = f"N = {mine.sizes[0]:,}"
        panels.append(Panel(mine.where(metric=metric), gain, GAIN, title, NOTHING))
        between = mine.where(metric="disagreement_over_noise")
        panels.append(Panel(between, apart, APART, title, Rule(1), scale="log"))
        low = mine.sigmas[0]
        gains = mine.where(metric=metric, who="A", sigma=low).means("arm")
        says.append(f"{title}: " + ", ".join(f"{arm} {value + 0.0:+.2f} dB" for arm, value in gains.items()))
    alt = f"At sigma {measured.sigmas[0]:g} the gain of A is, with {'; '.join(says)}."
    return curves(name, panels, caption, alt, measured.shown, colour=ARM, in_a_row=2)


def authors_networks(table: pd.DataFrame) -> Figure:
    """The gain of the authors' own public networks against sigma, beside the best that is possible. See `authors`."""
    canvas, (axes,) = new_canvas(1, table.data.nunique(), 3.6, sharey=True)
    drawn = {
        "gain_told_db": (style.INK, "-", "", "best possible, told σ"),
        "gain_best_blind_db": (style.INK, ":", "", "best possible, not told"),
        "gain_authors_db": (LOOKS["blind"][0], "", "D", "the authors' networks"),
    }
    for ax, (data, mine) in zip(axes, table.groupby("data", sort=False), strict=True):
        for column, (color, line, marker, label) in drawn.items():
            ax.plot(mine.sigma, mine[column], color=color, ls=line, marker=marker, label=label)
        ax.axhline(0, color=style.INK, lw=0.8)
        ax.set_title(str(data))
        ax.set(xscale="log", xlabel=ACROSS["sigma"])
    axes[0].set_ylabel(GAIN)
    legend(canvas, axes)
    off = (table.gain_best_blind_db - table.gain_authors_db).max()
    near = ", nearly all that can be known without σ" if off < NEAR else ""
    caption = (
        "Two networks that the paper's authors have published, which are not told σ, measured on 4,000 of their own "
        "samples (points), beside the best possible for who is told σ and for who is not. They are at most "
        f"{off:.1f} dB below the latter{near}."
    )
    low = table[table.sigma == table.sigma.min()]
    says = "; ".join(
        f"{row.data} {row.gain_authors_db:.1f} dB, best blind {row.gain_best_blind_db:.1f}" for row in low.itertuples()
    )
    return Figure("authors-networks", canvas, caption, f"At sigma {table.sigma.min():g}: {says}.", table)
