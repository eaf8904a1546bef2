"""Two choices crossed: whether a network is told sigma, and how it is trained.

In the paper both come together: its denoiser is not told sigma, and is trained by the plain squared error at noise
levels u^2, which gives low noise far less weight than high. Our usual network is told, and trained by the squared error
in units of the noise, nearly. Two more arms each have one of the two alone: a network that is told, trained as the
paper's is, and one that is not told, trained as ours is.
"""

import numpy as np
import pandas as pd

from lowdiff_lib.tables.causes import APART, PLACE

NEITHER, TRAINING, TELLING, BOTH = "told", "told-plain", "blind-weighted", "blind"  # what there is of the paper's
ARMS = (NEITHER, TRAINING, TELLING, BOTH)


def apart(table: pd.DataFrame) -> pd.DataFrame:
    """How far A and B are apart in each arm, in units of the noise: a row for each dataset, n_train and sigma.

    The root of the mean square over the repetitions that all arms have; no row where one arm is missing.
    """
    rows = table[table.arm.isin(ARMS) & (table.metric == APART) & (table.who == "A-B")]
    squares = rows.assign(value=rows.value**2).pivot_table(index=PLACE, columns="arm", values="value")
    whole = squares.reindex(columns=[*ARMS]).dropna()
    return np.sqrt(whole.groupby(level=PLACE[:3], sort=False).mean()).reset_index()
