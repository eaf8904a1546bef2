"""From memorisation to generalisation: what samples are like, and whether a model is the memoriser."""

import pandas as pd

from lowdiff_lib.findings.select import mean_at

FEW = 10  # training faces: where a model is expected to know them by heart
DECIBEL, ALIKE = 1.0, 0.95  # what "knows them by heart" asks for: gain within, and cosine above


def from_copies_to_new_faces(table: pd.DataFrame) -> str:
    """Copies and cosines for each n_train, and from which on two models agree more than they repeat; a list."""
    lines, agree = [], []
    for n_train, mine in table.groupby("n_train"):
        near, other = (f"{metric}_cosine{{}}" for metric in ("nearest_training", "sample"))
        values = {end: (_at(mine, near, "A", end), _at(mine, other, "A-B", end)) for end in ("", "_centred")}
        lines.append(
            f"- N = {n_train:,}: {mean_at(mine, metric='memorised', who='A'):.0%} of A's samples count as copies of a "
            f"training face (held-out faces: {mean_at(mine, metric='memorised', who='held-out'):.0%}). Their cosine, "
            f"without the mean face, is {values['_centred'][0]:.2f} with the nearest training face and "
            f"{values['_centred'][1]:.2f} with B's sample from the same noise (with it, {values[''][0]:.3f} and "
            f"{values[''][1]:.3f})."
        )
        agree.append((n_train, values["_centred"][1] > values["_centred"][0]))
    return "\n".join([*lines, "", _crossing(agree)])


def memoriser_check(table: pd.DataFrame, gains: pd.DataFrame) -> str:
    """For n_train up to FEW: is A the memoriser, as a denoiser (gains: table of `denoising_faces`) and as a sampler?"""
    lines = []
    for n_train in sorted(set(table.n_train[table.n_train <= FEW]) & set(gains.n_train)):
        gain = _train_gains(gains, n_train)
        short = gain["ideal"] - gain["A"]
        within = int((short <= DECIBEL).sum())
        raw, centred = (
            _at(table[table.n_train == n_train], "nearest_training_cosine{}", "A", e) for e in ("", "_centred")
        )
        lines.append(
            f"- N = {n_train:,}. As a denoiser: {_verdict(within == len(short))}; its gain on training faces is within "
            f"{DECIBEL:g} dB of the ideal denoiser's at {within} of {len(short)} noise levels, and at least "
            f"{short.min():.1f} dB short (at σ = {short.idxmin():g}). As a sampler: {_verdict(centred > ALIKE)}; the "
            f"cosine of its samples with the nearest training face is {centred:.2f} without the mean face, and has to "
            f"be above {ALIKE:g} ({raw:.3f} with the mean face)."
        )
    return "\n".join(lines) or f"*No N up to {FEW} was trained here.*"


def longer_training(gains: pd.DataFrame | None, longer: pd.DataFrame | None) -> str:
    """How much nearer to the ideal denoiser four times the steps bring A on its few training faces; a list.

    Tables of `denoising_faces` and `denoising_faces_few`.
    """
    if gains is None or longer is None:
        return "*Whether longer training makes the model the memoriser is not published.*"
    lines = []
    usual_gains = gains[gains.repetition.isin(longer.repetition)]
    for n_train in sorted(set(longer.n_train)):
        usual, long = (_train_gains(one, n_train) for one in (usual_gains, longer))
        more, short = long["A"] - usual["A"], long["ideal"] - long["A"]
        lines.append(
            f"- Published, N = {n_train:,}: trained four times as long, A gains {more.min():+.1f} dB (at σ = "
            f"{more.idxmin():g}) to {more.max():+.1f} dB (at σ = {more.idxmax():g}) more on its training faces, and is "
            f"within {DECIBEL:g} dB of the ideal denoiser at {int((short <= DECIBEL).sum())} of {len(short)} noise "
            f"levels; it is at least {short.min():.1f} dB short (at σ = {short.idxmin():g})."
        )
    return "\n".join(lines)


def raw_cosines(table: pd.DataFrame) -> str:
    """Why raw cosines say little: what two photographs of different people and held-out faces have."""
    largest = table[table.n_train == table.n_train.max()]
    two, centred = (_at(table, "sample_cosine{}", "unrelated", end) for end in ("", "_centred"))
    held_out = _at(largest, "nearest_training_cosine{}", "held-out", "")
    return (
        f"Two photographs of different people have a raw cosine of {two:.2f} in the mean, and "
        f"{round(centred, 2) + 0:.2f} without the mean face; a held-out photograph and the most similar of "
        f"{largest.n_train.iloc[0]:,} training faces have a raw cosine of {held_out:.2f}. A raw cosine near 1 is "
        "therefore no sign of a copy."
    )


def beyond_the_gaussian(table: pd.DataFrame) -> str:
    """At the largest n_train: is the agreement of A and B more than that of two linear denoisers?"""
    largest = table[table.n_train == table.n_train.max()]
    ours, linear = (_at(largest, "sample_cosine{}", pair, "_centred") for pair in ("A-B", "wiener"))
    more = "more than" if ours > linear else "**no more than**"
    return (
        f"At N = {largest.n_train.iloc[0]:,} the centred cosine of A's and B's samples is {ours:.2f}, {more} the "
        f"{linear:.2f} of two Wiener denoisers with the same training faces, which know only their mean and covariance."
    )


def _train_gains(gains: pd.DataFrame, n_train: int) -> pd.DataFrame:
    """Mean gain on training faces for each sigma (rows) and pair (columns)."""
    mine = gains[(gains.metric == "psnr_gain_train") & (gains.n_train == n_train)]
    return mine.groupby(["sigma", "who"])["value"].mean().unstack()


def _at(table: pd.DataFrame, metric: str, pair: str, end: str) -> float:
    return mean_at(table, metric=metric.format(end), who=pair)


def _verdict(holds: bool) -> str:
    return "yes" if holds else "**no**"


def _crossing(agree: list[tuple[int, bool]]) -> str:
    """From which n_train on samples agree with B's more than with any training face."""
    first = None
    for n_train, more in reversed(agree):
        if not more:
            break
        first = n_train
    if first is None:
        return "Even at the largest N, samples are more like a training face than like what B makes of the same noise."
    return f"From N = {first:,} on, samples are more like what B makes of the same noise than like any training face."
