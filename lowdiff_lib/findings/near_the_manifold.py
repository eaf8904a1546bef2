"""Along and across the data, and between the truth and the memoriser."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lowdiff_lib.base.words import listed, number, table
from lowdiff_lib.tables import Measured

NEAR = 0.1  # highest noise level at which the growth of an error is looked at
MUCH = 2.0  # times smaller, at the lowest noise level
OWN = 0.5  # between the growths of an error, as powers of 1 / σ, of two ways to scale the output
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
        f"**{verdict}.** At σ = {sigma:g} and N = {n_train:,} the error is {across.min():.2g} to "
        f"{across.max():.2g} times the part of the score that leads back to the data, and {along.min():.2g} "
        f"({along.idxmin()}) to {along.max():.2g} times ({along.idxmax()}) the part that runs along them."
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
            rows.append((mine.datasets[0], *(f"{each:.2g}" for each in errors), *map(number, sizes)))
    said = table(
        f"Error of the learned score, in units of the exact one, at N = {n_train:,} and σ = {sigma:g}:",
        ("mixture", *DIRECTIONS.values(), "size of the exact one across", "along"),
        rows,
    )
    return said or "No data set of this table has directions across the data."


def output_powers(measured: Measured, power: Mapping[str, int]) -> str:
    """How much of the error along the data, and of its growth on the way down, is due to how the output is scaled.

    It matters if the error at the lowest sigma is MUCH times smaller one way, on more than half of the data sets. As to
    the growth: an error of the output that is the same at every noise level is one of the score that grows like 1 / σ
    where the output is scaled by σ, and not at all where by σ². By the slope of its logarithm on that of σ, up to NEAR:
    it is the network's own doing if the two slopes are more than OWN apart, on more than half of the data sets. power:
    output_power of the usual network, by data set.
    """
    rows = measured.largest.where(metric="score_error_tangential", who=["A", "B"], dataset=[*power]).shown
    slopes, lowest = {}, {}
    for (name, arm), mine in rows[rows.sigma <= NEAR].groupby(["dataset", "arm"], sort=False):
        which = power[name] if arm == "told" else 3 - power[name]
        slopes[name, which] = np.polyfit(np.log(mine.sigma), np.log(mine.value), 1)[0]
        lowest[name, which] = mine[mine.sigma == mine.sigma.min()].value.mean()
    names = [name for name in power if {(name, 1), (name, 2)} <= slopes.keys()]
    ratios = pd.Series({name: lowest[name, 1] / lowest[name, 2] for name in names})
    own = [name for name in names if slopes[name, 2] - slopes[name, 1] > OWN]
    much = ratios[ratios > MUCH]
    size = (
        f"It matters how the output is scaled: the error along the data is up to {ratios.max():.2g} times less by σ²."
        if 2 * len(much) > len(names)
        else "How the output is scaled matters little."
    )
    growth = (
        "the growth is mostly the network's own" if 2 * len(own) > len(names) else "either way it grows near the data"
    )
    said = table(
        "The power of σ that the error along the data goes with; how much smaller σ² makes it at the lowest σ:",
        ("mixture", "output scaled by σ", "output scaled by σ²", "times smaller"),
        [
            (name, *(f"{slopes[name, which]:.1f}".replace("-", "−") for which in (1, 2)), f"{ratios[name]:.2g}")
            for name in names
        ],
    )
    return f"**{size}** It is more than {MUCH:g} times on {len(much)} of {len(names)} mixtures; {growth}.\n\n{said}"


def between_truth_and_memory(measured: Measured, dataset: str) -> str:
    """At which n_train A is nearer to the memoriser than to the truth, at a middle and at the smallest sigma."""
    index = measured.where(metric="memorisation_index", dataset=dataset)
    clauses = []
    for sigma in (index.sigmas[len(index.sigmas) // 2], index.sigmas[0]):
        means = index.where(sigma=sigma).means("n_train")
        near = means[means > 0.5].index
        sizes = f"for N = {listed(f'{n:,}' for n in near)}" if len(near) else "for no N"
        clauses.append(f"at σ = {sigma:g} {sizes}")
    return f"On {dataset}, A is nearer to the memoriser of its samples than to the truth {' and '.join(clauses)}."
