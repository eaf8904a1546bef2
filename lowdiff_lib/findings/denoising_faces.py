"""Faces: agreement, gain, the first gate, and spatial frequencies."""

from collections.abc import Sequence

import pandas as pd

from lowdiff_lib.findings.select import largest, mean_at
from lowdiff_lib.tables.levels import AGREEMENT, agreement_level
from lowdiff_lib.tables.tidy import beside


def face_gate(table: pd.DataFrame) -> str:
    """The first gate on faces: is the held-out gain at the largest N positive at every sigma?"""
    gains = largest(table)
    gains = gains[(gains.metric == "psnr_gain_held_out") & (gains.who == "A")]
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
    gain = table[(table.metric == "psnr_gain_held_out") & (table.who == "A")]
    low, high = cosine.sigma.min(), cosine.sigma.max()
    parts = []
    for n_train in (cosine.n_train.min(), cosine.n_train.max()):
        at = {
            (sigma, pair): mean_at(cosine, n_train=n_train, sigma=sigma, who=pair)
            for sigma in (low, high)
            for pair in ("A-B", "A-twin")
        }
        parts.append(
            f"With N = {n_train:,} face{'s' if n_train > 1 else ''} a side, the residual cosine "
            "of A and B on held-out faces is "
            f"{at[high, 'A-B']:.2f} at σ = {high:g} and {at[low, 'A-B']:.2f} at σ = {low:g}; that of A and its twin is "
            f"{at[high, 'A-twin']:.2f} and {at[low, 'A-twin']:.2f}. The held-out gain at σ = {low:g} is "
            f"{mean_at(gain, n_train=n_train, sigma=low):+.2f} dB."
        )
    return " ".join(parts)


def face_details(table: pd.DataFrame, bands: Sequence[str]) -> str:
    """Gain by spatial frequency where noise is low, at the largest N and at the smallest; where A and B part most.

    Low: the third noise level from below. Below it there is next to nothing to gain in any band.
    """
    sigma = sorted(table.sigma.unique())[2]
    few, many = table.n_train.min(), table.n_train.max()
    gains = {
        n: [mean_at(table, metric=f"psnr_gain_held_out_{band}", who="A", n_train=n, sigma=sigma) for band in bands]
        for n in (few, many)
    }
    listed = {
        n: ", ".join(f"{gain:+.1f} dB in the {band} band" for gain, band in zip(mine, bands, strict=True))
        for n, mine in gains.items()
    }
    cosines = table[(table.n_train == many) & table.metric.isin([f"residual_cosine_{band}" for band in bands])]
    means = cosines.groupby(["metric", "sigma", "who"])["value"].mean().unstack()
    metric, where = (means["A-twin"] - means["A-B"]).idxmax()
    apart = means.loc[(metric, where)]
    return (
        f"At σ = {sigma:g} the gain on held-out faces is {listed[many]} with N = {many:,}, and {listed[few]} with "
        f"N = {few:,}. With N = {many:,} the faces themselves tell A and B apart most in the "
        f"{metric.removeprefix('residual_cosine_')} band: at σ = {where:g} their residual cosine is "
        f"{apart['A-B']:.2f} there, that of A and its twin {apart['A-twin']:.2f}."
    )


def resolutions(table: pd.DataFrame, finer: pd.DataFrame) -> str:
    """What pictures of more pixels change: gain and agreement at the lowest sigma, and where agreement ends; a list."""
    lines = []
    both = beside(finer[finer.n_train.isin(table.n_train)], table)
    for n_train, mine in both.groupby("n_train"):
        each = [_at_low_noise(one) for _, one in mine.groupby("dim")]
        lines.append(f"- N = {n_train:,}, at σ = {finer.sigma.min():g}. {'. '.join(each)}.")
    return "\n".join(lines) or "*The tables have no N in common.*"


def precisions(table: pd.DataFrame) -> str:
    """How far bfloat16 moves the held-out gain where it does most, beside how far another seed does; a list.

    table: that of `denoising_faces_bfloat16`.
    """
    lines = []
    for n_train, mine in table.groupby("n_train"):
        gain = mine[mine.metric == "psnr_gain_held_out"].pivot_table("value", "sigma", "who")
        cosine = mine[mine.metric == "residual_cosine"].pivot_table("value", "sigma", "who").iloc[0]
        moved = (gain["A"] + gain["twin"] - gain["told A"] - gain["told twin"]) / 2
        most = moved.abs().idxmax()
        seeds = max((gain[f"{of}A"] - gain[f"{of}twin"]).abs().max() for of in ("told ", ""))
        lines.append(
            f"- N = {n_train:,}: bfloat16 moves the held-out gain by at most {moved[most]:+.2f} dB (mean of two "
            f"networks, at σ = {most:g}); two seeds of one precision are up to {seeds:.2f} dB apart. At "
            f"σ = {gain.index[0]:g} the residual cosine of A and A in bfloat16 is {cosine['A-told A']:.3f}, that of A "
            f"and its twin {cosine['told A-told twin']:.3f}."
        )
    return "\n".join(lines)


def _at_low_noise(table: pd.DataFrame) -> str:
    """Gain and agreement at the lowest sigma, for one size of pictures and one n_train."""
    low = table[table.sigma == table.sigma.min()]
    cosine = table[(table.metric == "residual_cosine") & (table.who == "A-B")]
    level = agreement_level(cosine.groupby("sigma", as_index=False)["value"].mean())
    return (
        f"{round(table.dim.iloc[0] ** 0.5)} pixels a side: held-out gain "
        f"{mean_at(low, metric='psnr_gain_held_out', who='A'):+.2f} dB; residual cosine of A and B "
        f"{mean_at(low, metric='residual_cosine', who='A-B'):.2f}, of A and its twin "
        f"{mean_at(low, metric='residual_cosine', who='A-twin'):.2f}; A and B agree (cosine above {AGREEMENT:g}) from "
        f"much noise down to σ = {level:.2g}"
    )
