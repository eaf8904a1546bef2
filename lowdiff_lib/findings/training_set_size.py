"""How agreement and the error of the score move with the training-set size, and the first gate."""

from lowdiff_lib.base.words import number, table
from lowdiff_lib.findings.say import ends, few
from lowdiff_lib.tables import Measured, live
from lowdiff_lib.tables.effect import effect_of_data, enough
from lowdiff_lib.tables.levels import agreement_levels

EXAMPLE = "spiral"  # the data set whose numbers stand for all, where it was measured


def agreement_answer(measured: Measured) -> str:
    """Whether more data bring agreement closer to the data, on how many data sets; and from where on twins part as far.

    Closer: the level down to which A and B agree is lower at the largest n_train than at the smallest. See `enough`.
    """
    levels = measured.map(agreement_levels).where(n_train=measured.sizes[measured.sizes.index(few(measured)) :])
    at = levels.where(who="A-B").means("dataset", "n_train").unstack()
    closer = (at.iloc[:, -1] < at.iloc[:, 0]).sum()
    yes = "Yes" if closer == len(at) else f"On {closer} of {len(at)} mixtures" if closer else "No"
    says = "the more data, the closer to the data two models agree" if closer else "more data bring them no closer"
    name = EXAMPLE if EXAMPLE in levels.datasets else levels.datasets[0]
    mine = levels.where(dataset=name)
    low, most = ends(mine)
    at_low, at_most, twin_low, twin_most = (
        f"{mine.mean(n_train=n, who=who):.2g}" for who in ("A-B", "A-twin") for n in (low, most)
    )
    from_here = enough(effect_of_data(measured.shown))
    last = (
        "At every N other data make more difference than another seed."
        if from_here is None
        else f"From N = {from_here:,} on, other data make no more difference than another seed."
    )
    return (
        f"**{yes}: {says}.** On {name} A and B agree down to σ = {at_low} with {low:,} samples each, to {at_most} "
        f"with {most:,}. Twins, which saw the same samples, agree down to {twin_low} and {twin_most}. {last} "
        f"{live.link(name, low, mine.mean(n_train=low, who='A-B'))}"
    )


def score_answer(measured: Measured) -> str:
    """The error of the score at much noise and at the lowest level, at the largest n_train, over the data sets."""
    most = measured.sizes[-1]
    error = measured.where(metric="relative_score_error", who=["A", "B"], n_train=most)
    low, high = error.sigmas[0], 1.0 if 1.0 in error.sigmas else error.sigmas[-1]
    near, far = (error.where(sigma=sigma).means("dataset") for sigma in (low, high))
    worse = (near > far).sum()
    verdict = (
        "Worst close to the data"
        if worse == len(near)
        else f"Less so close to the data on {worse} of {len(near)} mixtures"
        if worse
        else "As accurate close to the data as far from them"
    )
    bad = near[near > 1]
    wrong = f" On {', '.join(bad.index)} that is worse than no score at all." if len(bad) else ""
    return (
        f"**{verdict}.** With {most:,} samples its relative squared error is at most {far.max():.1g} at σ = "
        f"{high:g} and {near.max():.2g} at σ = {low:g}.{wrong}"
    )


def mixture_gate(measured: Measured) -> str:
    """The first gate on mixtures: does each model at the largest N beat the identity at every sigma?"""
    errors = measured.where(metric="relative_score_error", who=["A", "B"]).largest
    worst = [mine.shown.loc[mine.shown.value.idxmax()] for mine in errors.each("dataset")]
    return table(
        "The largest relative score error of any model at any noise level; that of doing nothing is 1:",
        ("mixture", "N", "error", "at σ", "better than nothing"),
        (
            (one.dataset, f"{one.n_train:,}", number(one.value), f"{one.sigma:g}", "yes" if one.value < 1 else "**no**")
            for one in worst
        ),
    )
