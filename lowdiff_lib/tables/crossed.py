"""Two choices crossed: whether a network is told sigma, and how it is trained.

In the paper both come together: its denoiser is not told sigma, and is trained by the plain squared error at noise
levels u^2, which counts a little noise far less than much. Our usual network is told, and trained by the squared error
in units of the noise, nearly. Two more arms each have one of the two alone. So

    d(not told) / d(told)                 of two networks trained alike is what not being told does
    d(paper's training) / d(ours)         of two that are told alike, or not told, is what the training does

with d the root mean square difference of A and B.
"""

import numpy as np
import pandas as pd

from lowdiff_lib.tables.causes import APART, PLACE

ARMS = {"told": ("told", "ours"), "told-plain": ("told", "paper's"), "blind-weighted": ("not told", "ours")}
ARMS |= {"blind": ("not told", "paper's")}
RATIOS = {  # arm over arm: what one choice does while the other stays as it is
    "telling, paper's training": ("blind", "told-plain"),
    "telling, our training": ("blind-weighted", "told"),
    "training, told": ("told-plain", "told"),
    "training, not told": ("blind", "blind-weighted"),
}


def apart(table: pd.DataFrame) -> pd.DataFrame:
    """How far A and B are apart in each arm, in units of the noise: a row for each dataset, n_train and sigma.

    The root of the mean square over the repetitions that all arms have. And RATIOS; nan where an arm is not measured.
    """
    rows = table[table.arm.isin(ARMS) & (table.metric == APART) & (table.who == "A-B")]
    squares = rows.assign(value=rows.value**2).pivot_table(index=PLACE, columns="arm", values="value")
    squares = squares[squares.notna().all(axis=1)]
    found = np.sqrt(squares.groupby(level=PLACE[:3], sort=False).mean()).reindex(columns=[*ARMS])
    for name, (over, under) in RATIOS.items():
        found[name] = found[over] / found[under]
    return found.reset_index()
