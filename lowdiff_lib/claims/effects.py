"""The numbers that decide claims: from what was measured of one data set and n_train to one for each repetition.

An effect is a function (cell, sigma) -> values by repetition; sigma is the level that the claim is judged at, None if
it is about none. It raises NotMeasured for what the tables lack, CannotTell for what they cannot say.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowdiff_lib.claims.cell import PLAIN, CannotTell, Cell, NotMeasured
from lowdiff_lib.claims.needs import near
from lowdiff_lib.tables.causes import APART
from lowdiff_lib.tables.levels import agreement_level

OBJECTIVES = ("told", "ncsn", "ssm")  # arms that differ by their objective alone
WORTH = 0.5  # dB
RETURNED = ("returned_everywhere_held_out", "returns_held_out")  # by the paper's sampler; iterated at one noise level


@dataclass(frozen=True)
class AtMost:
    """Values by repetition that are only known to be at most so large, as the measured levels end there."""

    values: pd.Series


Effect = Callable[[Cell, float | None], pd.Series | AtMost]


# ---- A and B, beside their twin ----


def apart(cell: Cell, sigma: float | None, pair: str = "A-B") -> pd.Series:
    """1 - cosine of two residuals."""
    return 1 - cell.values("residual_cosine", pair, sigma)


def beyond_the_twin(cell: Cell, sigma: float | None) -> pd.Series:
    """By how much the cosine of A and its twin, who saw the same data, is above that of A and B."""
    return apart(cell, sigma) - apart(cell, sigma, "A-twin")


def share_of_twin(cell: Cell, sigma: float | None) -> pd.Series:
    """(1 - cosine of A and twin) / (1 - cosine of A and B): how much of it is there with the same data."""
    return apart(cell, sigma, "A-twin") / apart(cell, sigma)


def beyond_linear(cell: Cell, sigma: float | None) -> pd.Series:
    """By how much the cosine of the linear filters of A's and B's data is above that of A and B."""
    return apart(cell, sigma) - apart(cell, sigma, "wiener pair")


def apart_untold(cell: Cell, sigma: float | None) -> pd.Series:
    """How far A and B are apart that are not told sigma, over how far those are that are told and trained alike."""
    return _apart_over(cell, sigma, "told-plain", "networks that are told σ were not trained in the same way there")


def apart_by_training(cell: Cell, sigma: float | None) -> pd.Series:
    """How far A and B are apart by the paper's training, over how far those are by ours; none of them told sigma."""
    return _apart_over(cell, sigma, "blind-weighted", "networks that are not told σ were not trained as ours are there")


def _apart_over(cell: Cell, sigma: float | None, arm: str, lacking: str) -> pd.Series:
    other = cell.as_long(arm)
    if other is None:
        raise NotMeasured(lacking)
    return (cell.values(APART, "A-B", sigma) / other.values(APART, "A-B", sigma)).dropna()


def output_beyond_the_twin(cell: Cell, sigma: float | None) -> pd.Series:
    """By how much outputs of A and twin that start from one photograph are more alike than those of A and B."""
    return cell.values("output_cosine", "A-twin", sigma) - cell.values("output_cosine", "A-B", sigma)


def outputs_part(cell: Cell, sigma: float | None) -> pd.Series:
    """How much less alike the outputs of A and B are at the lowest noise of the start than at the highest."""
    sigmas = cell.sigmas("output_cosine", "A-B")
    high, low = (cell.values("output_cosine", "A-B", at) for at in (sigmas[-1], sigmas[0]))
    return high - low


# ---- where trajectories end ----


def ends_apart(cell: Cell, sigma: float | None, pair: str = "A-B") -> pd.Series:
    """1 - cosine of what two models make of the same pure noise, seen from the mean of the data.

    Of mixtures from the distance of the ends d in units of the spread: E|a - b|^2 = 2 (1 - cosine) for such points.
    """
    if ("sample_cosine_centred", pair) in cell.curves:
        return 1 - cell.values("sample_cosine_centred", pair)
    levels = cell.sigmas("trajectory_distance", pair)
    return cell.values("trajectory_distance", pair, levels[0]) ** 2 / 2


def ends_beyond_the_twin(cell: Cell, sigma: float | None) -> pd.Series:
    """The same of A and B, less that of A and its twin."""
    return ends_apart(cell, sigma) - ends_apart(cell, sigma, "A-twin")


# ---- more data ----


def change_of_level(cell: Cell, sigma: float | None) -> pd.Series | AtMost:
    """log10 of the noise down to which A and B agree over that with fewer samples, for a factor of ten in n_train.

    The level counts only as far down as the models are of use, or were measured; the true change is then larger.
    """
    floor = near(cell)
    now, before = (_levels(each) for each in (cell, cell.previous))
    ended = now <= floor
    now, before = now.clip(lower=floor).align(before, join="inner")
    if (before <= floor).any():
        raise CannotTell("with fewer samples they agree already as far down as can be said")
    change = by_decade(cell, np.log10(now / before))
    return AtMost(change) if ended.any() else change


