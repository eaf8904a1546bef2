"""The numbers that decide claims: from a table to one effect for each independent repetition.

Each takes a table of one data set with the columns of `tables.COLUMNS`, and raises NotTested if that cannot say.
"low noise" is the lowest level of the table; "smallest" and "largest" are its training-set sizes.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from lowdiff_lib.base.errors import LowdiffError
from lowdiff_lib.tables.levels import agreement_level

MIXTURE_SD, IMAGE_SD = 2.0, 0.25  # about; high noise is noise as large as the data
DIVERGENCE = 0.05  # drop of a cosine that counts


class NotTested(LowdiffError):
    """A table cannot decide a claim; the message says what it lacks."""

    shown = True


def agreement_at_high_noise(table: pd.DataFrame) -> pd.Series:
    """How far A and B are on the way from strangers (0) to full agreement (1) at high noise, largest n_train.

    By the residual cosine. That of strangers, which know one sample each, is large where there is much noise.
    """
    strangers = _by_repetition(_largest(table), metric="residual_cosine", who="strangers", sigma=_high(table))
    return (_cosine_at_high_noise(table) - strangers) / (1 - strangers)


def _cosine_at_high_noise(table: pd.DataFrame) -> pd.Series:
    return _by_repetition(_largest(table), metric="residual_cosine", who="A-B", sigma=_high(table))


def drop_at_low_noise(table: pd.DataFrame) -> pd.Series:
    """How far the residual cosine of A and B falls from high noise to the lowest, largest n_train."""
    _believable(table)
    low = _by_repetition(_largest(table), metric="residual_cosine", who="A-B", sigma=table.sigma.min())
    return _cosine_at_high_noise(table) - low


def share_of_twin(table: pd.DataFrame, smallest: bool = False) -> pd.Series:
    """(1 - cosine of A and its twin) / (1 - cosine of A and B) at the lowest noise: what same data leave of it."""
    if not smallest:
        _believable(table)
    mine = _smallest(table) if smallest else _largest(table)
    other, same = (
        1 - _by_repetition(mine, metric="residual_cosine", who=pair, sigma=table.sigma.min())
        for pair in ("A-B", "A-twin")
    )
    if other.mean() < DIVERGENCE:
        raise NotTested(f"A and B do not diverge there: 1 - cosine is {other.mean():.2g}, so there is nothing to share")
    return same / other


def slope_of_level(table: pd.DataFrame) -> pd.Series:
    """Change of log10(noise level down to which A and B agree) for each factor of ten in n_train."""
    cosine = table[(table.metric == "residual_cosine") & (table.who == "A-B")]
    levels = cosine.groupby(["repetition", "n_train"])[["sigma", "value"]].apply(agreement_level).unstack("repetition")
    if len(levels) < 2:
        raise NotTested("one training-set size only")
    if (levels == cosine.sigma.min()).all(axis=None):
        raise NotTested("A and B agree at every noise level and training-set size, so no level can move")
    return _slope(np.log10(levels))


def error_at_low_noise(table: pd.DataFrame) -> pd.Series:
    """log10 of the relative score error at the lowest noise over that at high noise, largest n_train."""
    return np.log10(_error(_largest(table), table.sigma.min()) / _error(_largest(table), _high(table)))


def slope_of_error(table: pd.DataFrame) -> pd.Series:
    """Change of log10(relative score error at the lowest noise) for each factor of ten in n_train."""
    if table.n_train.nunique() < 2:
        raise NotTested("one training-set size only")
    sizes = {n: np.log10(_error(mine, table.sigma.min())) for n, mine in table.groupby("n_train")}
    return _slope(pd.DataFrame(sizes).T)


def effect_of_objective(table: pd.DataFrame) -> pd.Series:
    """log10 of the largest over the smallest score error among the objectives, at the lowest noise, largest n_train."""
    errors = np.log10(_by_objective(table, "relative_score_error"))
    return errors.max(axis=1) - errors.min(axis=1)


def spread_of_gains(table: pd.DataFrame) -> pd.Series:
    """Best less worst held-out PSNR gain [dB] among the objectives, at the lowest noise, largest n_train."""
    gains = _by_objective(table, "psnr_gain_held_out")
    return gains.max(axis=1) - gains.min(axis=1)


def _by_objective(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """A metric of single models at the lowest noise and the largest n_train, a row for each repetition."""
    mine = _largest(table)[lambda t: (t.metric == metric) & t.who.isin(["A", "B"])]
    mine = mine[mine.sigma == table.sigma.min()]
    if mine.objective.nunique() < 2:
        raise NotTested("one objective only")
    return mine.groupby(["repetition", "objective"])["value"].mean().unstack("objective")


def along_over_across(table: pd.DataFrame) -> pd.Series:
    """log10 of the relative score error along the data over that across them, at the lowest noise, largest n_train."""
    low = _largest(table)[lambda t: t.sigma == t.sigma.min()]
    shares = []
    for kind in ("tangential", "normal"):
        error = _by_repetition(low[low.who.isin(["A", "B"])], metric=f"score_error_{kind}")
        shares.append(error / _by_repetition(low, metric=f"score_size_{kind}", who="exact"))
    return np.log10(shares[0] / shares[1])


def memorisation(table: pd.DataFrame, smallest: bool) -> pd.Series:
    """The memorisation index of A, mean over noise levels, smallest or largest n_train."""
    mine = _smallest(table) if smallest else _largest(table)
    return _by_repetition(mine, metric="memorisation_index", who="A")


def largest_error(table: pd.DataFrame) -> pd.Series:
    """The largest relative score error of A or B at any noise level, largest n_train."""
    errors = _largest(table)[lambda t: (t.metric == "relative_score_error") & t.who.isin(["A", "B"])]
    return errors.groupby("repetition")["value"].max()


def smallest_gain(table: pd.DataFrame) -> pd.Series:
    """The smallest held-out PSNR gain [dB] of A at any noise level, largest n_train."""
    gains = _largest(table)[lambda t: (t.metric == "psnr_gain_held_out") & (t.who == "A")]
    return gains.groupby("repetition")["value"].min()


def change_with_budget(table: pd.DataFrame, twice: pd.DataFrame) -> pd.Series:
    """By noise level below high noise: how far twice the training moves the cosine of A and B, largest n_train."""
    curves = []
    for one in (table, twice):
        mine = _largest(one)[lambda t: (t.metric == "residual_cosine") & (t.who == "A-B") & (t.sigma < _high(t))]
        curves.append(mine[mine.repetition.isin(twice.repetition)].groupby("sigma")["value"].mean())
    return (curves[1] - curves[0]).abs().dropna()


def gap_of_gains(table: pd.DataFrame, smallest: bool) -> pd.Series:
    """PSNR gain [dB] on training images less that on held-out ones, mean over noise levels."""
    mine = _smallest(table) if smallest else _largest(table)
    seen, new = (_by_repetition(mine, metric=f"psnr_gain_{part}", who="A") for part in ("train", "held_out"))
    return seen - new


def distance_at_the_end(table: pd.DataFrame) -> pd.Series:
    """How far apart the trajectories of A and B end, over the standard deviation of the data, largest n_train."""
    end = _largest(table)
    return _by_repetition(end, metric="trajectory_distance", who="A-B", sigma=table.sigma.min())


def distance_of_twin(table: pd.DataFrame) -> pd.Series:
    """That of A and its twin over that of A and B."""
    twin = _by_repetition(_largest(table), metric="trajectory_distance", who="A-twin", sigma=table.sigma.min())
    return twin / distance_at_the_end(table)


def share_of_starts(table: pd.DataFrame, metric: str, smallest: bool) -> pd.Series:
    """A fraction of the held-out starting points, mean over noise levels."""
    mine = _smallest(table) if smallest else _largest(table)
    return _by_repetition(mine, metric=f"{metric}_held_out", who="A")


def effect_of_shape(table: pd.DataFrame, effect: Callable[[pd.DataFrame], pd.Series]) -> pd.Series:
    """How far an effect differs between two data sets of one table; repetitions are paired as they are counted."""
    one, other = (effect(mine) for _, mine in table.groupby("dataset"))
    return (one - other).dropna().abs()


def _by_repetition(table: pd.DataFrame, **where) -> pd.Series:
    for column, value in where.items():
        table = table[table[column] == value]
    if table.empty:
        raise NotTested(f"the table has no {', '.join(map(str, where.values()))}")
    return table.groupby("repetition")["value"].mean()


def _error(table: pd.DataFrame, sigma: float) -> pd.Series:
    return _by_repetition(table[table.who.isin(["A", "B"])], metric="relative_score_error", sigma=sigma)


def _largest(table: pd.DataFrame) -> pd.DataFrame:
    return table[table.n_train == table.n_train.max()]


def _smallest(table: pd.DataFrame) -> pd.DataFrame:
    return table[table.n_train == table.n_train.min()]


def _high(table: pd.DataFrame) -> float:
    """The noise level of the table that is nearest to the standard deviation of its data."""
    sigmas = table.sigma.unique()
    exact = (table.metric == "relative_score_error").any()  # where the score is known: a mixture
    sd = MIXTURE_SD if exact else IMAGE_SD
    return sigmas[np.abs(np.log(sigmas / sd)).argmin()]


def _believable(table: pd.DataFrame) -> None:
    """At the lowest noise, models that are worse than doing nothing say nothing about agreement."""
    mine = _largest(table)[lambda t: (t.sigma == t.sigma.min()) & t.who.isin(["A", "B"])]
    error = mine[mine.metric == "relative_score_error"].value.mean()
    gain = mine[mine.metric == "psnr_gain_held_out"].value.mean()
    if error >= 1 or gain <= 0:
        raise NotTested(f"at σ = {table.sigma.min():g} the models are worse than doing nothing: trained too little")


def _slope(values: pd.DataFrame) -> pd.Series:
    """Least-squares slope of each column against log10 of the index, n_train."""
    x = np.log10(values.index.to_numpy(dtype=float))
    x = x - x.mean()
    return values.mul(x, axis=0).sum(skipna=False) / (x**2).sum()
