"""Where two models end that start from a photograph without noise, beside the authors' own numbers."""

import pandas as pd

from lowdiff_lib.findings.say import because, bullets, counted
from lowdiff_lib.tables import Measured

SIDE = 80  # pixels of a side of the authors' pictures, of which they give whole norms


MORE = 2.0  # times as far: one sampler moves a photograph more than another


def face_starts(measured: Measured, authors: pd.DataFrame, starts: int) -> str:
    """From the least noisy start: how alike the ends of A and B are, told σ and not, and why; a list by n_train.

    authors: their own tables of it, `tables.authors.agreement`. starts: how many photographs. Why follows `because`, of
    what cosines lack to 1.
    """
    sentences, ours = [], []
    total = starts * measured.shown.repetition.nunique()
    for mine in measured.where(sigma=measured.sigmas[0]).each("n_train"):
        arms = set(mine.shown.arm)
        if "blind" not in arms:
            continue
        cosine = {pair: mine.mean(metric="output_cosine", who=pair, arm="blind") for pair in ("A-B", "A-twin")}
        change, away = (mine.mean(metric=metric, who="A", arm="blind") for metric in ("change", "ran_away"))
        of_n = measured.where(n_train=mine.sizes[0], metric="ran_away", who="A", arm="blind")
        worst = of_n.means("sigma").max()
        ours.append(change)
        told = mine.mean(metric="output_cosine", who="A-B", arm="told") if "told" in arms else None
        share = (1 - cosine["A-twin"]) / (1 - cosine["A-B"])
        sentences.append(
            f"N = {mine.sizes[0]:,}: two networks that are not told σ end at pictures of cosine {cosine['A-B']:.2f}"
            f"{'' if told is None else f', two that are told at {told:.2f}'}. A and its twin, not told and trained on "
            f"the same faces, end at {cosine['A-twin']:.2f}: {because(share)}. Not told, A has changed the photograph "
            f"by {change:.2g} a pixel"
            + (f", and never came to rest from {counted(away, total)} starts" if away else "")
            + (f" ({counted(worst, total)} at the worst noise level)" if worst > away else "")
            + "."
        )
    least = authors[authors.sigma_start == authors.sigma_start.min()]
    theirs = "; ".join(
        f"{row.cosine:.2f} ({row.table}, N = {row.n_train:,}, changed by {row.change_A / SIDE:.2g} a pixel)"
        for row in least.itertuples()
    )
    moved = least.change_A.min() / SIDE
    unlike = bool(ours) and moved > MORE * max(ours)
    more = (
        f" Theirs move a photograph by {moved / max(ours):.1f} times as much as ours or more; why is not known, so the "
        "cosines cannot be compared one to one."
        if unlike
        else ""
    )
    return bullets([*sentences, f"The authors' networks, not told σ either: {theirs}.{more}"])
