"""Twice the training, and the published table."""

from collections.abc import Iterator, Mapping

import pandas as pd

from lowdiff_lib.base.words import number, table
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.tidy import called

LITTLE = 0.05  # less than this, a cosine has hardly moved


def budget_answer(measured: Measured) -> str:
    """Whether twice the training moves the agreement of A and B at the largest n_train, on how many data sets.

    Little: less than LITTLE at every noise level. Of the arms told and twice.
    """
    moved = {name: change.abs().max() for name, _, change, _ in _changes(measured)}
    steady = [name for name, most in moved.items() if most < LITTLE]
    worst = max(moved, key=lambda name: moved[name])
    verdict = (
        "Twice the training leaves the agreement of A and B as it is"
        if len(steady) == len(moved)
        else f"Twice the training leaves the agreement of A and B as it is on {len(steady)} of {len(moved)} data sets"
        if steady
        else "Twice the training changes the agreement of A and B everywhere"
    )
    return (
        f"**{verdict}{_of_errors(measured)}.** With the most samples it moves their cosine by less than {LITTLE:g} at "
        f"every noise level on {', '.join(steady) or 'none'}; most on {worst}, by {moved[worst]:.2f}."
    )


def _of_errors(measured: Measured) -> str:
    """What twice the training does to the error of the score at the largest n_train: the median over noise levels."""
    error = measured.where(metric="relative_score_error", who=["A", "B"]).largest
    place = ["dataset", "sigma"]
    once, twice = (error.arm(arm).shown.groupby(place)["value"].mean() for arm in ("told", "twice"))
    share = (twice / once).dropna().groupby("dataset").median()
    if share.empty:
        return ""
    low, high = f"{share.min():.2g}", f"{share.max():.2g}"
    return f"; the error of the score becomes {low if low == high else f'{low} to {high}'} times what it was"


def budget_gate(measured: Measured) -> str:
    """The third gate: how far twice the training moves the residual cosine of A and B at the largest N.

    Of the arms told and twice.
    """
    rows = []
    for dataset, n_train, change, once in _changes(measured):
        sigma = change.abs().idxmax()
        few = f"{(change.abs() < LITTLE).sum()} of {len(change)}"
        moved = (f"{once[sigma]:.2f}", f"{once[sigma] + change[sigma]:.2f}")
        rows.append((called([dataset]), f"{n_train:,}", *moved, f"{sigma:g}", few))
    return table(
        "Where twice the steps move the cosine of A and B most:",
        ("data", "N", "from", "to", "at σ", f"levels where it moves by less than {LITTLE:g}"),
        rows,
    )


def _changes(measured: Measured) -> Iterator[tuple[str, int, pd.Series, pd.Series]]:
    """For each data set its largest n_train, by how much twice the training changes the cosine, and what it was."""
    cosine = measured.where(metric="residual_cosine", who="A-B")
    for mine in cosine.arm("twice").largest.each("dataset"):
        place = {name: mine.shown[name].unique().tolist() for name in ("dataset", "n_train", "repetition")}
        once, twice = (cosine.arm(arm).where(**place).means("sigma") for arm in ("told", "twice"))
        yield mine.name, mine.sizes[0], twice - once, once


def against_published(
    measured: Measured,
    metric: str = "residual_cosine",
    who: str = "A-B",
    name: str = "Residual cosines of A and B",
) -> str:
    """How far a re-run is from what is published, by one metric of one pair, in words `name`.

    Nothing where there is no re-run, or nothing that both have.
    """
    keys = ["dataset", "arm", "objective", "n_train", "sigma"]
    mine = set(measured.own.dataset)
    theirs = set() if measured.published is None else set(measured.published.dataset)
    if mine and theirs and mine.isdisjoint(theirs):
        return f"*The published table is of {called(theirs)}, this re-run of {called(mine)}: they cannot be compared.*"
    both = measured.where(metric=metric, who=who)
    means = [table.groupby(keys)["value"].mean() for table in (both.shown, both.other) if not table.empty]
    if len(means) < 2 or (apart := (means[0] - means[1]).abs().dropna()).empty:
        return ""
    dataset, _, _, n_train, sigma = apart.idxmax()
    return (
        f"{name} in this re-run are {apart.median():.2f} from the published ones in the median "
        f"and {apart.max():.2f} at most ({dataset}, N = {n_train:,}, σ = {sigma:g}), over {len(apart)} places "
        "that both have."
    )


def error_by_budget(measured: Measured, budgets: Mapping[str, str]) -> str:
    """Relative score error at a few noise levels under several budgets, largest n_train; a list by data set.

    budgets: arms, in this order, as far as they were measured, and what they are called.
    """
    if len(measured.arms & budgets.keys()) < 2:
        return "*Not published: there is one budget only.*"
    error = measured.where(metric="relative_score_error", who=["A", "B"], repetition=0).largest
    known = {arm: words for arm, words in budgets.items() if arm in measured.arms}
    rows = []
    for mine in error.each("dataset"):
        at = {arm: mine.arm(arm).means("sigma") for arm in known}
        for sigma in (0.03, 0.1, 0.3):
            if all(sigma in each for each in at.values()):
                rows.append((mine.name, f"{sigma:g}", *(number(each[sigma]) for each in at.values())))
    return table("Relative score error with the most samples:", ("mixture", "σ", *known.values()), rows)
