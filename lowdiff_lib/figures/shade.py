"""Where a curve is not to be believed: noise levels at which models are worse than doing nothing, or extrapolate."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lowdiff_lib.figures import style
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.shelf import find
from lowdiff_lib.tables.tidy import GAINS, where

Spans = Sequence[tuple[float, float]]  # from a noise level to another one
WORSE, FAR = "worse than doing nothing", "extrapolation: far from all data"
NEAR = 0.5  # share of noisy points that are as near to a training point as its own noisy copies


def spans(table: pd.DataFrame) -> Spans:
    """Where the mean `value` against `sigma` is below 0; ends between two levels by log-linear interpolation."""
    means = table.groupby("sigma")["value"].mean()
    sigma, value = np.log(means.index.to_numpy(float)), means.to_numpy()
    found: list[tuple[float, float]] = []
    for k in range(len(value) - 1):
        low, high = sigma[k], sigma[k + 1]
        if (value[k] < 0) != (value[k + 1] < 0):
            zero = low + (high - low) * value[k] / (value[k] - value[k + 1])
            low, high = (low, zero) if value[k] < 0 else (zero, high)
        elif value[k] >= 0:
            continue
        joined = bool(found) and np.isclose(found[-1][1], np.exp(low))
        found = (
            [*found[:-1], (found[-1][0], float(np.exp(high)))]
            if joined
            else [*found, (float(np.exp(low)), float(np.exp(high)))]
        )
    return found


def worse_than_nothing(measured: Measured) -> Spans:
    """Noise levels at which A, on held-out data, gains less than nothing, of tables with one arm and one n_train.

    By its PSNR gain; of mixtures that have none, by the relative score error, which is 1 for who does nothing.
    """
    of_a = measured.where(who="A").shown
    gain = of_a[of_a.metric.isin(GAINS)]
    if gain.empty:
        errors = of_a[of_a.metric == "relative_score_error"]
        gain = errors.assign(value=-np.log(errors.value))
    return spans(gain)


def extrapolated(dataset: str, sizes: Sequence[int]) -> dict[int, Spans]:
    """For each n_train the noise levels at which most noisy held-out points lie near no training point.

    None of them where that is not published.
    """
    table = find("parting", "told")
    if table is None:
        return {n_train: [] for n_train in sizes}
    share = where(table, {"metric": "coverage", "dataset": dataset})
    less = share.assign(value=share.value - NEAR)
    return {n_train: spans(less[less.n_train == n_train]) for n_train in sizes}


def shade(ax: Axes, worse: Spans, far: Spans) -> None:
    """Grey where models are worse than doing nothing, hatched where they extrapolate, out to the edges of a panel."""
    left, right = ax.get_xlim()
    first, last = min(left, right), max(left, right)
    for areas, look, words in ((worse, style.SHADE, WORSE), (far, style.HATCH, FAR)):
        for low, high in areas:
            lines = [x for line in ax.lines for x in np.atleast_1d(line.get_xdata()) if x > 0]
            low = first if low <= min(lines) * 1.001 else low
            high = last if high >= max(lines) * 0.999 else high
            ax.axvspan(low, high, label=words, **look)
    ax.set_xlim(left, right)


def shade_beyond(ax: Axes, at: float, above: bool) -> None:
    """Grey on that side of a value on which models are worse than doing nothing, if there is any of it."""
    bottom, top = ax.get_ylim()
    if (top > at) if above else (bottom < at):
        ax.axhspan(at if above else bottom, top if above else at, label=WORSE, **style.SHADE)
    ax.set_ylim(bottom, top)
