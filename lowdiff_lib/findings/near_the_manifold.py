"""Along and across the data, and between the truth and the memoriser."""

from lowdiff_lib.base.words import number, table
from lowdiff_lib.findings.say import percent, times
from lowdiff_lib.tables import Measured

DIRECTIONS = {"normal": "across the data", "tangential": "along them"}


def direction_answer(measured: Measured) -> str:
    """Whether the error along thin data is a larger part of the score there than across them; lowest sigma, largest N.

    Sizes and errors are root mean squares per direction.
    """
    sigma, n_train = measured.sigmas[0], measured.sizes[-1]
    at = measured.where(sigma=sigma, n_train=n_train)
    error, size = (at.where(who=who).means("metric", "dataset") for who in (["A", "B"], "exact"))
    if "score_error_normal" not in error:
        return "**These data are round: they have no across.**"
    across, along = (error[f"score_error_{way}"] / size[f"score_size_{way}"] for way in DIRECTIONS)
    worse = (along > across).sum()
    verdict = (
        "Along the data, much more than across them"
        if worse == len(along)
        else f"Along the data on {worse} of {len(along)} mixtures, across them on the others"
    )
    return (
        f"**{verdict}.** At σ = {sigma:g} and N = {n_train:,} the error is {percent(across.min())} to "
        f"{percent(across.max())} of the part of the score that leads back to the data, and {times(along.min())} "
        f"({along.idxmin()}) to {times(along.max())} ({along.idxmax()}) of the part that runs along them."
    )


def error_by_direction(measured: Measured) -> str:
    """Relative score error across and along the data at the smallest sigma and the largest n_train, by data set."""
    sigma, n_train = measured.sigmas[0], measured.sizes[-1]
    rows = []
    for mine in measured.where(sigma=sigma, n_train=n_train).each("dataset"):
        error, size = (mine.where(who=who).means("metric") for who in (["A", "B"], "exact"))
        if "score_error_normal" in error:
            sizes = [size[f"score_size_{way}"] for way in DIRECTIONS]
            errors = (error[f"score_error_{way}"] / of for way, of in zip(DIRECTIONS, sizes, strict=True))
            rows.append((mine.datasets[0], *map(times, errors), *map(number, sizes)))
    said = table(
        f"Error of the learned score, in units of the exact one, at N = {n_train:,} and σ = {sigma:g}:",
        ("mixture", *DIRECTIONS.values(), "size of the exact one across", "along"),
        rows,
    )
    return said or "No data set of this table has directions across the data."


def between_truth_and_memory(measured: Measured, dataset: str) -> str:
    """Up to which n_train A is nearer to the memoriser than to the truth, at a middle and at the smallest sigma."""
    index = measured.where(metric="memorisation_index", dataset=dataset)
    clauses = []
    for sigma in (index.sigmas[len(index.sigmas) // 2], index.sigmas[0]):
        means = index.where(sigma=sigma).means("n_train")
        near = means[means > 0.5].index
        clauses.append(f"at σ = {sigma:g} {f'up to N = {near.max():,}' if len(near) else 'at no N'}")
    return f"On {dataset}, A is nearer to the memoriser of its samples than to the truth {' and '.join(clauses)}."
