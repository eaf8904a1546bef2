"""Faces: agreement, gain, the first gate, spatial frequencies, rounding, larger pictures."""

from collections.abc import Sequence

from lowdiff_lib.base.words import table
from lowdiff_lib.findings.say import ends, few, percent, removed
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.effect import NOTICED, beats_nothing, effect_of_data
from lowdiff_lib.tables.levels import AGREEMENT, agreement_level
from lowdiff_lib.tables.tidy import called


def denoising_answer(measured: Measured) -> str:
    """How much of a little noise is removed with many faces and with few, beside a linear filter; and whether alike.

    Hard: less than half of it. Alike: A and B have a cosine above AGREEMENT and twins no noticeably higher one.
    """
    least, most, low = few(measured), measured.sizes[-1], measured.sigmas[0]
    more = next((sigma for sigma in measured.sigmas if sigma >= 10 * low), measured.sigmas[-1])
    gain = measured.where(metric="psnr_gain_held_out").means("n_train", "who", "sigma").map(removed)
    cosine = measured.mean(metric="residual_cosine", who="A-B", n_train=most, sigma=low)
    effects = effect_of_data(measured.shown).set_index("n_train").effect.groupby(level=0).max()
    apart = effects.get(most, 0.0) > NOTICED
    hard = "A little noise is hard to remove" if gain[most, "A", low] < 0.5 else "Even a little noise is removed"
    alike = "differently" if apart or cosine < AGREEMENT else "alike"
    enough = "enough " if alike == "alike" and (effects > NOTICED).any() else ""
    networks, filters = ([percent(gain[most, who, sigma]) for sigma in (low, more)] for who in ("A", "wiener"))
    helps = beats_nothing(measured.shown).groupby(level=["n_train", "sigma"]).all()
    spoils = [sigma for sigma in measured.sigmas if not helps[least, sigma]]
    rest = f" With {least:,} it makes the picture worse at σ = {spoils[-1]:g} and below." if spoils else ""
    return (
        f"**{hard}; two models that saw {enough}other faces remove it {alike}.** With {most:,} faces a side a model "
        f"takes away {networks[0]} of the noise at σ = {low:g}, a linear filter {filters[0]}. At σ = {more:g} it is "
        f"{networks[1]}, a linear filter {filters[1]} (all squared).{rest}"
    )


def twins_least(measured: Measured) -> str:
    """With how many faces twins agree least at the lowest noise level, if that is neither the fewest nor the most."""
    low = measured.sigmas[0]
    cosine = measured.where(metric="residual_cosine", who="A-twin", sigma=low).means("n_train")
    least, (fewest, most) = int(cosine.idxmin()), ends(measured)
    if least in (fewest, most):
        return ""
    return (
        f"Twins agree least with N = {least:,} faces: {cosine[least]:.2f} at σ = {low:g}, where it is "
        f"{cosine[fewest]:.2f} with {fewest:,} and {cosine[most]:.2f} with {most:,}. A few faces two trainings fit "
        "alike, and many settle the answer; in between each fills the gaps in its own way. This is our reading; it "
        "was not tested."
    )


def face_gate(measured: Measured) -> str:
    """The first gate on faces: is the held-out gain at the largest N positive at every sigma?"""
    gains = measured.where(metric="psnr_gain_held_out", who="A").largest.shown
    worst = gains.loc[gains.value.idxmin()]
    does = "They do" if worst.value > 0 else "**They do not everywhere**"
    return (
        f"{does}: on {called([worst.dataset])}, with {worst.n_train:,} faces, the smallest held-out gain at any noise "
        f"level and seed is {worst.value:+.2f} dB, at σ = {worst.sigma:g}."
    )


def face_details(measured: Measured, bands: Sequence[str]) -> str:
    """Gain by spatial frequency where noise is low, at the largest N and at the smallest; where A and B part most.

    Low: the third noise level from below. Below it there is next to nothing to gain in any band.
    """
    sigma, (few, many) = measured.sigmas[2], ends(measured)
    gains = measured.where(who="A", sigma=sigma).means("n_train", "metric")
    said = {
        n: ", ".join(f"{gains[n, f'psnr_gain_held_out_{band}']:+.1f} dB in the {band} band" for band in bands)
        for n in (few, many)
    }
    cosines = measured.where(n_train=many, metric=[f"residual_cosine_{band}" for band in bands])
    means = cosines.means("metric", "sigma", "who").unstack()
    metric, where = (means["A-twin"] - means["A-B"]).idxmax()
    apart = means.loc[(metric, where)]
    return (
        f"At σ = {sigma:g} the gain on held-out faces is {said[many]} with N = {many:,}, and {said[few]} with "
        f"N = {few:,}. With N = {many:,} the faces themselves tell A and B apart most in the "
        f"{metric.removeprefix('residual_cosine_')} band: at σ = {where:g} their residual cosine is "
        f"{apart['A-B']:.2f} there, that of A and its twin {apart['A-twin']:.2f}."
    )


def resolutions(measured: Measured) -> str:
    """What pictures of more pixels, the arm finer, change: gain and agreement at the lowest sigma."""
    if not {"told", "finer"} <= measured.arms:
        return ""
    both = measured.arm("told", "finer").common
    if both.shown.empty:
        return "*The tables have no N in common.*"
    low = both.sigmas[0]
    return table(
        f"New faces, at σ = {low:g}; agree down to: the noise level where the cosine of A and B falls below "
        f"{AGREEMENT:g}:",
        ("N", "pixels a side", "gain, dB", "cosine of A and B", "of A and its twin", "agree down to σ ="),
        (_at_low_noise(one) for mine in both.each("n_train") for one in mine.each("dim")),
    )


def _at_low_noise(measured: Measured) -> tuple[str, ...]:
    """Gain and agreement at the lowest sigma, for one size of pictures and one n_train."""
    low = measured.where(sigma=measured.sigmas[0]).means("metric", "who")
    cosine = measured.where(metric="residual_cosine", who="A-B")
    level = agreement_level(cosine.means("sigma").reset_index())
    return (
        f"{measured.sizes[0]:,}",
        f"{round(measured.shown.dim.iloc[0] ** 0.5)}",
        f"{low['psnr_gain_held_out', 'A']:+.2f}",
        *(f"{low['residual_cosine', pair]:.2f}" for pair in ("A-B", "A-twin")),
        f"{level:.2g}",
    )


def precisions(measured: Measured) -> str:
    """How far bfloat16 moves the held-out gain where it does most, beside how far another seed does.

    Of the arm bfloat16.
    """
    rows, low = [], 0.0
    for mine in measured.each("n_train") if measured.arms else ():
        low = mine.sigmas[0]
        gain = mine.where(metric="psnr_gain_held_out").means("sigma", "who").unstack()
        cosine = mine.where(metric="residual_cosine", sigma=low).means("who")
        moved = (gain["A"] + gain["twin"] - gain["told A"] - gain["told twin"]) / 2
        most = moved.abs().idxmax()
        seeds = max((gain[f"{of}A"] - gain[f"{of}twin"]).abs().max() for of in ("told ", ""))
        alike = (f"{cosine[pair]:.3f}" for pair in ("A-told A", "told A-told twin"))
        rows.append((f"{mine.sizes[0]:,}", f"{moved[most]:+.2f} dB", f"{seeds:.2f} dB", *alike))
    return table(
        "What bfloat16 changes most in the gain on new faces, and what another seed does; how alike two networks are "
        f"at σ = {low:g}:",
        ("N", "bfloat16, gain", "another seed, gain", "A and A in bfloat16, cosine", "A and its twin, cosine"),
        rows,
    )
