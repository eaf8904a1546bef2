"""What other training data change, in units of the noise, and whether models share their leading eigenvectors."""

import pandas as pd

from lowdiff_lib.findings.select import mean_at


def face_disagreement(faces: pd.DataFrame) -> str:
    """The largest difference of A and B over the noise levels, for the smallest and the largest N, with the twin."""
    apart = faces[faces.metric == "disagreement_over_noise"]
    parts = []
    for n_train in (apart.n_train.min(), apart.n_train.max()):
        mine = apart[apart.n_train == n_train]
        curve = mine[mine.who == "A-B"].groupby("sigma")["value"].mean()
        sigma = curve.idxmax()
        twin = mean_at(mine, who="A-twin", sigma=sigma)
        parts.append(
            f"With N = {n_train:,} face{'s' if n_train > 1 else ''} a side, the answers of A and B differ by at most "
            f"{curve.max():.2f} of the noise (at σ = {sigma:g}; twins there by {twin:.2f})."
        )
    return " ".join(parts)


def face_response(jacobians: pd.DataFrame) -> str:
    """How much of a change of the input is left in the answer, at random and along A - B, at the largest N."""
    mine = jacobians[jacobians.n_train == jacobians.n_train.max()]
    largest = mine[mine.metric == "stretch_largest"]
    parts = []
    for sigma in sorted(largest.sigma.unique()):
        random, along = (mean_at(mine, metric=f"stretch_{way}", sigma=sigma) for way in ("random", "disagreement"))
        worst = mean_at(largest, sigma=sigma)
        parts.append(
            f"at σ = {sigma:g}, {random:.0%} of a small change in a random direction is left in the answer, "
            f"{along:.0%} of one along the difference of A and B, and {worst:.0%} of the worst one"
        )
    return f"With N = {mine.n_train.iloc[0]:,}: {'; '.join(parts)}."


def shared_eigenvectors(jacobians: pd.DataFrame, leading: int) -> str:
    """Overlap of leading eigenvectors between A and B, with that of twins, for the smallest and the largest N."""
    overlap = jacobians[jacobians.metric == "subspace_overlap"]
    lines = []
    for n_train in (overlap.n_train.min(), overlap.n_train.max()):
        at = ", ".join(
            f"{mean_at(overlap, n_train=n_train, sigma=sigma, who='A-B'):.2f} at σ = {sigma:g} (twins: "
            f"{mean_at(overlap, n_train=n_train, sigma=sigma, who='A-twin'):.2f})"
            for sigma in sorted(overlap.sigma.unique())
        )
        lines.append(f"- N = {n_train:,}: the {leading} leading eigenvectors of A and of B overlap by {at}.")
    return "\n".join(lines)
