"""Faces: agreement, gain, and the first gate."""

import pandas as pd

from lowdiff_lib.findings.select import largest, mean_at


def face_gate(table: pd.DataFrame) -> str:
    """The first gate on faces: is the held-out gain at the largest N positive at every sigma?"""
    gains = largest(table)
    gains = gains[(gains.metric == "psnr_gain_held_out") & (gains.pair == "A")]
    worst = gains.loc[gains.value.idxmin()]
    verdict = "holds" if worst.value > 0 else "**does not hold**"
    return (
        f"- {worst.dataset}, N = {worst.n_train:,}: {verdict}. The smallest held-out gain at any "
        "noise level and seed is "
        f"{worst.value:+.2f} dB, at σ = {worst.sigma:g}."
    )


def face_agreement(table: pd.DataFrame) -> str:
    """A-B agreement at small and large sigma for the smallest and largest N, with the twin."""
    cosine = table[table.metric == "residual_cosine"]
    gain = table[(table.metric == "psnr_gain_held_out") & (table.pair == "A")]
    low, high = cosine.sigma.min(), cosine.sigma.max()
    parts = []
    for n_train in (cosine.n_train.min(), cosine.n_train.max()):
        at = {
            (sigma, pair): mean_at(cosine, n_train=n_train, sigma=sigma, pair=pair)
            for sigma in (low, high)
            for pair in ("A-B", "twin")
        }
        parts.append(
            f"With N = {n_train:,} face{'s' if n_train > 1 else ''} a side, the residual cosine "
            "of A and B on held-out faces is "
            f"{at[high, 'A-B']:.2f} at σ = {high:g} and {at[low, 'A-B']:.2f} at σ = {low:g}; that of A and its twin is "
            f"{at[high, 'twin']:.2f} and {at[low, 'twin']:.2f}. The held-out gain at σ = {low:g} is "
            f"{mean_at(gain, n_train=n_train, sigma=low):+.2f} dB."
        )
    return " ".join(parts)
