"""From a curve against sigma to the one noise level that it is about."""

import numpy as np
import pandas as pd

AGREEMENT = 0.9  # cosine of two residuals from which on models are said to agree: 26 degrees between them


def agreement_level(curve: pd.DataFrame) -> float:
    """Lowest sigma down to which the cosine (columns sigma, value) stays above AGREEMENT, coming from much noise.

    Between levels by log-linear interpolation; at the end of the table where the cosine never or always is below.
    """
    curve = curve.sort_values("sigma", ascending=False)
    sigma, cosine = curve.sigma.to_numpy(), curve.value.to_numpy()
    below = np.flatnonzero(cosine < AGREEMENT)
    if len(below) == 0 or below[0] == 0:
        return float(sigma[-1] if len(below) == 0 else sigma[0])
    k, log_sigma = below[0], np.log(sigma)
    share = (cosine[k - 1] - AGREEMENT) / (cosine[k - 1] - cosine[k])
    return float(np.exp(log_sigma[k - 1] + share * (log_sigma[k] - log_sigma[k - 1])))


def agreement_levels(table: pd.DataFrame) -> pd.DataFrame:
    """`agreement_level` of the residual cosine for each dataset, n_train, pair and seed; the level in column value.

    Column `never` says that the pair agrees at every level of the table.
    """
    cosine = table[table.metric == "residual_cosine"]
    keys = ["dataset", "n_train", "pair", "seed"]
    levels = cosine.groupby(keys, sort=False)[["sigma", "value"]].apply(agreement_level).rename("value").reset_index()
    return levels.assign(never=levels.value <= cosine.sigma.min())
