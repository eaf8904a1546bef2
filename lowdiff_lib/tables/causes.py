"""How far two models are apart, divided into its causes.

What is divided is d² = E|D_A - D_B|² per direction, in units of the noise's variance. A and B have other data and
another seed; A and its twin, t² apart, have another seed alone. So of models of one kind

    d² = [d² - t²]      other data
       + t²             another seed

and what a kind has more than the kind before it is what they differ in. From models that are told sigma and stopped in
time, over those told and trained for the usual time, to those not told:

    d²(not told) = d²(in time) + [d²(told) - d²(in time)]       time of training
                               + [d²(not told) - d²(told)]      not told sigma

Both hold whatever the numbers; a part is negative where its cause brings models together. In time is the training, of
those that there are, after which A and B remove most noise from new points at that noise level: with few samples a
short one, before they are known by heart; with many a long one.
"""

from collections.abc import Sequence

import pandas as pd

from lowdiff_lib.tables import times
from lowdiff_lib.tables.tidy import GAINS

STOPPED, TOLD, UNTOLD = "told σ, stopped in time", "told σ", "not told σ"
KINDS = (STOPPED, TOLD, UNTOLD)
DATA, SEED = "other data", "another seed"
PLACE = ["dataset", "n_train", "sigma", "repetition"]
APART = "disagreement_over_noise"
# Arms of every time of training: of networks that are told sigma, that are not, and that are told and trained as those.
TOLD_TIMES, UNTOLD_TIMES, PLAIN_TIMES = (times.every(kind) for kind in ("told", "blind", "told-plain"))
NOISIEST = 1.0  # above it networks that are not told sigma are not trained


def squared(table: pd.DataFrame, arms: Sequence[str], pair: str) -> pd.Series:
    """d² of a pair, of some arms, by PLACE and step."""
    rows = table[table.arm.isin(arms) & (table.metric == APART) & (table.who == pair)]
    return rows.set_index([*PLACE, "step"]).value ** 2


def stopped_in_time(table: pd.DataFrame) -> pd.DataFrame:
    """The step after which A and B gain most on new points, told sigma, and that gain in dB as its value, by PLACE.

    Where several times were trained, of those with a twin.
    """
    rows = table[table.arm.isin(TOLD_TIMES) & table.metric.isin(GAINS) & table.who.isin(["A", "B"])]
    gains = rows.groupby([*PLACE, "step"]).value.mean()
    gains = gains[gains.index.isin(squared(table, TOLD_TIMES, "A-twin").index)].reset_index()
    gains = gains[gains.groupby(PLACE).step.transform("nunique") > 1]
    best = gains.loc[gains.groupby(PLACE).value.idxmax()]
    return best.set_index(PLACE)


def of_time_alone(table: pd.DataFrame, usual: int) -> pd.DataFrame:
    """Only networks that were trained for several times; those of the usual steps are the arms told and blind.

    On faces they multiply in bfloat16, so that they are compared with each other, not with the usual ones.
    """
    table = table[table.arm.isin([*TOLD_TIMES[1:], *UNTOLD_TIMES[1:]])]
    return table.assign(arm=table.arm.where(table.step != usual, table.arm.map(times.kind)))


def parts(table: pd.DataFrame) -> pd.DataFrame:
    """The parts of d² at each place of a table of the study `parting`: PLACE, kind, cause, value.

    Noise levels above NOISIEST are left out, and repetitions that one of the kinds told and not told lacks.
    """
    table = table[table.sigma <= NOISIEST]
    step = stopped_in_time(table).step
    whole, seed = _by_kind(table, "A-B", step).align(_by_kind(table, "A-twin", step), join="inner")
    found = pd.concat({DATA: whole - seed, SEED: seed}, names=["cause"]).rename("value").reset_index()
    kinds = found[found.kind != STOPPED].groupby(PLACE).kind.nunique()
    both = found.set_index(PLACE).index.isin(kinds.index[kinds == 2])
    return found[both].reset_index(drop=True)[[*PLACE, "kind", "cause", "value"]]


def _by_kind(table: pd.DataFrame, pair: str, step: pd.Series) -> pd.Series:
    """d² of a pair by PLACE and kind. step: of `stopped_in_time`."""
    stopped = squared(table, TOLD_TIMES, pair)
    at = pd.MultiIndex.from_frame(step.reset_index()[[*PLACE, "step"]])
    found = {
        STOPPED: stopped[stopped.index.isin(at)],
        TOLD: squared(table, ["told"], pair),
        UNTOLD: squared(table, ["blind"], pair),
    }
    return pd.concat({kind: d2.droplevel("step") for kind, d2 in found.items()}, names=["kind"])


def totals(found: pd.DataFrame) -> pd.DataFrame:
    """Of `parts`, means over repetitions: a row for each dataset, n_train and sigma; d² of each kind, by its name.

    And "data, KIND": the share of it that other data have, nan where d² is 0; "low, KIND" and "high, KIND": the lowest
    d² of a repetition, and the highest.
    """
    means = found.groupby([*PLACE[:3], "kind", "cause"], sort=False).value.mean().unstack("cause")
    whole = means.sum(axis=1)
    shares = (means[DATA] / whole.where(whole > 0)).unstack("kind").add_prefix("data, ")
    each = found.groupby([*PLACE, "kind"]).value.sum().groupby(level=[*PLACE[:3], "kind"])
    ends = [
        each.agg(name).unstack("kind").add_prefix(f"{words}, ") for name, words in (("min", "low"), ("max", "high"))
    ]
    return pd.concat([whole.unstack("kind"), shares, *ends], axis=1).reset_index()
