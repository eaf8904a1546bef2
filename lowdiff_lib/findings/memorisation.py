"""From memorisation to generalisation: what samples are like, and whether a model is the memoriser."""

import pandas as pd

from lowdiff_lib.base.words import table
from lowdiff_lib.findings.say import counted, few, percent
from lowdiff_lib.tables import Measured

FEW = 10  # training faces: where a model is expected to know them by heart
DECIBEL, ALIKE = 1.0, 0.95  # what "knows them by heart" asks for: gain within, and cosine above
NEAREST, PAIR = "nearest_training_cosine", "sample_cosine"


def ends_answer(measured: Measured, samples: int) -> str:
    """What comes out of pure noise with few faces and with many: copies, or one new face. samples: of a repetition.

    Copies: more than half. The same: a centred cosine of A's and B's samples above ALIKE.
    """
    least, most = few(measured), measured.sizes[-1]
    total = samples * measured.shown.repetition.nunique()
    copies = {n: measured.mean(n_train=n, metric="memorised", who="A") for n in (least, most)}
    at = measured.where(n_train=most, metric=f"{PAIR}_centred").means("who")
    at_few = "each ends at copies of its training faces" if copies[least] > 0.5 else "each ends at faces of its own"
    if copies[most] > 0.5:
        at_many = "at copies, too"
    else:
        at_many = "both end at the same new face" if at["A-B"] > ALIKE else "each ends at another new face"
    more = "less" if at["A-B"] < at["wiener"] else "more"
    return (
        f"**With few faces {at_few}; with many {at_many}.** With {least:,} faces {counted(copies[least], total)} "
        f"samples are copies, with {most:,} faces {counted(copies[most], total)}. With many, A and B make of the same "
        f"noise pictures that are {more} alike than those of two linear filters: their cosine, the mean face taken "
        f"away, is {at['A-B']:.3f} (twins: {at['A-twin']:.3f}; linear filters: {at['wiener']:.3f})."
    )


def from_copies_to_new_faces(measured: Measured) -> str:
    """Copies and cosines for each n_train, and from which on two models agree more than they repeat; a list."""
    rows, agree = [], []
    for mine in measured.each("n_train"):
        at = mine.means("metric", "who")
        near, other = at[f"{NEAREST}_centred", "A"], at[f"{PAIR}_centred", "A-B"]
        copies = (percent(at["memorised", who]) for who in ("A", "held-out"))
        raw = (f"{at[NEAREST, 'A']:.3f}", f"{at[PAIR, 'A-B']:.3f}")
        rows.append((f"{mine.sizes[0]:,}", *copies, f"{near:.2f}", f"{other:.2f}", *raw))
        agree.append((mine.sizes[0], other > near))
    said = table(
        "Samples of A: how many count as copies, beside held-out faces, which are none; and cosines without the mean "
        "face, and with it:",
        ("N", "copies", "held-out faces", "with the nearest training face", "with B's sample", "nearest, raw",
         "B's, raw"),
        rows,
    )  # fmt: skip
    return f"{said}\n\n{_crossing(agree)}"


def memoriser_check(measured: Measured, gains: Measured) -> str:
    """For n_train up to FEW: is A the memoriser, as a denoiser and as a sampler? gains: of `denoising_faces`."""
    rows = []
    for n_train in sorted({n for n in measured.sizes if n <= FEW} & set(gains.sizes)):
        gain = _train_gains(gains, n_train)
        short = gain["ideal"] - gain["A"]
        within = int((short <= DECIBEL).sum())
        centred = measured.mean(n_train=n_train, who="A", metric=f"{NEAREST}_centred")
        denoiser, sampler = _verdict(within == len(short)), _verdict(centred > ALIKE)
        levels = f"{within} of {len(short)}"
        rows.append((f"{n_train:,}", levels, f"{short.min():.1f} dB", denoiser, f"{centred:.2f}", sampler))
    said = table(
        f"As a denoiser it has to come within {DECIBEL:g} dB of the ideal denoiser on training faces at every noise "
        f"level. As a sampler the cosine of its samples with the nearest training face has to be above {ALIKE:g}, the "
        "mean face taken away:",
        ("N", f"levels within {DECIBEL:g} dB", "short by at least", "as a denoiser", "cosine", "as a sampler"),
        rows,
    )
    return said or f"*No N up to {FEW} was trained here.*"


def longer_training(gains: Measured) -> str:
    """How much nearer to the ideal denoiser four times the steps bring A on its few training faces; a list.

    gains: of `denoising_faces`, the arms told and fourfold.
    """
    if not {"told", "fourfold"} <= gains.arms:
        return "*Whether longer training makes the model the memoriser is not published.*"
    rows = []
    common = gains.arm("told", "fourfold").common
    for n_train in common.sizes:
        usual, long = (_train_gains(common.arm(arm), n_train) for arm in ("told", "fourfold"))
        more, short = long["A"] - usual["A"], long["ideal"] - long["A"]
        within = f"{int((short <= DECIBEL).sum())} of {len(short)}"
        rows.append((f"{n_train:,}", f"{more.min():+.1f} to {more.max():+.1f} dB", within, f"{short.min():.1f} dB"))
    return table(
        f"Trained four times as long{gains.on}, on its training faces:",
        ("N", "A gains more", f"levels within {DECIBEL:g} dB of the ideal denoiser", "short by at least"),
        rows,
    )


def raw_cosines(measured: Measured) -> str:
    """Why raw cosines say little: what two photographs of different people and held-out faces have."""
    most = measured.sizes[-1]
    at = measured.means("metric", "who")
    held_out = measured.mean(n_train=most, metric=NEAREST, who="held-out")
    return (
        f"Two photographs of different people have a raw cosine of {at[PAIR, 'unrelated']:.2f} in the mean, and "
        f"{round(at[f'{PAIR}_centred', 'unrelated'], 2) + 0:.2f} without the mean face; a held-out photograph and the "
        f"most similar of {most:,} training faces have a raw cosine of {held_out:.2f}. A raw cosine near 1 is "
        "therefore no sign of a copy."
    )


def _train_gains(gains: Measured, n_train: int) -> pd.DataFrame:
    """Mean gain on training faces for each sigma (rows), of whom (columns)."""
    return gains.where(metric="psnr_gain_train", n_train=n_train).means("sigma", "who").unstack()


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
