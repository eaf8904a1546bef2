"""The mixtures themselves: samples, density and score, and what there is to gain."""

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap

from lowdiff_lib.figures import style
from lowdiff_lib.figures.canvas import new_canvas, number, seeds, stacked, titled
from lowdiff_lib.figures.curves import DATASET, Line, Panel, curves
from lowdiff_lib.figures.drawing import Figure
from lowdiff_lib.tables import Measured


def mixture_samples(samples: pd.DataFrame) -> Figure:
    """The mixtures at a glance, three in a row."""
    rows = -(-samples.dataset.nunique() // 3)
    canvas, axes = new_canvas(rows, 3, 2.4 * rows)
    for ax in axes.flat[samples.dataset.nunique() :]:
        ax.set_axis_off()
    for ax, (name, table) in zip(axes.flat, samples.groupby("dataset", sort=False), strict=False):
        ax.scatter(table.u, table.v, s=2, lw=0, alpha=0.5, color=style.QUIET, rasterized=True)
        titled(ax, str(name))
        ax.set_aspect("equal", adjustable="datalim")
    stacked(axes.flat[: samples.dataset.nunique()])
    caption = (
        f"The mixtures: {len(samples) // samples.dataset.nunique():,} samples of each, in the plane; those of "
        "more dimensions are seen along their two principal directions. Both axes in data units."
    )
    extent = samples.groupby("dataset", sort=False)[["u", "v"]].agg(lambda column: column.max() - column.min())
    widths = ", ".join(f"{name} {row.u:.1f} by {row.v:.1f}" for name, row in extent.iterrows())
    alt = f"Scatter plots. How far the samples reach across and up, in data units: {widths}."
    return Figure("mixtures", canvas, caption, alt, samples)


def score_field(field: pd.DataFrame) -> Figure:
    """Exact density (shade) and score (arrows) at several noise levels."""
    name, sigmas = field.dataset.iloc[0], field.sigma.unique()
    canvas, axes = new_canvas(1, len(sigmas), 2.9, sharey=True)
    shade = LinearSegmentedColormap.from_list("shade", [(0.42, 0.47, 0.51, 0.0), (0.42, 0.47, 0.51, 0.9)])
    for ax, sigma in zip(axes.flat, sigmas, strict=True):
        table = field[field.sigma == sigma]
        side = np.sort(table.u.unique())
        n, extent = len(side), (side[0], side[-1], side[0], side[-1])
        density = np.exp(table.log_density.to_numpy() - table.log_density.max()).reshape(n, n)
        ax.imshow(density**0.5, extent=extent, origin="lower", cmap=shade, interpolation="bilinear")
        keep = np.ix_(range(3, n, 8), range(3, n, 8))
        u, v, du, dv = (table[c].to_numpy().reshape(n, n)[keep] for c in ("u", "v", "score_u", "score_v"))
        length = np.hypot(du, dv)
        ax.quiver(u, v, du / length, dv / length, color=style.INK, alpha=0.75, scale=26, width=0.006)
        titled(ax, f"σ = {sigma:g}")
        ax.grid(False)
    stacked(axes.flat)
    caption = (
        f"{name}: exact density of the noisy data (shade, square root scale) and direction of "
        "the exact score (arrows of unit length) at three noise levels. Both axes in data units. With little noise the "
        "arrows point to the nearest part of the data; with much, to its centre."
    )
    lengths = np.hypot(field.score_u, field.score_v).groupby(field.sigma).median()
    sizes = ", ".join(f"{length:.3g} at sigma {sigma:g}" for sigma, length in lengths.items())
    alt = f"The density of {name} and the arrows of its score. Median length of the score on the grid: {sizes}."
    return Figure(f"field-{name}", canvas, caption, alt, field)


def possible_gain(table: pd.DataFrame) -> Figure:
    """What the exact denoiser gains over the identity."""
    lowest = table[table.sigma == table.sigma.min()].groupby("dataset")["value"].mean()
    thin, smooth = lowest.idxmax(), lowest.idxmin()
    caption = (
        "How much there is to take away: PSNR gain of the exact denoiser over leaving the point as it is "
        f"({seeds(table)}). At σ = {table.sigma.min():g} from {number(lowest.min())} dB ({smooth}) to "
        f"{number(lowest.max())} dB ({thin}): much where the data are thin, almost nothing where they are smooth."
    )
    exact = Measured("mixtures", table, None, "exact")
    panel = Panel(exact, [Line({}, "gain (dB)")], "gain over doing nothing (dB)", scale="log")
    some = [smooth, *lowest.sort_values().index[-2:]]
    return curves("possible-gain", [panel], caption, caption, table, colour=DATASET, label_ends=True, at_first=some)
