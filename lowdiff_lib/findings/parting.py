"""Why two models part near the data, in words."""

from collections.abc import Sequence

import pandas as pd

from lowdiff_lib.base.words import folded, listed, number, table
from lowdiff_lib.findings import crossed
from lowdiff_lib.findings.predictions import usual_steps
from lowdiff_lib.findings.say import MUCH, SMALL, by_size, few, gained
from lowdiff_lib.tables import Measured, causes, live
from lowdiff_lib.tables import crossed as four_arms
from lowdiff_lib.tables.tidy import GAINS, PHOTOGRAPHS, called

ALIKE = 0.1  # of the noise: two models that differ by less answer alike
SHARE = 0.25  # of the squared difference: what a cause that matters has of it
LEAST = 100  # samples a side, below which models that are not told σ have nothing to learn from
ALIKE_TOLD = "whether or not they are told how noisy it is."
BECAUSE = {  # by the cause that `crossed` finds
    crossed.NOT_TOLD: "because nobody tells them how noisy it is.",
    crossed.TRAINED: "because their training gives low noise little weight.",
    crossed.BOTH: (
        "because nobody tells them how noisy it is and their training gives low noise little weight. Tell them, "
        "or weigh low noise more, and they stay together."
    ),
    crossed.EITHER: "because nobody tells them how noisy it is, or because of how they are trained: either is enough.",
    crossed.NEITHER: ALIKE_TOLD,
}
NOT_CROSSED = "where nobody tells them how noisy it is and they are trained like the paper's."
DATA_SHARE = {0.9: "nearly all", 0.5: "most", SHARE: "a part", -float("inf"): "none"}


def parting_answer(*measured: Measured) -> str:
    """What parts two models at the lowest noise level of each data set, and how far they are apart on the first."""
    fewest, most = _ends(measured)
    return f"{_headline(measured, fewest, most)} {_numbers(measured, most)}"


def parting_headline(*measured: Measured) -> str:
    """The first half of that."""
    return _headline(measured, *_ends(measured))


def parting_numbers(*measured: Measured) -> str:
    """The second half: with the most samples, on the first data set; and on how many being told matters."""
    return _numbers(measured, _ends(measured)[1])


def _headline(measured: Sequence[Measured], fewest: pd.DataFrame, most: pd.DataFrame) -> str:
    """What parts two models: knowledge of σ, and data. fewest, most: of `_ends`.

    The first matters where, with the most samples, models that are not told are MUCH times as far apart: on more than
    half of the data sets. If it does, and telling and training were crossed, `crossed` says which of the two it is. The
    second where other data have SHARE of the squared difference of models that are not told, on any data set, with few
    samples or with the most; up to which n_train, is said of the first data set.
    """
    why = _why(measured) if _told_matters(most).mean() > 0.5 else ALIKE_TOLD
    at_few, at_most = (bool((each[f"data, {causes.UNTOLD}"] > SHARE).any()) for each in (fewest, most))
    low = _lowest(measured[0])
    few = low[(low[f"data, {causes.UNTOLD}"] > SHARE) & (low.dataset == most.dataset.iloc[0])].n_train
    up_to = "" if few.empty else f": on {called([most.dataset.iloc[0]])}, not told, up to N = {few.max():,}"
    data = {
        (True, False): f"Other data matter only while they are few{up_to}.",
        (True, True): "Other data matter, few or many.",
        (False, True): "Other data matter once they are many.",
        (False, False): "Other data do not matter.",
    }[at_few, at_most]
    return f"**Near the data, two models part {why} {data}**"


def _why(measured: Sequence[Measured]) -> str:
    """Given that models that are told σ are less far apart: is it that, or how they are trained?"""
    crossed_at = [low.iloc[-1] for one in measured if not (low := crossed.lowest(one)).empty]
    return BECAUSE[crossed.cause(crossed_at[0])] if crossed_at else NOT_CROSSED


def _numbers(measured: Sequence[Measured], most: pd.DataFrame) -> str:
    """How far two models are apart with the most samples, on the first data set; and on how many being told matters."""
    at, matters = most.iloc[0], _told_matters(most)
    but = "" if matters.all() else f", not on {called(most.dataset[~matters])}"
    so = (
        f" Being told matters on {matters.sum()} of {len(most)} data sets{but}."
        if len(most) > 1 and matters.mean() > 0.5
        else ""
    )
    seen = "" if at.dataset in PHOTOGRAPHS else f" {live.link(at.dataset, at.n_train, at.sigma)}"
    place = f"{called([at.dataset])}, σ = {at.sigma:g}, N = {at.n_train:,}"
    if said := _in_four_ways(measured, at, place):
        return f"{said}{so}{seen}"
    told, untold = (f"{at[kind] ** 0.5:.2g}" for kind in (causes.TOLD, causes.UNTOLD))
    same = (at[causes.UNTOLD] * (1 - at[f"data, {causes.UNTOLD}"])) ** 0.5
    return (
        f"On {called([at.dataset])} (σ = {at.sigma:g}, N = {at.n_train:,}) two not told σ differ by {untold} times the "
        f"noise ({same:.2g} with the same data), two told by {told}.{so}{seen}"
    )


