"""From a curve against sigma to the one noise level that it is about."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

AGREEMENT = 0.9  # cosine of two residuals from which on models are said to agree: 26 degrees between them

BARELY = 0.05  # dB: one per cent of the squared error


def first_below(levels: Sequence[float], values: Sequence[float], threshold: float) -> float | None:
    """The level where values, taken in their order, first fall below a threshold; None if they never do.

    Between two levels by log-linear interpolation; the first level if already the first value is below.
    """
    for k, value in enumerate(values):
        if value < threshold:
            if k == 0:
                return float(levels[0])
            before, here = np.log(levels[k - 1]), np.log(levels[k])
            share = (values[k - 1] - threshold) / (values[k - 1] - value)
            return float(np.exp(before + share * (here - before)))
    return None


def agreement_level(curve: pd.DataFrame) -> float:
    """Lowest sigma down to which the cosine (columns sigma, value) stays above AGREEMENT, coming from much noise.

    At the end of the table where the cosine never or always is below.
    """
    curve = curve.sort_values("sigma", ascending=False)
    sigma, cosine = curve.sigma.to_list(), curve.value.to_list()
    found = first_below(sigma, cosine, AGREEMENT)
    return sigma[-1] if found is None else found


def agreement_levels(table: pd.DataFrame) -> pd.DataFrame:
    """`agreement_level` of the residual cosine for each dataset, arm, n_train, who and repetition, as `value`.

    Column `never` says that these two agree at every level of the table.
    """
    cosine = table[table.metric == "residual_cosine"]
    keys = ["dataset", "arm", "n_train", "who", "repetition"]
    levels = cosine.groupby(keys, sort=False)[["sigma", "value"]].apply(agreement_level).rename("value").reset_index()
    return levels.assign(never=levels.value <= cosine.sigma.min())


def learned(table: pd.DataFrame) -> pd.DataFrame:
    """At which noise levels face networks learned something, for each dataset, arm and n_train: column `learned`.

    Where the mean PSNR gain of A on held-out faces (`gain`) is BARELY above that of doing nothing, 0, and above that of
    the linear filter of the same faces (`wiener`, of the arm that has it). Elsewhere what a network shows is no answer
    of its objective: it did not train. Rows without a linear filter to compare with are left out.
    """
    gain = table[table.metric == "psnr_gain_held_out"]
    keys = ["dataset", "n_train", "sigma"]
    linear = gain[gain.who == "wiener"].groupby(keys)["value"].mean().rename("wiener").reset_index()
    mine = gain[gain.who == "A"].groupby(["arm", "objective", *keys])["value"].mean().rename("gain").reset_index()
    both = mine.merge(linear, on=keys)
    return both.assign(learned=both.gain > both.wiener.clip(lower=0) + BARELY)
