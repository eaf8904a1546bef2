"""Where two models end that start from a photograph without noise, beside the authors' own numbers."""

import math

import pandas as pd

from lowdiff_lib.base.words import number, table
from lowdiff_lib.findings.say import because, counted
from lowdiff_lib.tables import Measured

SIDE = 80  # pixels of a side of the authors' pictures, of which they give whole norms
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
    """The same by the probability flow, beside the paper's sampler; nothing where it was not run.

    The sampler changes little where the cosine of A and B moves by less than CHANGED at each n_train, told and not.
    """
    both = {"the paper's sampler": ascent, "the flow": flow}
    alike = {
        name: each.where(metric="output_cosine", who="A-B", sigma=min(each.sigmas)).means("n_train", "arm").unstack()
        for name, each in both.items()
        if each.arms
    }
    if len(alike) < 2:
        return ""
    theirs, ours = alike.values()
    moved = (ours - theirs).abs().stack()
    arms = [arm for arm in ("blind", "told") if arm in ours]
    verdict = (
        f"Which sampler it is, changes little: the cosines move by less than {CHANGED:g}."
        if moved.max() < CHANGED
        else f"The sampler matters: by up to {moved.max():.2f} in the cosine."
    )
    head = ["N", *(f"{'not told' if arm == 'blind' else 'told'} σ, {name}" for arm in arms for name in alike)]
    rows = (
        (f"{n:,}", *(f"{of[arm].get(n, math.nan):.2f}" for arm in arms for of in alike.values())) for n in ours.index
    )
    return table(f"{verdict} How alike A's and B's pictures are (cosine), from the photograph itself:", head, rows)
