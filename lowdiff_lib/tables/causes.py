"""How far two models are apart, divided into its causes.

What is divided is d² = E|D_A - D_B|² per direction, in units of the noise's variance, of two models that are not told
sigma and were trained for the usual time. Knowledge of sigma, time and data are changed one at a time:

    d²(untold)  = [d²(untold) - d²(told)]            not told sigma
                + [d²(told) - d²(told, in time)]     time of training
                + [d²(in time) - t²(in time)]        other data
                + t²(in time)                        another seed

where t² is that of A and its twin, which share their data, in place of d², that of A and B, whose data differ (both
pairs differ in their seeds). In time is the training, of those that there are, after which A and B remove most noise
from new points at that noise level: with few samples a short one, before they are known by heart; with many a long one.
The four sum to what is divided, whatever the numbers; one of them is negative where its change makes models differ
more. They depend on the order: told first, then in time, then the same data. Where only the usual time was trained,
the second is not known and the others are those of that time.
"""

from collections.abc import Sequence

import pandas as pd

from lowdiff_lib.tables.tidy import GAINS

UNTOLD, TIME, DATA, SEED = "not told σ", "time of training", "other data", "another seed"
CAUSES = (UNTOLD, TIME, DATA, SEED)
PLACE = ["dataset", "n_train", "sigma", "repetition"]
APART = "disagreement_over_noise"
TOLD = ["told", "told-in-time"]
NOISIEST = 1.0  # above it networks that are not told sigma are not trained


def squared(table: pd.DataFrame, arms: Sequence[str], pair: str) -> pd.Series:
    """d² of a pair, of some arms, by PLACE and step."""
    rows = table[table.arm.isin(arms) & (table.metric == APART) & (table.who == pair)]
    return rows.set_index([*PLACE, "step"]).value ** 2


def in_time(table: pd.DataFrame) -> pd.Series:
    """The step after which A and B gain most on new points, told sigma, by PLACE."""
    rows = table[table.arm.isin(TOLD) & table.metric.isin(GAINS) & table.who.isin(["A", "B"])]
    gains = rows.groupby([*PLACE, "step"]).value.mean().reset_index()
    best = gains.loc[gains.groupby(PLACE).value.idxmax()]
    return best.set_index(PLACE).step


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """The causes at each place of a table of the study `parting`: PLACE, cause, value (of d²).

    A place where one of the arms told and blind was not measured is left out, and those above NOISIEST.
    """
    table = table[table.sigma <= NOISIEST]
    untold, told = (squared(table, [arm], "A-B").droplevel("step") for arm in ("blind", "told"))
    both = untold.index.intersection(told.index)
    best = in_time(table).reindex(both)
    at = pd.MultiIndex.from_frame(best.reset_index()[[*PLACE, "step"]])
    stopped, twins = (squared(table, TOLD, pair).reindex(at).droplevel("step") for pair in ("A-B", "A-twin"))
    timed = both.isin(squared(table, ["told-in-time"], "A-B").droplevel("step").index)
    parts = {
        UNTOLD: untold[both] - told[both],
        TIME: (told[both] - stopped)[timed],
        DATA: stopped - twins,
        SEED: twins,
    }
    found = pd.concat({cause: part for cause, part in parts.items()}, names=["cause"])
    return found.rename("value").reset_index()[[*PLACE, "cause", "value"]]
