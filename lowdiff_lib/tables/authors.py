"""Numbers of the paper's authors, which the book draws beside its own: facts, with their source. See data/README.md."""

import pandas as pd

from lowdiff_lib.base import paths


def networks() -> pd.DataFrame:
    """The authors' public 2-D networks, measured: gains [dB] by sigma, beside what is possible told and not told.

    Columns: data (spiral, very-sharp), sigma, gain_authors_db, gain_best_blind_db, gain_told_db,
    relative_score_error_authors, relative_score_error_best_blind.
    """
    return pd.read_csv(paths.data() / "authors" / "networks.csv")


def agreement() -> pd.DataFrame:
    """Their own tables of how alike the outputs of A and B are on faces.

    Columns: table, n_train, sigma_start, cosine, change_A, change_B (the norm of output less start; 80 x 80 pixels).
    """
    return pd.read_csv(paths.data() / "authors" / "agreement.csv")
