"""What other data change: where models beat doing nothing, and how much less alike A and B are there than twins."""

import pandas as pd

from lowdiff_lib.tables.tidy import GAINS, where

NOTICED = 0.05  # a difference of two cosines that counts
PLACE = ["dataset", "dim", "n_train", "sigma"]


def beats_nothing(table: pd.DataFrame) -> pd.Series:
    """Whether models beat doing nothing, in the mean over A, B and repetitions, by the columns `PLACE`.

    By the relative score error, which is then below 1; or by the PSNR gain on held-out data, above 0 dB.
    """
    error = where(table, {"metric": "relative_score_error", "who": ["A", "B"]}).groupby(PLACE)["value"].mean() < 1
    gain = where(table, {"metric": GAINS, "who": ["A", "B"]})
    return pd.concat([error, gain.groupby(PLACE)["value"].mean() > 0]).groupby(level=PLACE).all()


def effect_of_data(table: pd.DataFrame) -> pd.DataFrame:
    """How much less alike A and B are than A and its twin, where models beat doing nothing and that is most.

    Columns: dataset, dim, n_train, sigma (where), effect (difference of the residual cosines), A-B, A-twin. A place
    where models beat doing nothing at no noise level has no row.
    """
    cosine = where(table, {"metric": "residual_cosine", "who": ["A-B", "A-twin"]})
    cosine = cosine.groupby([*PLACE, "who"])["value"].mean().unstack("who").assign(helps=beats_nothing(table))
    found = cosine[cosine.helps.eq(True)].drop(columns="helps").reset_index()
    found["effect"] = found["A-twin"] - found["A-B"]
    most = found.groupby(PLACE[:3])["effect"].idxmax()
    return found.loc[most].reset_index(drop=True)


def enough(effects: pd.DataFrame) -> int | None:
    """From which n_train on other data change nothing that is noticed, on every data set; None if there is none.

    effects: of `effect_of_data`.
    """
    most = effects.groupby("n_train")["effect"].max().sort_index(ascending=False)
    without = most[(most <= NOTICED).cummin()]
    return None if without.empty else int(without.index.min())
