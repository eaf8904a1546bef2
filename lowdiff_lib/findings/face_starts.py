"""Where two models end that start from a photograph without noise, beside the authors' own numbers."""

import pandas as pd

from lowdiff_lib.base.words import number, table
from lowdiff_lib.findings.say import because, counted
from lowdiff_lib.tables import Measured
from lowdiff_lib.tables.causes import PLACE

SIDE = 80  # pixels of a side of the authors' pictures, of which they give whole norms
NOISY = 0.1  # a tenth of the range of a picture: from there on both samplers have something to do
TOLD = {"blind": "not told σ", "told": "told σ"}
CHANGED = 0.05  # of a cosine: one sampler ends elsewhere than another
MORE = 2.0  # times as far: one sampler moves a photograph more than another


def face_starts(measured: Measured, authors: pd.DataFrame, starts: int) -> str:
    """From the least noisy start: how alike the ends of A and B are, told σ and not, and why; by n_train.

    authors: their own tables of it, `tables.authors.agreement`. starts: how many photographs. Why follows `because`, of
    what cosines lack to 1.
    """
    rows, ours = [], []
    total = starts * measured.shown.repetition.nunique()
    for mine in measured.where(sigma=measured.sigmas[0]).each("n_train"):
        arms = set(mine.shown.arm)
        if "blind" not in arms:
            continue
        cosine = {pair: mine.mean(metric="output_cosine", who=pair, arm="blind") for pair in ("A-B", "A-twin")}
        change, away = (mine.mean(metric=metric, who="A", arm="blind") for metric in ("change", "ran_away"))
        ours.append(change)
        told = f"{mine.mean(metric='output_cosine', who='A-B', arm='told'):.2f}" if "told" in arms else "not run"
        why = because((1 - cosine["A-twin"]) / (1 - cosine["A-B"]))
        alike = (f"{value:.2f}" for value in cosine.values())
        rows.append((f"{mine.sizes[0]:,}", *alike, why, told, number(change), counted(away, total)))
    least = authors[authors.sigma_start == authors.sigma_start.min()]
    theirs = "; ".join(
        f"{row.cosine:.2f} (N = {row.n_train:,}, changed by {row.change_A / SIDE:.2g} a pixel)"
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
    said = table(
        "How alike the pictures are that two networks end at (cosine), and what A does to the photograph:",
        (
            "N", "A and B, not told σ", "A and its twin, not told", "why those differ", "A and B, told σ",
            "A, not told, changes a pixel by", "and never comes to rest from",
        ),
        rows,
    )  # fmt: skip
    return f"{said}\n\nThe authors' networks, not told σ either: {theirs}.{more}"


def by_flow(ascent: Measured, flow: Measured) -> str:
    """The same by the probability flow, beside the paper's sampler; nothing where not both were run.

    From the least noise that is at least NOISY: where there is none the flow has nothing to do. The sampler changes
    little where the cosine of A and B moves by less than CHANGED at each n_train, told and not.
    """
    by_name = {"the paper's sampler": ascent, "the flow": flow}
    rows = [of.where(metric="output_cosine", who="A-B").shown.assign(sampler=name) for name, of in by_name.items()]
    both = (
        pd.concat(rows)
        .pivot_table(index=[*PLACE, "arm"], columns="sampler", values="value")
        .reindex(columns=[*by_name])
    )
    both = both.dropna().reset_index().query("sigma >= @NOISY")
    if both.empty:
        return ""
    sigma = both.sigma.min()
    alike = both[both.sigma == sigma].groupby(["n_train", "arm"])[[*by_name]].mean().unstack("arm")
    moved = max(float((alike["the flow"] - alike["the paper's sampler"]).abs().max().max()), 0.0)
    verdict = (
        f"Which sampler it is, changes little: the cosines move by less than {CHANGED:g}."
        if moved < CHANGED
        else f"The sampler matters: by up to {moved:.2f} in the cosine."
    )
    columns = [(name, arm) for arm in TOLD if arm in set(both.arm) for name in by_name]
    return table(
        f"{verdict} How alike A's and B's pictures are (cosine), from photographs with noise of σ = {sigma:g}; of the "
        "paper's sampler without those that it ran away from:",
        ["N", *(f"{TOLD[arm]}, {name}" for name, arm in columns)],
        ((f"{n:,}", *(_cosine(row[column]) for column in columns)) for n, row in alike.iterrows()),
    )


def _cosine(value: float) -> str:
    return "not run" if pd.isna(value) else f"{value:.2f}"
