"""What must be so before a claim is judged: noise levels at which models are of use, and other prerequisites.

Near the data a badly trained model looks like a finding. So a claim about little noise is judged at the least noise at
which its models do better than nothing, in every repetition and in every direction; if there is no such level, it
cannot be tested. A claim names what it needs (`claim.Claim.at`).
"""

from collections.abc import Iterable

from lowdiff_lib.claims.cell import CannotTell, Cell, Curve, NotMeasured

LITTLE = 0.5  # noise of at most half the spread of the data: they vary by four times as much as the noise
NEAR_BEST = 3.0  # dB: not more than twice the error of the best that is possible
_WORSE = {"blind": "networks are worse than doing nothing, or than twice the error of the best that are not told σ,"}


def near(cell: Cell) -> float:
    """The least noise from which on, up to much, A and B are of use, if it is little. Raises CannotTell."""
    errors, useful = cell.once(_errors), None
    for sigma in _little(cell, errors):
        if not errors[sigma] < 1:
            break
        useful = sigma
    if useful is None:
        what = _WORSE.get(cell.arm, "models are worse than doing nothing")
        limit = LITTLE * cell.facts.sd
        raise CannotTell(f"{what} wherever σ is at most half the spread of the data ({limit:.2g})")
    return useful


def near_in_every(arms: tuple[str, ...]):
    """The same where the models of several arms have to be of use."""

    def level(cell: Cell) -> float:
        found = [cell.of(arm=arm) for arm in arms]
        if None in found:
            raise NotMeasured(f"not every one of {', '.join(arms)} was trained there")
        return max(near(each) for each in found if each)

    return level


def most_that_is_little(cell: Cell) -> float:
    """The highest level of what counts as little noise, whatever the models are worth there."""
    return _little(cell, {sigma for curve in cell.curves.values() for sigma in curve})[0]


def most_that_is_little_in_three(cell: Cell) -> float:
    """The same where the models are of use there, and those of the two next smaller n_train. Raises CannotTell."""
    for each in cell.three:
        near(each)
    return most_that_is_little(cell)


def lowest(cell: Cell) -> float:
    """The lowest level that was measured, whatever the models are worth there."""
    return min(sigma for curve in cell.curves.values() for sigma in curve)


def no_level(cell: Cell) -> None:
    """For what is not about one noise level."""


def _little(cell: Cell, sigmas: Iterable[float]) -> list[float]:
    """Those that are at most half the spread of the data, the highest first."""
    limit = LITTLE * cell.facts.sd
    little = sorted((sigma for sigma in sigmas if sigma <= limit), reverse=True)
    if not little:
        raise NotMeasured(f"nothing was measured at σ = {limit:.2g} or below")
    return little


def _errors(cell: Cell) -> dict[float, float]:
    """By σ the largest squared error of A or B, in that of doing nothing, over repetitions and directions.

    Of networks that are not told σ, where the best such denoiser is known: in twice its error.
    """
    best = cell.curves.get(("psnr_gain", "best blind"), {})
    whole, each = _by_level(_whole(cell, best)), {} if best else _by_level(_by_direction(cell))
    if not whole:
        raise NotMeasured("nothing says whether the models are better than doing nothing")
    levels = whole.keys() & each.keys() if each else whole.keys()
    return {sigma: max(whole[sigma] + each.get(sigma, [])) for sigma in levels}


def _by_level(found: Iterable[tuple[float, float]]) -> dict[float, list[float]]:
    levels: dict[float, list[float]] = {}
    for sigma, value in found:
        levels.setdefault(sigma, []).append(value)
    return levels


def _whole(cell: Cell, best: Curve) -> Iterable[tuple[float, float]]:
    """Levels and squared errors of A, B in those of doing nothing, of whole points; one for each repetition.

    best: what the best denoiser that is not told σ gains [dB], where that is known.
    """
    for who in ("A", "B"):
        if not best and ("relative_score_error", who) in cell.curves:
            yield from _flat(cell.curve("relative_score_error", who))
            continue
        for metric in ("psnr_gain", "psnr_gain_held_out"):
            for sigma, gain in _flat(cell.curves.get((metric, who), {})):
                bar = sum(best[sigma].values()) / len(best[sigma]) - NEAR_BEST if best else 0.0
                yield sigma, 10 ** ((bar - gain) / 10)


def _flat(curve: Curve) -> Iterable[tuple[float, float]]:
    return ((sigma, value) for sigma, values in curve.items() for value in values.values())


def _by_direction(cell: Cell) -> Iterable[tuple[float, float]]:
    """The same of what is along the data and of what is across them, where that was measured."""
    for kind in ("along", "across"):
        for who in ("A", "B"):
            yield from _flat(cell.curves.get((f"relative_score_error_{kind}", who), {}))
    beside = cell.of(study="near_the_manifold")
    if beside is None:
        return
    for kind in ("tangential", "normal"):
        for who in ("A", "B"):
            for sigma, values in beside.curves.get((f"score_error_{kind}", who), {}).items():
                sizes = beside.curve(f"score_size_{kind}", "exact")[sigma]
                yield from ((sigma, (value / sizes[r]) ** 2) for r, value in values.items())
