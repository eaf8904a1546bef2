"""The numbers that decide claims about the learned score, where the truth is known: see `effects`."""

import math

import numpy as np
import pandas as pd

from lowdiff_lib.claims.cell import CannotTell, Cell, NotMeasured
from lowdiff_lib.claims.effects import by_decade


def error(cell: Cell, sigma: float | None) -> pd.Series:
    """The relative score error of A and B."""
    return cell.mean_of("relative_score_error", "A", "B", sigma=sigma)


def error_near(cell: Cell, sigma: float | None) -> pd.Series:
    """log10 of the relative score error near the data over that at noise as large as the data."""
    return np.log10(error(cell, sigma) / error(cell, _far(cell)))


def error_near_by_itself(cell: Cell, sigma: float | None) -> pd.Series:
    """The same less what a constant error of the network's output would give, which the scaling turns into 1 / sigma.

    The output is scaled by sd (sigma / sqrt(sigma^2 + sd^2))^p, and the score is that over sigma^2.
    """
    exact, facts, far = cell.of(study="near_the_manifold"), cell.facts, _far(cell)
    if exact is None:
        raise NotMeasured("the size of the exact score was not measured there")
    sizes = exact.sigmas("score_size", "exact")
    far = min(sizes, key=lambda level: abs(math.log(level / far)))
    assert sigma is not None

    def scaled(level: float) -> pd.Series:
        output = (level / math.hypot(level, facts.sd)) ** facts.output_power / level**2
        return (output / exact.values("score_size", "exact", level)) ** 2

    return (np.log10(error(cell, sigma) / error(cell, far)) - np.log10(scaled(sigma) / scaled(far))).dropna()


def _far(cell: Cell) -> float:
    """Of the levels that were measured the nearest to the spread of the data."""
    levels = cell.sigmas("relative_score_error", "A")
    return min(levels, key=lambda level: abs(math.log(level / cell.facts.sd)))


def along_over_across(cell: Cell, sigma: float | None) -> pd.Series:
    """log10 of the relative score error along the data over that across them, between thickness and extent."""
    facts = cell.facts
    if facts.thickness is None or facts.extent is None:
        raise CannotTell("the data have no direction across them")
    levels = [level for level in cell.sigmas("score_error_normal", "A") if facts.thickness < level < facts.extent]
    if not levels:
        raise CannotTell(
            f"no level was measured between {facts.thickness:.2g}, how thick they are, and {facts.extent:.2g}"
        )
    each = []
    for level in levels:
        along, across = (
            cell.mean_of(f"score_error_{kind}", "A", "B", sigma=level)
            / cell.values(f"score_size_{kind}", "exact", level)
            for kind in ("tangential", "normal")
        )
        if (along >= 1).any() or (across >= 1).any():
            raise CannotTell(f"models are worse than doing nothing at σ = {level:g}, between thickness and extent")
        each.append(np.log10(along / across))
    return pd.concat(each, axis=1).mean(axis=1)


def change_of_error(cell: Cell, sigma: float | None) -> pd.Series:
    """log10 of the score error over that with fewer samples, for a factor of ten in n_train."""
    return by_decade(cell, np.log10(error(cell, sigma) / error(cell.previous, sigma)).dropna())


def worst_direction(cell: Cell, sigma: float | None) -> pd.Series:
    """The largest squared score error in that of doing nothing, of A and B, whole and in each direction."""
    found = []
    for kind in ("", "_tangential", "_normal"):
        for who in ("A", "B"):
            if (f"score_error{kind}", who) in cell.curves:
                off = cell.values(f"score_error{kind}", who, sigma) / cell.values(f"score_size{kind}", "exact", sigma)
                found.append(off**2)
    if not found:
        raise NotMeasured("no score_error was measured there")
    return pd.concat(found, axis=1).max(axis=1)