def _levels(cell: Cell) -> pd.Series:
    table = pd.DataFrame(cell.curve("residual_cosine", "A-B"))
    curves = {r: pd.DataFrame({"sigma": row.index, "value": row.to_numpy()}) for r, row in table.iterrows()}
    return pd.Series({r: agreement_level(curve) for r, curve in curves.items()})


def change_of_ends(cell: Cell, sigma: float | None) -> pd.Series:
    """log10 of how far apart A and B end over that with fewer samples, for a factor of ten in n_train."""
    return by_decade(cell, np.log10(ends_apart(cell, sigma) / ends_apart(cell.previous, sigma)).dropna())


def by_decade(cell: Cell, change: pd.Series) -> pd.Series:
    return change / math.log10(cell.n_train / cell.previous.n_train)


# ---- shapes and objectives ----


def against_plain(cell: Cell, sigma: float | None, effect: Effect, at: Callable | None = None) -> pd.Series:
    """log10 of an effect over that on plainer data of as many dimensions, whose networks are scaled alike.

    At the higher one of the levels of the two, if the effect is about a level. Repetitions are paired as counted.
    """
    other = cell.of(dataset=PLAIN[cell.dataset]) if cell.dataset in PLAIN else None
    if other is None:
        raise NotMeasured("it is what others are compared with, or there is nothing to compare it with")
    if other.facts.output_power != cell.facts.output_power:
        powers = f"{cell.facts.output_power} and {other.facts.output_power}"
        raise CannotTell(
            f"networks of {cell.dataset} and {other.dataset} scale their output otherwise (powers {powers})"
        )
    if at is not None and sigma is not None:
        sigma = max(sigma, at(other))
    mine, plain = effect(cell, sigma), effect(other, sigma)
    assert isinstance(mine, pd.Series)
    assert isinstance(plain, pd.Series)
    return np.log10(mine / plain).dropna()


def spread_of_objectives(cell: Cell, sigma: float | None, metric: str, log: bool) -> pd.Series:
    """Largest less smallest among three objectives, less that among three trainings of one objective.

    The largest of three is above the smallest by chance alone: the second range says how far. log: of log10.
    """
    arms = [cell.of(arm=arm) for arm in OBJECTIVES]
    if None in arms:
        raise NotMeasured(f"not every one of the objectives {', '.join(OBJECTIVES)} was trained there")
    table = pd.DataFrame({arm.arm: arm.mean_of(metric, "A", sigma=sigma) for arm in arms if arm}).dropna()
    table = np.log10(table) if log else table
    if len(table) < 3:
        raise CannotTell("one objective was trained less than three times, so nothing says what chance does")
    by_chance = table.iloc[:3].max() - table.iloc[:3].min()
    return table.max(axis=1) - table.min(axis=1) - float(by_chance.mean())


# ---- one number of a table ----


def gain(cell: Cell, sigma: float | None) -> pd.Series:
    """PSNR gain on held-out samples [dB], where there is something to gain."""
    metric = "psnr_gain_held_out" if ("psnr_gain_held_out", "A") in cell.curves else "psnr_gain"
    if (metric, "exact") in cell.curves and (best := cell.values(metric, "exact", sigma).max()) < WORTH:
        raise CannotTell(f"the exact denoiser gains {best:.2g} dB there, so there is nothing to remove")
    return cell.values(metric, "A", sigma)


def returns(cell: Cell, sigma: float | None, less: tuple[str, ...] = ()) -> pd.Series:
    """Share of disturbed held-out samples that come back under A, mean over σ; less that under the first of `less`."""
    metric = next((each for each in RETURNED if (each, "A") in cell.curves), RETURNED[0])
    mine = cell.values(metric, "A")
    if not less:
        return mine
    other = next((who for who in less if (metric, who) in cell.curves), less[0])
    return (mine - cell.values(metric, other)).dropna()


def longer_over_usual(cell: Cell, sigma: float | None) -> pd.Series:
    """log10 of 1 - cosine of A and B after the longest training over that after the usual one, same repetitions."""
    if not cell.longer:
        raise NotMeasured("no longer training was measured there")
    usual, longest = cell.longer[0]
    return np.log10(apart(longest, sigma) / apart(usual, sigma)).dropna()


def one(cell: Cell, sigma: float | None, metric: str) -> pd.Series:
    """A metric of A, mean over noise levels, or at one of them."""
    return cell.mean_of(metric, "A", sigma=sigma)


def difference(cell: Cell, sigma: float | None, first: tuple[str, str], second: tuple[str, str]) -> pd.Series:
    """One metric of one less another of another, (metric, who) each."""
    return (cell.values(*first, sigma) - cell.values(*second, sigma)).dropna()


def ratio(cell: Cell, sigma: float | None, first: tuple[str, str], second: tuple[str, str]) -> pd.Series:
    """One metric of one over another of another."""
    return (cell.values(*first, sigma) / cell.values(*second, sigma)).dropna()