def _in_four_ways(measured: Sequence[Measured], at: pd.Series, place: str) -> str:
    """The same of networks told and not, each trained like ours and like the paper's; and what the last do.

    All of it of the repetitions that all four have; nothing where they were not crossed.
    """
    for one in measured:
        here = one.arm(*four_arms.ARMS).common.where(dataset=at.dataset, n_train=at.n_train, sigma=at.sigma)
        found = four_arms.apart(here.shown)
        if found.empty:
            continue
        told, plain, weighted, blind = (f"{found.iloc[0][arm]:.2g}" for arm in four_arms.ARMS)
        theirs = here.arm(four_arms.BOTH)
        twins = float((theirs.where(metric=causes.APART, who="A-twin").shown.value ** 2).mean() ** 0.5)
        said = table(
            f"Distance of two over the noise ({place}):",
            ("", "low noise weighed more", "the paper's training"),
            (("told σ", told, plain), ("not told σ", weighted, blind)),
        )
        adds = gained(theirs.mean(metric=list(GAINS), who="A"))
        return f"{said}\n\nIn the last, twins are {twins:.2g} apart; each {adds}."
    return ""


def _told_matters(at: pd.DataFrame) -> pd.Series:
    return at[causes.UNTOLD] > MUCH**2 * at[causes.TOLD]


def parting(measured: Measured) -> str:
    """For each data set, at the lowest noise level: how far models of each kind are apart, and why, as a table.

    "Hardly" below ALIKE of the noise. What other data have of the squared difference is said in the words of
    DATA_SHARE.
    """
    return "\n\n".join(
        _table(dataset, rows.drop(columns="dataset"))
        for dataset, rows in _lowest(measured).groupby("dataset", sort=False)
    )


def parting_if_stopped(measured: Measured) -> str:
    """The same of networks that were trained for several times, with those that are told and stopped in time.

    And with which n_train these remove no noise, so that it is no wonder that they agree.
    """
    alone = measured.map(lambda table: causes.of_time_alone(table, usual_steps(measured.study)))
    if not {"told", "blind"} <= alone.arms:
        return ""
    best = causes.stopped_in_time(alone.shown).reset_index()
    low = best[best.sigma == alone.sigmas[0]].groupby("n_train")
    stopped = listed(f"{step:,.0f} (N = {n:,})" for n, step in low.step.mean().items())
    nothing = [f"{n:,}" for n, gain in low.value.mean().items() if gain <= SMALL]
    but = f" With N = {listed(nothing)} even these remove no noise at σ = {alone.sigmas[0]:g}." if nothing else ""
    usual = f"{usual_steps(measured.study):,} steps"
    told = f"Trained for {usual}; those that are stopped in time, for {stopped}.{but}"
    return folded(f"{parting(alone)}\n\n{told}", "Networks that were trained for less and for more time")


def own_path(measured: Measured, sigma: float) -> str:
    """How far A's answer, told sigma, is from the truth on its own trajectories and on new points, by N.

    "More wrong" where it is MUCH times as far there, "less" the other way round. A sentence and a table a data set.
    """
    at = measured.arm("told").where(sigma=sigma)
    return "\n\n".join(filter(None, map(_own_path, at.each("dataset") if at.arms else [])))


def _own_path(at: Measured) -> str:
    found = {
        (words, place): at.where(metric=f"distance_over_noise{place}", who=who).means("n_train")
        for who, words in (("A-exact", "truth"), ("A-ideal", "memoriser"))
        for place in ("_train", "", "_path")
    }
    far = pd.DataFrame(found).dropna()
    if far.empty:
        return ""
    ratio = far["truth", "_path"] / far["truth", ""]
    said = by_size((_where_it_goes(each), f"{n:,}") for n, each in ratio.items())
    rows = [(f"{n:,}", *map(number, row)) for n, row in far.iterrows()]
    places = ("at training points", "at new points", "on its own path")
    head = ("N", *(f"from the {words} {place}" for words in ("truth", "memoriser") for place in places))
    lead = f"{at.name}, σ = {at.sigmas[0]:g}: how far A is off, in units of the noise:"
    return f"**On {at.name}, A's answer is {said}.**\n\n{folded(table(lead, head, rows))}"


def _where_it_goes(ratio: float) -> str:
    if 1 / MUCH <= ratio <= MUCH:
        return "about as wrong where it goes by itself as on new points"
    return f"{'more' if ratio > MUCH else 'less'} wrong where it goes by itself than on new points"


def _table(dataset: str, rows: pd.DataFrame) -> str:
    kinds = [kind for kind in reversed(causes.KINDS) if kind in rows and rows[kind].notna().any()]
    lead = (
        f"{called([dataset])}: how far two models are apart at σ = {rows.sigma.iloc[0]:g}, in units of the noise, and "
        "how much of it is due to other data."
    )
    cells = [
        [f"{at.n_train:,.0f}", *(cell for kind in kinds for cell in _apart(at, kind))] for _, at in rows.iterrows()
    ]
    return table(lead, ["N", *(head for kind in kinds for head in (kind, "due to other data"))], cells)


def _apart(at: pd.Series, kind: str) -> tuple[str, str]:
    """How far, in the mean over repetitions, with the lowest and the highest; and what other data have of it."""
    if pd.isna(at[kind]):
        return "", ""
    apart, low, high = (number(at[name] ** 0.5) for name in (kind, f"low, {kind}", f"high, {kind}"))
    ends = f" ({low} to {high})" if low != high else ""
    if at[kind] < ALIKE**2:
        return f"{apart}{ends}", "hardly apart"
    return f"{apart}{ends}", next(words for least, words in DATA_SHARE.items() if at[f"data, {kind}"] > least)


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
