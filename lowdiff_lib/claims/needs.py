"""What must be so before a claim is judged: noise levels at which models are of use, and other prerequisites.

Near the data a badly trained model looks like a finding. So a claim about little noise is judged at the least noise at
which its models do better than nothing, in every repetition and in every direction; if there is no such level, it
cannot be tested. A claim names what it needs (`claim.Claim.at`).
"""

from collections.abc import Iterable

from lowdiff_lib.claims.cell import CannotTell, Cell, Curve, NotMeasured

LITTLE = 0.5  # noise of at most half the spread of the data: they vary by four times as much as the noise
NEAR_BEST = 3.0  # dB: not more than twice the error of the best that is possible


def near(cell: Cell) -> float:
    """The least noise at which A and B are of use, if that is little. Raises CannotTell."""
    return least_useful(cell, _errors(cell))


def near_in_every(arms: tuple[str, ...]):
    """The same where the models of several arms have to be of use."""

    def level(cell: Cell) -> float:
        found = [cell.of(arm=arm) for arm in arms]
        if None in found:
            raise NotMeasured(f"not every one of {', '.join(arms)} was trained there")
        return max(near(each) for each in found if each)

    return level


def lowest(cell: Cell) -> float:
    """The lowest level that was measured, whatever the models are worth there."""
    return min(sigma for curve in cell.curves.values() for sigma in curve)


def no_level(cell: Cell) -> None:
    """For what is not about one noise level."""


def least_useful(cell: Cell, errors: dict[float, float]) -> float:
    """The least σ from which on, up to half the spread of the data, no error is above 1. Raises CannotTell."""
    limit = LITTLE * cell.facts.sd
    little = sorted((sigma for sigma in errors if sigma <= limit), reverse=True)
    if not little:
        raise NotMeasured(f"nothing was measured at σ = {limit:.2g} or below")
    useful = None
    for sigma in little:
        if not errors[sigma] < 1:
            break
        useful = sigma
    if useful is None:
        what = _WORSE.get(cell.arm, "models are worse than doing nothing")
        raise CannotTell(f"{what} wherever σ is at most half the spread of the data ({limit:.2g})")
    return useful


_WORSE = {"blind": "networks are worse than doing nothing, or than twice the error of the best that are not told σ,"}


def _errors(cell: Cell) -> dict[float, float]:
    """By σ the largest squared error of A or B, in that of doing nothing, over repetitions and directions.

    Of networks that are not told σ, where the best such denoiser is known: in twice its error.
    """
    by_level: dict[float, list[float]] = {}
    whole = _add(by_level, _whole(cell))
    each: dict[float, list[float]] = {}
    if not _best_blind(cell):
        _add(each, _by_direction(cell))
    by_level = {sigma: by_level[sigma] + each[sigma] for sigma in by_level if sigma in each} if each else by_level
    if not whole:
        raise NotMeasured("nothing says whether the models are better than doing nothing")
    return {sigma: max(values) for sigma, values in by_level.items()}


def _add(by_level: dict[float, list[float]], found: Iterable[tuple[float, float]]) -> bool:
    for sigma, value in found:
        by_level.setdefault(sigma, []).append(value)
    return bool(by_level)


def _whole(cell: Cell) -> Iterable[tuple[float, float]]:
    """Levels and squared errors of A, B in those of doing nothing, of whole points; one for each repetition."""
    best = _best_blind(cell) if cell.arm == "blind" else {}
    for who in ("A", "B"):
        if not best and ("relative_score_error", who) in cell.curves:
            yield from _flat(cell.curve("relative_score_error", who))
            continue
        for metric in ("psnr_gain", "psnr_gain_held_out"):
            for sigma, gain in _flat(cell.curves.get((metric, who), {})):
                yield sigma, 10 ** (((best[sigma] - NEAR_BEST if best else 0.0) - gain) / 10)


def _best_blind(cell: Cell) -> dict[float, float]:
    """What the best denoiser that is not told σ gains, by level [dB]; nothing where that is not known."""
    curve = cell.curves.get(("psnr_gain", "best blind"), {})
    return {sigma: sum(values.values()) / len(values) for sigma, values in curve.items()}


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
