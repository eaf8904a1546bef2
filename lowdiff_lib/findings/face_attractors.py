"""What disturbed faces return to, how much they survive, and what the Jacobian there says."""

import pandas as pd

from lowdiff_lib.findings.select import mean_at
from lowdiff_lib.tables.levels import first_below


def face_returns(table: pd.DataFrame, iterations: int) -> str:
    """Shares of held-out faces that become training faces, by either way down, at the smallest and the largest N."""
    table = table[table.objective != "none"]
    again, settled, down = (
        table[table.metric == f"{m}_held_out"] for m in ("rests_at_training_face", "settles", "flows_to_training_face")
    )
    high = again.sigma.max()
    lines = []
    for n_train in (table.n_train.min(), table.n_train.max()):
        at = {"n_train": n_train, "sigma": high}
        lines.append(
            f"- N = {n_train:,}, σ = {high:g}: denoised {iterations} times at that level, {mean_at(again, **at):.0%} "
            f"of held-out faces have become a training face, and {mean_at(settled, **at):.0%} have come to rest at "
            f"all. Followed down in noise instead, {mean_at(down, **at):.0%} end at a training face."
        )
    return "\n".join(lines)


def ideal_returns(table: pd.DataFrame) -> str:
    """The same procedure on the ideal denoiser, whose answers are known."""
    ideal = table[table.objective == "none"]
    low = ideal.sigma.min()
    share = {
        m: mean_at(ideal[ideal.metric.str.startswith(m)], sigma=low) for m in ("settles", "rests_at_training_face")
    }
    return (
        f"Iterated in the same way at σ = {low:g}, the ideal denoiser comes to rest from {share['settles']:.0%} of all "
        f"starts, and {share['rests_at_training_face']:.0%} are then a training face."
    )


def face_basins(table: pd.DataFrame) -> str:
    """The noise that half of the faces survive, for each N."""
    mine = table[table.metric.str.startswith("survives") & (table.objective != "none")]
    lines = []
    for n_train, of_size in mine.groupby("n_train"):
        sizes = [
            f"{kind} faces {_half(of_size[of_size.metric == f'survives_{of}'].groupby('sigma')['value'].mean())}"
            for of, kind in (("train", "training"), ("held_out", "held-out"))
        ]
        lines.append(f"- N = {n_train:,}: of {sizes[0]}; of {sizes[1]}.")
    return "\n".join(lines)


def _half(shares: pd.Series) -> str:
    """Where a falling curve first goes below a half, in words."""
    sigmas = shares.index.to_list()
    half = first_below(sigmas, shares.to_list(), 0.5)
    if half is None:
        return f"half or more survive every disturbance up to σ = {sigmas[-1]:g}"
    if half == sigmas[0]:
        return f"fewer than half survive σ = {sigmas[0]:g}"
    return f"half survive σ = {half:.2g}"


def face_jacobian(table: pd.DataFrame) -> str:
    """How many directions of the noise A keeps, and how symmetric its Jacobian is, for the smallest and largest N."""
    low, high = table.sigma.min(), table[table.metric.str.startswith("eigenvalue_")].sigma.max()
    dim = table.dim.iloc[0]
    lines = []
    for n_train in (table.n_train.min(), table.n_train.max()):
        at = {
            (metric, sigma): mean_at(table, metric=metric, sigma=sigma, n_train=n_train, who="A")
            for metric in ("effective_dimension_held_out", "effective_dimension_train", "asymmetry")
            for sigma in (low, high)
        }
        lines.append(
            f"- N = {n_train:,}: at σ = {high:g} A keeps {at['effective_dimension_held_out', high]:.0f} of {dim} "
            f"directions of the noise at held-out faces and {at['effective_dimension_train', high]:.0f} at training "
            f"faces. Its Jacobian's asymmetry is {at['asymmetry', low]:.2f} at σ = {low:g} and "
            f"{at['asymmetry', high]:.2f} at σ = {high:g}; an exact denoiser's is 0."
        )
    return "\n".join(lines)
