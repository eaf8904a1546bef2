"""How far two models are apart, divided into its causes.

What is divided is d² = E|D_A - D_B|² per direction, in units of the noise's variance, of two models that are not told
sigma and were trained for the usual time. Training, data and knowledge of sigma are changed one at a time:

    d²(untold)  = [d²(untold) - d²(told)]            not told sigma
                + [d²(told) - d²(told, longest)]     too little training
                + [d²(longest) - t²(longest)]        other data
                + t²(longest)                        another seed

where t² is that of A and its twin, which share their data, in place of d², that of A and B, whose data differ (both
pairs differ in their seeds). The four sum to what is divided, whatever the numbers; one of them is negative where its
change makes models differ more. They depend on the order: told first, then trained, then given the same data. Without
a longer training the third and fourth are those of the usual time, and there is no second: it is not known.
"""

from collections.abc import Sequence

import pandas as pd

UNTOLD, TRAINING, DATA, SEED = "not told σ", "too little training", "other data", "another seed"
CAUSES = (UNTOLD, TRAINING, DATA, SEED)
PLACE = ["dataset", "n_train", "sigma", "repetition"]
APART = "disagreement_over_noise"
NOISIEST = 1.0  # above it networks that are not told sigma are not trained


def squared(table: pd.DataFrame, arms: Sequence[str], pair: str, longest: bool = False) -> pd.Series:
    """d² of a pair at the usual time of the first arm, or the longest of all arms, by PLACE."""
    rows = table[table.arm.isin(arms) & (table.metric == APART) & (table.who == pair)]
    if longest:
        rows = rows[rows.step == rows.groupby(PLACE).step.transform("max")]
    return rows.set_index(PLACE).value ** 2


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """The causes at each place of a table of the study `parting`: PLACE, cause, value (of d²).

    A place where one of the arms told and blind was not measured is left out, and those above NOISIEST.
    """
    table = table[table.sigma <= NOISIEST]
    total, told = squared(table, ["blind"], "A-B"), squared(table, ["told"], "A-B")
    both = total.index.intersection(told.index)
    of_longest = {pair: squared(table, ["told", "told-in-time"], pair, longest=True) for pair in ("A-B", "A-twin")}
    longest, twins = (of_longest[pair].reindex(both) for pair in ("A-B", "A-twin"))
    trained = squared(table, ["told-in-time"], "A-B").index
    parts = {
        UNTOLD: total[both] - told[both],
        TRAINING: (told[both] - longest)[both.isin(trained)],
        DATA: longest - twins,
        SEED: twins,
    }
    found = pd.concat({cause: part for cause, part in parts.items()}, names=["cause"])
    return found.rename("value").reset_index()[[*PLACE, "cause", "value"]]
