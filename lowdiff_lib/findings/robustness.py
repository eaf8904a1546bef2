"""What other training data change, in units of the noise; what the Jacobian keeps, and whether models share it."""

from lowdiff_lib.findings.say import bullets, ends, few_faces
from lowdiff_lib.tables import Measured


def face_disagreement(faces: Measured) -> str:
    """The largest difference of A and B over the noise levels, for the smallest and the largest N, with the twin."""
    apart = faces.where(metric="disagreement_over_noise")
    sentences = []
    for n_train in ends(apart):
        mine = apart.where(n_train=n_train)
        curve = mine.where(who="A-B").means("sigma")
        sigma = curve.idxmax()
        sentences.append(
            f"{few_faces(n_train)}, the answers of A and B differ by at most {curve.max():.2f} of the noise (at "
            f"σ = {sigma:g}; twins there by {mine.mean(who='A-twin', sigma=sigma):.2f})."
        )
    return " ".join(sentences)


def face_response(jacobians: Measured) -> str:
    """How much of a change of the input is left in the answer, at random and along A - B, at the largest N."""
    most = jacobians.sizes[-1]
    mine = jacobians.where(n_train=most)
    clauses = []
    for sigma in mine.where(metric="stretch_largest").sigmas:
        random, along, worst = (
            mine.mean(metric=f"stretch_{way}", sigma=sigma) for way in ("random", "disagreement", "largest")
        )
        clauses.append(
            f"at σ = {sigma:g}, {random:.0%} of a small change in a random direction is left in the answer, "
            f"{along:.0%} of one along the difference of A and B, and {worst:.0%} of the worst one"
        )
    return f"With N = {most:,}: {'; '.join(clauses)}."


def shared_eigenvectors(jacobians: Measured, leading: int) -> str:
    """Overlap of leading eigenvectors between A and B, with that of twins, for the smallest and the largest N."""
    overlap = jacobians.where(metric="subspace_overlap")
    at = overlap.means("n_train", "sigma", "who")
    return bullets(
        f"N = {n:,}: the {leading} leading eigenvectors of A and of B overlap by "
        + ", ".join(f"{at[n, s, 'A-B']:.2f} at σ = {s:g} (twins: {at[n, s, 'A-twin']:.2f})" for s in overlap.sigmas)
        + "."
        for n in ends(overlap)
    )


def face_jacobian(jacobians: Measured) -> str:
    """How many directions of the noise A keeps, and how symmetric its Jacobian is, for the smallest and largest N."""
    table = jacobians.shown
    low, high = jacobians.sigmas[0], table[table.metric.str.startswith("eigenvalue_")].sigma.max()
    sentences = []
    for n_train in ends(jacobians):
        at = jacobians.where(n_train=n_train, who="A").means("metric", "sigma")
        sentences.append(
            f"N = {n_train:,}: at σ = {high:g} A keeps {at['effective_dimension_held_out', high]:.0f} of "
            f"{table.dim.iloc[0]} directions of the noise at held-out faces and "
            f"{at['effective_dimension_train', high]:.0f} at training faces. Its Jacobian's asymmetry is "
            f"{at['asymmetry', low]:.2f} at σ = {low:g} and {at['asymmetry', high]:.2f} at σ = {high:g}; an exact "
            "denoiser's is 0."
        )
    return bullets(sentences)
