"""The numbers that decide what others predict of two models and of training time: see `effects`."""

from itertools import pairwise

import numpy as np
import pandas as pd

from lowdiff_lib.claims.cell import CannotTell, Cell
from lowdiff_lib.tables.causes import APART
from lowdiff_lib.tables.tidy import GAINS

UNCOVERED = 0.5  # of new points that lie near no training point
EASIER = 1.0  # dB between training points and new ones, from which on points are known by heart


def beside_one_over_n(cell: Cell, sigma: float | None, pair: str) -> pd.Series:
    """The power of n_train that the squared distance of two residuals goes with, less the -1 of linear theory."""
    return _power([each.values(APART, pair, sigma) ** 2 for each in cell.three], cell) + 1


def at_training_points(cell: Cell, sigma: float | None) -> pd.Series:
    """How far A is from the memoriser at training points, over how far at new ones: the middle over noise levels.

    Those where at most UNCOVERED of new points lie near a training point.
    """
    covered = cell.curve("coverage", "training set")
    sigmas = [level for level, shares in covered.items() if np.mean(list(shares.values())) <= UNCOVERED]
    if not sigmas:
        raise CannotTell("at every level most new points lie near a training point")
    seen, new = (
        np.log(pd.DataFrame(cell.curve(f"distance_over_noise{where}", "A-ideal"))[sigmas]) for where in ("_train", "")
    )
    return np.exp((seen - new).median(axis=1))


def beside_n(cell: Cell, sigma: float | None) -> pd.Series:
    """The power of n_train that the time to memorise goes with, less 1; the mean over the noise levels that have it.

    Raises CannotTell where the times that were trained do not span more than the three n_train do: of times that go
    like n_train one would then not be seen, and those that are seen would go with less.
    """
    steps, fewer = [each.step for each in cell.trainings], cell.three[0].n_train
    if max(steps) / min(steps) <= cell.n_train / fewer:
        raise CannotTell(
            f"the times that were trained span a factor of {max(steps) / min(steps):.0f}, and N one of "
            f"{cell.n_train / fewer:.0f}: not all of three times that grow like N would be seen"
        )
    times = [_time_to_memorise(each).stack().dropna() for each in cell.three]
    powers = _power(times, cell)
    if powers.empty:
        raise CannotTell("at no level all three are seen to begin to know their data by heart")
    return powers.groupby(level=0).mean() - 1


def _power(values: list[pd.Series], cell: Cell) -> pd.Series:
    """The slope of the straight line through the logarithms of three values over those of n_train, where all are."""
    sizes = np.log10([each.n_train for each in cell.three])
    table = np.log10(pd.concat(values, axis=1).dropna())
    return (table * (sizes - sizes.mean())).sum(axis=1) / ((sizes - sizes.mean()) ** 2).sum()


def _time_to_memorise(cell: Cell) -> pd.DataFrame:
    """The steps after which training points are EASIER for A; between two trainings by a straight line over log time.

    By repetition and noise level; NaN if that is before the first or never.
    """
    gaps = {each.step: _easier(each) - EASIER for each in cell.trainings}
    steps = sorted(gaps)
    found = gaps[steps[0]] * np.nan
    for before, after in pairwise(steps):
        low, high = gaps[before], gaps[after]
        part = (-low / (high - low)).clip(0, 1)
        crossed = np.exp(np.log(before) + part * (np.log(after) - np.log(before)))
        found = found.where(found.notna() | (low > 0) | (high <= 0), crossed)
    return found


def _easier(cell: Cell) -> pd.DataFrame:
    """By repetition and noise level, by how many dB more A gains on its training points than on new ones.

    Less what the exact denoiser does, where that is known: chance makes some points easier for everybody.
    """
    new = next((metric for metric in GAINS if (metric, "A") in cell.curves), GAINS[0])
    known = [who for who in ("A", "exact") if (new, who) in cell.curves]
    gaps = [pd.DataFrame(cell.curve("psnr_gain_train", who)) - pd.DataFrame(cell.curve(new, who)) for who in known]
    return gaps[0] - gaps[1] if len(gaps) > 1 else gaps[0]
