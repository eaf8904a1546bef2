"""Why two models part near the data, in words."""

from collections.abc import Sequence

import pandas as pd

from lowdiff_lib.findings.say import bullets, few
from lowdiff_lib.tables import Measured, causes, live
from lowdiff_lib.tables.tidy import called

ALIKE = 0.1  # of the noise: two models that differ by less answer alike
FACTOR = 2.0  # times as far apart: what a change that matters makes of it
SHARE = 0.25  # of the squared difference: what a cause that matters has of it
LEAST = 100  # samples a side, below which models that are not told σ have nothing to learn from
DATA_SHARE = {0.9: "nearly all of it", 0.5: "most of it", SHARE: "a part of it", -float("inf"): "none of it"}


def parting_answer(*measured: Measured) -> str:
    """What parts two models at the lowest noise level of each data set, and how far they are apart on the first."""
    fewest, most = _ends(measured)
    return f"{_headline(fewest, most)} {_numbers(most)}"


def _headline(fewest: pd.DataFrame, most: pd.DataFrame) -> str:
    """What parts two models: knowledge of σ, and data. fewest, most: of `_ends`.

    The first matters where, with the most samples, models that are not told are FACTOR times as far apart: on more than
    half of the data sets. The second where other data have SHARE of the squared difference of models that are not told,
    on any data set, with few samples or with the most.
    """
    why = (
        "Near the data, two models part because nobody tells them how noisy it is."
        if _told_matters(most).mean() > 0.5
        else "Near the data, two models part whether or not they are told how noisy it is."
    )
    at_few, at_most = (bool((each[f"data, {causes.UNTOLD}"] > SHARE).any()) for each in (fewest, most))
    data = {
        (True, False): "Other data add to it only while they are few.",
        (True, True): "Other data add to it, few or many.",
        (False, True): "Other data add to it once they are many.",
        (False, False): "Other data add nothing to it.",
    }[at_few, at_most]
    return f"**{why} {data}**"


def _numbers(most: pd.DataFrame) -> str:
    """How far two models are apart with the most samples, on the first data set; and on how many being told matters."""
    at, matters = most.iloc[0], _told_matters(most)
    same = (at[causes.UNTOLD] * (1 - at[f"data, {causes.UNTOLD}"])) ** 0.5
    but = "" if matters.all() else f", not on {called(most.dataset[~matters])}"
    so = (
        f" It is so on {matters.sum()} of {len(most)} data sets{but}." if len(most) > 1 and matters.mean() > 0.5 else ""
    )
    return (
        f"On {called([at.dataset])}, at σ = {at.sigma:g} and with N = {at.n_train:,}, two models that are not told σ "
        f"differ by {at[causes.UNTOLD] ** 0.5:.2g} times the noise, and by {same:.2g} if they saw the same data. Told "
        f"σ, two models differ by {at[causes.TOLD] ** 0.5:.2g}.{so} {live.link(at.dataset, at.n_train, at.sigma)}"
    )


def _told_matters(at: pd.DataFrame) -> pd.Series:
    return at[causes.UNTOLD] > FACTOR**2 * at[causes.TOLD]


def parting(measured: Measured) -> str:
    """For each data set and n_train, at the lowest noise level: how far models of each kind are apart, and why.

    "Hardly" below ALIKE of the noise. What other data have of the squared difference is said in the words of
    DATA_SHARE.
    """
    return "\n\n".join(
        f"On {called([dataset])}, two models at σ = {rows.sigma.iloc[0]:g} are, in units of the noise,\n\n"
        + bullets(f"with N = {at.n_train:,}: {_kinds(at)}." for _, at in rows.iterrows())
        for dataset, rows in _lowest(measured).groupby("dataset", sort=False)
    )


def _kinds(at: pd.Series) -> str:
    """How far models of each kind are apart. at: a row of `totals`."""
    kinds = [kind for kind in reversed(causes.KINDS) if pd.notna(at.get(kind))]
    return "; ".join(f"{kind}, {_apart(at, kind)}" for kind in kinds)


def _apart(at: pd.Series, kind: str) -> str:
    """In the mean over repetitions, with the lowest and the highest of them."""
    apart, low, high = (f"{at[name] ** 0.5:.2g}" for name in (kind, f"low, {kind}", f"high, {kind}"))
    ends = f" ({low} to {high})" if low != high else ""
    if at[kind] < ALIKE**2:
        return f"hardly apart, {apart}{ends}"
    due = next(words for least, words in DATA_SHARE.items() if at[f"data, {kind}"] > least)
    return f"{apart}{ends} apart, {due} due to other data"


def _ends(measured: Sequence[Measured]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of `totals` at the lowest noise level of each data set: of few samples, LEAST if there are, and of most."""
    low = []
    for one in measured:
        found = _lowest(one)
        low.append(found[found.n_train >= min(max(LEAST, few(one)), one.sizes[-1])])
    both = pd.concat(low, ignore_index=True).groupby("dataset", sort=False)
    return both.head(1).reset_index(drop=True), both.tail(1).reset_index(drop=True)


def _lowest(measured: Measured) -> pd.DataFrame:
    """Rows of `totals` at the lowest noise level of each data set, n_train rising."""
    found = causes.totals(causes.parts(measured.shown))
    return found[found.sigma == found.groupby("dataset").sigma.transform("min")].sort_values("n_train", kind="stable")
